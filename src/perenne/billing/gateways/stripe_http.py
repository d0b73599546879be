"""Carries the requests of Stripe's SDK, with bounds in time and size that its own clients lack."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import stripe

from perenne.billing.gateways.answers import PLAIN_HEADERS, read_body

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECTIONS_MAX = 64
_CONNECT_TIMEOUT_S = 5


class BoundedClient(stripe.HTTPClient):
    """One pool of connections for all threads; never asks twice, never follows a redirect."""

    name = "httpx"

    def __init__(self, *, timeout_s: int) -> None:
        super().__init__()
        self._timeout_ns = timeout_s * 1_000_000_000
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None),
            limits=httpx.Limits(max_connections=_CONNECTIONS_MAX),
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 - as the SDK declares it
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request and read its answer.

        Raises:
            stripe.APIConnectionError: if there is no whole answer in time.
        """
        give_up_ns = time.monotonic_ns() + self._timeout_ns
        request = self._http.build_request(
            method, url, headers={**(headers or {}), **PLAIN_HEADERS}, content=post_data
        )
        try:
            response = self._http.send(request, stream=True)
            try:
                body = read_body(response, give_up_ns=give_up_ns)
            finally:
                response.close()
        except httpx.HTTPError as error:
            # The kind of failure only: its text may quote the request.
            raise stripe.APIConnectionError(type(error).__name__) from None  # type: ignore[no-untyped-call]
        return body.decode("utf-8", "replace"), response.status_code, response.headers

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
