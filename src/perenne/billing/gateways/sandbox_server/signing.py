"""Words and signs the sandbox's webhooks: in its own format, and in Stripe's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.stripe_objects import event_object
from perenne.billing.gateways.signatures import SECRET_PREFIX, standard_signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.outbox import Event

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A webhook as it is sent."""

    headers: Mapping[str, str]
    body: bytes


def webhook_secret(home: Path) -> str:
    """Read the secret that this gateway shares with its customer; make one if there is none.

    Raises:
        OSError: if it can be neither read nor written.
    """
    path = home / "gateway" / "webhook-secret"
    if not path.exists():
        key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
        written = path.with_suffix(".new")
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(SECRET_PREFIX + key)
        written.replace(path)
    return path.read_text("ascii")


def signed(event: Event, words: str, *, secret: str, at_s: int) -> SignedEvent:
    """Sign an event; the body is the same at each call, the signature that of its moment.

    Args:
        event: from the outbox.
        words: ``sandbox`` or ``stripe``.
        secret: the one that is shared.
        at_s: seconds since 1970.
    """
    if words == "stripe":
        body = json.dumps(event_object(event)).encode()
        key = secret.encode()
        digest = hmac.new(key, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
        return SignedEvent(_headers({"Stripe-Signature": f"t={at_s},v1={digest}"}), body)
    body = json.dumps(_own_object(event)).encode()
    signature = standard_signature(secret, event_id=event.id, signed_at_s=at_s, body=body)
    headers = {
        "webhook-id": event.id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature,
    }
    return SignedEvent(_headers(headers), body)


def forged(event: Event, words: str, *, at_s: int) -> SignedEvent:
    """Make what somebody would send who knows everything but the secret."""
    guess = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    pretended = event._replace(id=f"evt_{secrets.token_hex(12)}")
    return signed(pretended, words, secret=guess, at_s=at_s)


def _headers(signature: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Type": "application/json", **signature}


def _own_object(event: Event) -> dict[str, object]:
    # Only what to look up: whoever wants to know what became of it has to ask.
    kind, _, _ = event.type.partition(".")
    return {
        "id": event.id,
        "type": event.type,
        "created_at": event.created_at,
        "object": {"kind": kind, "id": event.object_id},
        "attempt_id": event.attempt_id,
    }
