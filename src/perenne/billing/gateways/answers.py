"""Reads what a gateway answered, within bounds; an answer that cannot be read proves nothing."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from perenne.billing.gateways.protocol import GatewayMismatchError, GatewayUnavailableError
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from perenne.billing.gateways.protocol import BookedCharge

# A hundred of Stripe's largest objects; nothing sound is larger.
ANSWER_BYTES_MAX = 4 * 1024 * 1024
# Bodies are not unpacked, so that a small answer cannot become a huge one.
PLAIN_HEADERS = {"Accept-Encoding": "identity"}


class Answer(BaseModel):
    """The shape of an answer: more may be said than we know, but not in other types."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


AnswerT = TypeVar("AnswerT", bound=Answer)


def read_answer(shape: type[AnswerT], body: bytes | str) -> AnswerT:
    """Read ``body`` as ``shape``; ``"420"`` and ``420.0`` are no amounts.

    Raises:
        GatewayUnavailableError: if it is anything else, for example a proxy's page in HTML: then
            nobody knows what happened to the request.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        mistakes = f"{error.error_count()} mistakes in {shape.__name__}"
    # Outside of the handler: the parser's error quotes the answer, which is not for our logs.
    raise unreadable(mistakes)


def unreadable(reason: str) -> GatewayUnavailableError:
    """Make the error for an answer that says nothing."""
    return GatewayUnavailableError(f"the answer is unreadable: {reason}", code="unreadable_answer")


def read_body(response: httpx.Response, *, give_up_ns: int) -> bytes:
    """Read a streamed response to its end.

    Args:
        response: opened with ``stream=True`` and asked for with ``PLAIN_HEADERS``.
        give_up_ns: the moment of the monotonic clock at which even a dripping answer is over.

    Raises:
        httpx.HTTPError: if it is too long, too late or broken.
    """
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            raise httpx.ReadError(f"the answer has more than {ANSWER_BYTES_MAX} bytes")
        if time.monotonic_ns() > give_up_ns:
            raise httpx.ReadTimeout("the answer did not end in time")
    return bytes(body)


def retry_after_s(wait: str) -> int:
    """Read a ``Retry-After`` in seconds; 0 if there is none, or none that can be believed."""
    return int(wait) if re.fullmatch("[0-9]{1,4}", wait, re.ASCII) else 0


def demand_equal(told: str | int, asked: str | int, what: str) -> None:
    """Compare what the gateway speaks of with what it was asked about.

    Raises:
        GatewayMismatchError: with the code ``{what}_differs``.
    """
    if told != asked:
        raise GatewayMismatchError(
            f"asked about the {what} {asked!r}, was told {told!r}", code=f"{what}_differs"
        )


def decline_kind(told: str) -> DeclineKind:
    """Name the kind of a decline in our words.

    Whatever the reason, the money did not move; an unknown one may be tried again.
    """
    return DeclineKind(told) if told in set(DeclineKind) else DeclineKind.DECLINED


def weightiest(found: list[BookedCharge]) -> BookedCharge | None:
    """Choose from the charges of one attempt, of which only a bug makes several: what collected."""
    order = ("declined", "pending", "succeeded")
    return max(found, key=lambda booked: order.index(booked.result.outcome), default=None)
