"""Choose who loses a seat when seats become fewer; as often as wanted, until it is executed."""

from collections.abc import Sequence
from datetime import date, datetime

from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.losing import Reduction, reductions_ahead
from perenne.renewals.models import LosingChoice
from perenne.renewals.operations.subscriptions import lock_subscriptions
from perenne.rules import seat_refusals as why
from perenne.rules.permissions import Scope
from perenne.rules.seat_refusals import SeatRefusal
from perenne.seats.errors import SeatsRefusedError
from perenne.subscriptions.models import Subscription

# Who makes seats fewer, and who looks after who has them.
_DECIDING = ("seats.reduce", "seat.assign")


def may_choose(member: Member, company: str) -> bool:
    """Whether somebody decides who loses a seat at their company."""
    decides = any(Scope.OWN in member.scopes(action) for action in _DECIDING)
    return member.company_id == company and decides


def choose_losers(
    subscription: str, people: Sequence[str], *, on: date, by: Member, now: datetime
) -> None:
    """Let these people lose their seats on a day; for whom nobody decides, the rule does.

    Args:
        on: first day on which there are fewer seats.

    Raises:
        SeatsRefusedError: with every reason; what was chosen before stays.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    chosen = tuple(dict.fromkeys(people))
    with atomic("seats"):
        lock_subscriptions([subscription])
        place = Subscription.objects.get(pk=subscription)
        if not may_choose(by, place.company_id):
            raise SeatsRefusedError([why.DeciderOnly()])
        day = today(now, regions()[place.region_id].zone)
        found = [one for one in reductions_ahead([subscription], day=day) if one.on == on]
        if refusals := _refusals(found, chosen):
            raise SeatsRefusedError(refusals)
        LosingChoice.objects.create(
            id=new_id("los"),
            company_id=place.company_id,
            subscription=place,
            effective_on=on,
            people=list(chosen),
            decided_on=day,
            decided_at=now,
            actor=by.actor,
        )
        fact = Fact(
            kind="seats.losing_chosen",
            subject=subscription,
            company=place.company_id,
            region=place.region_id,
            business_day=day,
            actor=by.actor,
            facts={"people": list(chosen), "effective_on": on.isoformat()},
        )
        journal.record_all([fact], at=now)


def _refusals(found: Sequence[Reduction], chosen: Sequence[str]) -> list[SeatRefusal]:
    if not found:
        return [why.NothingToDecide()]
    (reduction,) = found
    losing = len(reduction.held) - reduction.seats_left
    holders = {seat.person for seat in reduction.held}
    refusals: list[SeatRefusal] = [
        why.HoldsNoSeat(person) for person in chosen if person not in holders
    ]
    if len(chosen) > losing:
        refusals.append(why.TooManyChosen(len(chosen), losing))
    return refusals
