"""Charging, finding, refunding and listing: what billing may rely on with every gateway."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.billing.gateways.contract.reading import (
    a_refund,
    booked_for,
    end_of_book,
    whole_book,
)
from tests.support.charges import a_charge

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    ChargeResult,
    GatewayMismatchError,
    GatewayRejectedError,
)
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from tests.billing.gateways.contract.reading import Settling, Token

    from perenne.billing.gateways.protocol import PaymentGateway


class ChargingContract:
    """Needs the fixtures ``gateway``, ``token`` and ``settle``."""

    def test_is_a_good_card_charged_what_was_asked(self, gateway: PaymentGateway, token: Token):
        request = a_charge(amount_minor=117_900, currency="TWD", method_token=token("4242"))

        result = gateway.charge(request)

        assert result == ChargeResult(
            outcome=ChargeOutcome.SUCCEEDED,
            charge_id=result.charge_id,
            amount_minor=117_900,
            currency="TWD",
        )
        assert result.charge_id

    @pytest.mark.parametrize(
        ("last4", "kind", "is_hard"),
        [
            ("0002", DeclineKind.DECLINED, False),
            ("9995", DeclineKind.INSUFFICIENT_FUNDS, False),
            ("9987", DeclineKind.LOST_CARD, True),
            ("0069", DeclineKind.CARD_EXPIRED, True),
            ("0019", DeclineKind.METHOD_REFUSED, True),
            ("3184", DeclineKind.AUTHENTICATION_REQUIRED, False),
        ],
    )
    def test_is_each_kind_of_decline_told_apart(
        self, gateway: PaymentGateway, token: Token, last4: str, kind: DeclineKind, *, is_hard: bool
    ):
        request = a_charge(method_token=token(last4))

        result = gateway.charge(request)

        assert (result.outcome, result.decline) == (ChargeOutcome.DECLINED, kind)
        assert kind.hard is is_hard
        assert gateway.find_charge(request.attempt_id) == result

    def test_is_a_direct_debit_pending_until_its_bank_has_decided(
        self, gateway: PaymentGateway, token: Token, settle: Settling
    ):
        request = a_charge(currency="EUR", method_token=token("4242", "direct_debit"))

        pending = gateway.charge(request)
        settle(pending.charge_id, succeeds=True)
        settled = gateway.find_charge(request.attempt_id)

        assert (pending.outcome, pending.decline) == (ChargeOutcome.PENDING, None)
        assert not pending.authenticate_url
        assert settled == replace(pending, outcome=ChargeOutcome.SUCCEEDED)

    def test_can_a_direct_debit_bounce(
        self, gateway: PaymentGateway, token: Token, settle: Settling
    ):
        request = a_charge(currency="EUR", method_token=token("5000", "direct_debit"))

        pending = gateway.charge(request)
        settle(pending.charge_id, succeeds=False)
        settled = gateway.find_charge(request.attempt_id)

        assert settled == replace(
            pending, outcome=ChargeOutcome.DECLINED, decline=DeclineKind.INSUFFICIENT_FUNDS
        )

    @pytest.mark.parametrize("is_confirmed", [True, False])
    def test_is_a_charge_that_its_payer_has_to_confirm_pending_until_then(
        self, gateway: PaymentGateway, token: Token, settle: Settling, *, is_confirmed: bool
    ):
        request = a_charge(method_token=token("3220"))

        pending = gateway.charge(request)
        before = gateway.find_charge(request.attempt_id)
        settle(pending.charge_id, succeeds=is_confirmed)
        after = gateway.find_charge(request.attempt_id)

        assert before == pending
        assert pending.outcome is ChargeOutcome.PENDING
        assert pending.authenticate_url.startswith("http://127.0.0.1:")
        assert after is not None
        assert (after.outcome, after.decline, after.authenticate_url) == (
            (ChargeOutcome.SUCCEEDED, None, "")
            if is_confirmed
            else (ChargeOutcome.DECLINED, DeclineKind.AUTHENTICATION_REQUIRED, "")
        )

    def test_does_the_same_key_charge_only_once(self, gateway: PaymentGateway, token: Token):
        request = a_charge(method_token=token("4242"))

        results = {gateway.charge(request) for _ in range(3)}

        assert len(results) == 1
        assert len(booked_for(gateway, request.attempt_id)) == 1

    def test_does_the_same_key_at_the_same_moment_charge_only_once(
        self, gateway: PaymentGateway, token: Token
    ):
        request = a_charge(method_token=token("4242"))

        with ThreadPoolExecutor(16) as pool:
            results = set(pool.map(gateway.charge, [request] * 64))

        assert len(results) == 1
        assert len(booked_for(gateway, request.attempt_id)) == 1

    def test_is_a_declined_key_declined_for_ever(self, gateway: PaymentGateway, token: Token):
        request = a_charge(method_token=token("0002"))

        assert gateway.charge(request) == gateway.charge(request)
        assert len(booked_for(gateway, request.attempt_id)) == 1

    def test_is_a_key_refused_for_another_request(self, gateway: PaymentGateway, token: Token):
        request = a_charge(method_token=token("4242"), amount_minor=100)
        gateway.charge(request)

        with pytest.raises(GatewayRejectedError) as refusal:
            gateway.charge(replace(request, amount_minor=101))

        assert refusal.value.code == "idempotency_error"
        assert [line.result.amount_minor for line in booked_for(gateway, request.attempt_id)] == [
            100
        ]

    def test_can_an_attempt_be_found_by_our_own_id(self, gateway: PaymentGateway, token: Token):
        request = a_charge(method_token=token("4242"))
        before = gateway.find_charge(request.attempt_id)
        charged = gateway.charge(request)

        assert before is None
        assert gateway.find_charge(request.attempt_id) == charged

    def test_does_an_attempt_that_was_charged_twice_show_what_was_collected(
        self, gateway: PaymentGateway, token: Token
    ):
        declined = a_charge(method_token=token("0002"))
        succeeded = replace(
            declined, method_token=token("4242"), idempotency_key=f"{declined.idempotency_key}_b"
        )
        gateway.charge(succeeded)
        gateway.charge(declined)

        found = gateway.find_charge(declined.attempt_id)

        assert found is not None
        assert found.outcome is ChargeOutcome.SUCCEEDED
        assert len(booked_for(gateway, declined.attempt_id)) == 2

    @pytest.mark.parametrize("method", ["no-such-method", "", "card:cus_x:pm_x", "card:4242::"])
    def test_is_nonsense_rejected_and_not_charged(self, gateway: PaymentGateway, method: str):
        request = a_charge(method_token=method)

        with pytest.raises(GatewayRejectedError):
            gateway.charge(request)

        assert gateway.find_charge(request.attempt_id) is None

    def test_can_a_charge_go_back_in_parts_and_never_more_than_it(
        self, gateway: PaymentGateway, token: Token
    ):
        charged = gateway.charge(a_charge(method_token=token("4242"), amount_minor=100))

        first = gateway.refund(a_refund(charged, "rfd_a", amount_minor=60))
        again = gateway.refund(a_refund(charged, "rfd_a", amount_minor=60))
        with pytest.raises(GatewayRejectedError):
            gateway.refund(a_refund(charged, "rfd_b", amount_minor=41))
        rest = gateway.refund(a_refund(charged, "rfd_c", amount_minor=40))
        with pytest.raises(GatewayRejectedError):
            gateway.refund(a_refund(charged, "rfd_d", amount_minor=1))

        assert first == again
        assert gateway.find_refund(charged.charge_id, "rfd_a") == first
        assert gateway.find_refund(charged.charge_id, "rfd_b") is None
        assert (first.amount_minor, rest.amount_minor) == (60, 40)
        assert (first.charge_id, first.currency) == (charged.charge_id, "USD")
        assert first.gateway_refund_id != rest.gateway_refund_id
        assert [line.refunded_minor for line in whole_book(gateway) if line.result == charged] == [
            100
        ]

    def test_can_a_whole_charge_go_back_at_once(self, gateway: PaymentGateway, token: Token):
        charged = gateway.charge(a_charge(method_token=token("4242"), amount_minor=100))

        gateway.refund(a_refund(charged, "rfd_a", amount_minor=100))

        assert [line.refunded_minor for line in whole_book(gateway) if line.result == charged] == [
            100
        ]

    @pytest.mark.parametrize("last4", ["0002", "3220"])
    def test_does_only_collected_money_go_back(
        self, gateway: PaymentGateway, token: Token, last4: str
    ):
        charged = gateway.charge(a_charge(method_token=token(last4)))

        with pytest.raises(GatewayRejectedError):
            gateway.refund(a_refund(charged, "rfd_a", amount_minor=1))

    def test_is_a_refund_of_nothing_we_know_rejected(self, gateway: PaymentGateway, token: Token):
        charged = gateway.charge(a_charge(method_token=token("4242")))

        with pytest.raises(GatewayRejectedError):
            gateway.refund(a_refund(replace(charged, charge_id="pi_none"), "rfd_a", amount_minor=1))

    def test_is_a_refund_in_another_currency_noticed(self, gateway: PaymentGateway, token: Token):
        charged = gateway.charge(a_charge(method_token=token("4242")))

        with pytest.raises((GatewayMismatchError, GatewayRejectedError)):
            gateway.refund(a_refund(replace(charged, currency="EUR"), "rfd_a", amount_minor=1))

    def test_does_the_book_list_every_charge_once_in_order(
        self, gateway: PaymentGateway, token: Token
    ):
        methods = [token(last4) for last4 in ("4242", "0002", "3220", "4242", "4242", "0069")]
        gateway.charge(a_charge(method_token=token("4242")))
        start = end_of_book(gateway)
        requests = [a_charge(method_token=method) for method in methods]
        charged = [gateway.charge(request) for request in requests]

        for limit in (1, 4, 1000):
            lines = whole_book(gateway, cursor=start, limit=limit)

            assert [(line.attempt_id, line.result) for line in lines] == [
                (request.attempt_id, result)
                for request, result in zip(requests, charged, strict=True)
            ]

    def test_does_the_whole_book_begin_with_its_first_charge(
        self, gateway: PaymentGateway, token: Token
    ):
        gateway.charge(a_charge(method_token=token("4242")))

        lines = whole_book(gateway)
        after_first = gateway.charges_after("", limit=1)

        assert after_first.charges == (lines[0],)
        assert lines[1:] == whole_book(gateway, cursor=after_first.cursor)
