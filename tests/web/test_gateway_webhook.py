"""The gateway's webhooks at our door: what is signed counts once, what is not leaves a count."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connections
from django.test import Client

from perenne.billing.event_models import EventRefusal, InboxEvent
from perenne.billing.events import WEBHOOK_BYTES_MAX, listen_to_sandbox
from perenne.platform.clock import SystemClock
from perenne.platform.settings import StripeAccount
from perenne.web.wsgi import application
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.webhooks import Webhook, secret_of, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.support.world import World

ADDRESS = "/webhooks/gateway"


def now() -> datetime:
    return SystemClock().now()


def post(webhook: Webhook, **given: object) -> int:
    """Post as a gateway does: no cookie, no CSRF token, and no exemption of tests from it."""
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        ADDRESS,
        webhook.body,
        content_type="application/json",
        headers=webhook.headers,
        **given,
    )
    assert answer.content == b""
    return answer.status_code


@pytest.fixture
def key(world: World) -> str:
    """The key of a charge that we made."""
    company = a_company()
    subscription = a_subscription(
        renews_on=world.today,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    world.run_today()
    return subscription.attempts.get().idempotency_key


def told(key: str, *, event_id: str = "evt_1", kind: str = "charge") -> bytes:
    return (
        f'{{"id": "{event_id}", "object": {{"kind": "{kind}", "id": "ch_1"}}, '
        f'"attempt_id": "{key}"}}'
    ).encode()


def by_sandbox(
    home: Path, body: bytes, *, event_id: str = "evt_1", at: datetime | None = None
) -> Webhook:
    return signed(body, words="sandbox", secret=secret_of(home), event_id=event_id, at=at or now())


def test_is_a_signed_webhook_kept_until_its_charge_is_looked_up(key: str, gateway_home: Path):
    assert post(by_sandbox(gateway_home, told(key))) == 200

    (kept,) = InboxEvent.objects.all()
    assert (kept.gateway, kept.event_id, kept.about, kept.reference, kept.processed_at) == (
        "sandbox",
        "evt_1",
        "charge",
        key,
        None,
    )


def test_does_the_same_webhook_count_once(key: str, gateway_home: Path):
    answers = [post(by_sandbox(gateway_home, told(key))) for _ in range(3)]

    assert answers == [200, 200, 200]
    assert InboxEvent.objects.count() == 1
    assert not EventRefusal.objects.exists()


def test_does_a_webhook_about_nothing_of_ours_wait_for_anybody(world: World, gateway_home: Path):
    assert post(by_sandbox(gateway_home, told("att_of_another_vendor"))) == 200

    (kept,) = InboxEvent.objects.all()
    assert kept.reference == ""
    assert kept.processed_at == world.now


def refused(gateway_home: Path) -> dict[str, tuple[Webhook, int]]:
    """Each kind of webhook that is refused, and the answer to it."""
    sound = by_sandbox(gateway_home, told("att_1"))
    late = now() - timedelta(hours=1)
    return {
        "event_forged": (Webhook(sound.body + b" ", sound.headers), 401),
        "event_too_old": (by_sandbox(gateway_home, told("att_1"), at=late), 400),
        "event_too_large": (by_sandbox(gateway_home, b" " * (WEBHOOK_BYTES_MAX + 1)), 400),
        "event_malformed": (by_sandbox(gateway_home, b"{}"), 400),
    }


@pytest.mark.parametrize(
    "reason", ["event_forged", "event_too_old", "event_too_large", "event_malformed"]
)
def test_is_nothing_kept_of_a_refused_webhook_but_a_count(
    world: World, gateway_home: Path, caplog: pytest.LogCaptureFixture, reason: str
):
    webhook, status = refused(gateway_home)[reason]

    answers = [post(webhook) for _ in range(2)]

    assert answers == [status] * 2
    assert not InboxEvent.objects.exists()
    assert list(EventRefusal.objects.values_list("gateway", "reason", "count", "last_at")) == [
        ("sandbox", reason, 2, world.now)
    ]
    assert "att_1" not in caplog.text
    ours = [record for record in caplog.records if record.name.startswith("perenne")]
    assert [record.getMessage() for record in ours] == [
        f"a webhook of sandbox was refused: {reason}"
    ] * 2


def test_is_a_body_read_that_is_announced_as_too_large(world: World):
    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    answer = Client().generic(
        "POST", ADDRESS, CONTENT_LENGTH=str(10**12), **{"wsgi.input": Unread()}
    )

    assert answer.status_code == 400
    assert EventRefusal.objects.get().reason == "event_too_large"


@pytest.mark.parametrize("length", ["", "0", "-1", "x", "²", "1e9"])
def test_is_a_broken_length_a_forgery(world: World, gateway_home: Path, length: str):
    webhook = by_sandbox(gateway_home, told("att_1"))

    assert post(webhook, CONTENT_LENGTH=length) == 401


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_are_other_methods_refused(world: World, method: str):
    assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_is_there_an_address_where_no_gateway_is_set_up(
    world: World, settings: SettingsWrapper, gateway_home: Path
):
    settings.PERENNE_MODE = "live"
    settings.PERENNE_STRIPE_ACCOUNT = None

    assert post(by_sandbox(gateway_home, told("att_1"))) == 404
    assert not EventRefusal.objects.exists()


def test_does_a_live_installation_take_the_webhooks_of_its_stripe_account(
    key: str, settings: SettingsWrapper
):
    secret = "whsec_0123456789abcdef"
    settings.PERENNE_MODE = "live"
    settings.PERENNE_STRIPE_ACCOUNT = StripeAccount("sk_test_0123456789", secret)
    body = (
        '{"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": '
        f'{{"object": {{"id": "pi_1", "object": "payment_intent", "metadata": '
        f'{{"attempt_id": "{key}"}}}}}}}}'
    ).encode()
    right = signed(body, words="stripe", secret=secret, event_id="", at=now())
    wrong = signed(body, words="stripe", secret="whsec_another0123456", event_id="", at=now())

    assert [post(wrong), post(right)] == [401, 200]
    assert list(InboxEvent.objects.values_list("gateway", "reference")) == [("stripe", key)]


def test_does_a_refusal_name_its_reason_to_the_sender(world: World, gateway_home: Path):
    webhook, _ = refused(gateway_home)["event_forged"]

    answer = Client().post(
        ADDRESS, webhook.body, content_type="application/json", headers=webhook.headers
    )

    assert answer.content == b""


def test_does_the_sandbox_deliver_to_the_pages(
    world: World, gateway_home: Path, address_of_pages: str
):
    company = a_company()
    subscription = a_subscription(
        renews_on=world.today,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    listen_to_sandbox(f"{address_of_pages}{ADDRESS}")
    try:
        world.run_today()
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at and not InboxEvent.objects.exists():
            time.sleep(0.05)
    finally:
        listen_to_sandbox("")

    (kept,) = InboxEvent.objects.all()
    assert kept.reference == subscription.attempts.get().idempotency_key


@pytest.fixture
def address_of_pages() -> Iterator[str]:
    """The pages over real HTTP, for as long as a test needs them."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    def pages(environ: dict[str, object], start_response: object) -> object:
        try:
            return application(environ, start_response)
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, pages, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
