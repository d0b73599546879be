"""Amounts, declines and late searches: where Stripe's words are not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.gateways.contract.reading import whole_book
from tests.support.charges import a_charge
from tests.support.hosted_pages import a_setup, enter
from tests.support.local_process import GATEWAY, running
from tests.support.webhooks import secret_of

from perenne.billing.gateways.protocol import ChargeOutcome, GatewayRejectedError
from perenne.billing.gateways.stripe_declines import kind_of
from perenne.billing.gateways.stripe_gateway import StripeGateway
from perenne.billing.gateways.stripe_money import amount_minor_of, stripe_amount
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from pathlib import Path

KEY = "rk_test_51Perenne0Words"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "amount"),
    [
        (42_000, "USD", 42_000),
        (117_900, "TWD", 117_900),
        (500, "JPY", 500),
        (1_230, "KWD", 1_230),
        # ISO 4217 has no smaller unit than one of these; Stripe counts hundredths.
        (500, "ISK", 50_000),
        (500, "UGX", 50_000),
        # ISO 4217 has hundredths of it; Stripe does not.
        (50_000, "MGA", 500),
    ],
)
def test_how_does_stripe_count_an_amount(amount_minor: int, currency: str, amount: int):
    assert stripe_amount(amount_minor, currency) == amount
    assert amount_minor_of(amount, currency) == amount_minor


def test_is_an_amount_that_stripe_cannot_collect_refused():
    with pytest.raises(GatewayRejectedError) as refusal:
        stripe_amount(50_001, "MGA")

    assert refusal.value.code == "amount_not_whole"


@given(
    amount_minor=st.integers(1, 10**9),
    currency=st.sampled_from(["USD", "JPY", "TWD", "KWD", "ISK", "UGX"]),
)
def test_is_what_stripe_collects_what_we_asked_for(amount_minor: int, currency: str):
    assert amount_minor_of(stripe_amount(amount_minor, currency), currency) == amount_minor


@pytest.mark.parametrize(
    ("code", "decline_code", "advice_code", "kind"),
    [
        ("card_declined", "generic_decline", "", DeclineKind.DECLINED),
        ("card_declined", "", "", DeclineKind.DECLINED),
        ("", "", "", DeclineKind.DECLINED),
        ("card_declined", "a_reason_of_next_year", "", DeclineKind.DECLINED),
        ("processing_error", "", "try_again_later", DeclineKind.DECLINED),
        ("card_declined", "insufficient_funds", "", DeclineKind.INSUFFICIENT_FUNDS),
        ("insufficient_funds", "", "", DeclineKind.INSUFFICIENT_FUNDS),
        ("card_declined", "stolen_card", "", DeclineKind.LOST_CARD),
        ("card_declined", "pickup_card", "", DeclineKind.LOST_CARD),
        ("expired_card", "", "confirm_card_data", DeclineKind.CARD_EXPIRED),
        ("authentication_required", "", "", DeclineKind.AUTHENTICATION_REQUIRED),
        ("card_declined", "authentication_required", "", DeclineKind.AUTHENTICATION_REQUIRED),
        (
            "payment_intent_authentication_failure",
            "",
            "",
            DeclineKind.AUTHENTICATION_REQUIRED,
        ),
        ("debit_not_authorized", "", "", DeclineKind.METHOD_REFUSED),
        ("card_declined", "stop_payment_order", "", DeclineKind.METHOD_REFUSED),
        # The network's advice outweighs a reason that sounds soft, and keeps one that is hard.
        ("card_declined", "do_not_honor", "do_not_try_again", DeclineKind.METHOD_REFUSED),
        ("card_declined", "insufficient_funds", "do_not_try_again", DeclineKind.METHOD_REFUSED),
        ("card_declined", "lost_card", "do_not_try_again", DeclineKind.LOST_CARD),
    ],
)
def test_which_kind_is_a_decline_of_stripe(
    code: str, decline_code: str, advice_code: str, kind: DeclineKind
):
    assert kind_of(code=code, decline_code=decline_code, advice_code=advice_code) is kind


def test_is_a_charge_found_before_stripes_search_knows_it(tmp_path: Path):
    with running(GATEWAY, tmp_path, "--search-lag-s", "3600") as server:
        gateway = StripeGateway(
            KEY, secret_of(tmp_path), api_base=f"http://127.0.0.1:{server.port}/stripe"
        )
        page = gateway.begin_setup(a_setup())
        enter(page)
        token = gateway.finish_setup(page.setup_id).token
        charges = [a_charge(method_token=token) for _ in range(101)]
        for charge in charges:
            assert gateway.charge(charge).outcome is ChargeOutcome.SUCCEEDED

        oldest = charges[0].attempt_id
        found = gateway.find_charge(oldest, method_token=token)

        assert found is not None
        assert gateway.find_charge(oldest) is None
        # The same list, read from its other end in pages of a hundred.
        lines = whole_book(gateway)
        assert [line.attempt_id for line in lines] == [charge.attempt_id for charge in charges]
        gateway.close()


@pytest.mark.parametrize("amount_minor", [100, 101])
def test_does_a_currency_without_decimals_go_through_the_wire(tmp_path: Path, amount_minor: int):
    with running(GATEWAY, tmp_path) as server:
        gateway = StripeGateway(
            KEY, secret_of(tmp_path), api_base=f"http://127.0.0.1:{server.port}/stripe"
        )
        page = gateway.begin_setup(a_setup(currency="ISK"))
        enter(page)
        token = gateway.finish_setup(page.setup_id).token

        charge = a_charge(amount_minor=amount_minor, currency="ISK", method_token=token)

        assert gateway.charge(charge).amount_minor == amount_minor
        gateway.close()
