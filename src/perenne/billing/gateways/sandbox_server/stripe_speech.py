"""Stripe's words for what the sandbox did, and its error objects for what it did not do."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server import stripe_objects as objects
from perenne.billing.gateways.sandbox_server.charging import Refusal
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply
from perenne.billing.gateways.sandbox_server.scripts import Fault
from perenne.billing.gateways.sandbox_server.speech import PASSING, twisted
from perenne.billing.gateways.sandbox_server.stripe_forms import StripeProblem

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.book import Charge, Refund

_INVALID = "invalid_request_error"
_REFUSALS = {
    Refusal.SCRIPTED_FAILURE: (500, "api_error", "", "An unknown error occurred."),
    Refusal.OUTCOME_LOST: (500, "api_error", "", "An unknown error occurred."),
    Refusal.CONFLICT: (409, _INVALID, "lock_timeout", "Another request has this object."),
    Refusal.TOO_MANY: (429, _INVALID, "rate_limit", "Request rate limit exceeded."),
    Refusal.KEY_IN_USE: (
        409,
        _INVALID,
        "idempotency_key_in_use",
        "Another request is using this idempotency key: {key}.",
    ),
    Refusal.KEY_MISUSED: (
        400,
        "idempotency_error",
        "",
        "Keys for idempotent requests belong to the parameters of their first use: {key}.",
    ),
    Refusal.NO_CHARGE: (400, _INVALID, "resource_missing", "No such charge."),
    Refusal.NOT_REFUNDABLE: (400, _INVALID, "", "This PaymentIntent has no successful charge."),
    Refusal.REFUND_EXCEEDS: (
        400,
        _INVALID,
        "charge_already_refunded",
        "The amount is greater than what is left of the charge.",
    ),
}
assert set(_REFUSALS) == set(Refusal), "every refusal has words"


@dataclass(frozen=True, slots=True)
class StripeSpeech:
    """Words for Stripe's clients; ``address`` is where this server is reached."""

    address: str
    expand: tuple[str, ...] = ()
    # Stripe answers a key for ever with what it answered first, even if that was a failure.
    keeps_failures: bool = True

    def key(self, key: str) -> str:
        """Name the key in the book, apart from those of the sandbox's own format."""
        return f"stripe {key}"

    def age_s(self, charge: Charge) -> int:
        """How long ago a charge was made, in whole seconds."""
        return int(time.time()) - charge.created_at

    def charged(self, charge: Charge, fault: Fault | None) -> Reply:
        """Tell a PaymentIntent, or lie about it."""
        if charge.outcome == ChargeOutcome.DECLINED:
            return json_reply(402, objects.card_error(charge))
        told = objects.intent_object(charge, expand=self.expand, address=self.address)
        if fault is Fault.LIES_ABOUT_ATTEMPT:
            told["metadata"] = {"attempt_id": f"not_{charge.attempt_id}"}
        elif fault is Fault.UNKNOWN_OUTCOME:
            told["status"] = "reticulating"
        return json_reply(200, twisted(told, fault, amount="amount"))

    def refunded(self, refund: Refund, fault: Fault | None) -> Reply:
        """Tell a Refund, or lie about it."""
        told = objects.refund_object(refund)
        if fault is Fault.LIES_ABOUT_ATTEMPT:
            told["payment_intent"] = "pi_of_another"
        return json_reply(200, twisted(told, fault, amount="amount"))

    def refused(self, refusal: Refusal, key: str) -> Reply:
        """Say why nothing was done, or that nobody knows."""
        status, kind, code, message = _REFUSALS[refusal]
        words = message.format(key=key)
        reply = self.problem(StripeProblem(words, code=code, status=status, type=kind))
        is_passing = refusal in PASSING
        return (
            replace(reply, headers={**reply.headers, "Retry-After": "1"}) if is_passing else reply
        )

    def problem(self, problem: StripeProblem) -> Reply:
        """Word an error as Stripe does; a number of the request is for asking them about it."""
        error = {"type": problem.type, "message": problem.message}
        error |= {"code": problem.code} if problem.code else {}
        error |= {"param": problem.param} if problem.param else {}
        request_id = f"req_{secrets.token_hex(7)}"
        return json_reply(problem.status, {"error": error}, {"Request-Id": request_id})
