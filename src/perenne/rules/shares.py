"""What share of a term's price a part of it costs, as a step from which it can be recomputed."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import assert_never

from perenne.rules.calculation import Base, CalculationPolicy, Denominator
from perenne.rules.calendar import Period, month_later
from perenne.rules.periods import (
    PeriodCount,
    anchored_period_count,
    period_count,
    thirty_day_count,
)
from perenne.rules.trace import Step, StepCode, step

_MONTHS_A_YEAR = 12
_DAYS_A_YEAR = 365
_DAYS_A_THIRTY_DAY_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfTerm:
    """The days from ``starts_on`` up to, and without, ``renews_on``, paid by a term's price.

    ``term`` is what the price of a seat pays for, ``months`` its length, and ``anchor`` the day of
    the month on which the subscription's terms end. The part need not lie in the term, and may be
    empty: what is stretched to its own end costs nothing.

    Raises:
        ValueError: if it ends before it starts.
    """

    term: Period
    months: int
    anchor: int
    starts_on: date
    renews_on: date

    def __post_init__(self) -> None:
        if self.renews_on < self.starts_on:
            raise ValueError(f"a part from {self.starts_on} cannot end on {self.renews_on}")

    @property
    def days(self) -> int:
        """How many days are paid; a leap day is a day."""
        return (self.renews_on - self.starts_on).days


def rest_of_term(term: Period, *, months: int, anchor: int, joins_on: date) -> PartOfTerm:
    """What seats pay that join on ``joins_on``, that day included.

    Raises:
        ValueError: if ``joins_on`` is not one of the days in ``term``.

    Source: docs/explanation/pricing.md, «Adding seats».
    """
    if not term.contains(joins_on):
        raise ValueError(f"{joins_on} is not in {term}")
    return PartOfTerm(
        term=term, months=months, anchor=anchor, starts_on=joins_on, renews_on=term.renews_on
    )


def stretch(renews_on: date, *, months: int, anchor: int, target: date) -> PartOfTerm:
    """What aligning pays: the days from ``renews_on`` to ``target``, of the term that follows.

    A stretch to its own ``renews_on`` is empty; one of a whole term costs its whole price.

    Raises:
        ValueError: if ``target`` lies before ``renews_on``: nothing is shortened.

    Source: docs/explanation/calculation-policies.md, «Stretching a term».
    """
    following = Period(renews_on, month_later(renews_on, months, anchor=anchor))
    return PartOfTerm(
        term=following, months=months, anchor=anchor, starts_on=renews_on, renews_on=target
    )


def share_step(part: PartOfTerm, calculation: CalculationPolicy, *, exponent: int) -> Step:
    """The step that turns a term's price into that of a part; ``exponent`` is the currency's.

    Source: docs/explanation/calculation-policies.md, «Bases».
    """
    match calculation.base:
        case Base.EXACT_FRACTION | Base.UNIT_THEN_QUANTITY:
            paid = days_paid(part, calculation.denominator)
            return step(StepCode.DAYS, days=part.days, of=_number(paid))
        case Base.DAILY_RATE:
            return _daily_rate(part, calculation, exponent=exponent)
        case Base.THIRTY_DAY_MONTHS:
            days = thirty_day_count(part.starts_on, part.renews_on, anchor=part.anchor)
            return step(StepCode.DAYS, days=days, of=_DAYS_A_THIRTY_DAY_MONTH * part.months)
        case Base.WHOLE_PERIODS_PLUS_STUB:
            return _periods(part, calculation)
        case Base.STARTED_PERIODS_WHOLE:
            whole = PeriodCount(_counted(part, calculation).started, 0, 1)
            return _periods_step(whole, Fraction(1), part, calculation)
        case _ as unknown:
            assert_never(unknown)


def days_paid(part: PartOfTerm, denominator: Denominator) -> Fraction:
    """How many days the price of the whole term pays for.

    Of 365, or 365 and one more if 29 February is among the days of the part, a term has its part
    by months. A stub's own period is the term, unless periods are counted.

    Source: docs/explanation/calculation-policies.md, «Denominators».
    """
    years = Fraction(part.months, _MONTHS_A_YEAR)
    match denominator:
        case Denominator.DAYS_OF_TERM | Denominator.PERIOD_OF_STUB:
            return Fraction(part.term.length_days)
        case Denominator.YEAR_365:
            return _DAYS_A_YEAR * years
        case Denominator.YEAR_365_OR_366:
            # A term of years has each of its leap days once; a shorter one its part of the day.
            return _DAYS_A_YEAR * years + _leap_days(part) * min(years, Fraction(1))
        case _ as unknown:
            assert_never(unknown)


def _leap_days(part: PartOfTerm) -> int:
    years = range(part.starts_on.year, part.renews_on.year + 1)
    leap_days = [date(year, 2, 29) for year in years if isleap(year)]
    return sum(part.starts_on <= day < part.renews_on for day in leap_days)


def _daily_rate(part: PartOfTerm, calculation: CalculationPolicy, *, exponent: int) -> Step:
    return step(
        StepCode.DAILY_RATE,
        of=_number(days_paid(part, calculation.denominator)),
        rule=calculation.rate_rounding.value,
        places=calculation.places,
        finest_minor=str(Fraction(10) ** (exponent - calculation.places)),
        days=part.days,
    )


def _periods(part: PartOfTerm, calculation: CalculationPolicy) -> Step:
    count = _counted(part, calculation)
    stub_of = Fraction(count.stub_of_days)
    if count.stub_days and calculation.denominator is not Denominator.PERIOD_OF_STUB:
        of_a_month = days_paid(part, calculation.denominator) / part.months
        # A stub of 61 days never costs more than a period that is taken for 60.8 of them.
        stub_of = max(of_a_month * calculation.period_months, Fraction(count.stub_days))
    return _periods_step(count, stub_of, part, calculation)


def _counted(part: PartOfTerm, calculation: CalculationPolicy) -> PeriodCount:
    """From the subscription's own boundaries where the part begins on one; else from its day."""
    if not part.days:
        return PeriodCount(0, 0, 1)
    covers, months_each = Period(part.starts_on, part.renews_on), calculation.period_months
    if part.starts_on == part.term.starts_on:
        return anchored_period_count(covers, months_each=months_each, anchor=part.anchor)
    return period_count(covers, months_each=months_each, alignment=calculation.alignment)


def _periods_step(
    count: PeriodCount, stub_of: Fraction, part: PartOfTerm, calculation: CalculationPolicy
) -> Step:
    return step(
        StepCode.PERIODS,
        whole=count.whole,
        stub_days=count.stub_days,
        stub_of=_number(stub_of),
        share_each=str(Fraction(calculation.period_months, part.months)),
    )


def _number(number: Fraction) -> str | int:
    """Whole numbers as numbers, others as texts like ``365/12``."""
    return number.numerator if number.denominator == 1 else str(number)
