"""Who loses a seat when there are fewer: those who were chosen, then those who use it least."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSeat:
    """A person's seat: since when, and when it was last used (None: never)."""

    assignment: str
    person: str
    assigned_on: date
    last_used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Who loses a seat, first to go first; ``chosen`` of them by somebody's choice.

    ``void`` are choices that mean nothing any more: those people hold no seat.
    """

    lost: tuple[HeldSeat, ...]
    chosen: frozenset[str]
    void: tuple[str, ...]


def losing_order(held: Iterable[HeldSeat]) -> tuple[HeldSeat, ...]:
    """Those who lose their seats first come first.

    Never used first, then longest unused, then the newest assignment, then the person's id.

    Source: docs/explanation/seats.md, «Who loses a seat».
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


def losses(held: Iterable[HeldSeat], *, seats_left: int, chosen: Collection[str] = ()) -> Losses:
    """Who loses a seat if ``seats_left`` remain: chosen people first, the undecided by the rule.

    If more were chosen than have to go, the rule decides among the chosen.

    Raises:
        ValueError: if fewer than no seats would be left.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    if seats_left < 0:
        raise ValueError(f"seats_left must not be negative, got {seats_left}")
    order = losing_order(held)
    holders = {seat.person for seat in order}
    going = [seat for seat in order if seat.person in chosen]
    staying = [seat for seat in order if seat.person not in chosen]
    lost = tuple((going + staying)[: max(len(order) - seats_left, 0)])
    return Losses(
        lost=lost,
        chosen=frozenset(seat.person for seat in lost if seat.person in chosen),
        void=tuple(sorted(set(chosen) - holders)),
    )


def held_once(held: Iterable[HeldSeat]) -> tuple[HeldSeat, ...]:
    """One seat a person, of several subscriptions that become one: the one that was used last.

    Then the one that was assigned first. In the order of the people's ids.

    Source: docs/explanation/seats.md, «Subscriptions that become one».
    """
    best: dict[str, HeldSeat] = {}
    # Who comes last in the losing order keeps longest: that seat speaks for the person.
    for seat in losing_order(held):
        best[seat.person] = seat
    return tuple(best[person] for person in sorted(best))
