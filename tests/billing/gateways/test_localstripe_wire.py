"""The Stripe adapter against somebody else's idea of Stripe: localstripe, for the calls it has.

It has no idempotency keys, no search, no Checkout, and refunds more than was collected; those are
tested with the sandbox only. Between the two stands a proxy that takes away the parameters which
localstripe does not know.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from tests.billing.gateways.contract.reading import a_refund
from tests.support.charges import a_charge
from tests.support.paths import ROOT
from tests.support.webhooks import Webhook

from perenne.billing.gateways.event import EventForgedError, EventSubject
from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.stripe_gateway import StripeGateway
from perenne.platform.clock import SystemClock
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = ROOT / ".venv-wire" / "bin" / "localstripe"
KEY, SECRET = "sk_test_51Perenne0Local", "whsec_0123456789abcdef"
UNKNOWN_TO_CREATE = ("description", "expand", "allowed_payment_method_types")
UNKNOWN_TO_LIST = ("customer", "expand")
START_TIMEOUT_S = 20
# Its own choice; there is no setting.
STORE = Path("/tmp/localstripe.pickle")

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="localstripe is not set up: make build/stamps/wire"
)


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a process of its own, with nothing in it."""
    if STORE.exists() and not os.access(STORE, os.W_OK):
        pytest.skip(f"localstripe keeps its book in {STORE}, which belongs to somebody else")
    directory = tmp_path_factory.mktemp("localstripe")
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(PROGRAM), "--port", str(port), "--from-scratch"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "HOME": str(directory), "TMPDIR": str(directory)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield address
    finally:
        process.kill()
        process.wait()
        # It would be in the way of the next user of this machine.
        STORE.unlink(missing_ok=True)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            httpx.get(address, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("localstripe did not start")


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes]]) -> Iterator[str]:
    """Serve HTTP for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, content = answer(self, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _without(text: str, unknown: tuple[str, ...]) -> str:
    return urlencode([pair for pair in parse_qsl(text) if not pair[0].startswith(unknown)])


@pytest.fixture(scope="module")
def gateway(localstripe: str) -> Iterator[StripeGateway]:
    http = httpx.Client(trust_env=False)

    def forward(handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        target = urlsplit(handler.path)
        answer = http.request(
            handler.command,
            f"{localstripe}{target.path}?{_without(target.query, UNKNOWN_TO_LIST)}",
            content=_without(body.decode(), UNKNOWN_TO_CREATE),
            headers={
                "Authorization": handler.headers["Authorization"],
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        return answer.status_code, answer.content

    with serving(forward) as address:
        client = StripeGateway(KEY, SECRET, api_base=address, timeout_s=10)
        yield client
        client.close()
    http.close()


@pytest.fixture(scope="module")
def token(localstripe: str) -> Callable[[str], str]:
    """Gives the token of one of Stripe's test cards, of which only the last digits differ."""
    wire = httpx.Client(base_url=f"{localstripe}/v1", auth=(KEY, ""), trust_env=False)
    customer = wire.post("/customers", data={"name": "Atelier Nord"}).json()["id"]

    def made(number: str) -> str:
        card = {"number": number, "exp_month": "12", "exp_year": "2035", "cvc": "123"}
        form = {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}
        method = wire.post("/payment_methods", data=form).json()["id"]
        wire.post(f"/payment_methods/{method}/attach", data={"customer": customer})
        return f"card:{customer}:{method}"

    return made


GOOD = "4242" * 4
DECLINED = "4000" + "0" * 8 + "0341"
CONFIRMS = "4000" + "0025" + "0000" + "3155"


def test_is_a_card_charged(gateway: StripeGateway, token: Callable[[str], str]):
    request = a_charge(method_token=token(GOOD))

    result = gateway.charge(request)

    assert result.outcome is ChargeOutcome.SUCCEEDED
    assert (result.amount_minor, result.currency) == (request.amount_minor, "USD")


def test_is_a_card_declined(gateway: StripeGateway, token: Callable[[str], str]):
    result = gateway.charge(a_charge(method_token=token(DECLINED)))

    assert (result.outcome, result.decline) == (ChargeOutcome.DECLINED, DeclineKind.DECLINED)
    assert result.charge_id


def test_is_a_card_that_has_to_be_confirmed_pending(
    gateway: StripeGateway, token: Callable[[str], str]
):
    result = gateway.charge(a_charge(method_token=token(CONFIRMS)))

    assert (result.outcome, result.decline) == (ChargeOutcome.PENDING, None)
    assert result.authenticate_url == ""


def test_is_a_charge_found_and_given_back_in_parts(
    gateway: StripeGateway, token: Callable[[str], str]
):
    request = a_charge(amount_minor=500, method_token=token(GOOD))
    charged = gateway.charge(request)

    refunds = [
        gateway.refund(a_refund(charged, f"rfd_{part}", amount_minor=part)) for part in (100, 400)
    ]

    assert gateway.find_charge(request.attempt_id, method_token=request.method_token) == charged
    assert [refund.amount_minor for refund in refunds] == [100, 400]
    assert {refund.charge_id for refund in refunds} == {charged.charge_id}


def test_are_its_webhooks_read(
    gateway: StripeGateway, localstripe: str, token: Callable[[str], str]
):
    arrived: list[Webhook] = []
    request = a_charge(method_token=token(GOOD))

    def take(handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        arrived.append(Webhook(body, dict(handler.headers)))
        return 200, b""

    with serving(take) as address:
        httpx.post(
            f"{localstripe}/_config/webhooks/ours",
            data={"url": f"{address}/webhooks/gateway", "secret": SECRET},
            trust_env=False,
        )
        charged = gateway.charge(request)
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up_at:
            now = SystemClock().now()
            events = [gateway.read_event(one.body, one.headers, now) for one in list(arrived)]
            about = [event for event in events if event.object_id == charged.charge_id]
            if any(event.attempt_id == request.attempt_id for event in about):
                break
            time.sleep(0.05)

    assert {event.about for event in about} == {EventSubject.CHARGE}
    with pytest.raises(EventForgedError):
        gateway.read_event(arrived[0].body + b" ", arrived[0].headers, now)
