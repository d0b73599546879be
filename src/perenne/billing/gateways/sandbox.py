"""The client of the sandbox gateway: charges, refunds, hosted pages and webhooks over HTTP."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import ValidationError

from perenne.billing.gateways.answers import demand_equal, read_answer, weightiest
from perenne.billing.gateways.event import (
    EventForgedError,
    EventMalformedError,
    EventSubject,
    GatewayEvent,
    demand_fresh,
    demand_small,
    header_of,
)
from perenne.billing.gateways.protocol import HostedPage, SetupUnfinishedError
from perenne.billing.gateways.sandbox_answers import (
    BookAnswer,
    ChargeAnswer,
    ChargesAnswer,
    EventAnswer,
    EventsAnswer,
    RefundAnswer,
    RefundsAnswer,
    SetupAnswer,
    ToldEvent,
)
from perenne.billing.gateways.sandbox_connection import SandboxConnection
from perenne.billing.gateways.signatures import standard_signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from perenne.billing.gateways.protocol import (
        BookPage,
        ChargeRequest,
        ChargeResult,
        MethodDetails,
        RefundRequest,
        RefundResult,
        SetupRequest,
    )

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_SUBJECTS = {
    "charge": EventSubject.CHARGE,
    "refund": EventSubject.REFUND,
    "setup": EventSubject.SETUP,
}


class SandboxGateway:
    """The sandbox gateway of one ``PERENNE_HOME``; safe to use from several threads.

    Not to be carried over a fork: connections cannot be shared by two processes.
    """

    name = "sandbox"

    def __init__(self, home: Path, *, timeout_s: int = 10) -> None:
        self._server = SandboxConnection(home, timeout_s=timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Collect the money of one attempt, as the protocol says."""
        content = {
            "attempt_id": request.attempt_id,
            "amount_minor": request.amount_minor,
            "currency": request.currency,
            "method_token": request.method_token,
            "description": request.description,
            "business_day": request.business_day.isoformat(),
        }
        body = self._server.post("/v1/charges", content, key=request.idempotency_key)
        answer = read_answer(ChargeAnswer, body)
        demand_equal(answer.attempt_id, request.attempt_id, "attempt")
        demand_equal(answer.amount_minor, request.amount_minor, "amount")
        demand_equal(answer.currency, request.currency, "currency")
        return answer.result()

    def find_charge(
        self,
        attempt_id: str,
        *,
        method_token: str = "",  # noqa: ARG002 - the sandbox finds every attempt at once
    ) -> ChargeResult | None:
        """Look an attempt up, as the protocol says."""
        body = self._server.get("/v1/charges", {"attempt": attempt_id})
        found = list(read_answer(ChargesAnswer, body).page().charges)
        for booked in found:
            demand_equal(booked.attempt_id, attempt_id, "attempt")
        best = weightiest(found)
        return None if best is None else best.result

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give back a charge or a part of it, as the protocol says."""
        content = {
            "refund_id": request.refund_id,
            "charge_id": request.charge_id,
            "amount_minor": request.amount_minor,
            "currency": request.currency,
        }
        body = self._server.post("/v1/refunds", content, key=request.idempotency_key)
        answer = read_answer(RefundAnswer, body)
        demand_equal(answer.charge_id, request.charge_id, "charge")
        demand_equal(answer.amount_minor, request.amount_minor, "amount")
        demand_equal(answer.currency, request.currency, "currency")
        return answer.result()

    def find_refund(self, charge_id: str, refund_id: str) -> RefundResult | None:
        """Look a refund up, as the protocol says."""
        asked = {"charge": charge_id, "refund": refund_id}
        found = read_answer(RefundsAnswer, self._server.get("/v1/refunds", asked)).refunds
        for refund in found:
            demand_equal(refund.charge_id, charge_id, "charge")
        return found[0].result() if found else None

    def charges_after(self, cursor: str, *, limit: int) -> BookPage:
        """Read the sandbox's book on from ``cursor``, at most 1,000 lines at a time."""
        body = self._server.get("/v1/charges", {"since": cursor, "limit": str(limit)})
        return read_answer(ChargesAnswer, body).page()

    def begin_setup(self, request: SetupRequest) -> HostedPage:
        """Open the sandbox's page, as the protocol says."""
        content = {
            "company_id": request.company_id,
            "company_name": request.company_name,
            "email": request.email,
            "locale": request.locale,
            "currency": request.currency,
            "kinds": list(request.kinds),
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
        }
        body = self._server.post("/v1/setups", content, key=request.idempotency_key)
        answer = read_answer(SetupAnswer, body)
        return HostedPage(url=answer.url, setup_id=answer.id)

    def finish_setup(self, setup_id: str) -> MethodDetails:
        """Fetch what was entered on the sandbox's page, as the protocol says."""
        path = f"/v1/setups/{quote(setup_id, safe='')}"
        answer = read_answer(SetupAnswer, self._server.get(path, {}))
        demand_equal(answer.id, setup_id, "setup")
        details = answer.details()
        if details is None:
            code = f"setup_{answer.state}"
            raise SetupUnfinishedError(f"the set-up {setup_id} is {answer.state}", code=code)
        return details

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> GatewayEvent:
        """Verify a webhook of the sandbox: signed as Standard Webhooks are, with its home's secret.

        Raises:
            EventRefusedError: as the protocol says.
        """
        demand_small(body)
        event_id = header_of(headers, "webhook-id")
        signed_at = header_of(headers, "webhook-timestamp")
        signatures = header_of(headers, "webhook-signature")
        if not _SECONDS.fullmatch(signed_at):
            raise EventForgedError("the event is not signed")
        expected = standard_signature(
            self._secret(), event_id=event_id, signed_at_s=int(signed_at), body=body
        ).encode()
        # Bytes, because comparing texts fails on those that are not ASCII.
        if not any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" ")):
            raise EventForgedError("the signature is not the sandbox's")
        demand_fresh(int(signed_at), now=now)
        return _event(event_id, body)

    def settle(self, charge_id: str, *, succeeds: bool) -> ChargeResult:
        """Give a pending charge its final outcome, which elsewhere a bank does days later."""
        content = {"outcome": "succeeded" if succeeds else "declined"}
        body = self._server.post(f"/v1/charges/{charge_id}/settle", content, key="")
        return read_answer(ChargeAnswer, body).result()

    def turn_to(self, business_day: date) -> None:
        """Turn the sandbox's calendar, so that direct debits settle whose day has come."""
        content = {"business_day": business_day.isoformat()}
        self._server.post("/v1/clock", content, key="")

    def send_events_to(self, url: str, *, words: str = "sandbox") -> None:
        """Have webhooks delivered from now on; to nobody if ``url`` is empty."""
        self._server.post("/v1/webhook", {"url": url, "format": words}, key="")

    def events_after(self, seq: int) -> list[EventAnswer]:
        """Read the outbox on after number ``seq``, at most 100 events at a time."""
        body = self._server.get("/v1/events", {"since": str(seq)})
        return read_answer(EventsAnswer, body).events

    def counts(self) -> BookAnswer:
        """Count charges, refunds and keys that were used for two requests in the sandbox's book."""
        return read_answer(BookAnswer, self._server.get("/v1/book", {}))

    def _secret(self) -> str:
        try:
            return (self._server.home / "gateway" / "webhook-secret").read_text("ascii")
        except OSError:
            raise EventForgedError("no sandbox gateway has signed anything here") from None


def _event(event_id: str, body: bytes) -> GatewayEvent:
    try:
        told = ToldEvent.model_validate_json(body)
    except ValidationError:
        raise EventMalformedError("the event is not in the sandbox's words") from None
    if told.id != event_id:
        raise EventMalformedError("the event has two ids")
    return GatewayEvent(
        gateway=SandboxGateway.name,
        event_id=told.id,
        about=_SUBJECTS.get(told.object.kind, EventSubject.OTHER),
        object_id=told.object.id,
        attempt_id=told.attempt_id,
    )
