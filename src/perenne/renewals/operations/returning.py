"""Take back what was bought: terms, seats and dates go back, and so does the money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.giving_back import GiveBack
from perenne.billing.sales import Sale
from perenne.platform import journal
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.renewals.models import Reversal
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.renewals.operations.releasing import Place, release_surplus
from perenne.subscriptions.models import SeatChange


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBack:
    """An order that comes back, wholly or for some of its seats.

    ``seats_moved`` is what the seat ledger moves by from the first day of what was sold.
    """

    order: str
    sale: Sale
    seats: int
    is_whole: bool
    seats_moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionBack:
    """A subscription as it stands when its orders came back.

    ``plan`` is the revision that follows; None leaves the one on file. ``was_merged`` says that
    it had ended because another one took it in.
    """

    subscription: str
    company: str
    region: str
    renews_on: date
    anchor: int
    ended_on: date | None
    plan: Revision | None = None
    was_merged: bool = False


def return_orders(
    orders: Sequence[OrderBack],
    subscriptions: Sequence[SubscriptionBack],
    *,
    change: str,
    occasion: Occasion,
) -> list[str]:
    """Reverse orders, bring their subscriptions back and credit the money, all of it or nothing.

    In the caller's transaction, with all subscriptions locked. Returns the refunds that the
    gateway has to be asked for after the commit.

    Source: docs/explanation/changes.md, «Returning».
    """
    reversals = _append_reversals(orders, change=change, occasion=occasion)
    _reverse_terms(orders, reversals)
    _move_seats(orders)
    _bring_back(subscriptions)
    plans = [one.plan for one in subscriptions if one.plan is not None]
    append_revisions(plans, decided_on=occasion.day, actor=occasion.actor)
    journal.record_all(
        [
            *_returned_facts(orders, reversals, subscriptions, change=change, occasion=occasion),
            *(_end_fact(one, change, occasion) for one in subscriptions if _is_told(one)),
        ],
        at=occasion.now,
    )
    for one in subscriptions:
        if one.ended_on is None:
            place = Place(subscription=one.subscription, company=one.company, region=one.region)
            release_surplus(place, occasion=occasion)
    notes = issue_credits(
        [
            CreditWish(
                order=one.order,
                reason="return",
                to=GiveBack.TO_PAYER,
                seats=None if one.is_whole else one.seats,
            )
            for one in orders
        ],
        occasion=occasion,
    )
    refunds = {one.id: one for note in notes for one in note.refunds}
    return [one.id for one in refunds.values() if one.way == "gateway"]


def _append_reversals(orders: Sequence[OrderBack], *, change: str, occasion: Occasion) -> list[str]:
    identities = new_ids("rev", len(orders))
    copy_in(
        Reversal,
        "id company_id order_id change seats is_whole business_day made_at actor".split(),
        (
            (
                identity,
                one.sale.company,
                one.order,
                change,
                one.seats,
                one.is_whole,
                occasion.day,
                occasion.now,
                occasion.actor,
            )
            for identity, one in zip(identities, orders, strict=True)
        ),
    )
    return identities


def _reverse_terms(orders: Sequence[OrderBack], reversals: Sequence[str]) -> None:
    whole = [
        (one.order, reversal)
        for one, reversal in zip(orders, reversals, strict=True)
        if one.is_whole and one.sale.term is not None
    ]
    if not whole:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_term t set reversed_by = v.reversal "
            "from unnest(%s::text[], %s::text[]) as v(order_id, reversal) "
            "where t.order_id = v.order_id",
            [list(column) for column in zip(*whole, strict=True)],
        )


def _move_seats(orders: Sequence[OrderBack]) -> None:
    copy_in(
        SeatChange,
        ("subscription_id", "effective_on", "seats", "reason"),
        (
            (one.sale.subscription, one.sale.starts_on, one.seats_moved, "returned")
            for one in orders
            if one.seats_moved
        ),
    )


_BRING_BACK = """
update subscriptions_subscription s
set renews_on = v.renews_on, anchor_day = v.anchor, ended_on = v.ended_on,
    ended_because = case when v.ended_on is null then '' else 'returned' end,
    plan_revision = s.plan_revision + v.plans, version = s.version + 1
from unnest(%(ids)s::text[], %(renews_on)s::date[], %(anchors)s::int[], %(ended_on)s::date[],
            %(plans)s::int[]) as v(id, renews_on, anchor, ended_on, plans)
where s.id = v.id
"""


def _bring_back(subscriptions: Sequence[SubscriptionBack]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _BRING_BACK,
            {
                "ids": [one.subscription for one in subscriptions],
                "renews_on": [one.renews_on for one in subscriptions],
                "anchors": [one.anchor for one in subscriptions],
                "ended_on": [one.ended_on for one in subscriptions],
                "plans": [int(one.plan is not None) for one in subscriptions],
            },
        )


def _returned_facts(
    orders: Sequence[OrderBack],
    reversals: Sequence[str],
    subscriptions: Sequence[SubscriptionBack],
    *,
    change: str,
    occasion: Occasion,
) -> list[Fact]:
    back = {one.subscription: one for one in subscriptions}
    return [
        Fact(
            kind="order.returned",
            subject=one.sale.subscription,
            company=one.sale.company,
            region=one.sale.region,
            business_day=occasion.day,
            actor=occasion.actor,
            facts={
                "order": one.order,
                "seats": one.seats,
                "whole": one.is_whole,
                "renews_on": back[one.sale.subscription].renews_on.isoformat(),
                "change": change,
            },
            once_key=reversal,
        )
        for one, reversal in zip(orders, reversals, strict=True)
    ]


def _is_told(back: SubscriptionBack) -> bool:
    """Whether more than the return itself happened to it: it ended, or came back."""
    return back.ended_on is not None or back.was_merged


def _end_fact(back: SubscriptionBack, change: str, occasion: Occasion) -> Fact:
    ended = back.ended_on is not None
    return Fact(
        kind="subscription.expired" if ended else "subscription.restored",
        subject=back.subscription,
        company=back.company,
        region=back.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={"renews_on": back.renews_on.isoformat(), "reason": "order.returned"},
        once_key=f"returned/{change}",
    )
