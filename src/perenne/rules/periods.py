"""Counting the periods in a stretch of days: whole ones, the stub that is left, 30-day months."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from perenne.rules.calendar import Period, month_later

_MONTHS_A_YEAR = 12
_DAYS_A_MONTH = 30
# The last three days of a month are counted from its end.
_NEAR_THE_END_DAYS = 2


class Alignment(StrEnum):
    """Whether the boundaries of periods keep the day of the month, or its distance to the end."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """Whole periods, then ``stub_days`` of a period that has ``stub_of_days``; 0 of 1 if none."""

    whole: int
    stub_days: int
    stub_of_days: int

    @property
    def started(self) -> int:
        """Every period that has begun, counted whole."""
        return self.whole + bool(self.stub_days)


def boundary_after(first_day: date, months: int, *, alignment: Alignment) -> date:
    """The first day after ``months`` that begin on ``first_day``.

    Aligned to the start: the same day of the month, or that month's last day. Aligned to the end:
    a first day among the last three of its month keeps its distance to the end of the month; any
    other is aligned to the start. It depends on the first day alone, never on a boundary between.

    Source: docs/explanation/calculation-policies.md, «Periods and their boundaries».
    """
    boundary = month_later(first_day, months, anchor=first_day.day)
    distance = _days_in_month(first_day) - first_day.day
    if alignment is Alignment.START or distance > _NEAR_THE_END_DAYS:
        return boundary
    return boundary.replace(day=_days_in_month(boundary) - distance)


def period_count(covers: Period, *, months_each: int, alignment: Alignment) -> PeriodCount:
    """Count the periods of ``months_each`` from the first day of ``covers``.

    The stub is counted in days of the period that contains it.

    Source: docs/explanation/calculation-policies.md, «Periods and their boundaries».
    """

    def boundary(count: int) -> date:
        return boundary_after(covers.starts_on, count * months_each, alignment=alignment)

    return _counted(covers, boundary, months_each)


def anchored_period_count(covers: Period, *, months_each: int, anchor: int) -> PeriodCount:
    """Count the periods of a subscription from one of its own boundaries, by its anchor.

    Source: docs/explanation/calculation-policies.md, «Periods and their boundaries».
    """

    def boundary(count: int) -> date:
        return month_later(covers.starts_on, count * months_each, anchor=anchor)

    return _counted(covers, boundary, months_each)


def thirty_day_count(first_day: date, until: date, *, anchor: int) -> int:
    """Days from ``first_day`` up to, and without, ``until`` if every month had thirty.

    The last day of a month is its thirtieth. A boundary of the anchor counts as the anchor's day,
    also where it is clamped, so that a whole month is 30 days, whichever it is.

    Source: docs/explanation/calculation-policies.md, «Months of thirty days».
    """
    months = (until.year - first_day.year) * _MONTHS_A_YEAR + until.month - first_day.month
    first, last = (_day_of_thirty(day, anchor=anchor) for day in (first_day, until))
    return months * _DAYS_A_MONTH + last - first


def _counted(covers: Period, boundary: Callable[[int], date], months_each: int) -> PeriodCount:
    first, until = covers.starts_on, covers.renews_on
    months_apart = (until.year - first.year) * _MONTHS_A_YEAR + until.month - first.month
    whole = months_apart // months_each
    if boundary(whole) > until:
        whole -= 1
    stub_days = (until - boundary(whole)).days
    if not stub_days:
        return PeriodCount(whole, 0, 1)
    return PeriodCount(whole, stub_days, (boundary(whole + 1) - boundary(whole)).days)


def _day_of_thirty(day: date, *, anchor: int) -> int:
    if day.day < _days_in_month(day):
        return day.day
    return _DAYS_A_MONTH if anchor < day.day else min(anchor, _DAYS_A_MONTH)


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]
