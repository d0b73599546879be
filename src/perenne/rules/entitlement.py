"""What people may use through the seats that they hold, and through seats that were switched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatAccess:
    """A person's seat on a day: what was sold, what it contains, and how long it lasts.

    ``until`` is the first day that is not covered, as far as is known. ``is_overlap``: the
    subscription became a collection, and the old seat lasts some days longer.
    """

    person: str
    subscription: str
    product: str
    contents: tuple[str, ...]
    until: date
    has_access: bool = True
    is_overlap: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways in which a person may use a product."""

    subscription: str
    # What was sold: the product itself, or a collection that contains it.
    through: str
    until: date
    is_overlap: bool


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A product that a person may use; the first way is the one that counts."""

    person: str
    product: str
    ways: tuple[Way, ...]

    @property
    def until(self) -> date:
        """First day on which no way is left, as far as is known."""
        return max(way.until for way in self.ways)


def overlap_until(switched_on: date, *, overlap_days: int) -> date:
    """First day on which what became a collection can no longer be used in its old form.

    Source: docs/explanation/seats.md, «What a seat entitles to».
    """
    return switched_on + timedelta(overlap_days)


def entitled(seats: Iterable[SeatAccess], *, on: date) -> tuple[Entitlement, ...]:
    """What each person may use on a day, by person and product.

    Ways: the product itself before a collection, running seats before overlapping ones, then the
    one that lasts longest, then by the subscription's id. A seat without access gives nothing.

    Source: docs/explanation/seats.md, «What a seat entitles to».
    """
    ways: dict[tuple[str, str], list[Way]] = {}
    for seat in seats:
        if not seat.has_access or on >= seat.until:
            continue
        way = Way(seat.subscription, seat.product, seat.until, seat.is_overlap)
        for product in dict.fromkeys((seat.product, *seat.contents)):
            ways.setdefault((seat.person, product), []).append(way)
    return tuple(
        Entitlement(person, product, tuple(sorted(found, key=lambda way: _rank(way, product))))
        for (person, product), found in sorted(ways.items())
    )


def _rank(way: Way, product: str) -> tuple[bool, bool, int, str]:
    return (way.is_overlap, way.through != product, -way.until.toordinal(), way.subscription)
