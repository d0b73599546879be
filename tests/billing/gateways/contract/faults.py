"""What goes wrong around a charge: nobody is charged twice, and the truth can be found."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.billing.gateways.contract.reading import a_refund, booked_for, said
from tests.support.charges import a_charge
from tests.support.local_process import SLOW_MS

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    GatewayMismatchError,
    GatewayUnavailableError,
)

if TYPE_CHECKING:
    from tests.billing.gateways.contract.reading import Token

    from perenne.billing.gateways.protocol import PaymentGateway

LOST_ANSWERS = ["5002", "5003", "5004", "5021", "5022", "5023", "5024", "5025", "5026", "5027"]


class FaultContract:
    """Needs the fixtures ``gateway`` and ``token``."""

    @pytest.mark.parametrize("last4", LOST_ANSWERS)
    def test_was_it_charged_when_the_answer_got_lost_or_cannot_be_read(
        self, gateway: PaymentGateway, token: Token, last4: str
    ):
        request = a_charge(method_token=token(last4))

        with pytest.raises(GatewayUnavailableError):
            gateway.charge(request)
        found = gateway.find_charge(request.attempt_id)

        assert found is not None
        assert found.outcome is ChargeOutcome.SUCCEEDED
        # Stripe repeats a failure under its key for ever; what it did can be found all the same.
        assert gateway.charge(request) == found
        assert len(booked_for(gateway, request.attempt_id)) == 1

    @pytest.mark.parametrize(("last4", "wait_s"), [("5001", 0), ("5007", 1), ("5008", 1)])
    def test_is_nothing_charged_by_a_failure_before_the_charge(
        self, gateway: PaymentGateway, token: Token, last4: str, wait_s: int
    ):
        request = a_charge(method_token=token(last4))

        with pytest.raises(GatewayUnavailableError) as failure:
            gateway.charge(request)

        assert failure.value.retry_after_s == wait_s
        assert gateway.find_charge(request.attempt_id) is None
        assert gateway.charge(request).outcome is ChargeOutcome.SUCCEEDED
        assert len(booked_for(gateway, request.attempt_id)) == 1

    def test_does_a_broken_gateway_stay_broken(self, gateway: PaymentGateway, token: Token):
        request = a_charge(method_token=token("5005"))

        for _ in range(3):
            with pytest.raises(GatewayUnavailableError):
                gateway.charge(request)

        assert gateway.find_charge(request.attempt_id) is None

    def test_is_a_key_that_is_being_worked_on_told_to_wait(
        self, gateway: PaymentGateway, token: Token
    ):
        request = a_charge(method_token=token("5006"))
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(gateway.charge(request).outcome))
        thread.start()
        thread.join(SLOW_MS / 3000)

        with pytest.raises(GatewayUnavailableError) as refusal:
            gateway.charge(request)
        thread.join()

        assert (refusal.value.code, refusal.value.retry_after_s) == ("idempotency_key_in_use", 1)
        assert outcomes == [ChargeOutcome.SUCCEEDED]
        assert len(booked_for(gateway, request.attempt_id)) == 1

    @pytest.mark.parametrize(
        ("last4", "code"),
        [("5011", "amount_differs"), ("5012", "currency_differs"), ("5013", "attempt_differs")],
    )
    def test_is_a_lie_noticed_and_the_truth_findable(
        self, gateway: PaymentGateway, token: Token, last4: str, code: str
    ):
        request = a_charge(amount_minor=500, method_token=token(last4))

        with pytest.raises(GatewayMismatchError) as lie:
            gateway.charge(request)
        found = gateway.find_charge(request.attempt_id)

        assert lie.value.code == code
        assert found is not None
        assert (found.amount_minor, found.currency) == (500, "USD")

    @pytest.mark.parametrize("last4", LOST_ANSWERS[:-1])
    def test_does_a_refund_go_back_once_when_its_answer_got_lost(
        self, gateway: PaymentGateway, token: Token, last4: str
    ):
        request = a_charge(amount_minor=100, method_token=token(last4))
        said(lambda: gateway.charge(request))
        charged = gateway.find_charge(request.attempt_id)
        assert charged is not None

        refund = a_refund(charged, "rfd_a", amount_minor=60)
        before = gateway.find_refund(charged.charge_id, "rfd_a")
        first = said(lambda: gateway.refund(refund))
        found = gateway.find_refund(charged.charge_id, "rfd_a")

        assert (before, first) == (None, GatewayUnavailableError)
        assert found is not None
        assert found.amount_minor == 60
        assert gateway.refund(refund) == found
        assert [line.refunded_minor for line in booked_for(gateway, request.attempt_id)] == [60]

    @pytest.mark.parametrize(
        ("last4", "code"),
        [("5011", "amount_differs"), ("5012", "currency_differs"), ("5013", "charge_differs")],
    )
    def test_is_a_lie_about_a_refund_noticed(
        self, gateway: PaymentGateway, token: Token, last4: str, code: str
    ):
        request = a_charge(amount_minor=500, method_token=token(last4))
        said(lambda: gateway.charge(request))
        charged = gateway.find_charge(request.attempt_id)
        assert charged is not None

        with pytest.raises(GatewayMismatchError) as lie:
            gateway.refund(a_refund(charged, "rfd_a", amount_minor=60))

        assert lie.value.code == code
