"""The sandbox's book in Stripe's objects, as far as our adapter and its tests read them.

A charge of the book is one PaymentIntent with its latest Charge; their ids share their digits.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.book import Charge
from perenne.billing.gateways.sandbox_server.scripts import read_method
from perenne.billing.gateways.sandbox_server.setup_book import Setup
from perenne.rules.payments import DeclineKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from perenne.billing.gateways.sandbox_server.book import Refund
    from perenne.billing.gateways.sandbox_server.outbox import Event
    from perenne.billing.gateways.sandbox_server.setup_book import Customer, EnteredMethod

API_VERSION = "2026-10-28.endive"
LATEST_CHARGE = "latest_charge"
# How Stripe names our kinds of decline: code, decline code, advice.
DECLINES: Mapping[str, tuple[str, str, str]] = {
    DeclineKind.DECLINED: ("card_declined", "generic_decline", "try_again_later"),
    DeclineKind.INSUFFICIENT_FUNDS: ("card_declined", "insufficient_funds", "try_again_later"),
    DeclineKind.LOST_CARD: ("card_declined", "lost_card", "do_not_try_again"),
    DeclineKind.CARD_EXPIRED: ("expired_card", "expired_card", "confirm_card_data"),
    DeclineKind.METHOD_REFUSED: ("card_declined", "do_not_honor", "do_not_try_again"),
    DeclineKind.AUTHENTICATION_REQUIRED: (
        "authentication_required",
        "authentication_required",
        "confirm_card_data",
    ),
}
_EVENT_TYPES = {
    "charge.succeeded": "payment_intent.succeeded",
    "charge.declined": "payment_intent.payment_failed",
    "refund.succeeded": "charge.refunded",
    "setup.completed": "checkout.session.completed",
}


def intent_id(charge_id: str) -> str:
    """Name the PaymentIntent of a charge."""
    return f"pi_{charge_id.removeprefix('ch_')}"


def charge_id(payment_intent_id: str) -> str:
    """Name the charge of a PaymentIntent."""
    return f"ch_{payment_intent_id.removeprefix('pi_')}"


def intent_object(
    charge: Charge, *, expand: Collection[str] = (), address: str = ""
) -> dict[str, object]:
    """A PaymentIntent; what waits for its payer has no charge so far.

    Args:
        charge: from the book.
        expand: ``latest_charge``, or nothing.
        address: where this server is reached.
    """
    latest: object = None
    if not charge.waits_for_payer:
        latest = charge_object(charge) if LATEST_CHARGE in expand else charge.id
    method = read_method(charge.method)
    shown: dict[str, object] = {
        "id": intent_id(charge.id),
        "object": "payment_intent",
        "amount": charge.amount_minor,
        "amount_received": charge.amount_minor if charge.outcome == "succeeded" else 0,
        "capture_method": "automatic",
        "client_secret": f"{intent_id(charge.id)}_secret_{charge.id[-12:]}",
        "created": charge.created_at,
        "currency": charge.currency.lower(),
        "customer": charge.customer or None,
        "description": charge.description,
        "last_payment_error": _payment_error(charge),
        "latest_charge": latest,
        "livemode": False,
        "metadata": _metadata(charge),
        "next_action": None,
        "payment_method": None if method is None else method.code,
        "status": _status(charge),
    }
    if charge.waits_for_payer:
        url = f"{address}/authenticate/{charge.id}"
        shown["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": None},
        }
    return shown


def charge_object(charge: Charge) -> dict[str, object]:
    """The Charge of a PaymentIntent."""
    statuses = {"succeeded": "succeeded", "declined": "failed", "pending": "pending"}
    code, decline_code, advice = DECLINES.get(charge.decline or "", ("", "", ""))
    return {
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount_minor,
        "amount_captured": charge.amount_minor if charge.outcome == "succeeded" else 0,
        "amount_refunded": charge.refunded_minor,
        "captured": charge.outcome == "succeeded",
        "created": charge.created_at,
        "currency": charge.currency.lower(),
        "customer": charge.customer or None,
        "failure_code": code or None,
        "livemode": False,
        "metadata": _metadata(charge),
        "outcome": {"reason": decline_code or None, "advice_code": advice or None},
        "paid": charge.outcome == "succeeded",
        "payment_intent": intent_id(charge.id),
        "refunded": charge.refunded_minor == charge.amount_minor,
        "status": statuses[charge.outcome],
    }


def refund_object(refund: Refund) -> dict[str, object]:
    """A Refund."""
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount_minor,
        "charge": refund.charge_id,
        "currency": refund.currency.lower(),
        "metadata": {"refund_id": refund.refund_id},
        "payment_intent": intent_id(refund.charge_id),
        "status": "succeeded",
    }


def card_error(charge: Charge) -> dict[str, object]:
    """The error with which a declined PaymentIntent is answered."""
    error = dict(_payment_error(charge) or {})
    return {"error": {**error, "payment_intent": intent_object(charge)}}


def customer_object(customer: Customer) -> dict[str, object]:
    """A Customer."""
    return {
        "id": customer.id,
        "object": "customer",
        "created": customer.created_at,
        "email": customer.email,
        "livemode": False,
        "metadata": {"company_id": customer.company_id},
        "name": customer.name,
    }


def method_object(method: EnteredMethod) -> dict[str, object]:
    """A PaymentMethod."""
    entered = read_method(method.token)
    assert entered is not None, "the hosted page writes tokens that can be read"
    shown: dict[str, object] = {
        "id": method.id,
        "object": "payment_method",
        "customer": method.customer or None,
        "livemode": False,
        "type": "card" if entered.kind == "card" else "sepa_debit",
    }
    if entered.kind != "card":
        return {**shown, "sepa_debit": {"last4": entered.last4}}
    year, month = entered.valid_through.split("-")
    card = {"brand": "visa", "last4": entered.last4, "exp_month": int(month), "exp_year": int(year)}
    return {**shown, "card": card}


def session_object(
    setup: Setup, method: EnteredMethod | None, *, expand: Collection[str] = (), address: str = ""
) -> dict[str, object]:
    """A Checkout Session in setup mode, with its SetupIntent."""
    is_done = method is not None
    intent_name = f"seti_{setup.id.removeprefix('cs_test_')}"
    intent: object = intent_name
    if any(name.partition(".")[0] == "setup_intent" for name in expand):
        shown_method: object = None if method is None else method.id
        if method is not None and "setup_intent.payment_method" in expand:
            shown_method = method_object(method)
        intent = {
            "id": intent_name,
            "object": "setup_intent",
            "customer": setup.customer or None,
            "livemode": False,
            "payment_method": shown_method,
            "status": "succeeded" if is_done else "requires_payment_method",
            "usage": "off_session",
        }
    return {
        "id": setup.id,
        "object": "checkout.session",
        "cancel_url": setup.cancel_url,
        "created": setup.created_at,
        "customer": setup.customer or None,
        "livemode": False,
        "metadata": {"company_id": setup.company_id},
        "mode": "setup",
        "payment_status": "no_payment_required",
        "setup_intent": intent,
        "status": "complete" if is_done else "open",
        "success_url": setup.success_url,
        "url": None if is_done else f"{address}/setup/{setup.id}",
    }


def event_object(event: Event) -> dict[str, object]:
    """An Event with its object as it was then; the same words at each delivery."""
    snapshot = json.loads(event.snapshot)
    kind = _EVENT_TYPES.get(event.type, "payment_intent.processing")
    about: dict[str, object]
    if event.type == "setup.completed":
        about = session_object(Setup(**snapshot), None)
        about |= {"status": "complete", "url": None}
    elif event.type == "refund.succeeded":
        about = charge_object(Charge(**snapshot))
    else:
        charge = Charge(**snapshot)
        about = intent_object(charge)
        if charge.waits_for_payer:
            kind = "payment_intent.requires_action"
    return {
        "id": event.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": event.created_at,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def list_object(url: str, data: Sequence[object], *, has_more: bool) -> dict[str, object]:
    """A page of a list."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def search_object(url: str, data: Sequence[object]) -> dict[str, object]:
    """The one page of a search."""
    shown = {"object": "search_result", "data": list(data), "has_more": False, "url": url}
    return {**shown, "next_page": None}


def _status(charge: Charge) -> str:
    if charge.outcome == ChargeOutcome.SUCCEEDED:
        return "succeeded"
    if charge.outcome == ChargeOutcome.DECLINED:
        return "requires_payment_method"
    return "requires_action" if charge.waits_for_payer else "processing"


def _payment_error(charge: Charge) -> dict[str, object] | None:
    if charge.outcome != ChargeOutcome.DECLINED:
        return None
    code, decline_code, advice = DECLINES[charge.decline or DeclineKind.DECLINED]
    method = read_method(charge.method)
    return {
        "type": "card_error",
        "advice_code": advice,
        "charge": charge.id,
        "code": code,
        "decline_code": decline_code,
        "message": "Your card was declined.",
        "payment_method": {"id": None if method is None else method.code},
    }


def _metadata(charge: Charge) -> dict[str, str]:
    kept = json.loads(charge.metadata)
    assert isinstance(kept, dict), "the book keeps names with their values"
    return {"attempt_id": charge.attempt_id, **kept}
