"""What billing may rely on with every gateway; each gateway's tests run this class."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.support.charges import a_charge

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    ChargeResult,
    GatewayRejectedError,
    RefundRequest,
)

if TYPE_CHECKING:
    from perenne.billing.gateways.protocol import BookedCharge, PaymentGateway
    from perenne.rules.payments import DeclineKind


class GatewayContract:
    """Subclasses name a method for each outcome, and provide the fixture ``gateway``."""

    good_method: str
    pending_method: str
    declining_methods: tuple[tuple[str, DeclineKind], ...]

    def test_is_a_good_card_charged_what_was_asked(self, gateway: PaymentGateway):
        request = a_charge(amount_minor=117_900, currency="TWD", method_token=self.good_method)

        result = gateway.charge(request)

        assert result == ChargeResult(
            outcome=ChargeOutcome.SUCCEEDED,
            charge_id=result.charge_id,
            amount_minor=117_900,
            currency="TWD",
            decline=None,
        )
        assert result.charge_id

    def test_is_each_kind_of_decline_told_apart(self, gateway: PaymentGateway):
        told = [
            gateway.charge(a_charge(method_token=method)) for method, _ in self.declining_methods
        ]

        assert [(result.outcome, result.decline) for result in told] == [
            (ChargeOutcome.DECLINED, kind) for _, kind in self.declining_methods
        ]

    def test_is_a_slow_method_pending(self, gateway: PaymentGateway):
        result = gateway.charge(a_charge(method_token=self.pending_method))

        assert (result.outcome, result.decline) == (ChargeOutcome.PENDING, None)

    def test_does_the_same_key_charge_only_once(self, gateway: PaymentGateway):
        request = a_charge(method_token=self.good_method)

        results = {gateway.charge(request) for _ in range(3)}

        assert len(results) == 1
        assert len(_booked_for(gateway, request.attempt_id)) == 1

    def test_does_the_same_key_at_the_same_moment_charge_only_once(self, gateway: PaymentGateway):
        request = a_charge(method_token=self.good_method)

        with ThreadPoolExecutor(16) as pool:
            results = set(pool.map(gateway.charge, [request] * 64))

        assert len(results) == 1
        assert len(_booked_for(gateway, request.attempt_id)) == 1

    def test_is_a_declined_key_declined_for_ever(self, gateway: PaymentGateway):
        request = a_charge(method_token=self.declining_methods[0][0])

        assert gateway.charge(request) == gateway.charge(request)
        assert len(_booked_for(gateway, request.attempt_id)) == 1

    def test_is_a_key_refused_for_another_request(self, gateway: PaymentGateway):
        request = a_charge(method_token=self.good_method, amount_minor=100)
        gateway.charge(request)

        with pytest.raises(GatewayRejectedError) as refusal:
            gateway.charge(replace(request, amount_minor=101))

        assert refusal.value.code == "idempotency_error"
        assert [line.result.amount_minor for line in _booked_for(gateway, request.attempt_id)] == [
            100
        ]

    def test_can_an_attempt_be_found_by_our_own_id(self, gateway: PaymentGateway):
        request = a_charge(method_token=self.good_method)
        before = gateway.find_charge(request.attempt_id)
        charged = gateway.charge(request)

        assert before is None
        assert gateway.find_charge(request.attempt_id) == charged

    def test_is_nonsense_rejected_and_not_charged(self, gateway: PaymentGateway):
        request = a_charge(method_token="no-such-method")

        with pytest.raises(GatewayRejectedError):
            gateway.charge(request)

        assert gateway.find_charge(request.attempt_id) is None

    def test_can_a_charge_go_back_in_parts_and_never_more_than_it(self, gateway: PaymentGateway):
        charged = gateway.charge(a_charge(method_token=self.good_method, amount_minor=100))

        first = gateway.refund(_a_refund(charged.charge_id, "rfd_a", amount_minor=60))
        again = gateway.refund(_a_refund(charged.charge_id, "rfd_a", amount_minor=60))
        with pytest.raises(GatewayRejectedError):
            gateway.refund(_a_refund(charged.charge_id, "rfd_b", amount_minor=41))
        rest = gateway.refund(_a_refund(charged.charge_id, "rfd_c", amount_minor=40))

        assert first == again
        assert (first.amount_minor, rest.amount_minor) == (60, 40)
        assert [line.refunded_minor for line in _whole_book(gateway) if line.result == charged] == [
            100
        ]

    def test_does_the_book_list_every_charge_once_in_order(self, gateway: PaymentGateway):
        start = _end_of_book(gateway)
        requests = [a_charge(method_token=self.good_method) for _ in range(7)]
        charged = [gateway.charge(request) for request in requests]

        lines = _whole_book(gateway, cursor=start, limit=3)

        assert [(line.attempt_id, line.result) for line in lines] == [
            (request.attempt_id, result) for request, result in zip(requests, charged, strict=True)
        ]


def _a_refund(charge_id: str, refund_id: str, *, amount_minor: int) -> RefundRequest:
    return RefundRequest(
        idempotency_key=f"{charge_id}_{refund_id}",
        charge_id=charge_id,
        amount_minor=amount_minor,
        currency="USD",
        refund_id=refund_id,
    )


def _whole_book(
    gateway: PaymentGateway, *, cursor: str = "", limit: int = 1000
) -> list[BookedCharge]:
    page = gateway.charges_after(cursor, limit=limit)
    lines = list(page.charges)
    while page.has_more:
        page = gateway.charges_after(page.cursor, limit=limit)
        lines += page.charges
    return lines


def _end_of_book(gateway: PaymentGateway) -> str:
    page = gateway.charges_after("", limit=1000)
    while page.has_more:
        page = gateway.charges_after(page.cursor, limit=1000)
    return page.cursor


def _booked_for(gateway: PaymentGateway, attempt_id: str) -> list[BookedCharge]:
    return [line for line in _whole_book(gateway) if line.attempt_id == attempt_id]
