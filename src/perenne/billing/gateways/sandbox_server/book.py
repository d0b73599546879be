"""The sandbox gateway's own book: charges, refunds and given answers in one SQLite file.

It stands for a neighbour's database, so it shares nothing with ours; comparing the two is how
lost and doubled charges are found.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from perenne.billing.gateways.protocol import ChargeOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.fields import ChargeOrder, RefundOrder
    from perenne.billing.gateways.sandbox_server.scripts import Script

_SCHEMA = """
create table if not exists charge (
    seq integer primary key autoincrement,
    id text not null unique,
    attempt_id text not null,
    amount_minor integer not null check (amount_minor > 0),
    currency text not null,
    outcome text not null check (outcome in ('succeeded', 'declined', 'pending')),
    decline text check ((outcome = 'declined') = (decline is not null)),
    description text not null,
    business_day text not null,
    refunded_minor integer not null default 0 check (refunded_minor between 0 and amount_minor)
) strict;
create index if not exists charge_by_attempt on charge (attempt_id);
create table if not exists refund (
    seq integer primary key autoincrement,
    id text not null unique,
    refund_id text not null,
    charge_id text not null references charge (id),
    amount_minor integer not null check (amount_minor > 0),
    currency text not null
) strict;
create table if not exists answer (
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body blob not null
) strict, without rowid;
create table if not exists idempotency_error (
    seq integer primary key autoincrement,
    key text not null,
    first_fingerprint text not null,
    other_fingerprint text not null
) strict;
"""
_CHARGE_COLUMNS = (
    "id, attempt_id, amount_minor, currency, outcome, decline, "
    "description, business_day, refunded_minor"
)


class Charge(NamedTuple):
    """One charge as the book has it, column by column; also the shape in which it is shown."""

    id: str
    attempt_id: str
    amount_minor: int
    currency: str
    outcome: str
    decline: str | None
    description: str
    business_day: str
    refunded_minor: int


class Refund(NamedTuple):
    """Money that went back."""

    id: str
    refund_id: str
    charge_id: str
    amount_minor: int
    currency: str


class Answer(NamedTuple):
    """What was answered to a key, and a fingerprint of what it was asked with."""

    fingerprint: str
    status: int
    body: bytes


def fingerprint(order: ChargeOrder | RefundOrder) -> str:
    """Reduce a request to a text that differs whenever its kind or one of its values differs."""
    return hashlib.sha256(repr(order).encode()).hexdigest()


class Book:
    """The open book. Not for several threads; other processes may have it open too.

    All writes happen in ``transaction``; what it committed survives a crash of the machine.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._sql.execute("pragma journal_mode = wal")
        # NORMAL would lose the last commits in a power cut, and then our books would know of
        # money that the gateway's does not.
        self._sql.execute("pragma synchronous = full")
        self._sql.execute("pragma foreign_keys = on")
        self._sql.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable at once, or nothing of it.

        Raises:
            sqlite3.Error: if it cannot be made durable.
        """
        self._sql.execute("begin immediate")
        try:
            yield
            self._sql.execute("commit")
        except BaseException:
            if self._sql.in_transaction:
                self._sql.execute("rollback")
            raise

    def answer_to(self, key: str) -> Answer | None:
        """Read what was answered to ``key``."""
        row = self._sql.execute(
            "select fingerprint, status, body from answer where key = ?", (key,)
        ).fetchone()
        return None if row is None else Answer(*row)

    def remember(self, key: str, answer: Answer) -> None:
        """Keep the answer for everybody who asks with ``key`` again."""
        self._sql.execute(
            "insert into answer (key, fingerprint, status, body) values (?, ?, ?, ?)",
            (key, answer.fingerprint, answer.status, answer.body),
        )

    def note_idempotency_error(self, key: str, *, first: str, other: str) -> None:
        """Write down that ``key`` was used for two different requests."""
        self._sql.execute(
            "insert into idempotency_error (key, first_fingerprint, other_fingerprint)"
            " values (?, ?, ?)",
            (key, first, other),
        )

    def add_charge(self, order: ChargeOrder, script: Script) -> Charge:
        """Enter a charge with the outcome that the script says."""
        charge = Charge(
            id=f"ch_{secrets.token_hex(12)}",
            attempt_id=order.attempt_id,
            amount_minor=order.amount_minor,
            currency=order.currency,
            outcome=script.outcome.value,
            decline=None if script.decline is None else script.decline.value,
            description=order.description,
            business_day=order.business_day,
            refunded_minor=0,
        )
        self._sql.execute(
            f"insert into charge ({_CHARGE_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - the names are a constant
            charge,
        )
        return charge

    def charge(self, charge_id: str) -> Charge | None:
        """Read one charge."""
        found = self._charges("where id = ?", charge_id)
        return found[0] if found else None

    def charges_of(self, attempt_id: str) -> list[Charge]:
        """Read all charges of one attempt, oldest first; a sound client makes at most one."""
        return self._charges("where attempt_id = ? order by seq limit 100", attempt_id)

    def charges_after(self, seq: int, *, limit: int) -> tuple[list[Charge], int]:
        """Read the book on after entry ``seq``; with the number of the last entry read."""
        charges = self._charges("where seq > ? order by seq limit ?", seq, limit)
        if not charges:
            return [], seq
        row = self._sql.execute("select seq from charge where id = ?", (charges[-1].id,)).fetchone()
        return charges, int(row[0])

    def settle(self, charge_id: str, *, outcome: ChargeOutcome) -> None:
        """Give a pending charge its final outcome; any other charge stays as it is."""
        self._sql.execute(
            "update charge set outcome = ?, decline = ? where id = ? and outcome = 'pending'",
            (
                outcome.value,
                "declined" if outcome is ChargeOutcome.DECLINED else None,
                charge_id,
            ),
        )

    def add_refund(self, order: RefundOrder) -> Refund:
        """Enter a refund and count it on its charge.

        Raises:
            sqlite3.IntegrityError: if more would go back than was collected.
        """
        refund = Refund(
            id=f"re_{secrets.token_hex(12)}",
            refund_id=order.refund_id,
            charge_id=order.charge_id,
            amount_minor=order.amount_minor,
            currency=order.currency,
        )
        self._sql.execute(
            "insert into refund (id, refund_id, charge_id, amount_minor, currency)"
            " values (:id, :refund_id, :charge_id, :amount_minor, :currency)",
            refund._asdict(),
        )
        self._sql.execute(
            "update charge set refunded_minor = refunded_minor + ? where id = ?",
            (order.amount_minor, order.charge_id),
        )
        return refund

    def counts(self) -> dict[str, int]:
        """Count what a comparison of two books needs to know first."""
        row = self._sql.execute(
            "select (select count(*) from charge),"
            " (select count(*) from charge where outcome = 'succeeded'),"
            " (select count(*) from refund), (select count(*) from idempotency_error)"
        ).fetchone()
        return dict(
            zip(("charges", "succeeded", "refunds", "idempotency_errors"), row, strict=True)
        )

    def _charges(self, where: str, *values: str | int) -> list[Charge]:
        rows = self._sql.execute(f"select {_CHARGE_COLUMNS} from charge {where}", values)  # noqa: S608 - callers hand in constants
        return [Charge(*row) for row in rows]
