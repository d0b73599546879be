"""Give and take seats by a list: each row for itself, with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from perenne.accounts.models import Person
from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.platform.writing import atomic
from perenne.rules import seat_refusals as why
from perenne.rules.seat_refusals import SeatRefusal
from perenne.rules.seating import Demand
from perenne.seats.book import Holding, SeatBook, seat_book
from perenne.seats.deciding import Decision, decide
from perenne.seats.moment import Moment, active_people, lock_seats, moment_of
from perenne.seats.operations.assigning import covering_seats, granted_by_groups
from perenne.seats.sheets import SheetRow
from perenne.seats.writing import grant_directly, write

_GRANT = "administrator"


class RowState(StrEnum):
    """What becomes of a row."""

    GIVEN = "given"
    COVERED = "covered"
    WAITS = "waits"
    TAKEN = "taken"
    HAS_NONE = "has_none"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """A row with what becomes of it; ``refusal`` if nothing does, and why."""

    row: SheetRow
    state: RowState
    refusal: SeatRefusal | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows with whom and what they mean, or why they mean nothing."""

    meant: list[tuple[SheetRow, Demand]]
    refused: dict[int, SeatRefusal]


def assign_listed(
    rows: Sequence[SheetRow], *, by: Member, now: datetime, waits: bool, dry_run: bool = False
) -> list[RowOutcome]:
    """Give the seats of a list as far as they go, in the order of the rows; one transaction.

    Args:
        waits: whoever gets none is put on the waiting list.
        dry_run: only say what would become of each row.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator; nothing has happened.

    Source: docs/explanation/seats.md, «Lists».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        read = _read(rows, at, book)
        decision = decide(book, [demand for _, demand in read.meant], granted_by=_GRANT)
        short = frozenset(decision.short)
        if not waits:
            decision = replace(decision, short=())
        if not dry_run:
            write(decision, at, granted_by=_GRANT)
            grant_directly(covering_seats(decision.covered, book))
    states = _states(decision, short, waits=waits)
    return _outcomes(rows, read, states)


def _states(
    decision: Decision, short: frozenset[Demand], *, waits: bool
) -> dict[Demand, tuple[RowState, SeatRefusal | None]]:
    given = {Demand(one.person, one.product) for one in decision.given}
    found: dict[Demand, tuple[RowState, SeatRefusal | None]] = {}
    for one in short:
        none_free = why.NoneFree(one.product, 1)
        found[one] = (RowState.WAITS, None) if waits else (RowState.REFUSED, none_free)
    return found | dict.fromkeys(given, (RowState.GIVEN, None))


def unassign_listed(
    rows: Sequence[SheetRow], *, by: Member, now: datetime, dry_run: bool = False
) -> list[RowOutcome]:
    """Take back the seats of a list; who waits for one gets it at once; one transaction.

    Args:
        dry_run: only say what would become of each row.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator; nothing has happened.

    Source: docs/explanation/seats.md, «Lists».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        read = _read(rows, at, book)
        held = {Demand(one.person, one.product): one for one in book.holdings}
        wanted = [held[demand] for _, demand in read.meant if demand in held]
        taken = list(dict.fromkeys(wanted))
        kept = granted_by_groups(taken, book, at)
        free = _without(taken, kept)
        if not dry_run:
            write(decide(book, granted_by=_GRANT, released=free), at, granted_by=_GRANT)
    states: dict[Demand, tuple[RowState, SeatRefusal | None]] = {
        demand: (RowState.TAKEN if demand in held else RowState.HAS_NONE, None)
        for _, demand in read.meant
    }
    for refusal in kept:
        states[Demand(refusal.person, refusal.product)] = (RowState.REFUSED, refusal)
    return _outcomes(rows, read, states)


def _without(taken: Sequence[Holding], kept: Sequence[why.GrantedByGroups]) -> list[Holding]:
    stays = {Demand(one.person, one.product) for one in kept}
    return [one for one in taken if Demand(one.person, one.product) not in stays]


def _outcomes(
    rows: Sequence[SheetRow],
    read: _Read,
    states: dict[Demand, tuple[RowState, SeatRefusal | None]],
) -> list[RowOutcome]:
    meant = {row.line: demand for row, demand in read.meant}
    found = []
    for row in rows:
        if row.line in read.refused:
            found.append(RowOutcome(row, RowState.REFUSED, read.refused[row.line]))
            continue
        # Who is neither given a seat nor short of one uses the product already.
        state, refusal = states.get(meant[row.line], (RowState.COVERED, None))
        found.append(RowOutcome(row, state, refusal))
    return found


def _read(rows: Sequence[SheetRow], at: Moment, book: SeatBook) -> _Read:
    products = _products()
    people = _people(at.company)
    read = _Read([], {})
    for row in rows:
        person = people.get(row.email.lower())
        product = products.get(row.product.lower(), "")
        if person is None:
            read.refused[row.line] = why.NobodyHere(row.email)
        elif product not in book.owned_products:
            read.refused[row.line] = why.NotOwned(product or row.product)
        else:
            read.meant.append((row, Demand(person, product)))
    return read


def _people(company: str) -> dict[str, str]:
    """Who works there, by address in small letters."""
    known = Person.objects.filter(company=company).order_by("-pk").values_list("email", "pk")
    found = {email.lower(): identity for email, identity in known}
    active = active_people(company, list(found.values()))
    return {email: identity for email, identity in found.items() if identity in active}


def _products() -> dict[str, str]:
    """The code of each product by code and by every name, in small letters."""
    found: dict[str, str] = {}
    for code, names in current_catalogue().product_names.items():
        found |= {name.lower(): code for name in names.values()}
    return found | {code.lower(): code for code in current_catalogue().product_names}
