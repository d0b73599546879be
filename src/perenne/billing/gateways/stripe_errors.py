"""Says what an error of Stripe means for our books, without repeating what Stripe says of it.

Stripe's messages quote tokens and ids; only codes and its number of the request go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import stripe

from perenne.billing.gateways.answers import Answer, read_answer, retry_after_s
from perenne.billing.gateways.protocol import (
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Answers to our request as such. 401 and 403 are about our key: the same request will do with the
# right one. Any other status says nothing about what became of the request.
_REJECTIONS = frozenset({400, 402, 404, 405, 410, 413, 414, 422})
_WAITING = {409: "conflict", 429: "too_many_requests"}


class RepeatedFailureError(GatewayUnavailableError):
    """Stripe repeats a failure that it keeps under the key; asking again says nothing new."""


class _ErrorBody(Answer):
    code: str | None = None
    type: str | None = None


class _ErrorAnswer(Answer):
    error: _ErrorBody


def meaning_of(error: stripe.StripeError) -> GatewayError:
    """Translate an error that is not a decline."""
    if isinstance(error, stripe.APIConnectionError):
        return GatewayUnavailableError(f"no answer from Stripe: {error}", code="no_answer")
    status = error.http_status or 0
    try:
        told = read_answer(_ErrorAnswer, error.http_body or "").error
    except GatewayUnavailableError:
        # Not Stripe's words, so perhaps not Stripe: a proxy knows nothing of our request.
        code = "unreadable_answer"
        return GatewayUnavailableError(f"Stripe's answer {status} is unreadable", code=code)
    headers: Mapping[str, str] = error.headers or {}
    code = told.code or (told.type if told.type == "idempotency_error" else "") or f"http_{status}"
    message = f"Stripe answered {status} {code} (request {headers.get('request-id', 'unnamed')})"
    if status in _WAITING or told.code == "rate_limit":
        return GatewayUnavailableError(
            message,
            code=told.code or _WAITING.get(status, "conflict"),
            retry_after_s=retry_after_s(headers.get("retry-after", "")),
        )
    if status in _REJECTIONS:
        return GatewayRejectedError(message, code=code)
    if headers.get("idempotent-replayed") == "true":
        return RepeatedFailureError(message, code=code)
    return GatewayUnavailableError(message, code=code)
