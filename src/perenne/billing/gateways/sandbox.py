"""The client of the sandbox gateway: turns its HTTP answers into results and errors."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import httpx

from perenne.billing.gateways.protocol import (
    GatewayMismatchError,
    GatewayRejectedError,
    GatewayUnavailableError,
)
from perenne.billing.gateways.sandbox_answers import (
    BookAnswer,
    ChargeAnswer,
    ChargesAnswer,
    HealthAnswer,
    RefundAnswer,
    problem_code,
    read_answer,
)
from perenne.platform.run_file import LOOPBACK, read_run_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perenne.billing.gateways.protocol import (
        BookedCharge,
        BookPage,
        ChargeRequest,
        ChargeResult,
        RefundRequest,
        RefundResult,
    )

_CONNECTIONS_MAX = 64
_CONNECT_TIMEOUT_S = 2
# Answers to our request as such. Any other says nothing about what became of it.
_REJECTIONS = frozenset({400, 404, 405, 413, 422, 431})


class SandboxGateway:
    """The sandbox gateway of one ``PERENNE_HOME``; safe to use from several threads.

    It finds the server by ``DIR/run/gateway.json``, and again whenever connecting fails. Not to
    be carried over a fork: connections cannot be shared by two processes.
    """

    name = "sandbox"

    def __init__(self, home: Path, *, timeout_s: int = 10) -> None:
        self._home = home.resolve()
        self._address: str | None = None
        self._finding = threading.Lock()
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None),
            limits=httpx.Limits(max_connections=_CONNECTIONS_MAX),
            # A proxy in the environment is meant for the world outside, not for this machine.
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

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
        body = self._post("/v1/charges", content, key=request.idempotency_key)
        answer = read_answer(ChargeAnswer, body)
        _demand_equal(answer.attempt_id, request.attempt_id, "attempt")
        _demand_equal(answer.amount_minor, request.amount_minor, "amount")
        _demand_equal(answer.currency, request.currency, "currency")
        return answer.result()

    def find_charge(self, attempt_id: str) -> ChargeResult | None:
        """Look an attempt up; of several charges, which only a bug makes, the one that collected.

        Raises:
            GatewayMismatchError: if the answer is about another attempt.
        """
        body = self._get("/v1/charges", {"attempt": attempt_id})
        found = read_answer(ChargesAnswer, body).page().charges
        for booked in found:
            _demand_equal(booked.attempt_id, attempt_id, "attempt")
        return max(found, key=_weight).result if found else None

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give back a charge or a part of it, as the protocol says."""
        content = {
            "refund_id": request.refund_id,
            "charge_id": request.charge_id,
            "amount_minor": request.amount_minor,
            "currency": request.currency,
        }
        body = self._post("/v1/refunds", content, key=request.idempotency_key)
        answer = read_answer(RefundAnswer, body)
        _demand_equal(answer.charge_id, request.charge_id, "charge")
        _demand_equal(answer.amount_minor, request.amount_minor, "amount")
        _demand_equal(answer.currency, request.currency, "currency")
        return answer.result()

    def charges_after(self, cursor: str, *, limit: int) -> BookPage:
        """Read the sandbox's book on from ``cursor``, at most 1,000 lines at a time."""
        body = self._get("/v1/charges", {"since": cursor, "limit": str(limit)})
        return read_answer(ChargesAnswer, body).page()

    def settle(self, charge_id: str, *, succeeds: bool) -> ChargeResult:
        """Give a pending charge its final outcome, which elsewhere a bank does days later."""
        content = {"outcome": "succeeded" if succeeds else "declined"}
        body = self._post(f"/v1/charges/{charge_id}/settle", content, key="")
        return read_answer(ChargeAnswer, body).result()

    def counts(self) -> BookAnswer:
        """Count charges, refunds and keys that were used for two requests in the sandbox's book."""
        return read_answer(BookAnswer, self._get("/v1/book", {}))

    def _post(self, path: str, content: Mapping[str, object], *, key: str) -> bytes:
        headers = {"Idempotency-Key": key}
        return self._ask(
            lambda address: self._http.build_request(
                "POST", f"{address}{path}", json=content, headers=headers
            )
        )

    def _get(self, path: str, params: Mapping[str, str]) -> bytes:
        return self._ask(
            lambda address: self._http.build_request("GET", f"{address}{path}", params=params)
        )

    def _ask(self, request_at: Callable[[str], httpx.Request]) -> bytes:
        address = self._address or self._found()
        try:
            try:
                response = self._http.send(request_at(address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing was sent, so asking at the gateway's new address cannot charge twice.
                response = self._http.send(request_at(self._found(instead_of=address)))
        except httpx.RequestError as error:
            raise GatewayUnavailableError(
                f"no answer from the sandbox gateway: {error!r}", code="no_answer"
            ) from error
        return _accepted(response)

    def _found(self, *, instead_of: str | None = None) -> str:
        with self._finding:
            if self._address is None or self._address == instead_of:
                self._address = None
                self._address = self._verified_address()
            return self._address

    def _verified_address(self) -> str:
        started = read_run_file(self._home, "gateway")
        if started is None:
            raise GatewayUnavailableError(
                f"no sandbox gateway was started for {self._home}", code="not_started"
            )
        address = f"http://{LOOPBACK}:{started.port}"
        try:
            body = _accepted(self._http.get(f"{address}/healthz"))
        except httpx.RequestError as error:
            raise GatewayUnavailableError(
                f"the sandbox gateway does not answer at {address}: {error!r}", code="not_running"
            ) from error
        if read_answer(HealthAnswer, body).home != str(self._home):
            # The port of a gateway that ended may belong to another one by now.
            raise GatewayUnavailableError(
                f"{address} is not the sandbox gateway of {self._home}", code="not_running"
            )
        return address


def _accepted(response: httpx.Response) -> bytes:
    if response.status_code == httpx.codes.OK:
        return response.content
    code = problem_code(response.content)
    message = f"the sandbox gateway answered {response.status_code} {code}"
    if code == "idempotency_error" or response.status_code in _REJECTIONS:
        raise GatewayRejectedError(message, code=code)
    wait = response.headers.get("Retry-After", "")
    wait_s = int(wait) if re.fullmatch("[0-9]{1,4}", wait) else 0
    raise GatewayUnavailableError(message, code=code, retry_after_s=wait_s)


def _demand_equal(told: str | int, asked: str | int, what: str) -> None:
    if told != asked:
        raise GatewayMismatchError(
            f"asked about the {what} {asked!r}, was told {told!r}", code=f"{what}_differs"
        )


def _weight(booked: BookedCharge) -> int:
    return ("declined", "pending", "succeeded").index(booked.result.outcome)
