"""The Stripe adapter, against the sandbox's Stripe wire: the contract, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.billing.gateways.contract.charging import ChargingContract
from tests.billing.gateways.contract.events import EventContract
from tests.billing.gateways.contract.faults import FaultContract
from tests.billing.gateways.contract.setups import SetupContract
from tests.support.hosted_pages import a_setup, enter
from tests.support.webhooks import Outbox, secret_of

from perenne.billing.gateways.protocol import MethodKind
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.billing.gateways.stripe_gateway import StripeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.billing.gateways.contract.reading import Settling, Token
    from tests.support.local_process import LocalProcess

KEY = "sk_test_51Perenne0Tests"


@pytest.fixture(scope="module")
def gateway(server: LocalProcess) -> Iterator[StripeGateway]:
    client = StripeGateway(
        KEY,
        secret_of(server.home),
        api_base=f"http://127.0.0.1:{server.port}/stripe",
        timeout_s=5,
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def token(gateway: StripeGateway) -> Token:
    made: dict[tuple[str, str], str] = {}

    def made_once(last4: str, kind: str = "card") -> str:
        if (last4, kind) not in made:
            page = gateway.begin_setup(a_setup(kinds=(MethodKind(kind),), currency="EUR"))
            enter(page, kind=kind, last4=last4)
            made[last4, kind] = gateway.finish_setup(page.setup_id).token
        return made[last4, kind]

    return made_once


@pytest.fixture
def settle(server: LocalProcess) -> Iterator[Settling]:
    sandbox = SandboxGateway(server.home)

    def settled(charge_id: str, *, succeeds: bool) -> None:
        sandbox.settle(charge_id.replace("pi_", "ch_"), succeeds=succeeds)

    yield settled
    sandbox.close()


@pytest.fixture
def outbox(server: LocalProcess) -> Outbox:
    return Outbox(server, "stripe")


class TestStripeCharges(ChargingContract):
    pass


class TestStripeFails(FaultContract):
    pass


class TestStripeSetsUp(SetupContract):
    pass


class TestStripeTells(EventContract):
    pass
