"""What an answer of Stripe means for our books, whoever really gave it."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from tests.billing.gateways.contract.reading import said
from tests.support.answering import answering, http_answer
from tests.support.charges import a_charge
from tests.support.hosted_pages import a_setup
from tests.support.webhooks import NOW

from perenne.billing.gateways.answers import ANSWER_BYTES_MAX
from perenne.billing.gateways.event import EventRefusedError
from perenne.billing.gateways.protocol import (
    BookPage,
    ChargeOutcome,
    GatewayError,
    GatewayMismatchError,
    GatewayRejectedError,
    GatewayUnavailableError,
    MethodKind,
    RefundRequest,
)
from perenne.billing.gateways.stripe_gateway import StripeGateway
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from tests.support.answering import Answering

    from perenne.billing.gateways.protocol import ChargeRequest, ChargeResult

KEY, SECRET, TOKEN = "sk_test_CANARYKEY", "whsec_CANARYSECRET", "card:cus_CANARYC:pm_CANARYM"
REQUEST = a_charge(method_token=TOKEN)
REFUND = RefundRequest(
    idempotency_key="key_refund",
    charge_id="pi_1",
    amount_minor=60,
    currency="USD",
    refund_id="rfd_1",
)


def stripe_at(address: str, *, timeout_s: int = 5) -> StripeGateway:
    return StripeGateway(KEY, SECRET, api_base=address, timeout_s=timeout_s)


def charged(stub: Answering, request: ChargeRequest = REQUEST) -> ChargeResult:
    return stripe_at(stub.address).charge(request)


def an_intent(**told: object) -> dict[str, object]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": REQUEST.amount_minor,
        "currency": "usd",
        "status": "succeeded",
        "metadata": {"attempt_id": REQUEST.attempt_id},
        "client_secret": "pi_1_secret_CANARY",
    } | told


def an_answer(status: int, content: object, headers: str = "") -> bytes:
    return http_answer(status, json.dumps(content).encode(), headers)


def an_error(status: int, headers: str = "", **told: object) -> bytes:
    error = {"type": "invalid_request_error", "message": "No such thing: 'CANARY'"} | told
    return an_answer(status, {"error": error}, headers)


@pytest.mark.parametrize(
    ("answer", "kind", "code", "wait_s"),
    [
        (an_error(400), GatewayRejectedError, "http_400", 0),
        (an_error(400, code="parameter_unknown"), GatewayRejectedError, "parameter_unknown", 0),
        (an_error(400, type="idempotency_error"), GatewayRejectedError, "idempotency_error", 0),
        (an_error(404, code="resource_missing"), GatewayRejectedError, "resource_missing", 0),
        (an_error(400, code="rate_limit"), GatewayUnavailableError, "rate_limit", 0),
        # The key is wrong, not the request: with the right one it will do.
        (an_error(401), GatewayUnavailableError, "http_401", 0),
        (an_error(403), GatewayUnavailableError, "http_403", 0),
        (
            an_error(409, "Retry-After: 7\r\n", code="lock_timeout"),
            GatewayUnavailableError,
            "lock_timeout",
            7,
        ),
        (an_error(409), GatewayUnavailableError, "conflict", 0),
        (an_error(429, "Retry-After: 30\r\n"), GatewayUnavailableError, "too_many_requests", 30),
        (an_error(429, "Retry-After: soon\r\n"), GatewayUnavailableError, "too_many_requests", 0),
        (an_error(429, "Retry-After: 99999\r\n"), GatewayUnavailableError, "too_many_requests", 0),
        (an_error(424, code="x"), GatewayUnavailableError, "x", 0),
        (an_error(500, type="api_error"), GatewayUnavailableError, "http_500", 0),
        (an_error(503, type="api_error"), GatewayUnavailableError, "http_503", 0),
        # What is not said in Stripe's words may come from anybody on the way.
        (http_answer(400, b"<html>"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(404, b"{}"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(502, b"<html>"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"<html>"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b""), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"[]"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"null"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"7"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b'"x"'), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"[" * 100_000), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(200, b"\xff\xfe"), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(204, b""), GatewayUnavailableError, "unreadable_answer", 0),
        (http_answer(402, b"{}"), GatewayUnavailableError, "unreadable_answer", 0),
        (an_answer(200, {}), GatewayUnavailableError, "unreadable_answer", 0),
        (
            an_answer(200, an_intent(amount="42000")),
            GatewayUnavailableError,
            "unreadable_answer",
            0,
        ),
        (
            an_answer(200, an_intent(amount=42000.0)),
            GatewayUnavailableError,
            "unreadable_answer",
            0,
        ),
        (an_answer(200, an_intent(status="new")), GatewayUnavailableError, "unreadable_answer", 0),
        (an_answer(200, an_intent(object="x")), GatewayUnavailableError, "unreadable_answer", 0),
        # Followed, a redirect would carry our key elsewhere.
        (
            http_answer(302, b"{}", "Location: http://127.0.0.1:9/\r\n"),
            GatewayUnavailableError,
            "unreadable_answer",
            0,
        ),
        (http_answer(200, b"{")[:-1], GatewayUnavailableError, "no_answer", 0),
        (b"nonsense\r\n\r\n", GatewayUnavailableError, "no_answer", 0),
        (b"", GatewayUnavailableError, "no_answer", 0),
        (
            http_answer(200, b" " * (ANSWER_BYTES_MAX + 1)),
            GatewayUnavailableError,
            "no_answer",
            0,
        ),
        (an_answer(200, an_intent(amount=42_001)), GatewayMismatchError, "amount_differs", 0),
        (an_answer(200, an_intent(currency="eur")), GatewayMismatchError, "currency_differs", 0),
        (an_answer(200, an_intent(metadata={})), GatewayMismatchError, "attempt_differs", 0),
    ],
)
def test_what_does_an_answer_mean_for_an_attempt(
    answer: bytes, kind: type[GatewayError], code: str, wait_s: int
):
    with answering(answer) as stub, pytest.raises(GatewayError) as failure:
        charged(stub)

    assert type(failure.value) is kind
    assert failure.value.code == code
    assert getattr(failure.value, "retry_after_s", 0) == wait_s
    assert len(stub.asked) == 1


def test_is_a_repeated_failure_of_nothing_still_a_failure():
    failure = an_error(500, "Idempotent-Replayed: true\r\n", type="api_error")
    with answering(failure) as stub, pytest.raises(GatewayUnavailableError) as refusal:
        charged(stub)

    assert refusal.value.code == "http_500"


@pytest.mark.parametrize(
    ("status", "reason", "outcome", "decline"),
    [
        ("succeeded", None, ChargeOutcome.SUCCEEDED, None),
        ("processing", None, ChargeOutcome.PENDING, None),
        ("requires_action", None, ChargeOutcome.PENDING, None),
        ("requires_confirmation", None, ChargeOutcome.PENDING, None),
        ("requires_capture", None, ChargeOutcome.PENDING, None),
        ("requires_payment_method", None, ChargeOutcome.PENDING, None),
        (
            "requires_payment_method",
            {"code": "card_declined", "decline_code": "stolen_card"},
            ChargeOutcome.DECLINED,
            DeclineKind.LOST_CARD,
        ),
        ("canceled", None, ChargeOutcome.DECLINED, DeclineKind.DECLINED),
        ("canceled", {"code": "expired_card"}, ChargeOutcome.DECLINED, DeclineKind.CARD_EXPIRED),
    ],
)
def test_which_outcome_is_a_status(
    status: str,
    reason: dict[str, str] | None,
    outcome: ChargeOutcome,
    decline: DeclineKind | None,
):
    told = an_intent(status=status, last_payment_error=reason)
    with answering(an_answer(200, told)) as stub:
        result = charged(stub)

    assert (result.outcome, result.decline, result.charge_id) == (outcome, decline, "pi_1")


@pytest.mark.parametrize(
    ("error", "outcome", "decline", "charge_id"),
    [
        (
            {"code": "card_declined", "decline_code": "insufficient_funds"},
            ChargeOutcome.DECLINED,
            DeclineKind.INSUFFICIENT_FUNDS,
            "pi_1",
        ),
        (
            {"code": "authentication_required", "decline_code": "authentication_required"},
            ChargeOutcome.DECLINED,
            DeclineKind.AUTHENTICATION_REQUIRED,
            "pi_1",
        ),
        ({"code": "card_declined"}, ChargeOutcome.DECLINED, DeclineKind.DECLINED, "pi_1"),
        # The intent knows better than the error: this one may still collect.
        (
            {"code": "card_declined", "payment_intent": an_intent(status="processing")},
            ChargeOutcome.PENDING,
            None,
            "pi_1",
        ),
        (
            {"code": "card_declined", "charge": "ch_7", "payment_intent": None},
            ChargeOutcome.DECLINED,
            DeclineKind.DECLINED,
            "ch_7",
        ),
    ],
)
def test_which_outcome_is_a_card_error(
    error: dict[str, object],
    outcome: ChargeOutcome,
    decline: DeclineKind | None,
    charge_id: str,
):
    declined = an_intent(status="requires_payment_method")
    told = {"type": "card_error", "payment_intent": declined} | error
    with answering(an_answer(402, {"error": told})) as stub:
        result = charged(stub)

    assert (result.outcome, result.decline, result.charge_id) == (outcome, decline, charge_id)


def test_is_a_card_error_about_another_attempt_noticed():
    declined = an_intent(status="requires_payment_method", metadata={"attempt_id": "att_other"})
    told = {"type": "card_error", "code": "card_declined", "payment_intent": declined}
    with answering(an_answer(402, {"error": told})) as stub, pytest.raises(GatewayMismatchError):
        charged(stub)


def test_what_is_asked_of_stripe():
    with answering(an_answer(200, an_intent())) as stub:
        charged(stub)

    head, _, body = stub.asked[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST /v1/payment_intents HTTP/1.1\r\n")
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])
    }
    assert headers["idempotency-key"] == REQUEST.idempotency_key
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["accept-encoding"] == "identity"
    assert "x-stripe-client-telemetry" not in headers
    assert parse_qs(body, strict_parsing=True) == {
        "amount": ["42000"],
        "currency": ["usd"],
        "customer": ["cus_CANARYC"],
        "payment_method": ["pm_CANARYM"],
        "allowed_payment_method_types[0]": ["card"],
        "confirm": ["true"],
        "off_session": ["true"],
        "description": [REQUEST.description],
        "metadata[attempt_id]": [REQUEST.attempt_id],
        "metadata[business_day]": ["2026-12-01"],
    }


def test_does_it_give_up_on_a_silent_stripe():
    with answering(3.0) as stub, pytest.raises(GatewayUnavailableError) as failure:
        stripe_at(stub.address, timeout_s=1).charge(REQUEST)

    assert failure.value.code == "no_answer"
    assert len(stub.asked) == 1


def test_does_it_give_up_on_a_stripe_that_drips():
    drips: list[bytes | float] = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]
    for _ in range(20):
        drips += [b" ", 0.2]
    with answering(*drips) as stub, pytest.raises(GatewayUnavailableError) as failure:
        stripe_at(stub.address, timeout_s=1).charge(REQUEST)

    assert failure.value.code == "no_answer"


def test_what_if_stripe_cannot_be_reached():
    with answering() as stub:
        pass

    with pytest.raises(GatewayUnavailableError) as failure:
        stripe_at(stub.address).charge(REQUEST)

    assert failure.value.code == "no_answer"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"status": "failed"}, "refund_failed"),
        ({"status": "canceled"}, "refund_failed"),
        ({"payment_intent": "pi_2"}, "charge_differs"),
        ({"payment_intent": None}, "charge_differs"),
        ({"amount": 61}, "amount_differs"),
        ({"currency": "eur"}, "currency_differs"),
    ],
)
def test_is_a_refund_that_is_not_ours_or_failed_noticed(told: dict[str, object], code: str):
    refund = {
        "id": "re_1",
        "amount": 60,
        "currency": "usd",
        "payment_intent": "pi_1",
        "status": "pending",
    }
    with answering(an_answer(200, refund | told)) as stub, pytest.raises(GatewayError) as failure:
        stripe_at(stub.address).refund(REFUND)

    assert failure.value.code == code


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"status": "expired"}, "setup_expired"),
        ({"status": "open"}, "setup_open"),
        ({"setup_intent": {"status": "requires_action"}}, "setup_open"),
        ({"setup_intent": "seti_1"}, "setup_open"),
        (
            {
                "setup_intent": {
                    "status": "succeeded",
                    "payment_method": {"id": "pm_1", "type": "paypal"},
                }
            },
            "method_unsupported",
        ),
    ],
)
def test_which_pages_give_no_method(told: dict[str, object], code: str):
    session = {"id": "cs_test_1", "url": None, "status": "complete", "customer": "cus_1"}
    answer = an_answer(200, session | told)
    with answering(answer) as stub, pytest.raises(GatewayError) as failure:
        stripe_at(stub.address).finish_setup("cs_test_1")

    assert failure.value.code == code


def test_is_there_a_direct_debit_in_every_currency():
    with answering(an_answer(200, {"data": [{"id": "cus_1"}]})) as stub:
        request = a_setup(kinds=(MethodKind.DIRECT_DEBIT,), currency="TWD")
        with pytest.raises(GatewayRejectedError) as refusal:
            stripe_at(stub.address).begin_setup(request)

    assert refusal.value.code == "method_unsupported"


@pytest.mark.parametrize("attempt_id", ["", "a'b", "a b", "a" * 101, "付", "x\n"])
def test_can_a_search_be_injected(attempt_id: str):
    with answering() as stub, pytest.raises(ValueError, match="is no attempt"):
        stripe_at(stub.address).find_charge(attempt_id)

    assert stub.asked == []


@pytest.mark.parametrize("data", [[], [an_intent(created=7)]])
def test_does_a_list_that_never_ends_hold_us_up(data: list[object]):
    listed = an_answer(200, {"data": data, "has_more": True})
    with answering(listed) as stub:
        stripe = stripe_at(stub.address)
        found = [
            said(lambda: stripe.find_charge("att_none", method_token=TOKEN)),
            said(lambda: stripe.charges_after("", limit=1)),
        ]

    # Without a payment it has ended after all.
    nothing = [None, BookPage(charges=(), cursor="", has_more=False)]
    assert found == (nothing if not data else [GatewayUnavailableError] * 2)


FAILURES = [
    an_error(400, code="resource_missing", param="payment_method"),
    an_error(401, message=f"Invalid API Key provided: {KEY}"),
    an_error(409),
    an_error(500),
    http_answer(200, KEY.encode()),
    http_answer(503, b"CANARY"),
    an_answer(200, an_intent(status=KEY)),
    an_answer(200, an_intent(amount=1)),
    an_answer(402, {"error": {"type": "card_error", "code": 7, "message": KEY}}),
    b"CANARY",
]


@pytest.mark.parametrize("answer", FAILURES)
def test_does_a_secret_get_into_errors_or_logs(answer: bytes, caplog: pytest.LogCaptureFixture):
    with answering(answer) as stub:
        stripe = stripe_at(stub.address)
        calls = [
            lambda: stripe.charge(REQUEST),
            lambda: stripe.refund(REFUND),
            lambda: stripe.find_charge("att_1", method_token=TOKEN),
            lambda: stripe.charges_after("", limit=1),
            lambda: stripe.begin_setup(a_setup()),
            lambda: stripe.finish_setup("cs_test_1"),
            lambda: stripe.charge(a_charge(method_token="CANARY:token")),
            lambda: stripe.read_event(b"CANARY", {"Stripe-Signature": f"t=1,v1={SECRET}"}, NOW),
        ]
        said = []
        # As an operator does who lowers the root to find something out.
        with caplog.at_level(logging.DEBUG):
            for name, logger in settings.LOGGING["loggers"].items():
                logging.getLogger(name).setLevel(logger["level"])
            for call in calls:
                with pytest.raises((GatewayError, EventRefusedError)) as failure:
                    call()
                said += traceback.format_exception(failure.value)
                said += [repr(failure.value), failure.value.code]
        said += [repr(stripe), caplog.text]

    # A traceback shows source lines too; those with a lambda are the test's own, above.
    lines = [line for line in "\n".join(said).split("\n") if "lambda" not in line]
    assert [line for line in lines if "CANARY" in line] == []
