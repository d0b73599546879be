"""The verdict for each action of a subscription."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from perenne.rules import refusals as why
from perenne.rules.actions import ALWAYS_OPEN, Action
from perenne.rules.eligibility.aligning import align_refusals
from perenne.rules.eligibility.general import (
    approval_refusals,
    hand_payment_refusals,
    hold_refusals,
    life_refusals,
    overdue_refusals,
    payment_refusals,
    pending_refusals,
    region_refusals,
    role_refusals,
    route_refusals,
)
from perenne.rules.eligibility.moving import business_plan_refusals, switch_refusals
from perenne.rules.eligibility.moving import trade_in_refusals as _trade_in_refusals
from perenne.rules.eligibility.standing import Standing
from perenne.rules.lifecycle import Stage, may_renew_in
from perenne.rules.plans import PlanProblem
from perenne.rules.policy import Policy
from perenne.rules.refusals import Refusal
from perenne.rules.verdict import Verdict

_Rule = Callable[[Standing, Policy, date], list[Refusal]]


def verdict_on(action: Action, standing: Standing, *, policy: Policy, as_of: date) -> Verdict:
    """Decide whether ``action`` is possible on ``as_of``, with every reason if it is not.

    Expired is final: then no other reason is given, and only buying again and asking remain.

    Source: docs/explanation/verdicts.md, «Each action».
    """
    if action in ALWAYS_OPEN:
        return Verdict(tuple(role_refusals(action, standing)))
    if standing.stage is Stage.EXPIRED:
        return Verdict((why.Expired(standing.last_day_of_access),))
    found = life_refusals(action, standing)
    found += _RULES[action](standing, policy, as_of)
    if action is not Action.CHANGE_PARTNER:
        found += route_refusals(standing)
    found += role_refusals(action, standing)
    return Verdict(tuple(found))


def _renew(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:
    """By hand: from ``renewal_window_opens_days`` before the renewal day, that day included.

    It stays possible through the last renewable stage. How it is paid matters only to those who
    could renew it here.

    Source: docs/explanation/lifecycle.md, «Renewing by hand».
    """
    if as_of < standing.term.starts_on:
        return [why.AlreadyDone(standing.term.renews_on)]
    found: list[Refusal] = []
    opens_on = standing.term.renews_on - timedelta(policy.renewal_window_opens_days)
    if as_of < opens_on:
        found.append(why.WindowNotOpen(opens_on))
    elif as_of >= standing.term.renews_on and not may_renew_in(standing.stage, policy):
        found.append(why.WindowClosed(standing.term.last_day))
    found += _sellable(standing)
    found += overdue_refusals(standing)
    if standing.renewable_online:
        found += hand_payment_refusals(standing, policy, as_of)
    return found + approval_refusals(standing, standing.renewal_minor)


def _sellable(standing: Standing) -> list[Refusal]:
    if standing.plan_conflict:
        return [why.PlanConflicted(standing.plan_conflict)]
    if standing.plan_problem is PlanProblem.OFFER_RETIRED:
        return [why.OfferRetired(standing.retired_on, standing.successor_access)]
    if standing.plan_problem is not None:
        return [why.PriceMissing(str(standing.offer), standing.region)]
    return []


def _auto_renew(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    """Turning it off is always possible; turning it on needs a term that can be sold and paid."""
    if standing.automatic:
        return []
    return (
        region_refusals(Action.AUTO_RENEW, standing)
        + [one for one in _sellable(standing) if isinstance(one, why.OfferRetired)]
        + payment_refusals(standing, lasts=True)
    )


def _change_term(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    found = region_refusals(Action.CHANGE_TERM, standing)
    if not standing.is_self_service:
        found.append(why.OfferNotSelfService(standing.offer.product))
    elif not set(standing.months_offered) - {standing.months}:
        found.append(why.SingleTerm(standing.months))
    return found + hold_refusals(standing)


def _add_seats(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    """Now, for what renews automatically and the vendor sells seats of on line."""
    found = region_refusals(Action.ADD_SEATS, standing)
    if not standing.automatic:
        found.append(why.AutoRenewalOff())
    if not (standing.is_self_service and standing.adds_seats):
        found.append(why.OfferNotSelfService(standing.offer.product))
    if not standing.is_priced_now:
        found.append(why.PriceMissing(str(standing.offer), standing.region))
    return found + payment_refusals(standing, lasts=True) + overdue_refusals(standing)


def _reduce_seats(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    found = region_refusals(Action.REDUCE_SEATS, standing)
    if standing.seats_owned <= 1:
        found.append(why.SeatsMinimum(1))
    return found + hold_refusals(standing)


def _align(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    return (
        region_refusals(Action.ALIGN, standing)
        + align_refusals(standing)
        + pending_refusals(standing)
        + payment_refusals(standing, lasts=True)
    )


def _switch(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    return (
        region_refusals(Action.SWITCH, standing)
        + switch_refusals(standing)
        + hold_refusals(standing)
        + pending_refusals(standing)
    )


def _trade_in(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    return (
        region_refusals(Action.TRADE_IN, standing)
        + _trade_in_refusals(standing, as_of=as_of)
        + hold_refusals(standing)
        + pending_refusals(standing)
    )


def _business_plan(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    return (
        region_refusals(Action.BUSINESS_PLAN, standing)
        + business_plan_refusals(standing)
        + payment_refusals(standing, lasts=False)
    )


def _return(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    """What was bought last, through the last day of its window.

    Source: docs/explanation/changes.md, «Returning».
    """
    last_day = standing.returnable_until
    if last_day is None or as_of > last_day:
        return [why.ReturnWindowClosed(last_day)]
    if standing.bought_since is not None:
        return [why.BoughtSince(standing.bought_since)]
    # Those that shall become one have to renew on one day: the dates cannot move meanwhile.
    return [why.ChangePending(standing.term.renews_on)] if standing.joins_others else []


def _nothing_more(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:  # noqa: ARG001
    return []


_RULES: Mapping[Action, _Rule] = {
    Action.RENEW: _renew,
    Action.AUTO_RENEW: _auto_renew,
    Action.CHANGE_TERM: _change_term,
    Action.ADD_SEATS: _add_seats,
    Action.REDUCE_SEATS: _reduce_seats,
    Action.ALIGN: _align,
    Action.SWITCH: _switch,
    Action.TRADE_IN: _trade_in,
    Action.BUSINESS_PLAN: _business_plan,
    Action.PAYMENT_METHOD: _nothing_more,
    Action.RETURN: _return,
    Action.CHANGE_PARTNER: _nothing_more,
}
