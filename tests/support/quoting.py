"""Quotes for tests: made, sent, accepted as people do."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from perenne.quotes.models import QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.drafting import Choice, QuoteDraft, draft_quote
from perenne.quotes.operations.sending import send_quote
from tests.support.builders import contract_manager_of

if TYPE_CHECKING:
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
