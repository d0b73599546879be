"""Send a draft: it becomes the open version, holds the renewals, and everybody is told."""

from collections.abc import Sequence
from datetime import datetime

from perenne.accounts.models import ApprovalRule
from perenne.accounts.queries import Member
from perenne.notices.outbox import post
from perenne.platform.ids import new_id
from perenne.platform.writing import atomic
from perenne.quotes.errors import QuoteRefusedError
from perenne.quotes.facts import covered
from perenne.quotes.letters import sent_letters
from perenne.quotes.models import Hold, QuoteRecipient, QuoteVersion
from perenne.quotes.operations.turns import Turn, locked_quote, turn_of
from perenne.quotes.sealing import seal_of
from perenne.renewals.changes.preview import differences, preview_from_stored
from perenne.renewals.changes.quoting import quote_preview
from perenne.renewals.errors import ChangedSinceError
from perenne.renewals.facts import RenewalFacts, lock_renewal_facts
from perenne.renewals.pricing import Pricer
from perenne.rules.quoted import QuoteTerms
from perenne.rules.quotes import (
    AnotherOpen,
    QuoteState,
    QuoteStep,
    option_refusals,
    validity_refusals,
)


def send_quote(number: str, *, member: Member, now: datetime) -> QuoteVersion:
    """Issue the draft of a quote at the prices of today; a version that was open is superseded.

    Raises:
        UnknownQuoteError: if it is not there for them.
        QuoteRefusedError: if it is not theirs to send, not valid long enough, or something else
            holds a renewal of it.
        ChangedSinceError: if it would be something else than what was drafted; revise it.
        ChangeRefusedError: if it can no longer be renewed so.

    Source: docs/explanation/quotes.md, «Sending».
    """
    with atomic("quote.sent"):
        quote = locked_quote(number, member=member)
        turn = turn_of(quote, QuoteStep.SEND, member=member, now=now)
        version = turn.version
        subjects = list(version.subjects.order_by("subscription_id"))
        facts = lock_renewal_facts([one.subscription_id for one in subjects])
        _check_validity(turn, facts)
        _check_options(turn, member=member)
        _supersede_before(turn)
        _refuse_another(facts)
        version.issued_on, version.issued_at = turn.day, now
        version.seal = seal_of(version)
        turn.move(QuoteState.OPEN)
        _hold(turn, facts)
        _add_approver(version)
        post(sent_letters(version), day=turn.day, now=now)
        turn.tell(kind="quote.sent", valid_through=version.valid_through.isoformat())
    return version


def _check_validity(turn: Turn, facts: Sequence[RenewalFacts]) -> None:
    covers = covered(facts, Pricer(), on=turn.day)
    refusals = validity_refusals(turn.version.valid_through, covers, issued_on=turn.day)
    if refusals:
        raise QuoteRefusedError(refusals)


def _check_options(turn: Turn, *, member: Member) -> None:
    """What is sent is what was drafted: the same at the prices of today."""
    terms = QuoteTerms(priced_on=turn.day, by_seller=turn.quote.maker_kind != "person")
    hashes = []
    for option in turn.version.options.order_by("letter"):
        present = quote_preview(option.choices, terms=terms, member=member, now=turn.now)
        if present.preview.hash != option.hash:
            drafted = preview_from_stored(option.preview)
            raise ChangedSinceError(differences(drafted, present.preview))
        hashes.append(option.hash)
    assert not option_refusals(hashes), "a draft's options differ"


def _supersede_before(turn: Turn) -> None:
    for before in turn.quote.versions.select_for_update().filter(state=QuoteState.OPEN):
        before.quote = turn.quote
        old = Turn(before, turn.actor, turn.now, turn.day)
        old.release(on=turn.day)
        old.move(QuoteState.SUPERSEDED)
        old.tell(kind="quote.superseded", by=turn.version.version)


def _refuse_another(facts: Sequence[RenewalFacts]) -> None:
    """One quote at a time holds a renewal; asked with the subscriptions locked."""
    held = Hold.objects.filter(
        subscription_id__in=[one.id for one in facts], released_on=None
    ).order_by("subscription_id")
    renewals = {one.id: one for one in facts}
    for one in held:
        facts_of = renewals[one.subscription_id]
        if one.renews_on == facts_of.term.renews_on:
            raise QuoteRefusedError((AnotherOpen(one.quote, facts_of.code),))


def _hold(turn: Turn, facts: Sequence[RenewalFacts]) -> None:
    Hold.objects.bulk_create(
        Hold(
            version=turn.version,
            quote=turn.quote.number,
            company_id=one.company,
            subscription_id=one.id,
            renews_on=one.term.renews_on,
            last_day=turn.version.valid_through,
        )
        for one in facts
    )


def _add_approver(version: QuoteVersion) -> None:
    """Whoever has to approve such an amount gets it, whether or not its maker thought of them."""
    company = version.quote.company_id
    rule = ApprovalRule.objects.select_related("approver").filter(company_id=company).first()
    if rule is None:
        return
    costs_more = version.options.filter(gross_minor__gt=rule.limit_minor).exists()
    known = version.recipients.filter(email__iexact=rule.approver.email)
    if costs_more and not known.exists():
        QuoteRecipient.objects.create(
            id=new_id("qrc"),
            version=version,
            kind="approver",
            name=rule.approver.name,
            email=rule.approver.email,
            language=rule.approver.locale,
        )
