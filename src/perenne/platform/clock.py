"""The only module that asks the time; everybody else is told."""

from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings

from perenne.platform.models import TurnedClock

# Noon in Greenwich is the same calendar day in all zones from -12 to +11:59.
_MOMENT_OF_A_TURNED_DAY = time(12, tzinfo=UTC)


class Clock(Protocol):
    """Tells the moment."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC, whatever the machine's time zone."""
        return datetime.now(UTC)  # noqa: TID251 - this is the module that asks


class DemoClock:
    """A clock that stands at a day until it is turned; the machine's until it was first set."""

    def now(self) -> datetime:
        """Noon UTC of the day at which the clock stands."""
        stands_on = demo_clock_stands_on()
        return SystemClock().now() if stands_on is None else moment_of(stands_on)


def clock() -> Clock:
    """The clock of this installation."""
    return DemoClock() if settings.PERENNE_MODE == "demo" else SystemClock()


def today(now: datetime, zone: ZoneInfo) -> date:
    """The calendar day in the company's region's zone: contracts end at its midnight."""
    return now.astimezone(zone).date()


def moment_of(day: date) -> datetime:
    """The moment at which a turned clock stands on ``day``."""
    return datetime.combine(day, _MOMENT_OF_A_TURNED_DAY)


def demo_clock_stands_on() -> date | None:
    """The day of the demo's clock; None while it was never set."""
    return TurnedClock.objects.values_list("stands_on", flat=True).first()


def turn_demo_clock(to: date) -> None:
    """Set the demo's clock. Only forward: what has happened stays.

    Raises:
        ValueError: if the clock already stands later.
    """
    stands_on = demo_clock_stands_on()
    if stands_on is not None and to < stands_on:
        raise ValueError(f"the clock stands at {stands_on} and cannot go back to {to}")
    TurnedClock.objects.update_or_create(pk=1, defaults={"stands_on": to})
