"""Turn the demo's clock, running each business day that it passes."""

from collections.abc import Iterator
from datetime import date

from perenne.daily.errors import DayRefusedError, NoBookError
from perenne.daily.queries import marks
from perenne.daily.running import ONE_DAY, run_to
from perenne.notices.delivery import deliver_waiting
from perenne.platform.clock import clock, demo_clock_stands_on, moment_of, turn_demo_clock
from perenne.platform.faults import fp


def days_to_advance(*, days: int | None, to: date | None) -> list[date]:
    """The business days that turning by ``days``, or through ``to``, would run.

    Raises:
        NoBookError: if no book was imported.
        DayRefusedError: if ``to`` lies before the day at which the clock stands.
    """
    finished = marks()
    if not finished:
        raise NoBookError("there is no book: perenne import book DIR")
    # The slowest region decides where to go on: a run killed half-way is finished first.
    first = min(finished.values()) + ONE_DAY
    stands_on = demo_clock_stands_on()
    if to is not None:
        if stands_on is not None and to < stands_on:
            raise DayRefusedError(f"the clock stands at {stands_on} and cannot go back to {to}")
        return [first + ONE_DAY * n for n in range((to - first).days + 1)]
    return [first + ONE_DAY * n for n in range(days or 0)]


def advance(days: list[date]) -> Iterator[date]:
    """Turn the clock to each day, run it, hand over its mails, and yield it when it is done."""
    for day in days:
        stands_on = demo_clock_stands_on()
        if stands_on is None or stands_on < day:
            turn_demo_clock(day)
            fp("clock.turned")
        run_to(day, now=max(moment_of(day), clock().now()))
        deliver_waiting(now=clock().now())
        yield day
