"""Prices of a part of a term: every day costs the same, and the line is rounded once."""

from datetime import date
from fractions import Fraction

from perenne.rules.calendar import Period
from perenne.rules.money import Money


def prorate(*, price: Money, seats: int, term: Period, joins_on: date, step_minor: int) -> Money:
    """Price the rest of ``term`` for ``seats`` that join on ``joins_on``, that day included.

    The calculation policy ``exact_fraction``: a leap day is a day; rounded once, after quantity,
    halves away from zero, to the billing step.

    Args:
        price: one seat for the whole of ``term``.

    Raises:
        ValueError: if ``seats`` is below 1 or ``joins_on`` is not one of the days in ``term``.

    Source: docs/explanation/pricing.md, «Adding seats».
    """
    if seats < 1:
        raise ValueError(f"seats must be at least 1, got {seats}")
    if not term.contains(joins_on):
        raise ValueError(f"{joins_on} is not in {term}")
    share = Fraction(term.days_left(joins_on), term.length_days)
    return price.times(seats).share_half_up(share, step_minor=step_minor)
