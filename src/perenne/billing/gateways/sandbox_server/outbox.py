"""The events of the sandbox's book, and which of them wait to be delivered.

An event is written in the transaction of what it tells; it is delivered to whoever was listening
then, again and again until they answer with success.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from perenne.billing.gateways.sandbox_server.scripts import Fault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

# How long a late webhook is kept back.
LATE_MS = 60_000
TRIES_MAX = 20
_FIRST_WAIT_MS = 1_000
_WAIT_MS_MAX = 300_000


class Event(NamedTuple):
    """One event, column by column; ``snapshot`` is the JSON of its object as it was then.

    ``created_at`` and ``delivered_at`` are in seconds since 1970; nothing waits to be delivered
    when ``next_try_ms`` is None.
    """

    seq: int
    id: str
    type: str
    object_id: str
    attempt_id: str
    snapshot: str
    fault: str
    created_at: int
    next_try_ms: int | None
    tries: int
    delivered_at: int | None


class Endpoint(NamedTuple):
    """Where events are delivered to, and in which words: ``sandbox`` or ``stripe``."""

    url: str
    format: str


_COLUMNS = ", ".join(Event._fields)


class Outbox:
    """The events of one open book; writes belong into the book's transactions.

    ``has_news`` says that something may be due that was not before; who looks takes it back.
    """

    def __init__(self, sql: sqlite3.Connection, *, late_ms: int) -> None:
        self._sql = sql
        self._late_ms = late_ms
        self._endpoint = self._stored_endpoint()
        self.has_news = True

    def add(
        self,
        kind: str,
        *,
        object_id: str,
        attempt_id: str,
        snapshot: Mapping[str, object],
        fault: Fault | None,
    ) -> None:
        """Enter what has happened."""
        now_ms = time.time_ns() // 1_000_000
        next_try_ms: int | None = None
        if self._endpoint is not None:
            self.has_news = True
            is_late = fault is Fault.WEBHOOK_LATE or (
                fault is Fault.WEBHOOKS_REORDERED and kind == "charge.pending"
            )
            next_try_ms = now_ms + (self._late_ms if is_late else 0)
        self._sql.execute(
            "insert into event (id, type, object_id, attempt_id, snapshot, fault, created_at,"
            " next_try_ms) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"evt_{secrets.token_hex(12)}",
                kind,
                object_id,
                attempt_id,
                json.dumps(snapshot),
                "" if fault is None else fault.value,
                now_ms // 1_000,
                next_try_ms,
            ),
        )

    def event(self, event_id: str) -> Event | None:
        """Read one event."""
        found = self._events("where id = ?", event_id)
        return found[0] if found else None

    def events_after(self, seq: int, *, limit: int) -> list[Event]:
        """Read the events after number ``seq``, oldest first."""
        return self._events("where seq > ? order by seq limit ?", seq, limit)

    def due(self, *, limit: int) -> list[Event]:
        """Read the events whose next try has come, in the order of their tries."""
        now_ms = time.time_ns() // 1_000_000
        return self._events("where next_try_ms <= ? order by next_try_ms limit ?", now_ms, limit)

    def next_try_ms(self) -> int | None:
        """When the next event is due, in milliseconds since 1970; None if none waits."""
        row = self._sql.execute("select min(next_try_ms) from event").fetchone()
        return None if row[0] is None else int(row[0])

    def mark_delivered(self, event: Event) -> None:
        """Note that somebody took the event; what was kept back behind it may go now."""
        self.has_news = True
        now_ms = time.time_ns() // 1_000_000
        self._sql.execute(
            "update event set next_try_ms = null, tries = tries + 1, delivered_at = ? where id = ?",
            (now_ms // 1_000, event.id),
        )
        self._sql.execute(
            "update event set next_try_ms = ? where object_id = ? and seq < ?"
            " and fault = ? and next_try_ms > ?",
            (now_ms, event.object_id, event.seq, Fault.WEBHOOKS_REORDERED.value, now_ms),
        )

    def mark_failed(self, event: Event) -> None:
        """Try again after a wait that doubles, and give up in the end."""
        wait_ms = min(_FIRST_WAIT_MS << event.tries, _WAIT_MS_MAX)
        next_try_ms = time.time_ns() // 1_000_000 + wait_ms
        self._sql.execute(
            "update event set next_try_ms = ?, tries = tries + 1 where id = ?",
            (next_try_ms if event.tries + 1 < TRIES_MAX else None, event.id),
        )

    def endpoint(self) -> Endpoint | None:
        """Where events go; None if nobody listens."""
        return self._endpoint

    def send_to(self, endpoint: Endpoint | None) -> None:
        """Deliver what happens from now on to ``endpoint``; to nobody if it is None."""
        self._endpoint = endpoint
        self._sql.execute("delete from setting where name = 'endpoint'")
        if endpoint is None:
            self._sql.execute("update event set next_try_ms = null")
            return
        self._sql.execute("insert into setting values ('endpoint', ?)", (json.dumps(endpoint),))

    def _stored_endpoint(self) -> Endpoint | None:
        row = self._sql.execute("select value from setting where name = 'endpoint'").fetchone()
        return None if row is None else Endpoint(*json.loads(row[0]))

    def _events(self, where: str, *values: str | int) -> list[Event]:
        rows = self._sql.execute(f"select {_COLUMNS} from event {where}", values)  # noqa: S608 - callers hand in constants
        return [Event(*row) for row in rows]
