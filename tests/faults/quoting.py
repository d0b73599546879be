"""Quotes while workers die: what people do with them, and what must have come of each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perenne.platform.bulk import select
from perenne.platform.clock import moment_of
from perenne.quotes.errors import QuoteError
from perenne.quotes.models import QuoteRecipient, QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.answering import Answer, answer_quote
from perenne.quotes.operations.drafting import Choice, QuoteDraft, RecipientDraft, draft_quote
from perenne.quotes.operations.ending import decline_quote, withdraw_quote
from perenne.quotes.operations.sending import send_quote
from perenne.quotes.sealing import link_token
from perenne.renewals.errors import ChangeError
from perenne.subscriptions.models import Subscription
from tests.support.builders import contract_manager_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from perenne.accounts.queries import Member
    from tests.faults.acts import Scene

# Two with one quote and one charge, and one whose card is never paid with.
PAIR, BROKE = "quoted pair", "quoted broke"
_VALID_DAYS = 2
# A run has to be left for the plan on file.
_LAST_VALID_DAY = 6


def send_quotes(scene: Scene) -> object:
    """A contract manager drafts what is not quoted yet, and sends what is drafted."""
    return [_sent(scene, name) for name in (PAIR, BROKE)]


def accept_quotes(scene: Scene) -> object:
    """The approver says yes; the contract manager accepts the first option, or the second."""

    def accept(version: QuoteVersion, member: Member, now: datetime) -> object:
        approver = QuoteRecipient.objects.filter(version=version, kind="approver").first()
        assert approver is not None, "drafted with one"
        answer_quote(link_token(approver.pk), Answer("approved"), now=now)
        options = list(version.options.order_by("letter"))
        option = options[scene.day.toordinal() % len(options)]
        wanted = Acceptance(number=version.quote.number, letter=option.letter, shown=option.hash)
        return accept_quote(wanted, member=member, now=now)

    return [_with_the_latest(scene, name, accept) for name in (PAIR, BROKE)]


def decline_quotes(scene: Scene) -> object:
    """The contract manager says no."""

    def decline(version: QuoteVersion, member: Member, now: datetime) -> object:
        return decline_quote(version.quote.number, "too dear", member=member, now=now)

    return [_with_the_latest(scene, name, decline) for name in (PAIR, BROKE)]


def take_quotes_back(scene: Scene) -> object:
    """Who made it takes it back."""

    def withdraw(version: QuoteVersion, member: Member, now: datetime) -> object:
        return withdraw_quote(version.quote.number, "a mistake", member=member, now=now)

    return [_with_the_latest(scene, name, withdraw) for name in (PAIR, BROKE)]


def _sent(scene: Scene, name: str) -> str:
    subscriptions = _subscriptions(scene, name)
    member = contract_manager_of(subscriptions[0].company)
    now = moment_of(scene.day)
    made = QuoteVersion.objects.filter(subjects__subscription=subscriptions[0])
    draft = QuoteDraft(
        subscriptions=[one.pk for one in subscriptions],
        choices=(Choice(months=12), Choice(months=36)),
        # Begun again after a kill it is the same form, and after an end another one.
        form_key=f"{subscriptions[0].pk}:{made.exclude(state='draft').count():03d}",
        valid_through=min(
            scene.day + timedelta(_VALID_DAYS), scene.book.first_day + timedelta(_LAST_VALID_DAY)
        ),
        recipients=(RecipientDraft("Ada", "ada@approve.example", is_approver=True),),
    )
    try:
        number = draft_quote(draft, member=member, now=now).quote.number
        return str(send_quote(number, member=member, now=now).state)
    except (QuoteError, ChangeError) as refused:
        return str(refused)


def _with_the_latest(
    scene: Scene, name: str, do: Callable[[QuoteVersion, Member, datetime], object]
) -> str:
    subscriptions = _subscriptions(scene, name)
    sent = QuoteVersion.objects.select_related("quote").filter(
        subjects__subscription=subscriptions[0], issued_on__isnull=False
    )
    latest = sent.order_by("-issued_at", "-pk").first()
    if latest is None:
        return "not quoted"
    member = contract_manager_of(subscriptions[0].company)
    try:
        return str(do(latest, member, moment_of(scene.day)))
    except (QuoteError, ChangeError) as refused:
        return str(refused)


def _subscriptions(scene: Scene, name: str) -> list[Subscription]:
    found = Subscription.objects.select_related("company").in_bulk(scene.book.of(name))
    return [found[identity] for identity in scene.book.of(name)]


# Each change that a quote was ever accepted by, as the journal tells, with what it sold.
_BOUGHT = """
select e.facts->>'change' as change, v.state, v.accepted_option, v.change as of_version,
       v.id, (select count(*) from quotes_quotesubject j where j.version_id = v.id) as subjects,
       (select count(*) from billing_order o where o.change = e.facts->>'change') as orders,
       (select count(*) from billing_order o join quotes_quotesubject j
        on j.subscription_id = o.subscription_id and j.version_id = v.id
        and j.renews_on = o.term_starts_on where o.change = e.facts->>'change') as as_quoted,
       (select count(*) from billing_paymentattempt a where a.change = e.facts->>'change'
        and a.state in ('created', 'sent', 'pending', 'unknown')) as open_attempts
from platform_journalentry e join quotes_quoteversion v
  on v.quote_id = e.subject and v.version = (e.facts->>'version')::int
where e.kind = 'quote.accepted' order by e.id
"""
# Nobody here renews by hand what is ever quoted.
_UNTOLD = """
select c.id from renewals_change c where c.committed_at is not null and c.kind = 'renew'
and exists (select 1 from quotes_quotesubject j where j.subscription_id = any(c.subjects))
and not exists (select 1 from platform_journalentry e
                where e.kind = 'quote.accepted' and e.facts->>'change' = c.id)
"""


def quotes_are_whole() -> Iterator[str]:
    """What was accepted is bought all of it or nothing of it, once, as it was quoted."""
    for row in select(_BOUGHT):
        if row["orders"] not in (0, row["subjects"]) or row["orders"] != row["as_quoted"]:
            yield f"{row['id']}: {row['orders']} of {row['subjects']} bought by {row['change']}"
        if row["orders"] and row["of_version"] != row["change"]:
            yield f"{row['id']}: bought by {row['change']}, and yet {row['state']}"
    for row in select(_UNTOLD):
        yield f"{row['id']} was committed, and its quote does not say so"


def quotes_have_ended() -> Iterator[str]:
    """After the drain: accepted is bought, held is nothing any more."""
    for row in select(_BOUGHT):
        if row["of_version"] == row["change"] and row["orders"] != row["subjects"]:
            yield f"{row['id']}: accepted, and {row['orders']} of {row['subjects']} bought"
    rows = select(
        "select h.quote, h.subscription_id, v.state from quotes_hold h "
        "join quotes_quoteversion v on v.id = h.version_id where h.released_on is null"
    )
    yield from (
        f"{row['quote']} is {row['state']} and still holds {row['subscription_id']}" for row in rows
    )
