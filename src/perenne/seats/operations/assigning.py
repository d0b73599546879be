"""Give people seats and take them back: a set at once, all of it or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from perenne.accounts.queries import Member
from perenne.platform.writing import atomic
from perenne.rules import seat_refusals as why
from perenne.rules.seat_refusals import SeatRefusal
from perenne.rules.seating import Demand
from perenne.seats.book import Holding, SeatBook, group_demands, seat_book
from perenne.seats.deciding import Decision, decide
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.models import Group
from perenne.seats.moment import Moment, active_people, lock_seats, moment_of
from perenne.seats.writing import grant_directly, write

_GRANT = "administrator"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a wish would do, and what stands against it; with a refusal nothing is done."""

    decision: Decision
    refusals: tuple[SeatRefusal, ...]


def assignment_outlook(
    demands: Sequence[Demand], *, by: Member, now: datetime, waits: bool = False
) -> Outlook:
    """What assigning would do, without doing it.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator.
    """
    at = moment_of(by, now)
    return _outlook(demands, seat_book(at.company, on=at.day), at, waits=waits)


def assign(
    demands: Sequence[Demand], *, by: Member, now: datetime, waits: bool = False
) -> Decision:
    """Let people use products: each gets a free seat, unless a seat of theirs gives it already.

    Args:
        waits: whoever gets none is put on the waiting list; otherwise nobody gets any.

    Raises:
        SeatsRefusedError: with every reason; nothing has happened.

    Source: docs/explanation/seats.md, «Who gets a free seat».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        found = _outlook(demands, book, at, waits=waits)
        if found.refusals:
            raise SeatsRefusedError(found.refusals)
        write(found.decision, at, granted_by=_GRANT)
        grant_directly(covering_seats(found.decision.covered, book))
    return found.decision


def _outlook(demands: Sequence[Demand], book: SeatBook, at: Moment, *, waits: bool) -> Outlook:
    decision = decide(book, demands, granted_by=_GRANT)
    refusals = [*_unknown(demands, at), *_not_owned(demands, book)]
    if not waits:
        refusals += [
            why.NoneFree(product, missing)
            for product, missing in decision.missing().items()
            if product in book.owned_products
        ]
    return Outlook(decision, tuple(refusals))


def _unknown(demands: Iterable[Demand], at: Moment) -> list[SeatRefusal]:
    people = list(dict.fromkeys(one.person for one in demands))
    active = active_people(at.company, people)
    return [why.NobodyHere(person) for person in people if person not in active]


def _not_owned(demands: Iterable[Demand], book: SeatBook) -> list[SeatRefusal]:
    products = sorted({one.product for one in demands} - book.owned_products)
    return [why.NotOwned(product) for product in products]


def covering_seats(covered: Sequence[Demand], book: SeatBook) -> list[str]:
    """The seats through which people who are wished for use the product already."""
    wanted = set(covered)
    return [
        holding.assignment
        for holding in book.holdings
        if any(Demand(holding.person, product) in wanted for product in holding.gives)
    ]


def unassignment_outlook(assignments: Sequence[str], *, by: Member, now: datetime) -> Outlook:
    """What taking seats back would do, without doing it.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator.
    """
    at = moment_of(by, now)
    return _taken(assignments, seat_book(at.company, on=at.day), at)


def unassign(assignments: Sequence[str], *, by: Member, now: datetime) -> Decision:
    """Take seats back, by the ids of their assignments; who waits for one gets it at once.

    Raises:
        SeatsRefusedError: with every reason, such as a group that grants the seat.

    Source: docs/explanation/seats.md, «Groups».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        found = _taken(assignments, seat_book(at.company, on=at.day, lock=True), at)
        if found.refusals:
            raise SeatsRefusedError(found.refusals)
        write(found.decision, at, granted_by=_GRANT)
    return found.decision


def _taken(assignments: Sequence[str], book: SeatBook, at: Moment) -> Outlook:
    held = {one.assignment: one for one in book.holdings}
    taken = [held[one] for one in dict.fromkeys(assignments) if one in held]
    refusals: list[SeatRefusal] = [why.SeatGone(one) for one in assignments if one not in held]
    refusals += granted_by_groups(taken, book, at)
    return Outlook(decide(book, granted_by=_GRANT, released=taken), tuple(refusals))


def granted_by_groups(
    taken: Sequence[Holding], book: SeatBook, at: Moment
) -> list[why.GrantedByGroups]:
    """Which of these seats groups grant, so that one person cannot give them back alone."""
    left = book.covered(without=taken)
    wanted = group_demands(at.company)
    names = dict(Group.objects.filter(company=at.company).values_list("pk", "name"))
    found = []
    for holding in taken:
        groups = {
            names[group]
            for group, demand in wanted
            if demand.person == holding.person
            and demand.product in holding.gives
            and demand.product not in left.get(holding.person, frozenset())
        }
        if groups:
            found.append(
                why.GrantedByGroups(holding.person, holding.product, tuple(sorted(groups)))
            )
    return found


def stop_waiting(waits: Sequence[int], *, by: Member, now: datetime) -> None:
    """Take people off the waiting list who are on it by an administrator's wish.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator, or a group wants it.
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        gone = [wait for wait in book.waits if wait.id in waits]
        names = dict(Group.objects.filter(company=at.company).values_list("pk", "name"))
        wanted = group_demands(at.company)
        refusals = [
            why.GrantedByGroups(wait.person, wait.product, tuple(sorted(groups)))
            for wait in gone
            if (groups := {names[group] for group, demand in wanted if demand == wait.demand})
        ]
        if refusals:
            raise SeatsRefusedError(refusals)
        write(decide(book, granted_by=_GRANT, unwanted=gone), at, granted_by=_GRANT)
