"""Who gets which free seat: in a fair order, at most one seat of a product for a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSource:
    """A running subscription: what a seat of it gives, and how many are free.

    ``gives`` holds its own product, and those of a collection.
    """

    subscription: str
    product: str
    gives: frozenset[str]
    free: int
    renews_on: date


@dataclass(frozen=True, slots=True)
class Demand:
    """A person who is to use a product."""

    person: str
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """What became of each demand, in their order: a seat, nothing needed, or none free."""

    given: tuple[tuple[Demand, str], ...]
    covered: tuple[Demand, ...]
    short: tuple[Demand, ...]


def allot(
    demands: Iterable[Demand],
    sources: Sequence[SeatSource],
    *,
    covered: Mapping[str, frozenset[str]],
) -> Allotment:
    """Give the free seats to those who come first.

    A person needs one seat of a product, however many groups or collections grant it. A seat of
    the product itself is given before one of a collection, of collections the smallest; then the
    one that lasts longest; then by the subscription's id.

    Args:
        covered: by person, the products that they may use already.

    Source: docs/explanation/seats.md, «Who gets a free seat».
    """
    free = {source.subscription: source.free for source in sources}
    usable = {person: set(products) for person, products in covered.items()}
    given: list[tuple[Demand, str]] = []
    enough: list[Demand] = []
    short: list[Demand] = []
    for demand in demands:
        mine = usable.setdefault(demand.person, set())
        source = _best(demand.product, sources, free)
        if demand.product in mine:
            enough.append(demand)
        elif source is None:
            short.append(demand)
        else:
            free[source.subscription] -= 1
            mine |= source.gives
            given.append((demand, source.subscription))
    # A collection's seat that was given later may cover what was short before.
    late = [demand for demand in short if demand.product in usable[demand.person]]
    return Allotment(
        given=tuple(given),
        covered=tuple(enough + late),
        short=tuple(demand for demand in short if demand not in late),
    )


def _best(
    product: str, sources: Sequence[SeatSource], free: Mapping[str, int]
) -> SeatSource | None:
    return min(
        (one for one in sources if product in one.gives and free[one.subscription] > 0),
        key=lambda one: (
            one.product != product,
            len(one.gives),
            -one.renews_on.toordinal(),
            one.subscription,
        ),
        default=None,
    )
