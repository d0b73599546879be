"""Execute sales whose money is certain: books, terms, seats, plan and journal together."""

from collections.abc import Sequence

from msgspec import Struct

from perenne.billing.attempts import Outcome, lock_attempts, settle
from perenne.billing.booking import book
from perenne.billing.ordering import Sold
from perenne.billing.sales import Sale
from perenne.platform import journal
from perenne.platform.bulk import as_array, copy_in, select
from perenne.platform.faults import fp
from perenne.platform.ids import new_ids
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.operations.moving_people import follow_switched
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.renewals.operations.releasing import Place, release_surplus
from perenne.renewals.operations.subscriptions import (
    end_merged,
    lock_subscriptions,
    move_subscriptions,
    open_subscriptions,
)
from perenne.renewals.operations.telling import declined_fact, sold_fact
from perenne.seats.operations.serving import serve_waiting
from perenne.subscriptions.models import SeatChange, Term

__all__ = ["Occasion", "execute", "settle_and_execute"]

_FINAL = ("succeeded", "declined")


def settle_and_execute(outcomes: Sequence[Outcome], *, occasion: Occasion) -> list[Sold]:
    """Write down what the gateway answered, and sell what was paid; one transaction.

    An attempt that somebody else settled meanwhile, or took over, is left as it is, so a repeated
    or late answer changes nothing. Returns what was sold here.
    """
    if not outcomes:
        return []
    with atomic("sale"):
        lock_subscriptions([outcome.attempt.sale.subscription for outcome in outcomes])
        standing = lock_attempts([outcome.attempt for outcome in outcomes])
        fresh = [
            outcome
            for outcome in outcomes
            for now_stands in (standing[outcome.attempt.id],)
            if now_stands.lease_no == outcome.attempt.lease_no and now_stands.state not in _FINAL
        ]
        settle(fresh, now=occasion.now)
        _record_declines(fresh, occasion=occasion)
        sold = [
            Sold(outcome.attempt, outcome.charge_id)
            for outcome in fresh
            if outcome.state == "succeeded"
        ]
        execute(sold, occasion=occasion)
    fp("sale.booked")
    return sold


def execute(sold: Sequence[Sold], *, occasion: Occasion) -> None:
    """Sell: in the caller's transaction, with the subscriptions locked, exactly as frozen."""
    if not sold:
        return
    sales = [one.attempt.sale for one in sold]
    open_subscriptions(sales)
    orders = book(sold, day=occasion.day, actor=occasion.actor, now=occasion.now)
    _append_terms(sold, orders)
    _append_seats(sold)
    _append_plans(sold, occasion=occasion)
    move_subscriptions(sales)
    end_merged(sales)
    journal.record_all(
        [
            sold_fact(sale, order, day=occasion.day, actor=occasion.actor)
            for sale, order in zip(sales, orders, strict=True)
        ],
        at=occasion.now,
    )
    _settle_people(sales, occasion=occasion)


def _settle_people(sales: Sequence[Sale], *, occasion: Occasion) -> None:
    """Where seats are other ones by today; money may come when the day's own run is over."""
    merging = [sale for sale in sales if sale.merges]
    if merging:
        regions = sorted({sale.region for sale in merging})
        only = [sale.subscription for sale in merging]
        follow_switched(regions, only=only, occasion=occasion)
    more = []
    for sale in sales:
        begun = [one for one in sale.seat_moves if one.effective_on <= occasion.day]
        if any(one.seats < 0 for one in begun):
            place = Place(subscription=sale.subscription, company=sale.company, region=sale.region)
            release_surplus(place, occasion=occasion)
        elif begun:
            more.append(sale.subscription)
    serve_waiting(more, day=occasion.day, actor=occasion.actor, now=occasion.now)


def _record_declines(outcomes: Sequence[Outcome], *, occasion: Occasion) -> None:
    journal.record_all(
        [
            declined_fact(outcome.attempt, outcome.declined, day=occasion.day, actor=occasion.actor)
            for outcome in outcomes
            if outcome.declined is not None
        ],
        at=occasion.now,
    )


def _append_terms(sold: Sequence[Sold], orders: Sequence[str]) -> None:
    rows = [
        (one.attempt.sale, term, order)
        for one, order in zip(sold, orders, strict=True)
        if (term := one.attempt.sale.term) is not None
    ]
    copy_in(
        Term,
        "id subscription_id starts_on renews_on offer_id seats anchor_day whole_until came_by "
        "order_id".split(),
        (
            (
                identity,
                sale.subscription,
                term.starts_on,
                term.renews_on,
                term.offer,
                term.seats,
                term.anchor,
                term.whole_until,
                sale.kind.value,
                order,
            )
            for identity, (sale, term, order) in zip(new_ids("trm", len(rows)), rows, strict=True)
        ),
    )


def _append_seats(sold: Sequence[Sold]) -> None:
    copy_in(
        SeatChange,
        ("subscription_id", "effective_on", "seats", "reason"),
        (
            (one.attempt.sale.subscription, move.effective_on, move.seats, move.reason)
            for one in sold
            for move in one.attempt.sale.seat_moves
        ),
    )


def _append_plans(sold: Sequence[Sold], *, occasion: Occasion) -> None:
    """The executed plan is done; the next one is as the sale says.

    Automatic renewal stays as it is now unless the sale says otherwise: turning it off is sticky.
    """
    planning = [(sale, sale.plan) for one in sold for sale in (one.attempt.sale,) if sale.plan]
    now = _plans_now([sale.subscription for sale, _ in planning])
    append_revisions(
        [
            Revision(
                company=sale.company,
                subscription=sale.subscription,
                revision=now[sale.subscription].revision + 1,
                renews_automatically=(
                    now[sale.subscription].is_automatic
                    if plan.automatic is None
                    else plan.automatic
                ),
                offer=plan.offer,
                seats=plan.seats,
                method=plan.method,
            )
            for sale, plan in planning
        ],
        decided_on=occasion.day,
        actor=occasion.actor,
    )


class _PlanNow(Struct, frozen=True):
    """The plan in force when money came, which may be days after the sale was frozen."""

    revision: int
    is_automatic: bool


def _plans_now(subscriptions: Sequence[str]) -> dict[str, _PlanNow]:
    rows = select(
        "select s.id, s.plan_revision, p.renews_automatically from subscriptions_subscription s "
        "left join renewals_planrevision p "
        "on s.id = p.subscription_id and s.plan_revision = p.revision where s.id = any(%s::text[])",
        [as_array(subscriptions)],
    )
    return {
        row["id"]: _PlanNow(row["plan_revision"], bool(row["renews_automatically"])) for row in rows
    }
