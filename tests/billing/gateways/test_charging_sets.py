"""Charging a set: the order of the answers, the bounds, and one bad row among good ones."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.support.charges import a_charge

from perenne.billing.gateways.pool import charge_all
from perenne.billing.gateways.protocol import (
    ChargeResult,
    GatewayMismatchError,
    GatewayRejectedError,
    GatewayUnavailableError,
)

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox import SandboxGateway


def test_do_answers_come_in_the_order_of_the_requests(gateway: SandboxGateway):
    requests = [a_charge(amount_minor=number) for number in range(1, 101)]

    answers = charge_all(gateway, requests, concurrency=8, rate_per_s=None)

    assert [answer.amount_minor for answer in answers] == list(range(1, 101))
    assert answers == [gateway.find_charge(request.attempt_id) for request in requests]


def test_does_one_bad_row_hide_the_answers_of_the_others(gateway: SandboxGateway):
    methods = ("card:4242:2027-05:M1", "card:5005:2027-05:M1", "nonsense", "card:5011:2027-05:M1")
    requests = [a_charge(method_token=method) for method in methods * 5]

    answers = charge_all(gateway, requests, concurrency=4, rate_per_s=None)

    assert [type(answer) for answer in answers] == [
        ChargeResult,
        GatewayUnavailableError,
        GatewayRejectedError,
        GatewayMismatchError,
    ] * 5


@pytest.mark.parametrize("concurrency", [1, 8])
def test_is_the_rate_kept(gateway: SandboxGateway, concurrency: int):
    requests = [a_charge() for _ in range(21)]
    started_ns = time.monotonic_ns()

    charge_all(gateway, requests, concurrency=concurrency, rate_per_s=50)

    assert time.monotonic_ns() - started_ns >= 20 * 1_000_000_000 // 50


def test_does_the_set_of_none_do_nothing(gateway: SandboxGateway):
    before = gateway.counts()

    assert charge_all(gateway, [], concurrency=8, rate_per_s=None) == []
    assert gateway.counts() == before


@pytest.mark.parametrize(("concurrency", "rate_per_s"), [(0, None), (-1, None), (1, 0)])
def test_are_bounds_below_one_a_bug(
    gateway: SandboxGateway, concurrency: int, rate_per_s: int | None
):
    with pytest.raises(ValueError, match="must be at least 1"):
        charge_all(gateway, [a_charge()], concurrency=concurrency, rate_per_s=rate_per_s)
