"""How many seats of an order can still be returned, and until when."""

from collections.abc import Sequence
from datetime import date, timedelta


def seats_returnable(ordered: int, returned: Sequence[int]) -> int:
    """The seats of an order that were not returned.

    Raises:
        ValueError: if a return is below 1, or more seats came back than were left (check
            eligibility before returning).

    Source: docs/explanation/calculation-policies.md, «Returns».
    """
    left = ordered
    for seats in returned:
        if not 1 <= seats <= left:
            raise ValueError(f"{seats} seats cannot be returned; {left} of {ordered} are left")
        left -= seats
    return left


def last_day_to_return(*, ordered_on: date, starts_on: date, window_days: int) -> date:
    """The last day of the return window, that day included.

    It counts from the later of the day of the order and the first day of what was bought.

    Source: docs/explanation/calculation-policies.md, «Returns».
    """
    return max(ordered_on, starts_on) + timedelta(window_days)
