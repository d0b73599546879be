"""Changes of the renewal plan: they cost nothing until they are executed, and can be undone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from msgspec import structs

from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.preview import WarningCode
from perenne.renewals.changes.wishes import AutoRenew, ChangeTerm, PayWith, ReduceSeats
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Plan
from perenne.renewals.mistakes import MoreThanOwned, OneAtATime
from perenne.renewals.standings import Stand
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.plans import PlanProblem
from perenne.rules.refusals import Refusal


def planned_item(
    stand: Stand, action: Action, plan: Plan, situation: Situation, *, more: Sequence[Refusal] = ()
) -> PreparedItem:
    """A subscription whose plan becomes another one, if its verdict allows it.

    A plan that cannot be executed is refused now and not on the renewal day.
    """
    wanted = structs.replace(stand.facts, plan=structs.replace(plan, conflict=""))
    problem = situation.pricer.problem(wanted, plan.offer, wanted.seats_planned)
    reasons = [*more]
    if problem is PlanProblem.OFFER_RETIRED and action is not Action.AUTO_RENEW:
        reasons.append(why.OfferRetired(stand.standing.retired_on))
    elif problem is PlanProblem.PRICE_MISSING and action is not Action.AUTO_RENEW:
        reasons.append(why.PriceMissing(str(plan.offer), stand.facts.region))
    verdict = verdict_with(action, stand, more=reasons)
    if not verdict.allowed:
        return refused_item(stand, verdict)
    return PreparedItem(stand=stand, verdict=verdict, plan=wanted.plan)


def renewal_day(items: Sequence[PreparedItem]) -> date:
    """The first day on which one of these plans is executed."""
    return min(item.stand.facts.term.renews_on for item in items)


def prepare_auto_renew(wish: AutoRenew, situation: Situation) -> Prepared:
    """Turn automatic renewal on or off; off is as easy as on, and stays off.

    Source: docs/explanation/changes.md, «Automatic renewal».
    """
    items = []
    for identity in wish.subscriptions:
        stand = situation.stand(identity)
        plan = structs.replace(stand.facts.plan, renews_automatically=wish.on)
        # What is already so may be said again: it is asked about as if it were the other way.
        asked = replace(stand, standing=replace(stand.standing, automatic=not wish.on))
        items.append(planned_item(asked, Action.AUTO_RENEW, plan, situation))
    return Prepared(items=tuple(items), warnings=_lapse_warnings(wish))


def _lapse_warnings(wish: AutoRenew) -> tuple[str, ...]:
    return () if wish.on else (WarningCode.EXPIRES_UNLESS_RENEWED,)


def prepare_change_term(wish: ChangeTerm, situation: Situation) -> Prepared:
    """Renew for another number of months; the right to the renewal price is kept.

    Source: docs/explanation/changes.md, «Changing the term».
    """
    items = []
    for identity in wish.subscriptions:
        stand = situation.stand(identity)
        before = stand.facts.plan
        # Dates were to be aligned with a term of that length; the next one is whole again.
        plan = structs.replace(
            before,
            offer=replace(before.offer, months=wish.months),
            aligns_on=None,
            aligns_anchor=None,
        )
        items.append(planned_item(stand, Action.CHANGE_TERM, plan, situation))
    is_dropped = any(item.stand.facts.plan.aligns_on is not None for item in items)
    return Prepared(
        items=tuple(items),
        effective_on=renewal_day(items),
        warnings=(WarningCode.ALIGNMENT_DROPPED,) if is_dropped else (),
    )


def prepare_reduce_seats(wish: ReduceSeats, situation: Situation) -> Prepared:
    """Renew with fewer seats than are owned then; at least one stays.

    Source: docs/explanation/changes.md, «Fewer seats».
    """
    if len(wish.subscriptions) > 1:
        raise InvalidChoicesError("subscriptions", OneAtATime())
    stand = situation.stand(wish.subscriptions[0])
    owned = stand.facts.seats_owned
    if wish.seats > owned:
        raise InvalidChoicesError("seats", MoreThanOwned(wish.seats, owned))
    more: list[Refusal] = [why.SeatsMinimum(1)] if wish.seats < 1 < owned else []
    # As many as are owned means: no reduction, all seats then owned.
    plan = structs.replace(
        stand.facts.plan, seats=None if wish.seats == owned else max(wish.seats, 1)
    )
    item = planned_item(stand, Action.REDUCE_SEATS, plan, situation, more=more)
    return Prepared(items=(item,), effective_on=renewal_day([item]))


def prepare_payment_method(wish: PayWith, situation: Situation) -> Prepared:
    """Pay the renewals with another method from now on.

    Source: docs/explanation/changes.md, «Payment method».
    """
    items = []
    for identity in wish.subscriptions:
        stand = situation.stand(identity)
        method = situation.method(wish.method, None)
        plan = structs.replace(stand.facts.plan, method=method)
        verdict = verdict_with(Action.PAYMENT_METHOD, stand)
        items.append(
            PreparedItem(stand=stand, verdict=verdict, plan=plan)
            if verdict.allowed
            else refused_item(stand, verdict)
        )
    return Prepared(items=tuple(items))
