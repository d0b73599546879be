"""Write and read the journal: one row per fact, in the transaction of the effect."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from msgspec import Struct

from perenne.platform.bulk import copy_in, select
from perenne.platform.models import JournalEntry, UntoldFact


class Fact(Struct, frozen=True):
    """Something that happened; ``kind`` is one of docs/reference/facts.md.

    ``once_key`` makes the fact unique among those of its kind and subject. ``tells`` queues it for
    the mails that notices writes about facts of its kind.
    """

    kind: str
    subject: str
    company: str
    region: str
    business_day: date
    actor: str
    facts: dict[str, Any] = {}
    once_key: str | None = None
    tells: bool = False


_COLUMNS = (
    "kind",
    "subject",
    "company",
    "region",
    "business_day",
    "happened_at",
    "actor",
    "facts",
    "once_key",
)


_NUMBERS = """
select nextval(pg_get_serial_sequence('platform_journalentry', 'id')) as id
from generate_series(1, %s)
"""


def record_all(facts: Sequence[Fact], *, at: datetime) -> None:
    """Append facts. The caller's transaction must be open, so that fact and effect are one.

    Raises:
        IntegrityError: if a fact with a ``once_key`` was told before.
    """
    assert connection.in_atomic_block, "a fact is written in the transaction of its effect"
    if not any(fact.tells for fact in facts):
        if facts:
            copy_in(JournalEntry, _COLUMNS, (_row(fact, at) for fact in facts))
        return
    numbers = [row["id"] for row in select(_NUMBERS, [len(facts)])]
    copy_in(
        JournalEntry,
        ("id", *_COLUMNS),
        ((number, *_row(fact, at)) for number, fact in zip(numbers, facts, strict=True)),
    )
    copy_in(
        UntoldFact,
        ("fact_id", "tries", "last_error"),
        ((number, 0, "") for number, fact in zip(numbers, facts, strict=True) if fact.tells),
    )


def record_new(facts: Sequence[Fact], *, at: datetime) -> None:
    """Append those facts whose ``once_key`` was not told yet; the others are left as they are."""
    assert connection.in_atomic_block, "a fact is written in the transaction of its effect"
    JournalEntry.objects.bulk_create(
        [JournalEntry(**dict(zip(_COLUMNS, _row(fact, at), strict=True))) for fact in facts],
        ignore_conflicts=True,
    )


def _row(fact: Fact, at: datetime) -> tuple[Any, ...]:
    return (
        fact.kind,
        fact.subject,
        fact.company,
        fact.region,
        fact.business_day,
        at,
        fact.actor,
        fact.facts,
        fact.once_key,
    )
