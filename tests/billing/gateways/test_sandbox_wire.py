"""What the sandbox gateway says to requests that no sound client sends."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.support.local_process import LocalProcess

    from perenne.billing.gateways.sandbox import SandboxGateway

CHARGE = {
    "attempt_id": "att_wire",
    "amount_minor": 42_000,
    "currency": "USD",
    "method_token": "card:4242:2027-05:M1",
    "description": "續約",
    "business_day": "2026-12-01",
}


def _post(server: LocalProcess, body: bytes | str, *, key: str = "wire") -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    return httpx.post(
        f"http://127.0.0.1:{server.port}/v1/charges",
        content=content,
        headers={"Idempotency-Key": key},
        trust_env=False,
    )


def _get(server: LocalProcess, target: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{server.port}{target}", trust_env=False)


def _raw(server: LocalProcess, request: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("amount_minor", 0, "must be from 1 to 1000000000000000"),
        ("amount_minor", -1, "must be from 1 to 1000000000000000"),
        ("amount_minor", 10**15 + 1, "must be from 1 to 1000000000000000"),
        ("amount_minor", "42000", "must be a whole number"),
        ("amount_minor", True, "must be a whole number"),
        ("amount_minor", None, "must be a whole number"),
        ("amount_minor", [42_000], "must be a whole number"),
        ("currency", "usd", "must be three capital letters"),
        ("currency", "NT$", "must be three capital letters"),
        ("currency", "ＵＳＤ", "must be three capital letters"),
        ("business_day", "2027-02-29", "must be a day like 2027-05-31"),
        ("business_day", "20270228", "must be a day like 2027-05-31"),
        ("business_day", "２０２７-０１-０１", "must be a day like 2027-05-31"),
        ("attempt_id", "", "must have 1 to 100 characters"),
        ("attempt_id", "a" * 101, "must have 1 to 100 characters"),
        ("attempt_id", "a\x00b", "must have printable characters only"),
        ("attempt_id", "a\r\nb", "must have printable characters only"),
        ("description", "\ud800", "must have printable characters only"),
        ("method_token", "card:4242:2027-13:M1", "must look like card:4242:2027-05:CODE"),
        ("method_token", "card:::M1", "must look like card:4242:2027-05:CODE"),
        ("method_token", "card:４２４２:2027-05:M1", "must look like card:4242:2027-05:CODE"),
        ("method_token", "invoice:4242:2027-05:M1", "must look like card:4242:2027-05:CODE"),
        ("method_token", "card:4242:2027-05:M1\n", "must have printable characters only"),
    ],
)
def test_is_a_wrong_value_named_with_its_field(
    server: LocalProcess, field: str, value: object, problem: str
):
    reply = _post(server, json.dumps(CHARGE | {field: value}))

    assert reply.status_code == 422
    assert reply.json()["problems"] == [{"field": field, "problem": problem}]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is not JSON in UTF-8"),
        (b"{", "is not JSON in UTF-8"),
        (b'{"a": "\xff"}', "is not JSON in UTF-8"),
        (b"[" * 60_000, "is not JSON in UTF-8"),
        (b'{"amount_minor": ' + b"9" * 5_000 + b"}", "is not JSON in UTF-8"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"currency": "USD", "currency": "EUR"}', "has a name twice"),
        (b'{"amount_minor": 420.0}', "has a number that is not whole"),
        (b'{"amount_minor": 4e2}', "has a number that is not whole"),
        (b'{"amount_minor": NaN}', "has a number that is not whole"),
        (b'{"amount_minor": -Infinity}', "has a number that is not whole"),
    ],
)
def test_is_a_body_that_is_no_object_refused(server: LocalProcess, body: bytes, problem: str):
    reply = _post(server, body)

    assert reply.status_code == 422
    assert reply.json()["problems"] == [{"field": "body", "problem": problem}]


def test_are_all_mistakes_named_at_once(server: LocalProcess):
    reply = _post(server, json.dumps({"amount_minor": 0, "price": 1}))

    assert sorted(problem["field"] for problem in reply.json()["problems"]) == [
        "amount_minor",
        "attempt_id",
        "business_day",
        "currency",
        "description",
        "method_token",
        "price",
    ]


def test_does_a_refused_request_leave_its_key_free(server: LocalProcess, gateway: SandboxGateway):
    before = gateway.counts().charges

    refused = _post(server, json.dumps(CHARGE | {"amount_minor": 0}), key="free")
    charged = _post(server, json.dumps(CHARGE), key="free")
    replayed = _post(server, json.dumps(CHARGE), key="free")

    assert (refused.status_code, charged.status_code, replayed.status_code) == (422, 200, 200)
    assert "Idempotent-Replayed" not in charged.headers
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert replayed.content == charged.content
    assert gateway.counts().charges == before + 1


def test_is_the_same_request_written_otherwise_the_same(server: LocalProcess):
    charged = _post(server, json.dumps(CHARGE), key="order")
    turned = dict(reversed(CHARGE.items()))
    replayed = _post(server, json.dumps(turned, indent=1, ensure_ascii=False), key="order")

    assert replayed.content == charged.content


def test_is_a_misused_key_kept_in_the_book(server: LocalProcess, gateway: SandboxGateway):
    before = gateway.counts()
    _post(server, json.dumps(CHARGE), key="misused")

    reply = _post(server, json.dumps(CHARGE | {"currency": "EUR"}), key="misused")

    assert (reply.status_code, reply.json()["code"]) == (409, "idempotency_error")
    assert gateway.counts().idempotency_errors == before.idempotency_errors + 1
    assert gateway.counts().charges == before.charges + 1


@pytest.mark.parametrize("key", ["", "x" * 256, "two words"])
def test_is_a_charge_without_a_sound_key_refused(server: LocalProcess, key: str):
    reply = _post(server, json.dumps(CHARGE), key=key)

    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/healthz", 200),
        ("/v1/charges", 200),
        ("/v1/charges?since=&limit=1", 200),
        ("/v1/charges?since=-1", 422),
        ("/v1/charges?since=9999999999999999999", 422),
        ("/v1/charges?limit=0", 422),
        ("/v1/charges?limit=1001", 422),
        ("/v1/charges?limit=%D9%A3", 422),
        ("/v1/charges?attempt=a&attempt=b", 422),
        ("/v1/charges?attempt=a&since=1", 422),
        ("/v1/charges?price=1", 422),
        ("/v1/charges/ch_none", 404),
        ("/v1/charges/%00%ff", 404),
        ("/nowhere", 404),
        ("/v1/charges?" + "&".join(f"f{n}=1" for n in range(21)), 400),
    ],
)
def test_which_addresses_can_be_read(server: LocalProcess, target: str, status: int):
    assert _get(server, target).status_code == status


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", 400),
        (b"GET //[ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: x\r\n\r\n", 400),
        (b"POST /v1/charges HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/charges HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /v1/charges HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"POST /v1/charges HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST /v1/charges HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"DELETE /v1/charges HTTP/1.1\r\nConnection: close\r\n\r\n", 405),
    ],
)
def test_is_what_is_not_our_http_refused(server: LocalProcess, request_bytes: bytes, status: int):
    assert _raw(server, request_bytes).startswith(f"HTTP/1.1 {status} ".encode())


def test_does_a_connection_stay_open_for_more_requests(server: LocalProcess):
    one = b"GET /healthz HTTP/1.1\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"

    assert _raw(server, one + one + last).count(b"HTTP/1.1 200 OK") == 3


def test_whose_gateway_is_it(server: LocalProcess):
    assert _get(server, "/healthz").json() == {"home": str(server.home)}
