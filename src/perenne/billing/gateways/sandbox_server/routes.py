"""What the sandbox gateway answers to each request, and the faults it plays on the way."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.book import Answer, fingerprint
from perenne.billing.gateways.sandbox_server.fields import (
    InvalidRequestError,
    read_charge_order,
    read_refund_order,
    read_settlement,
)
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply, problem
from perenne.billing.gateways.sandbox_server.scripts import Fault, Script, script_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.book import Book, Charge
    from perenne.billing.gateways.sandbox_server.fields import ChargeOrder, RefundOrder
    from perenne.billing.gateways.sandbox_server.http import Request

_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
_CURSOR = re.compile(r"[0-9]{1,18}", re.ASCII)
_PAGE_MAX = 1000
_ONE_CHARGE = re.compile(r"/v1/charges/([^/]+)")
_SETTLEMENT = re.compile(r"/v1/charges/([^/]+)/settle")
_NO_CHARGE = problem(404, "charge_not_found", "there is no such charge")


class Committing(Protocol):
    """Runs a write inside a transaction and returns its reply once that is durable."""

    def __call__(self, write: Callable[[], Reply]) -> Awaitable[Reply]:
        """Run ``write``, or answer 503 when nothing could be written."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the faults that take time take."""

    hang_ms: int
    slow_ms: int


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The gateway of one ``PERENNE_HOME``: its book, and which keys it is busy with."""

    home: Path
    book: Book
    commit: Committing
    waits: Waits
    in_flight: set[str] = field(default_factory=set)
    failed_once: set[str] = field(default_factory=set)

    async def answer(self, request: Request) -> Reply:
        """Answer one request; every mistake in it gets a problem document."""
        try:
            if request.method == "POST":
                return await self._post(request)
            if request.method == "GET":
                return self._get(request)
        except InvalidRequestError as error:
            return problem(422, "invalid_request", "nothing was done", fields=error.problems)
        except sqlite3.Error as error:
            return problem(503, "book_unavailable", f"the book cannot be read: {error}")
        reply = problem(405, "method_not_allowed", "only GET and POST are understood")
        return replace(reply, headers={"Allow": "GET, POST"})

    async def _post(self, request: Request) -> Reply:
        settlement = _SETTLEMENT.fullmatch(request.path)
        if settlement is not None:
            return await self._settle(settlement[1], request.body)
        if request.path not in {"/v1/charges", "/v1/refunds"}:
            return problem(404, "not_found", "there is nothing to post to here")
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            detail = "the header Idempotency-Key needs 1 to 255 visible ASCII characters"
            return problem(400, "idempotency_key_missing", detail)
        if request.path == "/v1/charges":
            return await self._charge(key, read_charge_order(request.body))
        return await self._refund(key, read_refund_order(request.body))

    async def _charge(self, key: str, order: ChargeOrder) -> Reply:
        script = script_for(order.method, business_month=order.business_day[:7])
        if self._fails_now(key, script.fault):
            return problem(500, "scripted_failure", "nothing was charged")
        if key in self.in_flight:
            reply = problem(409, "idempotency_key_in_use", "the same key is being worked on")
            return replace(reply, headers={"Retry-After": "1"})
        asked_for = fingerprint(order)
        if script.fault is not Fault.SLOW:
            return await self.commit(lambda: self._book_charge(key, asked_for, order, script))
        self.in_flight.add(key)
        try:
            await asyncio.sleep(self.waits.slow_ms / 1000)
            return await self.commit(lambda: self._book_charge(key, asked_for, order, script))
        finally:
            self.in_flight.discard(key)

    def _fails_now(self, key: str, fault: Fault | None) -> bool:
        if fault is Fault.FAILS_BEFORE and key not in self.failed_once:
            self.failed_once.add(key)
            return True
        return fault is Fault.ALWAYS_FAILS

    def _book_charge(self, key: str, asked_for: str, order: ChargeOrder, script: Script) -> Reply:
        replayed = self._replayed(key, asked_for)
        if replayed is not None:
            return replayed
        charge = self.book.add_charge(order, script)
        reply = json_reply(200, _told(charge, script.fault))
        self.book.remember(key, Answer(asked_for, reply.status, reply.body))
        return self._troubled(reply, script.fault)

    def _troubled(self, reply: Reply, fault: Fault | None) -> Reply:
        if fault is Fault.FAILS_AFTER:
            return problem(500, "scripted_failure", "nobody can tell whether it was charged")
        if fault is Fault.CLOSES_AFTER:
            return replace(reply, silent=True)
        if fault is Fault.HANGS_AFTER:
            return replace(reply, silent=True, wait_ms=self.waits.hang_ms)
        return reply

    def _replayed(self, key: str, asked_for: str) -> Reply | None:
        stored = self.book.answer_to(key)
        if stored is None:
            return None
        if stored.fingerprint == asked_for:
            return Reply(stored.status, stored.body, {"Idempotent-Replayed": "true"})
        self.book.note_idempotency_error(key, first=stored.fingerprint, other=asked_for)
        return problem(409, "idempotency_error", "the key was used for another request before")

    async def _refund(self, key: str, order: RefundOrder) -> Reply:
        asked_for = fingerprint(order)
        return await self.commit(lambda: self._book_refund(key, asked_for, order))

    def _book_refund(self, key: str, asked_for: str, order: RefundOrder) -> Reply:
        replayed = self._replayed(key, asked_for)
        if replayed is not None:
            return replayed
        charge = self.book.charge(order.charge_id)
        if charge is None:
            return _NO_CHARGE
        if charge.outcome != ChargeOutcome.SUCCEEDED or charge.currency != order.currency:
            detail = "only a succeeded charge goes back, in its own currency"
            return problem(422, "charge_not_refundable", detail)
        if charge.refunded_minor + order.amount_minor > charge.amount_minor:
            return problem(422, "refund_exceeds_charge", "more would go back than was collected")
        reply = json_reply(200, self.book.add_refund(order)._asdict())
        self.book.remember(key, Answer(asked_for, reply.status, reply.body))
        return reply

    async def _settle(self, charge_id: str, body: bytes) -> Reply:
        succeeds = read_settlement(body)
        outcome = ChargeOutcome.SUCCEEDED if succeeds else ChargeOutcome.DECLINED

        def write() -> Reply:
            self.book.settle(charge_id, outcome=outcome)
            return self._one_charge(charge_id)

        return await self.commit(write)

    def _get(self, request: Request) -> Reply:
        if request.path == "/healthz":
            return json_reply(200, {"home": str(self.home)})
        if request.path == "/v1/book":
            return json_reply(200, self.book.counts())
        if request.path == "/v1/charges":
            return self._list(request)
        one = _ONE_CHARGE.fullmatch(request.path)
        if one is not None:
            return self._one_charge(one[1])
        return problem(404, "not_found", "there is nothing here")

    def _one_charge(self, charge_id: str) -> Reply:
        charge = self.book.charge(charge_id)
        return _NO_CHARGE if charge is None else json_reply(200, charge._asdict())

    def _list(self, request: Request) -> Reply:
        asked = dict(request.query)
        if len(asked) == len(request.query) and set(asked) == {"attempt"}:
            charges = self.book.charges_of(asked["attempt"])
            return json_reply(200, {"charges": [charge._asdict() for charge in charges]})
        limit = asked.get("limit", str(_PAGE_MAX))
        since = asked.get("since", "")
        if len(asked) != len(request.query) or not set(asked) <= {"since", "limit"}:
            detail = "must be attempt, or since and limit, each once"
            raise InvalidRequestError((("query", detail),))
        if not _CURSOR.fullmatch(since or "0"):
            raise InvalidRequestError((("since", "must be empty or the cursor of a page"),))
        if not (_CURSOR.fullmatch(limit) and 1 <= int(limit) <= _PAGE_MAX):
            raise InvalidRequestError((("limit", f"must be from 1 to {_PAGE_MAX}"),))
        return self._page(int(since or "0"), limit=int(limit))

    def _page(self, seq: int, *, limit: int) -> Reply:
        charges, last_seq = self.book.charges_after(seq, limit=limit + 1)
        has_more = len(charges) > limit
        if has_more:
            charges, last_seq = self.book.charges_after(seq, limit=limit)
        content = {"charges": [charge._asdict() for charge in charges], "cursor": str(last_seq)}
        return json_reply(200, {**content, "has_more": has_more})


def _told(charge: Charge, fault: Fault | None) -> dict[str, object]:
    told = charge._asdict()
    if fault is Fault.LIES_ABOUT_AMOUNT:
        told["amount_minor"] = charge.amount_minor + 1
    elif fault is Fault.LIES_ABOUT_CURRENCY:
        told["currency"] = "EUR" if charge.currency == "USD" else "USD"
    elif fault is Fault.LIES_ABOUT_ATTEMPT:
        told["attempt_id"] = f"not_{charge.attempt_id}"
    return told
