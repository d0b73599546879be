"""How many seats of an order can still be returned, until when, and what follows."""

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


def seats_taken_back(moved: int, *, returned: int, returning: int, is_whole: bool) -> int:
    """What the seat ledger moves by, from the first day of what was bought.

    What comes back whole leaves the seats as they were before it: a renewal with fewer seats
    gives them again.

    Args:
        moved: by the order, on that day; negative when fewer.
        returned: seats of the order that came back before.

    Source: docs/explanation/changes.md, «Returning».
    """
    return returned - moved if is_whole else -returning


def ends_with_return(renews_on: date | None, *, as_of: date) -> bool:
    """Whether a subscription ends because no term that is left covers the day.

    Args:
        renews_on: the end of the last term that was not returned; None if all were.

    Source: docs/explanation/changes.md, «Returning».
    """
    return renews_on is None or renews_on <= as_of
