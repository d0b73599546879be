"""What a wish would do to the seats of a company: the same for looking and for doing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from perenne.rules.seating import Allotment, Demand, SeatSource, allot
from perenne.seats.book import Holding, SeatBook, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A seat that somebody gets."""

    person: str
    product: str
    subscription: str
    granted_by: str
    # Whether they had waited for it.
    waited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything that changes, and what does not: who is covered already, and who goes short."""

    released: tuple[Holding, ...] = ()
    # Places in the queue that end, by the reason.
    seated: tuple[Wait, ...] = ()
    covered_waits: tuple[Wait, ...] = ()
    unwanted: tuple[Wait, ...] = ()
    given: tuple[Given, ...] = ()
    covered: tuple[Demand, ...] = ()
    short: tuple[Demand, ...] = ()

    def missing(self) -> dict[str, int]:
        """How many more seats of which product would be needed for everybody."""
        found: dict[str, int] = {}
        for demand in self.short:
            found[demand.product] = found.get(demand.product, 0) + 1
        return dict(sorted(found.items()))


def decide(
    book: SeatBook,
    demands: Iterable[Demand] = (),
    *,
    granted_by: str,
    released: Sequence[Holding] = (),
    unwanted: Sequence[Wait] = (),
) -> Decision:
    """Seats that are given back go to those who wait, in their order; then come the new wishes.

    Somebody who waits already and is wished for again keeps the place.

    Source: docs/explanation/seats.md, «Who gets a free seat».
    """
    dropped = {wait.id for wait in unwanted}
    waiting = {wait.demand: wait for wait in book.waits if wait.id not in dropped}
    wanted = list(dict.fromkeys(demands))
    new = [demand for demand in wanted if demand not in waiting]
    found = allot(
        [*waiting, *new],
        with_freed(book.sources, released),
        covered=book.covered(without=released),
    )
    return Decision(
        released=tuple(released),
        unwanted=tuple(unwanted),
        seated=tuple(waiting[one] for one, _ in found.given if one in waiting),
        covered_waits=tuple(waiting[one] for one in found.covered if one in waiting),
        given=tuple(_given(found, waiting, granted_by)),
        covered=tuple(one for one in found.covered if one not in waiting),
        # Who is wished for again and still waits goes short as well: nobody is told otherwise.
        short=tuple(one for one in found.short if one not in waiting or one in wanted),
    )


def _given(found: Allotment, waiting: dict[Demand, Wait], granted_by: str) -> Iterable[Given]:
    for demand, subscription in found.given:
        wait = waiting.get(demand)
        yield Given(
            person=demand.person,
            product=demand.product,
            subscription=subscription,
            granted_by=granted_by if wait is None else wait.granted_by,
            waited=wait is not None,
        )


def with_freed(
    sources: Sequence[SeatSource], released: Sequence[Holding]
) -> tuple[SeatSource, ...]:
    """The sources with the seats that these people give back."""
    freed: dict[str, int] = {}
    for one in released:
        freed[one.subscription] = freed.get(one.subscription, 0) + 1
    return tuple(
        replace(source, free=source.free + freed.get(source.subscription, 0)) for source in sources
    )
