"""The sandbox gateway, asked through its client: the contract, the calendar, the script."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.billing.gateways.contract.charging import ChargingContract
from tests.billing.gateways.contract.events import EventContract
from tests.billing.gateways.contract.faults import FaultContract
from tests.billing.gateways.contract.setups import SetupContract
from tests.support.charges import a_charge
from tests.support.local_process import GATEWAY, LocalProcess, running
from tests.support.webhooks import Outbox

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    GatewayUnavailableError,
)
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.billing.gateways.sandbox_server.scripts import SCRIPTS
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from tests.billing.gateways.contract.reading import Settling, Token

REFERENCE_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox-gateway.md"


@pytest.fixture
def token() -> Token:
    def made(last4: str, kind: str = "card") -> str:
        return f"{kind}:{last4}:{'2027-05' if kind == 'card' else ''}:M1"

    return made


@pytest.fixture
def settle(gateway: SandboxGateway) -> Settling:
    def settled(charge_id: str, *, succeeds: bool) -> None:
        gateway.settle(charge_id, succeeds=succeeds)

    return settled


@pytest.fixture
def outbox(server: LocalProcess) -> Outbox:
    return Outbox(server, "sandbox")


class TestSandboxCharges(ChargingContract):
    pass


class TestSandboxFails(FaultContract):
    pass


class TestSandboxSetsUp(SetupContract):
    pass


class TestSandboxTells(EventContract):
    pass


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


def test_on_which_day_does_a_direct_debit_settle(gateway: SandboxGateway):
    good = a_charge(method_token="direct_debit:::M1", on=date(2027, 3, 1))
    bouncing = a_charge(method_token="direct_debit:5000::M2", on=date(2027, 3, 1))
    card = a_charge(method_token="card:3220:2030-01:M3", on=date(2027, 3, 1))
    later = a_charge(method_token="direct_debit:::M4", on=date(2027, 3, 2))
    requests = (good, bouncing, card, later)
    for request in requests:
        gateway.charge(request)

    told = []
    for day in (date(1, 1, 1), date(2027, 3, 3), date(2027, 3, 4)):
        gateway.turn_to(day)
        found = [gateway.find_charge(request.attempt_id) for request in requests]
        told.append([(one.outcome.value, one.decline) for one in found])

    pending = ("pending", None)
    assert told == [
        [pending] * 4,
        [pending] * 4,
        [
            ("succeeded", None),
            ("declined", DeclineKind.INSUFFICIENT_FUNDS),
            pending,
            pending,
        ],
    ]


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
        r"^\| `([0-9]{4})` \| (\w+) \| (\w*) \| (\w*) \| `?(\w*)`? \|",
        REFERENCE_PAGE.read_text("utf-8"),
        re.MULTILINE,
    )

    assert rows == [
        (last4, script.outcome, script.decline or "", script.bounces or "", script.fault or "")
        for last4, script in SCRIPTS.items()
    ]
