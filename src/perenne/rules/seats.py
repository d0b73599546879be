"""Who loses a seat when there are fewer of them and nobody decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSeat:
    """A person's seat: since when, and when it was last used (None: never)."""

    assignment: str
    person: str
    assigned_on: date
    last_used_on: date | None


def losing_order(held: Iterable[HeldSeat]) -> tuple[HeldSeat, ...]:
    """Those who lose their seats first come first.

    Never used first, then longest unused, then the newest assignment, then the person's id.

    Source: docs/explanation/lifecycle.md, «Fewer seats».
    """
    return tuple(
        sorted(
            held,
            key=lambda seat: (
                seat.last_used_on is not None,
                seat.last_used_on or date.min,
                -seat.assigned_on.toordinal(),
                seat.person,
            ),
        )
    )
