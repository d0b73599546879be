"""What must always hold, as questions to the database whose answer must be empty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law of the book: ``violations`` yields one sentence for each breach, none if it holds.

    ``code`` is that of docs/reference/invariants.md.
    """

    code: str
    law: str
    violations: Callable[[], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold: how often, and the first examples."""

    invariant: Invariant
    count: int
    examples: tuple[str, ...]


def by_query(code: str, law: str, query: str) -> Invariant:
    """An invariant whose query returns one row, with one text column, for each breach."""

    def violations() -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(1000):
                yield from (str(row[0]) for row in rows)

    return Invariant(code, law, violations)


def breach_of(invariant: Invariant) -> Breach | None:
    """Ask one invariant; None if it holds."""
    count = 0
    examples = []
    for sentence in invariant.violations():
        count += 1
        if count <= _SHOWN:
            examples.append(sentence)
    return Breach(invariant, count, tuple(examples)) if count else None
