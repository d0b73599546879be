"""Contract days: half-open periods whose month ends clamp to a stored anchor day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

_MONTHS_A_YEAR = 12


class OutOfCalendarError(ValueError):
    """A day before the first or after the last year of the calendar."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``starts_on`` up to, and without, ``renews_on``.

    Raises:
        ValueError: if it covers no day.
    """

    starts_on: date
    renews_on: date

    def __post_init__(self) -> None:
        if self.renews_on <= self.starts_on:
            raise ValueError(f"a period from {self.starts_on} to {self.renews_on} covers no day")

    def __str__(self) -> str:
        return f"{self.starts_on}..{self.renews_on}"

    @property
    def length_days(self) -> int:
        """How many days it covers; a leap day is a day."""
        return (self.renews_on - self.starts_on).days

    @property
    def last_day(self) -> date:
        """The last day that it covers."""
        return self.renews_on - timedelta(1)

    def contains(self, day: date) -> bool:
        """Whether it covers ``day``."""
        return self.starts_on <= day < self.renews_on

    def days_left(self, on: date) -> int:
        """How many of its days are left at the start of ``on``, that day included."""
        return max(0, min((self.renews_on - on).days, self.length_days))


def month_later(boundary: date, months: int, *, anchor: int) -> date:
    """The day in the month ``months`` later, on the anchor or that month's last day.

    The clamp is never carried over: with anchor 31, 31 January leads to 28 February and that to
    31 March. Negative months count back.

    Raises:
        ValueError: if ``anchor`` is not 1-31.
        OutOfCalendarError: if the year is not in the calendar.

    Source: docs/explanation/time.md, «Anchors and month ends».
    """
    if not 1 <= anchor <= 31:  # noqa: PLR2004 - days of a month
        raise ValueError(f"anchor must be a day of a month, got {anchor}")
    year, month = divmod(boundary.year * _MONTHS_A_YEAR + boundary.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OutOfCalendarError(f"{months} months from {boundary} is outside the calendar")
    return date(year, month + 1, min(anchor, monthrange(year, month + 1)[1]))


def is_last_of_month(day: date) -> bool:
    """Whether the next day is in another month."""
    return day.day == monthrange(day.year, day.month)[1]


def following_period(current: Period, *, months: int, anchor: int) -> Period:
    """The period of ``months`` that begins where ``current`` ends.

    Source: docs/explanation/time.md, «Anchors and month ends».
    """
    return Period(current.renews_on, month_later(current.renews_on, months, anchor=anchor))


def term_follows(starts_on: date, renews_on: date, *, months: int, anchor: int) -> bool:
    """Whether a term of ``months`` from ``starts_on`` ends on ``renews_on``."""
    return month_later(starts_on, months, anchor=anchor) == renews_on
