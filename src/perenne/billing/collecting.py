"""Collect the money of attempts that are committed: call the gateway, say what came of it."""

from collections.abc import Sequence
from typing import assert_never

from perenne.billing.attempts import Attempt, Outcome
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.pool import charge_all
from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    ChargeRequest,
    ChargeResult,
    GatewayError,
    GatewayUnavailableError,
)

CONCURRENT_CALLS = 8


def collect(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Charge every attempt with its stored key, in the order given; never inside a transaction.

    No answer is ``unknown``: nobody knows whether money moved, so only the same key may be asked
    again. A refusal of the request itself, or an answer about something else, is ``unknown`` with
    a problem: a person has to look.
    """
    if not attempts:
        return []
    answers = charge_all(
        configured_gateway(),
        [
            ChargeRequest(
                idempotency_key=attempt.id,
                amount_minor=attempt.sale.gross_minor,
                currency=attempt.sale.currency,
                method_token=attempt.token,
                attempt_id=attempt.id,
                description=f"{attempt.sale.subscription} {attempt.sale.starts_on}",
                business_day=attempt.business_day,
            )
            for attempt in attempts
        ],
        concurrency=CONCURRENT_CALLS,
        rate_per_s=None,
    )
    return [_outcome(attempt, answer) for attempt, answer in zip(attempts, answers, strict=True)]


def _outcome(attempt: Attempt, answer: ChargeResult | GatewayError) -> Outcome:
    if isinstance(answer, GatewayUnavailableError):
        return Outcome(attempt, "unknown")
    if isinstance(answer, GatewayError):
        return Outcome(attempt, "unknown", problem=f"{answer.code}: {answer}")
    match answer.outcome:
        case ChargeOutcome.SUCCEEDED:
            return Outcome(attempt, "succeeded", charge_id=answer.charge_id)
        case ChargeOutcome.DECLINED:
            return Outcome(attempt, "declined", charge_id=answer.charge_id, declined=answer.decline)
        case ChargeOutcome.PENDING:
            return Outcome(attempt, "pending", charge_id=answer.charge_id)
        case _ as unknown:
            assert_never(unknown)
