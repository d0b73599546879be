"""The sandbox gateway's own book: charges, refunds and given answers in one SQLite file.

It stands for a neighbour's database, so it shares nothing with ours; comparing the two is how
lost and doubled charges are found.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.outbox import LATE_MS, Outbox
from perenne.billing.gateways.sandbox_server.schema import bring_up_to_date
from perenne.billing.gateways.sandbox_server.scripts import Script, read_method, script_for
from perenne.billing.gateways.sandbox_server.setup_book import SetupBook
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.fields import ChargeOrder, RefundOrder


class Charge(NamedTuple):
    """One charge as the book has it, column by column; ``created_at`` in seconds since 1970."""

    id: str
    attempt_id: str
    amount_minor: int
    currency: str
    outcome: str
    decline: str | None
    description: str
    business_day: str
    refunded_minor: int
    method: str
    customer: str
    metadata: str
    created_at: int

    @property
    def script(self) -> Script:
        """What its method plays; nothing for a charge from before methods were kept."""
        method = read_method(self.method)
        return Script() if method is None else script_for(method, business_month="")

    @property
    def waits_for_payer(self) -> bool:
        """Whether it is pending until its payer confirms it."""
        return self.outcome == ChargeOutcome.PENDING and self.method.startswith("card:")


_BEYOND_THE_NEWEST = 1 << 62
_CHARGE_COLUMNS = ", ".join(Charge._fields)
_CHARGE_PLACES = ", ".join(f":{name}" for name in Charge._fields)


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


def fingerprint(order: object) -> str:
    """Reduce a request to a text that differs whenever its kind or one of its values differs."""
    return hashlib.sha256(repr(order).encode()).hexdigest()


class Book:
    """The open book. Not for several threads; other processes may have it open too.

    All writes happen in ``transaction``; what it committed survives a crash of the machine.
    Every change of a charge or setup enters an event into the outbox in the same transaction.
    """

    def __init__(self, path: Path, *, late_ms: int = LATE_MS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._sql.execute("pragma journal_mode = wal")
        # NORMAL would lose the last commits in a power cut, and then our books would know of
        # money that the gateway's does not.
        self._sql.execute("pragma synchronous = full")
        self._sql.execute("pragma foreign_keys = on")
        bring_up_to_date(self._sql)
        self.outbox = Outbox(self._sql, late_ms=late_ms)
        self.setups = SetupBook(self._sql, self.outbox)

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
            method=order.method.token,
            customer=order.customer,
            metadata=json.dumps(dict(order.metadata)),
            created_at=int(time.time()),
        )
        self._sql.execute(
            f"insert into charge ({_CHARGE_COLUMNS}) values ({_CHARGE_PLACES})",  # noqa: S608 - the names are a constant
            charge._asdict(),
        )
        self._tell(f"charge.{charge.outcome}", charge)
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
        return charges, self._seq(charges[-1].id)

    def charges_beside(
        self, charge_id: str, *, newer: bool, created: tuple[int, int], customer: str, limit: int
    ) -> list[Charge]:
        """Read the entries next to a charge, the nearest first; an empty id is beyond the newest.

        Args:
            charge_id: of a charge in the book, or empty.
            newer: whether to go towards the newest entry or towards the oldest.
            created: first and last second of creation, both included.
            customer: whose entries; empty for everybody's.
            limit: entries at most.
        """
        seq = self._seq(charge_id) if charge_id else _BEYOND_THE_NEWEST
        beside = "seq > ? {} order by seq" if newer else "seq < ? {} order by seq desc"
        only = "and created_at between ? and ? and (? in ('', customer))"
        where = f"where {beside.format(only)} limit ?"
        return self._charges(where, seq, *created, customer, limit)

    def settle(
        self, charge_id: str, *, outcome: ChargeOutcome, decline: DeclineKind | None = None
    ) -> None:
        """Give a pending charge its final outcome; any other charge stays as it is.

        Args:
            charge_id: a charge, or nothing happens.
            outcome: succeeded or declined.
            decline: why it was declined; by default what its script says.
        """
        charge = self.charge(charge_id)
        if charge is None or charge.outcome != ChargeOutcome.PENDING:
            return
        reason: DeclineKind | None = None
        if outcome is ChargeOutcome.DECLINED:
            reason = decline or charge.script.bounces or DeclineKind.DECLINED
        settled = charge._replace(outcome=outcome.value, decline=reason and reason.value)
        self._sql.execute(
            "update charge set outcome = :outcome, decline = :decline where id = :id",
            settled._asdict(),
        )
        self._tell(f"charge.{outcome}", settled)

    def debits_pending_until(self, business_day: str) -> list[Charge]:
        """Read the direct debits that are pending since ``business_day`` or longer."""
        return self._charges(
            "where outcome = 'pending' and method like 'direct_debit:%' and business_day <= ?"
            " order by seq",
            business_day,
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
        refunded = self.charge(order.charge_id)
        assert refunded is not None, "the foreign key has found it"
        self._tell("refund.succeeded", refunded)
        return refund

    def refunds_of(self, charge_id: str) -> list[Refund]:
        """Read the refunds of a charge, the newest first."""
        rows = self._sql.execute(
            "select id, refund_id, charge_id, amount_minor, currency from refund"
            " where charge_id = ? order by seq desc",
            (charge_id,),
        )
        return [Refund(*row) for row in rows]

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

    def _tell(self, kind: str, charge: Charge) -> None:
        self.outbox.add(
            kind,
            object_id=charge.id,
            attempt_id=charge.attempt_id,
            snapshot=charge._asdict(),
            fault=charge.script.fault,
        )

    def _seq(self, charge_id: str) -> int:
        row = self._sql.execute("select seq from charge where id = ?", (charge_id,)).fetchone()
        return -1 if row is None else int(row[0])

    def _charges(self, where: str, *values: str | int) -> list[Charge]:
        rows = self._sql.execute(f"select {_CHARGE_COLUMNS} from charge {where}", values)  # noqa: S608 - callers hand in constants
        return [Charge(*row) for row in rows]
