"""Quotes for tests: made, sent, accepted as people do."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from perenne.quotes.models import QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.drafting import Choice, QuoteDraft, draft_quote
from perenne.quotes.operations.sending import send_quote
from tests.support.builders import a_card, a_subscription, contract_manager_of

if TYPE_CHECKING:
    from perenne.accounts.models import Company
    from perenne.accounts.queries import Member
    from perenne.subscriptions.models import Subscription
    from tests.support.world import World

_forms = count(1)
YEARS = (Choice(months=12), Choice(months=36))


def a_draft(*subscriptions: Subscription, **given: object) -> QuoteDraft:
    """One year or three, from a form of its own."""
    return QuoteDraft(
        **(
            {
                "subscriptions": [one.pk for one in subscriptions],
                "choices": YEARS,
                "form_key": f"form_{next(_forms):026d}",
            }
            | given
        )
    )


def drafted(
    world: World, *subscriptions: Subscription, by: Member | None = None, **given: object
) -> str:
    """The number of a quote that was drafted, by the contract manager unless somebody else."""
    maker = by or contract_manager_of(subscriptions[0].company)
    draft = a_draft(*subscriptions, **given)
    return draft_quote(draft, member=maker, now=world.now).quote.number


def quoted(
    world: World, *subscriptions: Subscription, by: Member | None = None, **given: object
) -> str:
    """The number of a quote that was drafted and sent."""
    maker = by or contract_manager_of(subscriptions[0].company)
    number = drafted(world, *subscriptions, by=maker, **given)
    send_quote(number, member=maker, now=world.now)
    return number


def version_of(number: str) -> QuoteVersion:
    """The latest version of a quote."""
    return QuoteVersion.objects.filter(quote__number=number).order_by("-version").first()


def accepted(world: World, number: str, letter: str = "A", *, by: Member, **given: object) -> str:
    """The change by which an option is bought, as it was shown."""
    shown = version_of(number).options.get(letter=letter).hash
    wanted = Acceptance(number=number, letter=letter, shown=shown, **given)
    return accept_quote(wanted, member=by, now=world.now)


def an_open_and_an_accepted_quote(world: World, company: Company) -> None:
    """One that holds what renews today, and one that has bought what renews in ten days."""
    card = a_card(company)
    held, bought = (
        a_subscription(
            renews_on=world.today + timedelta(days),
            company=company,
            renews_automatically=True,
            pays_with=card,
        )
        for days in (0, 10)
    )
    quoted(world, held)
    accepted(world, quoted(world, bought), by=contract_manager_of(company))


# What breaks a law of quotes, as in tests/daily/test_invariants.py.
QUOTE_PLANTS = {
    "P10a": "update quotes_quoteoption set net_minor = net_minor + 100, "
    "gross_minor = gross_minor + 100",
    "P10b": "update billing_order set net_minor = net_minor + 100, "
    "gross_minor = gross_minor + 100 where change <> ''",
    "P10c": "update renewals_change set business_day = business_day + 1",
    "Q2": "alter table quotes_quoteversion drop constraint valid_on_its_day_of_issue; "
    "update quotes_quoteversion set valid_through = valid_through - 60 where state = 'open'",
    "Q3": "update quotes_hold set released_on = last_day",
    "Q4": "insert into billing_paymentattempt select (jsonb_populate_record(a, "
    "jsonb_build_object('id', 'att_x', 'idempotency_key', 'att_x', "
    "'subscription_id', h.subscription_id, 'term_starts_on', h.renews_on, "
    "'created_at', a.created_at + interval '1 second'))).* "
    "from billing_paymentattempt a, quotes_hold h "
    "where a.actor = 'run' and a.retry_day is not null and h.released_on is null limit 1",
    "Q5": "delete from platform_journalentry where kind = 'quote.sent'",
}
