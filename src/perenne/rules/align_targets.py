"""Days to which several subscriptions can be aligned, and what aligning does to seat-days."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from perenne.rules.calendar import month_later


class AlignMode(StrEnum):
    """How dates become one; a vendor's policy says which of these are offered."""

    # Earlier ones last longer, and pay for it now.
    STRETCH = "stretch"
    # The next term of each ends on the common day, and is paid when it begins.
    AT_RENEWAL = "at_renewal"


def days_to_choose(renewal_days: Sequence[date], *, months: int) -> tuple[date, date]:
    """The first and the last day to which these can be aligned, both included.

    Not before the latest of them, as nothing is shortened, and at most a term after it: whoever
    wants more renews.

    Source: docs/explanation/alignment.md, «The common day».
    """
    last = latest(renewal_days)
    return last, month_later(last, months, anchor=last.day)


def latest(renewal_days: Sequence[date]) -> date:
    """The latest of the renewal days: earlier ones are stretched, the latest pays nothing.

    Source: docs/explanation/calculation-policies.md, «Days to align to».
    """
    return max(renewal_days)


def earliest_plus_term(renewal_days: Sequence[date], *, months: int) -> date:
    """The day a term after the earliest renewal day: that one renews, and the others join it.

    Source: docs/explanation/calculation-policies.md, «Days to align to».
    """
    earliest = min(renewal_days)
    return month_later(earliest, months, anchor=earliest.day)


def days_kept(*, days_left: int, seats: int, seats_after: int) -> int:
    """The days that are left when seat-days are spread over another number of seats, for nothing.

    A part of a day is a whole one, in the customer's favour.

    Raises:
        ValueError: if ``seats_after`` is below 1.

    Source: docs/explanation/calculation-policies.md, «Days to align to».
    """
    if seats_after < 1:
        raise ValueError(f"seats must be at least 1, got {seats_after}")
    return -(-days_left * seats // seats_after)
