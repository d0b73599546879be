"""When sold days are earned: revenue is released by day, and the parts sum to the whole."""

from datetime import date
from fractions import Fraction

from perenne.rules.calendar import Period
from perenne.rules.money import round_half_up


def earned_through(total_minor: int, covers: Period, *, through: date, step_minor: int) -> int:
    """What of a line's amount its days through ``through``, that day included, have earned.

    The sum is rounded, not the parts: each release is the difference of two sums, so that all
    releases together are the whole.

    Source: docs/explanation/money.md, «Revenue by day».
    """
    days = (through - covers.starts_on).days + 1
    if days <= 0:
        return 0
    if days >= covers.length_days:
        return total_minor
    return round_half_up(Fraction(total_minor * days, covers.length_days), step=step_minor)


def to_release(
    total_minor: int, released_minor: int, covers: Period, *, through: date, step_minor: int
) -> int:
    """What is still to be released through a day; nothing is ever taken back.

    Args:
        total_minor: of the line, less what was credited of it.

    Source: docs/explanation/money.md, «Revenue by day».
    """
    earned = earned_through(total_minor, covers, through=through, step_minor=step_minor)
    return max(0, earned - released_minor)


def reversed_parts(credited_minor: int, *, unreleased_minor: int) -> tuple[int, int]:
    """What a credit takes from deferred revenue, and what from revenue: the unreleased first.

    Source: docs/explanation/money.md, «Revenue by day».
    """
    from_deferred = min(credited_minor, unreleased_minor)
    return from_deferred, credited_minor - from_deferred
