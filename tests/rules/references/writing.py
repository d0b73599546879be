"""How a reference is written: inputs to draw, and the formula that they are put into."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class Reference:
    """Inputs of a topic of a system, and what the stated formula makes of them."""

    inputs: SearchStrategy[dict[str, Any]]
    formula: Callable[[dict[str, Any]], dict[str, Any]]


REFERENCES: dict[tuple[str, str], Reference] = {}
Formula = Callable[[dict[str, Any]], dict[str, Any]]


def refers(system: str, *topics: str, **inputs: SearchStrategy) -> Callable[[Formula], Formula]:
    """Register a formula with the inputs that it is tried with; each is drawn by itself."""
    return refers_to(system, *topics, inputs=st.fixed_dictionaries(inputs))


def refers_to(
    system: str, *topics: str, inputs: SearchStrategy[dict[str, Any]]
) -> Callable[[Formula], Formula]:
    """Register a formula with inputs that depend on one another."""

    def register(formula: Formula) -> Formula:
        for topic in topics:
            REFERENCES[system, topic] = Reference(inputs, formula)
        return formula

    return register


def half_up(value, places=2):
    """Rounded, halves away from zero."""
    scaled = abs(Fraction(value)) * 10**places + Fraction(1, 2)
    return Fraction(int(scaled) if value >= 0 else -int(scaled), 10**places)


def cut(value, places=2):
    """Cut off."""
    return Fraction(int(Fraction(value) * 10**places), 10**places)


def months_after(day, months):
    """The same day of a later or earlier month, or its last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def all_days(first, until):
    """Each day from the first up to, and without, ``until``."""
    return [first + timedelta(n) for n in range((until - first).days)]


def number(text):
    return Fraction(str(text))


def texts(low, high, places):
    """Decimal texts with so many places."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(
        lambda units: f"{units // scale}.{units % scale:0{places}}"
    )


prices = texts(0, 5000, 2)
cents = st.integers(0, 500_000)
quantities = st.integers(1, 700)
percents = st.integers(0, 100)
days_of_calendar = st.dates(date(2019, 1, 1), date(2031, 12, 31))


def days_within(name, of, *, lengths, others):
    """Inputs with a length, and a number of days that is not more."""
    return st.sampled_from(lengths).flatmap(
        lambda length: st.fixed_dictionaries(
            {name: st.integers(0, length), of: st.just(length), **others}
        )
    )


def two_days(first, second, *, apart, others):
    """Inputs with two days as texts, the second so many days after the first."""

    def both(start, distance, rest):
        return {
            first: start.isoformat(),
            second: (start + timedelta(distance)).isoformat(),
            **rest,
        }

    return st.builds(both, days_of_calendar, apart, st.fixed_dictionaries(others))
