"""Charges and refunds of the sandbox, once per key, with the faults that the method plays."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.book import Answer, fingerprint
from perenne.billing.gateways.sandbox_server.http import Reply
from perenne.billing.gateways.sandbox_server.scripts import Fault, script_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from perenne.billing.gateways.sandbox_server.book import Book, Charge, Refund
    from perenne.billing.gateways.sandbox_server.fields import ChargeOrder, RefundOrder

# What a write gives back: its answers, or why nothing was written.
Work: TypeAlias = "Callable[[], Done | Refusal]"
# Lies are told at each repetition; every other broken answer is lost once.
_LIES = frozenset({Fault.LIES_ABOUT_AMOUNT, Fault.LIES_ABOUT_CURRENCY, Fault.LIES_ABOUT_ATTEMPT})
_PAGE = b"<!doctype html><title>All is well</title>"
_HUGE_BYTES = 8 * 1024 * 1024
_FAILURES = 500


class Refusal(StrEnum):
    """Why nothing was done; each wire format has its own words for it."""

    SCRIPTED_FAILURE = "scripted_failure"
    OUTCOME_LOST = "outcome_lost"
    CONFLICT = "conflict"
    TOO_MANY = "too_many_requests"
    KEY_IN_USE = "idempotency_key_in_use"
    KEY_MISUSED = "idempotency_error"
    NO_CHARGE = "charge_not_found"
    NOT_REFUNDABLE = "charge_not_refundable"
    REFUND_EXCEEDS = "refund_exceeds_charge"


_BEFORE = {
    Fault.FAILS_BEFORE: Refusal.SCRIPTED_FAILURE,
    Fault.CONFLICT: Refusal.CONFLICT,
    Fault.TOO_MANY: Refusal.TOO_MANY,
}


class Speech(Protocol):
    """How a wire format words what happened."""

    @property
    def keeps_failures(self) -> bool:
        """Whether a failure after the charge is the answer to its key from then on."""

    def key(self, key: str) -> str:
        """Name the key in the book, apart from those of the other wire formats."""

    def charged(self, charge: Charge, fault: Fault | None) -> Reply:
        """Tell a charge, or the lie about it that ``fault`` asks for."""

    def refunded(self, refund: Refund, fault: Fault | None) -> Reply:
        """Tell a refund, or the lie about it that ``fault`` asks for."""

    def refused(self, refusal: Refusal, key: str) -> Reply:
        """Say why nothing was done, or that nobody knows."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, as it is told now, and as it is told to whoever asks with the key again."""

    told: Reply
    kept: Reply


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that shall happen once: under which key, what exactly, and what goes wrong."""

    speech: Speech
    key: str
    asked_for: str
    fault: Fault | None

    @property
    def kept(self) -> str:
        """The key's name in the book."""
        return self.speech.key(self.key)

    def refused(self, refusal: Refusal) -> Reply:
        """Say why it did not happen, or that nobody knows."""
        return self.speech.refused(refusal, self.key)


class Committing(Protocol):
    """Runs a write inside a transaction and returns its reply once that is durable."""

    def __call__(self, write: Callable[[], Reply]) -> Awaitable[Reply]:
        """Run ``write``, or answer 503 when nothing could be written."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the faults that take time take."""

    hang_ms: int
    slow_ms: int
    late_ms: int


@dataclass(frozen=True, slots=True)
class Till:
    """Takes and gives back money for every wire format: one book, one memory of keys."""

    book: Book
    commit: Committing
    waits: Waits
    in_flight: set[str] = field(default_factory=set)
    failed_once: set[str] = field(default_factory=set)

    async def charge(self, key: str, order: ChargeOrder, speech: Speech) -> Reply:
        """Charge once per key; an empty key is remembered by nobody."""
        script = script_for(order.method, business_month=order.business_day[:7])

        def work() -> Done:
            charge = self.book.add_charge(order, script)
            return _done(script.fault, lambda fault: speech.charged(charge, fault))

        return await self._once(Wish(speech, key, fingerprint(order), script.fault), work)

    async def refund(self, key: str, order: RefundOrder, speech: Speech) -> Reply:
        """Give back once per key, with the fault that the charge's method plays."""
        found = self.book.charge(order.charge_id)
        fault = None if found is None else found.script.fault

        def work() -> Done | Refusal:
            charge = self.book.charge(order.charge_id)
            if charge is None:
                return Refusal.NO_CHARGE
            left_minor = charge.amount_minor - charge.refunded_minor
            wanted = replace(order, amount_minor=order.amount_minor or left_minor)
            refusal = _refund_refusal(wanted, charge)
            if refusal is not None:
                return refusal
            refund = self.book.add_refund(wanted)
            return _done(fault, lambda fault: speech.refunded(refund, fault))

        return await self._once(Wish(speech, key, fingerprint(order), fault), work)

    async def once(
        self, key: str, order: object, speech: Speech, work: Callable[[], Reply]
    ) -> Reply:
        """Do something else once per key, without faults."""
        wish = Wish(speech, key, fingerprint(order), None)
        return await self._once(wish, lambda: _done(None, lambda _: work()))

    async def _once(self, wish: Wish, work: Work) -> Reply:
        refusal = self._refused_now(wish)
        if refusal is not None:
            return wish.refused(refusal)

        def write() -> Reply:
            return self._written(wish, work)

        if wish.fault is not Fault.SLOW:
            return await self.commit(write)
        self.in_flight.add(wish.kept)
        try:
            await asyncio.sleep(self.waits.slow_ms / 1000)
            return await self.commit(write)
        finally:
            self.in_flight.discard(wish.kept)

    def _refused_now(self, wish: Wish) -> Refusal | None:
        if wish.fault is Fault.ALWAYS_FAILS:
            return Refusal.SCRIPTED_FAILURE
        if wish.fault in _BEFORE and wish.kept not in self.failed_once:
            self.failed_once.add(wish.kept)
            return _BEFORE[wish.fault]
        return Refusal.KEY_IN_USE if wish.kept in self.in_flight else None

    def _written(self, wish: Wish, work: Work) -> Reply:
        stored = self.book.answer_to(wish.kept)
        if stored is not None:
            if stored.fingerprint == wish.asked_for:
                return Reply(stored.status, stored.body, {"Idempotent-Replayed": "true"})
            self.book.note_idempotency_error(
                wish.kept, first=stored.fingerprint, other=wish.asked_for
            )
            return wish.refused(Refusal.KEY_MISUSED)
        done = work()
        if isinstance(done, Refusal):
            # A request that was refused leaves its key free.
            return wish.refused(done)
        told = self._troubled(done.told, wish)
        kept = told if told.status >= _FAILURES and wish.speech.keeps_failures else done.kept
        if wish.key:
            self.book.remember(wish.kept, Answer(wish.asked_for, kept.status, kept.body))
        return told

    def _troubled(self, reply: Reply, wish: Wish) -> Reply:
        if wish.fault is Fault.FAILS_AFTER:
            return wish.refused(Refusal.OUTCOME_LOST)
        changed: dict[str, object] = {}
        match wish.fault:
            case Fault.CLOSES_AFTER:
                changed = {"silent": True}
            case Fault.HANGS_AFTER:
                changed = {"silent": True, "wait_ms": self.waits.hang_ms}
            case Fault.WEBHOOK_FIRST:
                changed = {"wait_ms": self.waits.slow_ms}
            case Fault.HTML_ANSWER:
                changed = {"status": 200, "body": _PAGE, "content_type": "text/html"}
            case Fault.EMPTY_ANSWER:
                changed = {"status": 204, "body": b""}
            case Fault.HUGE_ANSWER:
                changed = {"body": reply.body + b" " * _HUGE_BYTES}
            case _:
                pass
        return replace(reply, **changed)  # type: ignore[arg-type]  # named as its fields


def _done(fault: Fault | None, tell: Callable[[Fault | None], Reply]) -> Done:
    told = tell(fault)
    return Done(told, kept=told if fault is None or fault in _LIES else tell(None))


def _refund_refusal(order: RefundOrder, charge: Charge) -> Refusal | None:
    if charge.outcome != ChargeOutcome.SUCCEEDED or charge.currency != order.currency:
        return Refusal.NOT_REFUNDABLE
    left_minor = charge.amount_minor - charge.refunded_minor
    return None if 0 < order.amount_minor <= left_minor else Refusal.REFUND_EXCEEDS
