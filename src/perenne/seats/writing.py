"""Write what was decided about seats, and tell it, in the transaction that is open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection
from msgspec.structs import replace

from perenne.platform import journal
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.rules.seating import Demand
from perenne.seats.book import Wait
from perenne.seats.deciding import Decision, Given
from perenne.seats.models import WaitingPerson
from perenne.seats.moment import Moment
from perenne.subscriptions.models import Assignment

UNASSIGNED = "unassigned"
LEFT = "left the company"


def write(decision: Decision, at: Moment, *, granted_by: str, because: str = UNASSIGNED) -> None:
    """Give back, end waits, give and queue: in this order, so that a seat is never held twice.

    Args:
        granted_by: whose wish it is for those who go on the queue now.
        because: why seats are given back.
    """
    release([one.assignment for one in decision.released], at, because=because)
    end_waits(decision.unwanted, at, because="left" if because == LEFT else "no longer wanted")
    end_waits(decision.seated, at, because="seated")
    end_waits(decision.covered_waits, at, because="covered")
    give(decision.given, at)
    queue(decision.short, at, granted_by=granted_by)
    journal.record_all(list(_facts(decision, at, because)), at=at.now)


def release(assignments: Sequence[str], at: Moment, *, because: str) -> None:
    """End assignments; they stay as history."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_assignment "
            "set released_on = greatest(assigned_on, %s), released_because = %s "
            "where id = any(%s) and released_on is null",
            [at.day, because, list(assignments)],
        )


def give(given: Sequence[Given], at: Moment) -> None:
    """Append assignments from the day on."""
    copy_in(
        Assignment,
        "id company_id subscription_id person_id assigned_on released_because granted_by".split(),
        (
            (identity, at.company, one.subscription, one.person, at.day, "", one.granted_by)
            for identity, one in zip(new_ids("asg", len(given)), given, strict=True)
        ),
    )


def queue(demands: Sequence[Demand], at: Moment, *, granted_by: str) -> None:
    """Append places in the queue; who has one keeps it."""
    waits = [
        WaitingPerson(
            company_id=at.company,
            person_id=one.person,
            product_id=one.product,
            granted_by=granted_by,
            since=at.now,
        )
        for one in demands
    ]
    WaitingPerson.objects.bulk_create(waits, ignore_conflicts=True)
    if granted_by == "administrator":
        _keep([wait.person_id for wait in waits], [wait.product_id for wait in waits])


def _keep(people: Sequence[str], products: Sequence[str]) -> None:
    """What an administrator wishes does not end with a group's wish."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update seats_waitingperson w set granted_by = 'administrator' "
            "from unnest(%s::text[], %s::text[]) as v(person, product) "
            "where w.person_id = v.person and w.product_id = v.product and w.ended_at is null "
            "and w.granted_by <> 'administrator'",
            [list(people), list(products)],
        )


def grant_directly(assignments: Sequence[str]) -> None:
    """Let an administrator grant seats that only groups granted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_assignment set granted_by = 'administrator' "
            "where id = any(%s) and released_on is null and granted_by = 'group'",
            [list(assignments)],
        )


def end_waits(waits: Sequence[Wait], at: Moment, *, because: str) -> None:
    """End places in the queue."""
    WaitingPerson.objects.filter(pk__in=[wait.id for wait in waits], ended_at=None).update(
        ended_at=at.now, ended_because=because
    )


def _facts(decision: Decision, at: Moment, because: str) -> Iterable[Fact]:
    """One fact a subscription for seats, one a product for the queue."""
    released: dict[str, list[str]] = defaultdict(list)
    for holding in decision.released:
        released[holding.subscription].append(holding.person)
    for subscription, people in sorted(released.items()):
        yield at.fact(kind="seats.unassigned", subject=subscription, people=people, because=because)
    yield from assigned_facts(decision.given, at)
    waiting: dict[str, list[str]] = defaultdict(list)
    for demand in decision.short:
        waiting[demand.product].append(demand.person)
    for product, people in sorted(waiting.items()):
        fact = at.fact(
            kind="seats.short",
            subject=at.company,
            product=product,
            people=people,
            missing=len(people),
        )
        yield replace(fact, tells=True)


def assigned_facts(given: Sequence[Given], at: Moment) -> Iterable[Fact]:
    """One fact a subscription: who got its seats, and which of them had waited."""
    by_subscription: dict[str, list[Given]] = defaultdict(list)
    for one in given:
        by_subscription[one.subscription].append(one)
    for subscription, ones in sorted(by_subscription.items()):
        yield at.fact(
            kind="seats.assigned",
            subject=subscription,
            people=[one.person for one in ones],
            waited=[one.person for one in ones if one.waited],
        )
