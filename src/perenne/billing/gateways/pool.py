"""Charges a whole set through one gateway: a bounded number of calls at a time, at a bounded rate.

The pool stays outside the gateways, so that each of them only has to charge one attempt and be
safe to call from several threads.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

from perenne.billing.gateways.protocol import ChargeResult, GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perenne.billing.gateways.protocol import ChargeRequest, PaymentGateway

# An attempt that went wrong is a value here: one bad row must not hide the answers of the others,
# which may already have moved money.
ChargeAnswer: TypeAlias = ChargeResult | GatewayError


def charge_all(
    gateway: PaymentGateway,
    requests: Sequence[ChargeRequest],
    *,
    concurrency: int,
    rate_per_s: int | None,
) -> list[ChargeAnswer]:
    """Charge every request once; answers come in the order of the requests.

    Args:
        gateway: is called from several threads.
        requests: each with an idempotency key of its own.
        concurrency: calls in flight at one time, at least 1.
        rate_per_s: calls started in a second at most; None leaves it to ``concurrency``.

    Raises:
        ValueError: if ``concurrency`` or ``rate_per_s`` is below 1.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, got {concurrency}")
    pace = _Pace(rate_per_s)

    def answer(request: ChargeRequest) -> ChargeAnswer:
        pace.wait()
        try:
            return gateway.charge(request)
        except GatewayError as error:
            return error

    # A thread is not worth its start for the set of one, the interactive renewal.
    if concurrency == 1 or len(requests) <= 1:
        return [answer(request) for request in requests]
    return _answered(answer, requests, workers=min(concurrency, len(requests)))


def _answered(
    answer: Callable[[ChargeRequest], ChargeAnswer],
    requests: Sequence[ChargeRequest],
    *,
    workers: int,
) -> list[ChargeAnswer]:
    """Each worker takes the next request until none is left: a task a call costs more than that."""
    answers: dict[int, ChargeAnswer] = {}
    waiting = iter(enumerate(requests))

    def work() -> None:
        # Taking the next one is one step of the interpreter: no two workers take the same.
        for index, request in waiting:
            answers[index] = answer(request)

    with ThreadPoolExecutor(workers, "charge") as pool:
        for done in [pool.submit(work) for _ in range(workers)]:
            done.result()
    return [answers[index] for index in range(len(requests))]


class _Pace:
    """Hands out start moments that lie at least 1/rate apart; shared by all threads of one set."""

    def __init__(self, rate_per_s: int | None) -> None:
        if rate_per_s is not None and rate_per_s < 1:
            raise ValueError(f"rate_per_s must be at least 1, got {rate_per_s}")
        self._gap_ns = 0 if rate_per_s is None else 1_000_000_000 // rate_per_s
        self._lock = threading.Lock()
        self._next_ns = 0

    def wait(self) -> None:
        """Sleep until the next free start; return at once without a rate."""
        if not self._gap_ns:
            return
        with self._lock:
            now_ns = time.monotonic_ns()
            start_ns = max(now_ns, self._next_ns)
            self._next_ns = start_ns + self._gap_ns
        time.sleep((start_ns - now_ns) / 1_000_000_000)
