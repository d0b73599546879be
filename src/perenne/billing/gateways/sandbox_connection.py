"""Finds the sandbox gateway of a home and asks it over HTTP."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import httpx

from perenne.billing.gateways.answers import PLAIN_HEADERS, read_answer, read_body, retry_after_s
from perenne.billing.gateways.protocol import GatewayRejectedError, GatewayUnavailableError
from perenne.billing.gateways.sandbox_answers import HealthAnswer, problem_code
from perenne.platform.faults import fp
from perenne.platform.run_file import LOOPBACK, read_run_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CONNECTIONS_MAX = 64
_CONNECT_TIMEOUT_S = 2
# Answers to our request as such. Any other says nothing about what became of it.
_REJECTIONS = frozenset({400, 404, 405, 413, 422, 431})


class _Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class SandboxConnection:
    """Connections to the server of one home, for several threads but not for a forked process.

    It finds the server by ``DIR/run/gateway.json``, and again whenever connecting fails.
    """

    def __init__(self, home: Path, *, timeout_s: int) -> None:
        self.home = home.resolve()
        self._timeout_ns = timeout_s * 1_000_000_000
        self._address: str | None = None
        self._finding = threading.Lock()
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None),
            limits=httpx.Limits(max_connections=_CONNECTIONS_MAX),
            headers=PLAIN_HEADERS,
            # A proxy in the environment is meant for the world outside, not for this machine.
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post(self, path: str, content: Mapping[str, object], *, key: str) -> bytes:
        """Send a JSON object; the answer's body.

        Raises:
            GatewayUnavailableError: if nobody knows what became of it.
            GatewayRejectedError: if the sandbox refused it.
        """
        headers = {"Idempotency-Key": key}
        return self._ask(
            lambda address: self._http.build_request(
                "POST", f"{address}{path}", json=content, headers=headers
            )
        )

    def get(self, path: str, params: Mapping[str, str]) -> bytes:
        """Fetch the body of an answer; raises as ``post`` does."""
        return self._ask(
            lambda address: self._http.build_request("GET", f"{address}{path}", params=params)
        )

    def _ask(self, request_at: Callable[[str], httpx.Request]) -> bytes:
        address = self._address or self._found()
        fp("gateway.asking")
        try:
            try:
                response = self._sent(request_at(address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing was sent, so asking at the gateway's new address cannot charge twice.
                response = self._sent(request_at(self._found(instead_of=address)))
        except httpx.RequestError as error:
            raise GatewayUnavailableError(
                f"no answer from the sandbox gateway: {error!r}", code="no_answer"
            ) from error
        fp("gateway.answered")
        return _accepted(response)

    def _sent(self, request: httpx.Request) -> _Response:
        give_up_ns = time.monotonic_ns() + self._timeout_ns
        response = self._http.send(request, stream=True)
        try:
            # Before the body is read: the gateway has done it, and we do not know yet.
            fp("gateway.replied")
            body = read_body(response, give_up_ns=give_up_ns)
        finally:
            response.close()
        return _Response(response.status_code, response.headers, body)

    def _found(self, *, instead_of: str | None = None) -> str:
        with self._finding:
            if self._address is None or self._address == instead_of:
                self._address = None
                self._address = self._verified_address()
            return self._address

    def _verified_address(self) -> str:
        started = read_run_file(self.home, "gateway")
        if started is None:
            raise GatewayUnavailableError(
                f"no sandbox gateway was started for {self.home}", code="not_started"
            )
        address = f"http://{LOOPBACK}:{started.port}"
        try:
            response = self._sent(self._http.build_request("GET", f"{address}/healthz"))
        except httpx.RequestError as error:
            raise GatewayUnavailableError(
                f"the sandbox gateway does not answer at {address}: {error!r}", code="not_running"
            ) from error
        if read_answer(HealthAnswer, _accepted(response)).home != str(self.home):
            # The port of a gateway that ended may belong to another one by now.
            raise GatewayUnavailableError(
                f"{address} is not the sandbox gateway of {self.home}", code="not_running"
            )
        return address


def _accepted(response: _Response) -> bytes:
    if response.status == httpx.codes.OK:
        return response.body
    code = problem_code(response.body)
    message = f"the sandbox gateway answered {response.status} {code}"
    if code == "idempotency_error" or response.status in _REJECTIONS:
        raise GatewayRejectedError(message, code=code)
    wait_s = retry_after_s(response.headers.get("Retry-After", ""))
    raise GatewayUnavailableError(message, code=code, retry_after_s=wait_s)
