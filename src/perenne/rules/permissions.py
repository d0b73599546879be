"""What a role may do, read from the matrix; pages, queries and the API ask here and nowhere else.

Roles add up. What is not in a cell is denied, and so is what waits for a feature: acting on behalf
(``g``), and those steps of two people (``2``) and of partners (``p``) that are not built yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from perenne.rules.matrix import COLUMNS, MATRIX, NOTES

ANYBODY = "anybody"
PARTNER = "partner"


class Scope(StrEnum):
    """Which objects a cell opens."""

    OWN = "✓"
    SELF = "a"
    PARTNER = "p"
    BEHALF = "g"
    TWO = "2"


# Cells of two people whose second person the product knows how to ask.
_TWO_PERSONS_BUILT = frozenset({"contract_manager.hand_over"})
# What is asked of support is granted by asking.
_BEHALF_BUILT = frozenset({"contact.work"})
# Who has not signed in has no form to ask with, and no link of their own, yet.
_ANYBODYS_BUILT = frozenset({"sign_in"})
# A partner would pay with its customer's card for everything else, until it has one of its own.
_PARTNERS_BUILT = frozenset(
    {
        "account.see",
        "subscriptions.see",
        "invoices.see",
        "calendar.feed",
        "contact.work",
        "self.manage",
        "mail.preferences",
        "sign_in",
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix."""

    scope: Scope
    needs_confirmation: bool
    note: str = ""


@cache
def matrix() -> Mapping[str, Mapping[str, Cell]]:
    """Every action with its cells by role.

    Raises:
        ValueError: if a line of the matrix cannot be read.
    """
    header, *lines = MATRIX.strip("\n").splitlines()
    columns = [one.strip() for one in header.split("|")[1:-1]]
    if columns != list(COLUMNS):
        raise ValueError(f"the matrix has the columns {columns}")
    found = {}
    for line in lines:
        action, *cells = line.split("|")
        if len(cells) != len(columns) + 1:
            raise ValueError(f"the row {action.strip()} has {len(cells) - 1} cells")
        found[action.strip()] = {
            COLUMNS[column]: _cell(text.strip())
            for column, text in zip(columns, cells, strict=False)
            if text.strip()
        }
    return found


def _cell(text: str) -> Cell:
    note = text[-1] if text[-1] in NOTES else ""
    scope = text.removesuffix(note).removesuffix("!")
    return Cell(Scope(scope), needs_confirmation="!" in text, note=note)


def cells_of(roles: Iterable[str], action: str) -> tuple[Cell, ...]:
    """The cells that open the action to somebody with these roles; none: denied.

    Raises:
        KeyError: if there is no such action, which is a bug.
    """
    return _cells(frozenset(roles), action)


@cache  # a page of many subscriptions asks for each action of each
def _cells(roles: frozenset[str], action: str) -> tuple[Cell, ...]:
    return tuple(
        cell
        for role, cell in matrix()[action].items()
        if role in roles and _is_built(role, cell, action)
    )


def _is_built(role: str, cell: Cell, action: str) -> bool:
    if cell.scope is Scope.BEHALF:
        return action in _BEHALF_BUILT
    if role == ANYBODY:
        return action in _ANYBODYS_BUILT
    if role == PARTNER:
        return action in _PARTNERS_BUILT
    return cell.scope is not Scope.TWO or action in _TWO_PERSONS_BUILT


def may(roles: Iterable[str], action: str) -> bool:
    """Whether somebody with these roles may do it, to some object at least."""
    return bool(cells_of(roles, action))


def scopes(roles: Iterable[str], action: str) -> frozenset[Scope]:
    """Which objects they may do it to."""
    return frozenset(cell.scope for cell in cells_of(roles, action))


def needs_confirmation(roles: Iterable[str], action: str) -> bool:
    """Whether they must have confirmed who they are: no role of theirs opens it without."""
    cells = cells_of(roles, action)
    return bool(cells) and all(cell.needs_confirmation for cell in cells)


@cache
def roles_with(action: str) -> tuple[str, ...]:
    """The roles that have a cell for the action, in the order of the matrix."""
    return tuple(role for role, cell in matrix()[action].items() if _is_built(role, cell, action))
