"""What the sandbox's Stripe wire says to requests, sound and unsound: as Stripe would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.support.hosted_pages import enter

from perenne.billing.gateways.protocol import HostedPage

if TYPE_CHECKING:
    from tests.support.local_process import LocalProcess

KEY = "sk_test_51Perenne0Wires"
SESSION = {
    "mode": "setup",
    "currency": "usd",
    "allowed_payment_method_types[0]": "card",
    "success_url": "https://portal.example/done?s={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://portal.example/",
}


class Wire:
    """Asks the wire as any HTTP client does."""

    def __init__(self, server: LocalProcess) -> None:
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}/stripe/v1",
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
        )

    def post(
        self, path: str, form: dict[str, str] | None = None, *, key: str = "", **headers: str
    ) -> httpx.Response:
        sent = ({"Idempotency-Key": key} if key else {}) | headers
        return self._http.post(path, data=form or {}, headers=sent)

    def get(self, path: str, **params: str) -> httpx.Response:
        return self._http.get(path, params=params or None)

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def wire(server: LocalProcess):
    made = Wire(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def intent(wire: Wire) -> dict[str, str]:
    """What is charged to a good card."""
    customer = wire.post("/customers", {"email": "ana@atelier-nord.example"}).json()["id"]
    session = wire.post("/checkout/sessions", SESSION | {"customer": customer}).json()
    went_to = enter(HostedPage(session["url"], session["id"]))
    assert went_to == f"https://portal.example/done?s={session['id']}"
    done = wire.get(
        f"/checkout/sessions/{session['id']}", **{"expand[0]": "setup_intent.payment_method"}
    ).json()
    return {
        "amount": "500",
        "currency": "usd",
        "customer": customer,
        "payment_method": done["setup_intent"]["payment_method"]["id"],
        "allowed_payment_method_types[0]": "card",
        "confirm": "true",
        "off_session": "true",
        "metadata[attempt_id]": "att_wire",
    }


def error_of(answer: httpx.Response) -> dict[str, str]:
    return answer.json()["error"]


def test_what_is_a_payment_intent(wire: Wire, intent: dict[str, str]):
    answer = wire.post("/payment_intents", intent | {"expand[0]": "latest_charge"}, key="one")
    told = answer.json()

    assert answer.status_code == 200
    assert (told["object"], told["status"], told["amount"], told["currency"]) == (
        "payment_intent",
        "succeeded",
        500,
        "usd",
    )
    assert told["latest_charge"]["payment_intent"] == told["id"]
    assert told["id"].startswith("pi_")
    again = wire.get(f"/payment_intents/{told['id']}").json()
    assert again["latest_charge"] == told["latest_charge"]["id"]


def test_does_the_same_key_bring_the_same_answer(wire: Wire, intent: dict[str, str]):
    first = wire.post("/payment_intents", intent, key="same")
    again = wire.post("/payment_intents", dict(reversed(intent.items())), key="same")

    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("change", [{"amount": "501"}, {"metadata[attempt_id]": "att_other"}])
def test_is_a_key_with_other_parameters_refused(
    wire: Wire, intent: dict[str, str], change: dict[str, str]
):
    wire.post("/payment_intents", intent, key="misused")

    answer = wire.post("/payment_intents", intent | change, key="misused")

    assert answer.status_code == 400
    assert error_of(answer)["type"] == "idempotency_error"


def test_are_charges_without_a_key_charges_of_their_own(wire: Wire, intent: dict[str, str]):
    ids = {wire.post("/payment_intents", intent).json()["id"] for _ in range(2)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"amount": ""}, "parameter_missing", "amount"),
        ({"amount": "0"}, "amount_too_small", "amount"),
        ({"amount": "100000000"}, "amount_too_large", "amount"),
        ({"amount": "5.00"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5"}, "parameter_invalid_integer", "amount"),
        ({"amount": "٣"}, "parameter_invalid_integer", "amount"),
        ({"amount": "9" * 5000}, "parameter_invalid_integer", "amount"),
        ({"currency": "NT$"}, "parameter_invalid", "currency"),
        ({"amount": "501", "currency": "isk"}, "parameter_invalid_integer", "amount"),
        ({"amount": "501", "currency": "kwd"}, "parameter_invalid_integer", "amount"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"customer": "cus_none"}, "resource_missing", "payment_method"),
        ({"confirm": "false"}, "parameter_invalid", "confirm"),
        ({"off_session": "recurring"}, "parameter_invalid", "off_session"),
        ({"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types[0]"),
        ({"price": "1"}, "parameter_unknown", "price"),
        ({"description": "\x00"}, "parameter_invalid", "description"),
        (
            {"allowed_payment_method_types[0]": "sepa_debit"},
            "payment_intent_incompatible_payment_method",
            "payment_method",
        ),
    ],
)
def test_is_a_wrong_parameter_named(
    wire: Wire, intent: dict[str, str], change: dict[str, str], code: str, param: str
):
    answer = wire.post("/payment_intents", intent | change)

    assert answer.status_code == 400
    error = error_of(answer)
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)


@pytest.mark.parametrize(
    "key",
    ["", "Bearer x", "Bearer sk_live_51Perenne0Wires", "Bearer pk_test_51Perenne0", "Basic x"],
)
def test_is_another_key_than_a_test_key_refused(wire: Wire, key: str):
    answer = wire.post("/customers", Authorization=key)

    assert answer.status_code == 401
    assert "51Perenne" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/payment_intents/pi_none", 404),
        ("/payment_intents/ch_none", 404),
        ("/checkout/sessions/cs_test_none", 404),
        ("/customers/cus_none", 404),
        ("/charges", 404),
        ("/payment_intents?limit=0", 400),
        ("/payment_intents?limit=101", 400),
        ("/payment_intents?starting_after=pi_none", 400),
        ("/payment_intents?created[lte]=x", 400),
        ("/payment_intents?price=1", 400),
        ("/payment_intents/search", 400),
        ("/payment_intents/search?query=status:'succeeded'", 400),
        ("/payment_intents/search?query=metadata['x']:'y'", 400),
        ("/customers/search?query=metadata['company_id']:'none'", 200),
    ],
)
def test_which_addresses_can_be_read(wire: Wire, path: str, status: int):
    assert wire.get(path).status_code == status


@pytest.mark.parametrize("body", [b"amount", b"\xff", b"a=%ff", b"&".join([b"a=1"] * 101)])
def test_is_a_body_that_is_no_form_refused(server: LocalProcess, body: bytes):
    answer = httpx.post(
        f"http://127.0.0.1:{server.port}/stripe/v1/customers",
        content=body,
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
    )

    assert answer.status_code == 400
    assert error_of(answer)["type"] == "invalid_request_error"


def test_is_another_method_refused(server: LocalProcess):
    answer = httpx.delete(
        f"http://127.0.0.1:{server.port}/stripe/v1/customers/cus_1",
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
    )

    assert answer.status_code == 404
    assert "Unrecognized request URL (DELETE" in error_of(answer)["message"]


def test_can_the_list_be_read_both_ways(wire: Wire, intent: dict[str, str]):
    ids = [wire.post("/payment_intents", intent).json()["id"] for _ in range(5)]
    newest_first = ids[::-1]

    def page(**params: str) -> tuple[list[str], bool]:
        told = wire.get("/payment_intents", **params).json()
        return [one["id"] for one in told["data"]], told["has_more"]

    assert page(limit="3") == (newest_first[:3], True)
    assert page(limit="2", starting_after=ids[3]) == (newest_first[2:4], True)
    assert page(limit="2", ending_before=ids[1]) == ([ids[3], ids[2]], True)
    assert page(limit="3", ending_before=ids[1]) == ([ids[4], ids[3], ids[2]], False)
    assert page(ending_before=ids[4]) == ([], False)
    soon = str(int(time.time()) + 60)
    assert page(limit="1", **{"created[lt]": soon}) == ([ids[4]], True)
    assert page(limit="1", **{"created[gt]": soon}) == ([], False)
    assert page(customer=intent["customer"])[0][:5] == newest_first
    assert page(customer="cus_none") == ([], False)


def test_does_a_whole_refund_without_an_amount_repeat(wire: Wire, intent: dict[str, str]):
    charged = wire.post("/payment_intents", intent).json()["id"]

    first = wire.post("/refunds", {"payment_intent": charged}, key="refund_whole")
    again = wire.post("/refunds", {"payment_intent": charged}, key="refund_whole")
    more = wire.post("/refunds", {"payment_intent": charged}, key="refund_more")

    assert (first.status_code, first.json()["amount"]) == (200, 500)
    assert again.content == first.content
    assert (more.status_code, error_of(more)["code"]) == (400, "charge_already_refunded")


def test_is_a_search_answered(wire: Wire, intent: dict[str, str]):
    sought = intent | {"metadata[attempt_id]": "att_sought"}
    ids = [wire.post("/payment_intents", sought).json()["id"] for _ in range(2)]

    told = wire.get("/payment_intents/search", query="metadata['attempt_id']:'att_sought'").json()

    assert told["object"] == "search_result"
    assert sorted(one["id"] for one in told["data"]) == sorted(ids)
