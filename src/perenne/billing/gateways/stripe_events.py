"""Reads Stripe's webhooks: who signed them, when, and what to look up because of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import stripe
from pydantic import ValidationError

from perenne.billing.gateways.event import (
    EventForgedError,
    EventMalformedError,
    EventSubject,
    GatewayEvent,
    demand_fresh,
    demand_small,
    header_of,
)
from perenne.billing.gateways.stripe_answers import ATTEMPT, StripeEventAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# While a secret is being exchanged Stripe signs with both.
_SIGNATURE = re.compile(r"t=([0-9]{1,12})(?:,v[0-9]=[0-9a-f]{1,200}){1,20}", re.ASCII)


def read_stripe_event(
    body: bytes, headers: Mapping[str, str], now: datetime, *, secret: str
) -> GatewayEvent:
    """Verify a webhook of Stripe and say what it is about.

    Raises:
        EventRefusedError: if it is too large, forged, too old or malformed.
    """
    demand_small(body)
    signature = header_of(headers, "Stripe-Signature")
    signed = _SIGNATURE.fullmatch(signature)
    if signed is None:
        raise EventForgedError("the event is not signed")
    try:
        # Without a tolerance: the SDK would compare with a clock of its own.
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise EventForgedError("the signature is not Stripe's") from None
    demand_fresh(int(signed[1]), now=now)
    try:
        told = StripeEventAnswer.model_validate_json(body)
    except ValidationError:
        raise EventMalformedError("the event is not in Stripe's words") from None
    return _event(told)


def _event(told: StripeEventAnswer) -> GatewayEvent:
    about = told.data.object
    attempt_id = (about.metadata or {}).get(ATTEMPT, "")
    subject, object_id = EventSubject.OTHER, ""
    match about.object:
        case "payment_intent":
            subject, object_id = EventSubject.CHARGE, about.id
        case "charge" | "refund" if about.payment_intent:
            is_refund = about.object == "refund" or told.type.startswith("charge.refund")
            subject = EventSubject.REFUND if is_refund else EventSubject.CHARGE
            object_id = about.payment_intent
        case "checkout.session" if about.mode == "setup":
            subject, object_id = EventSubject.SETUP, about.id
        case _:
            attempt_id = ""
    return GatewayEvent(
        gateway="stripe",
        event_id=told.id,
        about=subject,
        object_id=object_id,
        attempt_id=attempt_id,
    )
