"""The sandbox gateway, asked through its client: the contract, the calendar, the script."""

from __future__ import annotations

import re
import threading
from datetime import date
from pathlib import Path

import pytest
from tests.billing.gateways.gateway_contract import GatewayContract
from tests.support.charges import a_charge
from tests.support.local_process import GATEWAY, SLOW_MS, LocalProcess, running

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    GatewayMismatchError,
    GatewayUnavailableError,
)
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.billing.gateways.sandbox_server.scripts import SCRIPTS
from perenne.rules.payments import DeclineKind

REFERENCE_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox-gateway.md"


class TestSandboxKeepsTheContract(GatewayContract):
    good_method = "card:4242:2027-05:M00001"
    pending_method = "direct_debit:::M00002"
    declining_methods = (
        ("card:0002:2027-05:M1", DeclineKind.DECLINED),
        ("card:9995:2027-05:M2", DeclineKind.INSUFFICIENT_FUNDS),
        ("card:9987:2027-05:M3", DeclineKind.LOST_CARD),
        ("card:0069:2027-05:M4", DeclineKind.CARD_EXPIRED),
        ("card:3184:2027-05:M5", DeclineKind.AUTHENTICATION_REQUIRED),
    )


@pytest.mark.parametrize(
    ("day", "decline"),
    [
        (date(2026, 12, 1), None),
        (date(2027, 5, 31), None),
        (date(2027, 6, 1), DeclineKind.CARD_EXPIRED),
        (date(2028, 1, 1), DeclineKind.CARD_EXPIRED),
    ],
)
def test_until_which_day_is_a_card_good(
    gateway: SandboxGateway, day: date, decline: DeclineKind | None
):
    assert gateway.charge(a_charge(method_token="card:4242:2027-05:M1", on=day)).decline is decline


def test_can_a_method_have_any_code_and_no_digits(gateway: SandboxGateway):
    methods = ("card::2027-05:付款/1: a", "card:4242:2027-05:PM 1")

    charged = [gateway.charge(a_charge(method_token=method)) for method in methods]

    assert {result.outcome for result in charged} == {ChargeOutcome.SUCCEEDED}


def test_can_a_pending_charge_be_settled_once_and_only_once(gateway: SandboxGateway):
    request = a_charge(method_token="direct_debit:::M1")
    pending = gateway.charge(request)

    settled = gateway.settle(pending.charge_id, succeeds=True)
    late = gateway.settle(pending.charge_id, succeeds=False)

    assert pending.outcome is ChargeOutcome.PENDING
    assert settled.outcome is ChargeOutcome.SUCCEEDED
    assert late == settled == gateway.find_charge(request.attempt_id)


def test_is_a_refused_direct_debit_declined(gateway: SandboxGateway):
    pending = gateway.charge(a_charge(method_token="direct_debit:::M1"))

    settled = gateway.settle(pending.charge_id, succeeds=False)

    assert settled.decline is DeclineKind.DECLINED


@pytest.mark.parametrize("last4", ["5002", "5003", "5004"])
def test_was_it_charged_when_the_answer_got_lost(gateway: SandboxGateway, last4: str):
    request = a_charge(method_token=f"card:{last4}:2027-05:M1")

    with pytest.raises(GatewayUnavailableError):
        gateway.charge(request)
    found = gateway.find_charge(request.attempt_id)

    assert found is not None
    assert found.outcome is ChargeOutcome.SUCCEEDED
    assert gateway.charge(request) == found


def test_is_nothing_charged_by_a_failure_before_the_charge(gateway: SandboxGateway):
    request = a_charge(method_token="card:5001:2027-05:M1")

    with pytest.raises(GatewayUnavailableError):
        gateway.charge(request)

    assert gateway.find_charge(request.attempt_id) is None
    assert gateway.charge(request).outcome is ChargeOutcome.SUCCEEDED


def test_does_a_broken_gateway_stay_broken(gateway: SandboxGateway):
    request = a_charge(method_token="card:5005:2027-05:M1")

    for _ in range(3):
        with pytest.raises(GatewayUnavailableError):
            gateway.charge(request)

    assert gateway.find_charge(request.attempt_id) is None


def test_is_a_key_that_is_being_worked_on_told_to_wait(server: LocalProcess):
    request = a_charge(method_token="card:5006:2027-05:M1")
    first, second = SandboxGateway(server.home), SandboxGateway(server.home)
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(first.charge(request).outcome))
    thread.start()
    thread.join(SLOW_MS / 3000)

    with pytest.raises(GatewayUnavailableError) as refusal:
        second.charge(request)
    thread.join()

    assert (refusal.value.code, refusal.value.retry_after_s) == ("idempotency_key_in_use", 1)
    assert outcomes == [ChargeOutcome.SUCCEEDED]
    assert second.charge(request).outcome is ChargeOutcome.SUCCEEDED


@pytest.mark.parametrize(
    ("last4", "code"),
    [("5011", "amount_differs"), ("5012", "currency_differs"), ("5013", "attempt_differs")],
)
def test_is_a_lie_noticed_and_the_truth_findable(gateway: SandboxGateway, last4: str, code: str):
    request = a_charge(amount_minor=500, method_token=f"card:{last4}:2027-05:M1")

    with pytest.raises(GatewayMismatchError) as lie:
        gateway.charge(request)
    found = gateway.find_charge(request.attempt_id)

    assert lie.value.code == code
    assert found is not None
    assert (found.amount_minor, found.currency) == (500, "USD")


def test_does_the_client_give_up_on_a_hanging_gateway(tmp_path: Path):
    with running(GATEWAY, tmp_path, "--hang-ms", "60000"):
        impatient = SandboxGateway(tmp_path, timeout_s=1)
        request = a_charge(method_token="card:5004:2027-05:M1")

        with pytest.raises(GatewayUnavailableError) as lost:
            impatient.charge(request)

        assert lost.value.code == "no_answer"
        assert impatient.charge(request).outcome is ChargeOutcome.SUCCEEDED


def test_does_the_reference_page_name_every_script():
    rows = re.findall(
        r"^\| `([0-9]{4})` \| (\w+) \| (\w*) \| `?(\w*)`? \|",
        REFERENCE_PAGE.read_text("utf-8"),
        re.MULTILINE,
    )

    assert rows == [
        (last4, script.outcome, script.decline or "", script.fault or "")
        for last4, script in SCRIPTS.items()
    ]
