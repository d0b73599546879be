"""The sandbox's pages, as a payer and as somebody who plays with them meets them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.support.charges import a_charge
from tests.support.hosted_pages import a_setup, enter

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    GatewayRejectedError,
    MethodKind,
    SetupUnfinishedError,
)
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from tests.support.local_process import LocalProcess

    from perenne.billing.gateways.protocol import ChargeResult
    from perenne.billing.gateways.sandbox import SandboxGateway


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def post(url: str, form: dict[str, str]) -> httpx.Response:
    return httpx.post(url, data=form, trust_env=False)


@pytest.fixture
def pending(gateway: SandboxGateway) -> ChargeResult:
    return gateway.charge(
        a_charge(amount_minor=117_900, currency="TWD", method_token="card:3220:2030-01:M1")
    )


@pytest.mark.parametrize(
    ("action", "outcome", "decline"),
    [
        ("confirm", ChargeOutcome.SUCCEEDED, None),
        ("refuse", ChargeOutcome.DECLINED, DeclineKind.AUTHENTICATION_REQUIRED),
    ],
)
def test_does_a_payer_confirm_or_refuse_a_payment(
    gateway: SandboxGateway,
    pending: ChargeResult,
    action: str,
    outcome: ChargeOutcome,
    decline: DeclineKind | None,
):
    asked = get(pending.authenticate_url)
    post(pending.authenticate_url, {"action": action})
    later = post(
        pending.authenticate_url, {"action": "refuse" if action == "confirm" else "confirm"}
    )

    assert "TWD 1179.00" in asked.text
    assert "<form" not in later.text
    settled = gateway.settle(pending.charge_id, succeeds=action != "confirm")
    assert (settled.outcome, settled.decline) == (outcome, decline)


def test_does_looking_at_the_page_or_nonsense_confirm_a_payment(
    gateway: SandboxGateway, pending: ChargeResult
):
    get(pending.authenticate_url)
    for form in ({}, {"action": "x"}, {"action": ""}):
        post(pending.authenticate_url, form)

    assert "<form" in get(pending.authenticate_url).text


def test_does_a_payer_decide_about_a_direct_debit(server: LocalProcess, gateway: SandboxGateway):
    debit = gateway.charge(a_charge(method_token="direct_debit:::M1"))
    address = f"http://127.0.0.1:{server.port}/authenticate/{debit.charge_id}"

    post(address, {"action": "confirm"})

    assert gateway.settle(debit.charge_id, succeeds=False).outcome is ChargeOutcome.DECLINED


@pytest.mark.parametrize("path", ["setup/set_none", "authenticate/ch_none", "setup/%00"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_is_a_page_that_was_never_opened_there(server: LocalProcess, path: str, method: str):
    answer = getattr(httpx, method)(f"http://127.0.0.1:{server.port}/{path}", trust_env=False)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "save"},
        {"action": "save", "kind": "direct_debit", "last4": "4242"},
        {"action": "save", "kind": "card", "last4": "4111", "valid_through": "2030-01"},
        {"action": "save", "kind": "card", "last4": "4242"},
        {"action": "save", "kind": "card", "last4": "4242", "valid_through": "2030-13"},
        {"action": "save", "kind": "card", "last4": "4242", "valid_through": "٢٠٣٠-٠١"},
        {"action": "save", "kind": "<script>", "last4": "4242", "valid_through": "2030-01"},
    ],
)
def test_is_what_no_button_sends_refused(gateway: SandboxGateway, form: dict[str, str]):
    page = gateway.begin_setup(a_setup())

    answer = post(page.url, form)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text
    with pytest.raises(SetupUnfinishedError):
        gateway.finish_setup(page.setup_id)


def test_does_a_page_that_is_over_lead_back(gateway: SandboxGateway):
    request = a_setup(locale="zh-Hant")
    page = gateway.begin_setup(request)
    enter(page)

    shown = get(page.url).text

    assert f'href="{request.success_url}"' in shown
    assert "付款方式已儲存。" in shown
    assert "<form" not in shown


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"cancel_url": "//portal.example"}, "cancel_url"),
        ({"cancel_url": "https://portal.example/\r\nSet-Cookie: x"}, "cancel_url"),
        ({"kinds": ()}, "kinds"),
        ({"currency": "usd"}, "currency"),
        ({"company_id": ""}, "company_id"),
    ],
)
def test_is_a_page_with_a_broken_wish_opened(
    gateway: SandboxGateway, change: dict[str, object], problem: str
):
    with pytest.raises(GatewayRejectedError) as refusal:
        gateway.begin_setup(replace(a_setup(), **change))

    assert refusal.value.code == "invalid_request", problem


def test_may_a_page_be_framed_or_run_scripts(gateway: SandboxGateway):
    page = gateway.begin_setup(a_setup(kinds=tuple(MethodKind)))

    headers = get(page.url).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
