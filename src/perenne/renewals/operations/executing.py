"""Execute sales whose money is certain: books, term, seats, plan and journal in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from perenne.billing.attempts import Attempt, Outcome, lock_attempts, settle
from perenne.billing.booking import Sold, book
from perenne.platform import journal
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.subscriptions.models import SeatChange, Term


@dataclass(frozen=True, slots=True)
class Occasion:
    """For which business day, by whom and when something is done."""

    day: date
    actor: str
    now: datetime


def settle_and_execute(outcomes: Sequence[Outcome], *, occasion: Occasion) -> list[Sold]:
    """Write down what the gateway answered, and sell what was paid; one transaction.

    An attempt that somebody else settled meanwhile is left as it is, so a repeated answer
    changes nothing. Returns what was sold here.
    """
    with transaction.atomic():
        _lock_subscriptions([outcome.attempt.sale.subscription for outcome in outcomes])
        states = lock_attempts([outcome.attempt for outcome in outcomes])
        fresh = [
            outcome
            for outcome in outcomes
            if states[outcome.attempt.id] not in ("succeeded", "declined", outcome.state)
        ]
        settle(fresh, now=occasion.now)
        _record_declines(fresh, occasion=occasion)
        sold = [
            Sold(outcome.attempt, outcome.charge_id)
            for outcome in fresh
            if outcome.state == "succeeded"
        ]
        execute(sold, occasion=occasion)
    return sold


def execute(sold: Sequence[Sold], *, occasion: Occasion) -> None:
    """Sell: in the caller's transaction, with the subscriptions locked, exactly as frozen."""
    if not sold:
        return
    orders = book(sold, day=occasion.day, actor=occasion.actor, now=occasion.now)
    _append_terms(sold, orders)
    _append_seats(sold)
    _append_plans(sold, occasion=occasion)
    _move_subscriptions(sold)
    journal.record_all(
        [_renewed(one, order, occasion) for one, order in zip(sold, orders, strict=True)],
        at=occasion.now,
    )


def declined_fact(attempt: Attempt, decline: str, *, occasion: Occasion) -> Fact:
    """That a try to be paid failed."""
    sale = attempt.sale
    return Fact(
        kind="payment.declined",
        subject=sale.subscription,
        company=sale.company,
        region=sale.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "attempt": attempt.id,
            "reason": decline,
            "retry_day": attempt.retry_day,
            "term_starts_on": sale.starts_on.isoformat(),
        },
    )


def _record_declines(outcomes: Sequence[Outcome], *, occasion: Occasion) -> None:
    journal.record_all(
        [
            declined_fact(outcome.attempt, outcome.declined, occasion=occasion)
            for outcome in outcomes
            if outcome.declined is not None
        ],
        at=occasion.now,
    )


def _lock_subscriptions(identities: Sequence[str]) -> None:
    select(
        "select id from subscriptions_subscription where id = any(%s) order by id for update",
        [list(identities)],
    )


def _append_terms(sold: Sequence[Sold], orders: Sequence[str]) -> None:
    copy_in(
        Term,
        (
            "id",
            "subscription_id",
            "starts_on",
            "renews_on",
            "offer_id",
            "seats",
            "came_by",
            "order_id",
        ),
        (
            (
                identity,
                one.sale.subscription,
                one.sale.starts_on,
                one.sale.renews_on,
                one.sale.offer,
                one.sale.seats,
                "renewal",
                order,
            )
            for identity, one, order in zip(new_ids("trm", len(sold)), sold, orders, strict=True)
        ),
    )


def _append_seats(sold: Sequence[Sold]) -> None:
    copy_in(
        SeatChange,
        ("subscription_id", "effective_on", "seats", "reason"),
        (
            (one.sale.subscription, one.sale.starts_on, one.sale.seats_more, "renewal")
            for one in sold
            if one.sale.seats_more
        ),
    )


def _append_plans(sold: Sequence[Sold], *, occasion: Occasion) -> None:
    """The executed plan is done; the next one renews all seats then owned, as it was renewed now.

    Automatic renewal stays as it was: turning it off is sticky.
    """
    automatic = {
        row["subscription_id"]: row["renews_automatically"]
        for row in select(
            "select p.subscription_id, p.renews_automatically from renewals_planrevision p "
            "join subscriptions_subscription s "
            "on s.id = p.subscription_id and s.plan_revision = p.revision where s.id = any(%s)",
            [[one.sale.subscription for one in sold]],
        )
    }
    append_revisions(
        [
            Revision(
                company=one.sale.company,
                subscription=one.sale.subscription,
                revision=one.sale.plan_revision + 1,
                renews_automatically=automatic[one.sale.subscription],
                offer=one.sale.offer,
                seats=None,
                method=one.sale.method,
            )
            for one in sold
        ],
        decided_on=occasion.day,
        actor=occasion.actor,
    )


def _move_subscriptions(sold: Sequence[Sold]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription s set renews_on = v.renews_on, "
            "plan_revision = s.plan_revision + 1, version = s.version + 1 "
            "from unnest(%s::text[], %s::date[]) as v(id, renews_on) where s.id = v.id",
            [
                [one.sale.subscription for one in sold],
                [one.sale.renews_on for one in sold],
            ],
        )


def _renewed(one: Sold, order: str, occasion: Occasion) -> Fact:
    sale = one.sale
    facts: dict[str, Any] = {
        "starts_on": sale.starts_on.isoformat(),
        "renews_on": sale.renews_on.isoformat(),
        "offer": sale.offer,
        "seats": sale.seats,
        "net_minor": sale.net_minor,
        "tax_minor": sale.tax_minor,
        "currency": sale.currency,
        "order": order,
    }
    return Fact(
        kind="subscription.renewed",
        subject=sale.subscription,
        company=sale.company,
        region=sale.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts=facts,
        once_key=sale.starts_on.isoformat(),
    )
