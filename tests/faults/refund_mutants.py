"""Planted bugs of refunds, which only the gateway's own book of them tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perenne.billing import refund_calls
from perenne.billing.gateways.protocol import GatewayUnavailableError, RefundRequest
from perenne.platform.ids import new_id
from tests.faults.board import GatewayFault
from tests.faults.steps import Step, killed_at

if TYPE_CHECKING:
    from collections.abc import Sequence


def fresh_key_per_refund_call() -> None:
    """Whoever asks again gives back again."""

    def with_new_key(**given: Any) -> RefundRequest:
        return RefundRequest(**(given | {"idempotency_key": new_id("key")}))

    refund_calls.RefundRequest = with_new_key  # type: ignore[assignment,misc]


def no_answer_is_a_refund() -> None:
    """Silence is taken for money that has gone back."""
    honest = refund_calls._outcome

    def outcome(refund: Any, answer: Any) -> refund_calls.RefundOutcome:
        if isinstance(answer, GatewayUnavailableError):
            return refund_calls.RefundOutcome(refund, "succeeded", gateway_refund=f"re_{refund.id}")
        return honest(refund, answer)

    refund_calls._outcome = outcome


def no_answer_is_no_refund() -> None:
    """Silence is taken for a no, and the money becomes credit."""
    honest = refund_calls._outcome

    def outcome(refund: Any, answer: Any) -> refund_calls.RefundOutcome:
        if isinstance(answer, GatewayUnavailableError):
            return refund_calls.RefundOutcome(refund, "declined", declined="no_answer")
        return honest(refund, answer)

    refund_calls._outcome = outcome


_RUN = Step(("run",))


def _meeting(fault: GatewayFault) -> Sequence[Step]:
    return (_RUN, Step(("correct_invoices",), gateway=fault))


FRESH_KEY_STEPS = (
    _RUN,
    *killed_at("correct_invoices", "refund.answered"),
    Step(("ask_again",)),
)
NO_REPLY_STEPS = _meeting(GatewayFault.DROP_AFTER)
NO_REQUEST_STEPS = _meeting(GatewayFault.DROP_BEFORE)
