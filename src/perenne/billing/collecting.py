"""Collect the money of attempts that are committed: call the gateway, say what came of it."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from msgspec import Struct

from perenne.billing.attempts import Attempt, Outcome, without_answer
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.pool import charge_all
from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    ChargeRequest,
    ChargeResult,
    GatewayError,
    GatewayUnavailableError,
)
from perenne.platform.faults import fp
from perenne.rules.payments import DeclineKind

CONCURRENT_CALLS = 8


class _Charge(Struct, frozen=True):
    """Attempts that one charge pays: those of a change, or a single one."""

    members: tuple[Attempt, ...]

    @property
    def first(self) -> Attempt:
        """The one that speaks for all: key, method, day and currency are the same."""
        return self.members[0]

    @property
    def amount_minor(self) -> int:
        """What is collected."""
        return sum(attempt.to_collect_minor for attempt in self.members)


def collect(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Charge the attempts with their stored keys; never inside a transaction.

    No answer is ``unknown``: nobody knows whether money moved, so only the same key may be asked
    again. A refusal of the request itself, or an answer about something else, is ``unknown`` with
    a problem: a person has to look.
    """
    charges = _charges_of(attempts)
    if not charges:
        return []
    fp("charge.sending")
    answers = charge_all(
        configured_gateway(),
        [
            ChargeRequest(
                idempotency_key=charge.first.key,
                amount_minor=charge.amount_minor,
                currency=charge.first.sale.currency,
                method_token=charge.first.token,
                attempt_id=charge.first.key,
                description=_description(charge),
                business_day=charge.first.business_day,
            )
            for charge in charges
        ],
        concurrency=CONCURRENT_CALLS,
        rate_per_s=None,
    )
    fp("charge.answered")
    return _outcomes(charges, answers)


def look_up(attempts: Sequence[Attempt], *, on_their_way: Collection[str]) -> list[Outcome]:
    """Ask the gateway what became of attempts, without charging anything.

    What it has never heard of was not collected, and never will be under that key.

    Args:
        on_their_way: keys that were sent so lately that not finding them proves nothing.
    """
    charges = _charges_of(attempts)
    if not charges:
        return []
    fp("lookup.asking")
    gateway = configured_gateway()

    def find(charge: _Charge) -> ChargeResult | None:
        return gateway.find_charge(charge.first.key, method_token=charge.first.token)

    answers = _each(charges, find)
    return _outcomes(
        charges,
        [
            _NOT_THERE_YET if answer is None and charge.first.key in on_their_way else answer
            for charge, answer in zip(charges, answers, strict=True)
        ],
    )


_NOT_THERE_YET = GatewayUnavailableError("not found so far", code="not_found_yet")


def _each(
    charges: Sequence[_Charge], ask: Callable[[_Charge], ChargeResult | None]
) -> list[ChargeResult | GatewayError | None]:
    def answer(charge: _Charge) -> ChargeResult | GatewayError | None:
        try:
            return ask(charge)
        except GatewayError as error:
            return error

    if len(charges) <= 1:
        return [answer(charge) for charge in charges]
    with ThreadPoolExecutor(CONCURRENT_CALLS, "look-up") as pool:
        return list(pool.map(answer, charges))


def _charges_of(attempts: Sequence[Attempt]) -> list[_Charge]:
    by_key: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_key.setdefault(attempt.key, []).append(attempt)
    return [_Charge(tuple(members)) for members in by_key.values()]


def _description(charge: _Charge) -> str:
    sale = charge.first.sale
    return f"{sale.kind} {sale.change or sale.subscription} {sale.starts_on}"


def _outcomes(
    charges: Sequence[_Charge], answers: Sequence[ChargeResult | GatewayError | None]
) -> list[Outcome]:
    return [
        _outcome(attempt, charge, answer)
        for charge, answer in zip(charges, answers, strict=True)
        for attempt in charge.members
    ]


def _outcome(
    attempt: Attempt, charge: _Charge, answer: ChargeResult | GatewayError | None
) -> Outcome:
    unanswered = without_answer(attempt)
    if answer is None and attempt.charge_id:
        return Outcome(
            attempt,
            unanswered,
            charge_id=attempt.charge_id,
            problem=f"charge.missing: the gateway does not find {attempt.charge_id} any more",
        )
    if answer is None:
        return Outcome(attempt, "declined", declined=DeclineKind.NOT_COLLECTED)
    if isinstance(answer, GatewayUnavailableError):
        return Outcome(attempt, unanswered, charge_id=attempt.charge_id)
    if isinstance(answer, GatewayError):
        return Outcome(attempt, unanswered, problem=f"{answer.code}: {answer}")
    if (answer.amount_minor, answer.currency) != (charge.amount_minor, attempt.sale.currency):
        said = f"{answer.amount_minor} {answer.currency} for {attempt.key}"
        return Outcome(attempt, unanswered, problem=f"charge.mismatch: the gateway has {said}")
    return Outcome(
        attempt,
        _state_of(answer.outcome, attempt),
        charge_id=answer.charge_id,
        declined=answer.decline,
    )


def _state_of(outcome: ChargeOutcome, attempt: Attempt) -> str:
    match outcome:
        case ChargeOutcome.SUCCEEDED:
            return "succeeded"
        case ChargeOutcome.DECLINED:
            return "declined"
        case ChargeOutcome.PENDING:
            # What was unknown stays so until it is final: the table has no edge back.
            return "unknown" if attempt.state == "unknown" else "pending"
        case _ as unknown:
            assert_never(unknown)
