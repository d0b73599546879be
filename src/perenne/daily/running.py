"""One business day per region: reminders, automatic renewals, retries, expiries, then the mark."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perenne.billing.refund_calls import reconcile_refunds
from perenne.billing.revenue import release_revenue
from perenne.catalog.queries import regions
from perenne.daily.errors import DayRefusedError, NoBookError
from perenne.daily.models import FinishedDay
from perenne.daily.queries import mark_of, marks, unreminded_since
from perenne.daily.turns import one_run_at_a_time
from perenne.notices.reminders import send_due_reminders
from perenne.platform import restore_gate
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.faults import fp
from perenne.platform.writing import atomic
from perenne.quotes.operations.nightly import run_quotes
from perenne.renewals.operations.dunning import tell_overdue_invoices
from perenne.renewals.operations.ending import age_unrenewed
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.lapsing import lapse_transfers
from perenne.renewals.operations.moving_people import move_people_of_switched
from perenne.renewals.operations.releasing import release_surplus_seats
from perenne.renewals.operations.running import renew_due, retry_due
from perenne.rules.calendar import is_last_of_month
from perenne.seats.operations.serving import serve_everybody_waiting
from perenne.support.operations.overdue import tell_overdue

ACTOR = "run"
ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a region still has to run to reach a day, oldest first."""

    region: str
    days: tuple[date, ...]


def spans_to(day: date, *, now: datetime) -> list[Span]:
    """What has to be run so that ``day`` is finished everywhere; empty spans are left out.

    Raises:
        NoBookError: if no book was imported.
        DayRefusedError: if ``day`` is ahead of a region's today, or its clock stands before the
            last finished day.

    Source: docs/explanation/time.md, «Business days».
    """
    finished = marks()
    if not finished:
        raise NoBookError("there is no book: perenne import book DIR")
    known = regions()
    spans = []
    for region, mark in finished.items():
        if day <= mark:
            continue
        local = today(now, known[region].zone)
        if local < mark:
            raise DayRefusedError(
                f"region {region}: the clock stands at {local}, before the last finished day "
                f"{mark}; a clock that went back runs nothing"
            )
        if day > local:
            raise DayRefusedError(f"region {region}: {day} has not come yet, today is {local}")
        ahead = (day - mark).days
        spans.append(Span(region, tuple(mark + ONE_DAY * n for n in range(1, ahead + 1))))
    return spans


def run_to(day: date, *, now: datetime) -> list[date]:
    """Run all regions through ``day``, missed days first and in order; return the days run.

    A day that is finished is not run again. Of missed days only the latest reminder is sent:
    the earlier ones leave reminders to the last.

    Raises:
        NoBookError, DayRefusedError: as ``spans_to``; nothing was run.
        GateShutError: if the database was restored and not reconciled.
    """
    restore_gate.require_open()
    spans = spans_to(day, now=now)
    days = sorted({one for span in spans for one in span.days})
    for one in days:
        for span in spans:
            if one in span.days:
                run_region(span.region, one, reminds=one == day, now=now)
    return days


def run_region(region: str, day: date, *, reminds: bool, now: datetime) -> bool:
    """Run one region's ``day`` if it is the next one; return whether it was.

    Killed at any point and started again, it goes on where it was: each step finds what is left
    to do in the tables. Two at once take turns.
    """
    with one_run_at_a_time(region):
        mark = mark_of(region)
        if mark is None or day != mark + ONE_DAY:
            return False
        occasion = Occasion(day, ACTOR, now)
        if reminds:
            send_due_reminders(region=region, day=day, since=unreminded_since(region), now=now)
        fp("day.reminded")
        reconcile_refunds(region, occasion=occasion)
        lapse_transfers(region, occasion=occasion)
        run_quotes(region, day=day, reminds=reminds, now=now)
        renew_due(region, occasion=occasion)
        fp("day.renewed")
        retry_due(region, occasion=occasion)
        fp("day.retried")
        move_people_of_switched(region, occasion=occasion)
        release_surplus_seats(region, occasion=occasion)
        serve_everybody_waiting(region, occasion=occasion)
        unrenewed = age_unrenewed(region, occasion=occasion)
        tell_overdue_invoices(region, occasion=occasion)
        tell_overdue(region=region, day=day, now=now)
        if is_last_of_month(day):
            release_revenue(region, through=day, now=now)
        fp("day.worked")
        _finish(region, day, past_due=unrenewed.past_due, reminded=reminds, now=now)
        fp("day.finished")
    return True


_COUNTS = """
select count(*) filter (where kind = 'reminder.sent') as reminders,
       count(*) filter (where kind = 'subscription.renewed') as renewed,
       count(*) filter (where kind = 'payment.declined') as declined,
       count(*) filter (where kind = 'subscription.expired') as expired,
       coalesce(sum((facts->>'net_minor')::bigint)
                filter (where kind = 'subscription.renewed'), 0)::bigint as amount_minor
from platform_journalentry where region = %s and business_day = %s and actor = %s
"""


def _finish(region: str, day: date, *, past_due: int, reminded: bool, now: datetime) -> None:
    """Set the mark, with counts from the journal, so that a resumed run counts the whole day.

    A run that lost its connection, and its turn with it, may come second: the first mark stays.
    """
    with atomic("day"):
        mark = FinishedDay(
            region_id=region,
            day=day,
            finished_at=now,
            was_run=True,
            reminded=reminded,
            past_due=past_due,
            currency=regions()[region].currency.code,
            **select(_COUNTS, [region, day, ACTOR])[0],
        )
        FinishedDay.objects.bulk_create([mark], ignore_conflicts=True)
