"""Giving back what was bought last: dates, seats and money as they were before."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from perenne.billing.returning import ReturnMoney, ReturnWish, money_of_returns
from perenne.billing.sales import SaleKind
from perenne.renewals.changes.bought import Bought, bought_last
from perenne.renewals.changes.preparing import (
    Effect,
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.preview import WarningCode
from perenne.renewals.changes.wishes import Return
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Plan, RenewalFacts
from perenne.renewals.losing import held_seats
from perenne.renewals.mistakes import MoreThanBought, OneAtATime, WholeOnly
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.plans import Revision
from perenne.renewals.operations.returning import OrderBack, SubscriptionBack, return_orders
from perenne.renewals.standings import Stand
from perenne.rules.actions import Action
from perenne.rules.returns import ends_with_return, seats_taken_back
from perenne.rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class _Part:
    """A subscription's part of a return: how it stood, and how it stands then."""

    stand: Stand
    after: RenewalFacts
    order: OrderBack | None
    money: ReturnMoney | None = None

    @property
    def replans(self) -> bool:
        """Whether another plan follows."""
        return self.after.plan is not self.stand.facts.plan

    @property
    def ends(self) -> bool:
        """Whether the subscription ends with the return."""
        return self.after.ended_on is not None


def prepare_return(wish: Return, situation: Situation) -> Prepared:
    """What was bought last comes back, wholly or for some seats, and its money with it.

    Aligned dates come back together, and for all seats.

    Source: docs/explanation/changes.md, «Returning».
    """
    if len(wish.subscriptions) > 1:
        raise InvalidChoicesError("subscriptions", OneAtATime())
    stand = situation.stand(wish.subscriptions[0])
    verdict = verdict_with(Action.RETURN, stand)
    if not verdict.allowed:
        return Prepared(items=(refused_item(stand, verdict),))
    bought = bought_last(stand.facts.id)
    orders = [_order_back(one, wish.seats) for one in bought]
    refused = _refused(orders, situation)
    if refused:
        return Prepared(items=refused)
    moneys = money_of_returns(
        [ReturnWish(one.order, None if one.is_whole else one.seats) for one in orders]
    )
    parts = [
        _part(situation.stand(one.sale.subscription), before, one, money)
        for before, one, money in zip(bought, orders, moneys, strict=True)
    ]
    parts += _merged(orders, situation)
    return Prepared(items=_items(parts), warnings=_warnings(parts))


def _order_back(bought: Bought, seats: int | None) -> OrderBack:
    """So many seats of an order, or all that are left.

    Raises:
        InvalidChoicesError: if so many are not left, or dates would come back for some seats.
    """
    sale, left = bought.sale, bought.seats_left
    returning = left if seats is None else seats
    if returning > left:
        raise InvalidChoicesError("seats", MoreThanBought(returning, left))
    is_whole = returning == left
    if sale.kind is SaleKind.ALIGNMENT and not is_whole:
        raise InvalidChoicesError("seats", WholeOnly(left))
    moved = seats_taken_back(
        sum(move.seats for move in sale.seat_moves),
        returned=sum(bought.returned),
        returning=returning,
        is_whole=is_whole,
    )
    return OrderBack(
        order=bought.order, sale=sale, seats=returning, is_whole=is_whole, seats_moved=moved
    )


def _refused(orders: Sequence[OrderBack], situation: Situation) -> tuple[PreparedItem, ...]:
    """Those whose dates were aligned together and that cannot come back now."""
    stands = [situation.stand(one.sale.subscription) for one in orders]
    verdicts = [(stand, verdict_with(Action.RETURN, stand)) for stand in stands]
    return tuple(refused_item(stand, one) for stand, one in verdicts if not one.allowed)


def _part(stand: Stand, bought: Bought, order: OrderBack, money: ReturnMoney) -> _Part:
    facts = replace(stand.facts, seats_owned=stand.facts.seats_owned + order.seats_moved)
    if not order.is_whole or order.sale.term is None:
        return _Part(stand, facts, order, money)
    ended_on = stand.as_of if ends_with_return(bought.ends_on, as_of=stand.as_of) else None
    before = bought.before
    if before is None:
        return _Part(stand, replace(facts, ended_on=ended_on), order, money)
    after = replace(
        facts,
        term=before.covers,
        months=before.offer.months,
        offer=before.offer,
        anchor=order.sale.anchor_before or facts.anchor,
        ended_on=ended_on,
    )
    if order.sale.kind is SaleKind.RENEWAL:
        after = replace(after, plan=_same_again(after))
    return _Part(stand, after, order, money)


def _same_again(facts: RenewalFacts) -> Plan:
    """The plan after a return: what runs, but not by itself.

    What was decided for the renewal day was about the term after the one that came back.
    """
    return Plan(
        revision=facts.plan.revision + 1,
        renews_automatically=False,
        offer=facts.offer,
        seats=None,
        method=facts.plan.method,
        conflict="",
    )


def _merged(orders: Sequence[OrderBack], situation: Situation) -> list[_Part]:
    """Subscriptions that the returned term had taken in, if a term of theirs covers the day."""
    merged = [
        situation.stand(identity) for one in orders if one.is_whole for identity in one.sale.merges
    ]
    return [
        _Part(stand, replace(stand.facts, ended_on=None, plan=_same_again(stand.facts)), None)
        for stand in merged
        if not ends_with_return(stand.facts.term.renews_on, as_of=stand.as_of)
    ]


def _items(parts: Sequence[_Part]) -> tuple[PreparedItem, ...]:
    """One item a subscription; the first one carries out what happens to all of them."""
    effect = _effect(parts)
    return tuple(
        PreparedItem(
            stand=part.stand,
            verdict=Verdict(),
            effect=effect if part is parts[0] else None,
            credit_minor=0 if part.money is None else part.money.gross_minor,
            after=part.after,
        )
        for part in parts
    )


def _effect(parts: Sequence[_Part]) -> Effect:
    def execute(change: str, occasion: Occasion) -> Sequence[str]:
        return return_orders(
            [part.order for part in parts if part.order is not None],
            [_subscription_back(part) for part in parts],
            change=change,
            occasion=occasion,
        )

    return execute


def _subscription_back(part: _Part) -> SubscriptionBack:
    after = part.after
    return SubscriptionBack(
        subscription=after.id,
        company=after.company,
        region=after.region,
        renews_on=after.term.renews_on,
        anchor=after.anchor,
        ended_on=after.ended_on,
        plan=_revision(after) if part.replans else None,
        was_merged=part.order is None,
    )


def _revision(after: RenewalFacts) -> Revision:
    """The plan that follows; it names no change, because what came back is not undone."""
    plan = after.plan
    return Revision(
        company=after.company,
        subscription=after.id,
        revision=plan.revision,
        renews_automatically=plan.renews_automatically,
        offer=str(plan.offer),
        seats=plan.seats,
        method=plan.method.id if plan.method else None,
    )


def _warnings(parts: Sequence[_Part]) -> tuple[str, ...]:
    """What else follows, as stable codes."""
    living = [part for part in parts if not part.ends]
    moneys = [part.money for part in parts if part.money is not None]
    found = {
        WarningCode.ENDS_TODAY: any(part.ends for part in parts),
        WarningCode.AUTOMATIC_RENEWAL_OFF: any(
            part.replans and part.stand.facts.plan.renews_automatically for part in living
        ),
        WarningCode.EXPIRES_UNLESS_RENEWED: any(part.replans for part in living),
        WarningCode.PLAN_DROPPED: any(
            part.replans and part.stand.facts.plan_changes for part in parts
        ),
        WarningCode.MERGED_COME_BACK: any(part.order is None for part in parts),
        WarningCode.PEOPLE_LOSE_SEATS: any(_loses_seats(part) for part in living),
        WarningCode.INVOICE_LOWERED: any(money.back_minor < money.gross_minor for money in moneys),
    }
    return tuple(code for code, applies in found.items() if applies)


def _loses_seats(part: _Part) -> bool:
    """Whether more people hold seats than are owned then, as far as that has begun."""
    order = part.order
    if order is None or order.seats_moved >= 0 or order.sale.starts_on > part.stand.as_of:
        return False
    held = held_seats([part.after.id]).get(part.after.id, [])
    return len(held) > part.after.seats_owned
