"""The sandbox delivers its webhooks to a server, with the mishaps that webhooks have."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import standardwebhooks
import stripe
from tests.support.charges import a_charge
from tests.support.local_process import GATEWAY, running
from tests.support.webhooks import NOW, Outbox, Webhook, secret_of

from perenne.billing.gateways.event import EventForgedError, EventTooOldError
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.platform.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.local_process import LocalProcess

ARRIVES_IN_S = 20
LATE_MS = 1_500


class Inbox:
    """What arrived at a server of ours, and what it answers next."""

    def __init__(self) -> None:
        self.arrived: list[Webhook] = []
        self.answers: list[int] = []
        self.url = ""
        self._changed = threading.Condition()

    def take(self, webhook: Webhook) -> int:
        with self._changed:
            self.arrived.append(webhook)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, count: int) -> list[Webhook]:
        """Wait until so many have arrived; all of them so far."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.arrived) >= count, ARRIVES_IN_S)
            return list(self.arrived)


@contextmanager
def listening() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(inbox.take(Webhook(body, dict(self.headers))))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_port}/webhooks/gateway"
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    home = tmp_path_factory.mktemp("home")
    with running(GATEWAY, home, "--late-ms", str(LATE_MS), "--slow-ms", "500") as process:
        yield process


@pytest.fixture
def inbox(gateway: SandboxGateway) -> Iterator[Inbox]:
    with listening() as made:
        gateway.send_events_to(made.url)
        yield made
        gateway.send_events_to("")


def a_card(last4: str) -> str:
    return f"card:{last4}:2027-05:M1"


def attempts(gateway: SandboxGateway, webhooks: list[Webhook]) -> list[str]:
    return [
        gateway.read_event(webhook.body, webhook.headers, SystemClock().now()).attempt_id
        for webhook in webhooks
    ]


def test_does_a_charge_arrive_as_a_webhook(gateway: SandboxGateway, inbox: Inbox):
    request = a_charge()
    gateway.charge(request)

    assert attempts(gateway, inbox.wait_for(1)) == [request.attempt_id]


def test_is_a_webhook_sent_again_until_it_is_taken(gateway: SandboxGateway, inbox: Inbox):
    inbox.answers += [500, 404]
    gateway.charge(a_charge())

    webhooks = inbox.wait_for(3)

    assert len({webhook.body for webhook in webhooks}) == 1
    assert len({webhook.headers["webhook-id"] for webhook in webhooks}) == 1
    assert attempts(gateway, webhooks)
    (event,) = gateway.events_after(0)[-1:]
    assert _delivered(gateway, event.seq).tries == 3


def _delivered(gateway: SandboxGateway, seq: int):
    give_up_at = time.monotonic() + ARRIVES_IN_S
    while time.monotonic() < give_up_at:
        (event,) = gateway.events_after(seq - 1)[:1]
        if event.delivered_at is not None:
            return event
        time.sleep(0.02)
    raise AssertionError("it was never noted as delivered")


def test_can_a_webhook_come_twice(gateway: SandboxGateway, inbox: Inbox):
    request = a_charge(method_token=a_card("5031"))
    gateway.charge(request)

    first, second = inbox.wait_for(2)

    assert first == second
    assert attempts(gateway, [first]) == [request.attempt_id]


def test_can_a_webhook_come_late(gateway: SandboxGateway, inbox: Inbox):
    late, later = a_charge(method_token=a_card("5032")), a_charge()
    gateway.charge(late)
    gateway.charge(later)

    assert attempts(gateway, inbox.wait_for(2)) == [later.attempt_id, late.attempt_id]


def test_can_a_webhook_come_with_an_old_signature(gateway: SandboxGateway, inbox: Inbox):
    request = a_charge(method_token=a_card("5033"))
    gateway.charge(request)

    old, fresh = inbox.wait_for(2)

    with pytest.raises(EventTooOldError):
        attempts(gateway, [old])
    assert attempts(gateway, [fresh]) == [request.attempt_id]


def test_can_a_forged_webhook_come(gateway: SandboxGateway, inbox: Inbox):
    request = a_charge(method_token=a_card("5034"))
    gateway.charge(request)

    forged, true = inbox.wait_for(2)

    with pytest.raises(EventForgedError):
        attempts(gateway, [forged])
    assert attempts(gateway, [true]) == [request.attempt_id]


def test_can_webhooks_come_in_the_wrong_order(gateway: SandboxGateway, inbox: Inbox):
    pending = gateway.charge(a_charge(method_token=a_card("5035")))
    gateway.settle(pending.charge_id, succeeds=True)

    arrived = [webhook.body for webhook in inbox.wait_for(2)]

    assert [b"charge.succeeded" in arrived[0], b"charge.pending" in arrived[1]] == [True, True]


def test_can_a_webhook_come_before_the_answer(gateway: SandboxGateway, inbox: Inbox):
    request = a_charge(method_token=a_card("5036"))
    answered = []
    thread = threading.Thread(target=lambda: answered.append(gateway.charge(request)))
    thread.start()

    webhooks = inbox.wait_for(1)
    was_answered = bool(answered)
    thread.join()

    assert attempts(gateway, webhooks) == [request.attempt_id]
    assert not was_answered
    assert gateway.find_charge(request.attempt_id) == answered[0]


def test_is_anybody_told_of_what_happened_before_they_listened(
    gateway: SandboxGateway, inbox: Inbox
):
    gateway.send_events_to("")
    gateway.charge(a_charge())
    gateway.send_events_to(inbox.url)
    told = a_charge()
    gateway.charge(told)

    assert attempts(gateway, inbox.wait_for(1)) == [told.attempt_id]


def test_does_a_killed_gateway_deliver_when_it_is_back(tmp_path: Path):
    with listening() as inbox:
        inbox.answers.append(500)
        request = a_charge()
        with running(GATEWAY, tmp_path) as first:
            gateway = SandboxGateway(tmp_path)
            gateway.send_events_to(inbox.url)
            gateway.charge(request)
            inbox.wait_for(1)
            first.kill()
        with running(GATEWAY, tmp_path):
            webhooks = inbox.wait_for(2)

            assert attempts(gateway, webhooks) == [request.attempt_id] * 2


@pytest.mark.parametrize("url", ["portal.example", "file:///etc/passwd", "http://", "http://a b/"])
def test_is_an_address_that_is_none_refused(gateway: SandboxGateway, url: str):
    with pytest.raises(Exception, match="422"):
        gateway.send_events_to(url)


def test_does_another_implementation_accept_our_signature(
    server: LocalProcess, gateway: SandboxGateway
):
    gateway.charge(a_charge())
    (event,) = gateway.events_after(0)[-1:]
    now = SystemClock().now()
    ours = Outbox(server, "sandbox").webhook(event, at=now)
    stripes = Outbox(server, "stripe").webhook(event, at=now)
    secret = secret_of(server.home)

    told = standardwebhooks.Webhook(secret).verify(ours.body.decode(), ours.headers)
    stripe.Webhook.construct_event(stripes.body, stripes.headers["Stripe-Signature"], secret)

    assert told["id"] == event.id


def test_do_we_accept_the_signature_of_another_implementation(
    server: LocalProcess, gateway: SandboxGateway
):
    body = '{"id": "evt_1", "object": {"kind": "charge", "id": "ch_1"}, "attempt_id": "att_1"}'
    library = standardwebhooks.Webhook(secret_of(server.home))
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": f"v1,AAAA {library.sign('evt_1', NOW, body)}",
    }

    assert gateway.read_event(body.encode(), headers, NOW).attempt_id == "att_1"
