"""Signatures of webhooks as the Standard Webhooks specification has them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with


def standard_signature(secret: str, *, event_id: str, signed_at_s: int, body: bytes) -> str:
    """Sign id, moment and body with HMAC-SHA256; one entry of the header ``webhook-signature``.

    Args:
        secret: ``whsec_`` and the key in base64.
        event_id: what the header ``webhook-id`` says.
        signed_at_s: what the header ``webhook-timestamp`` says, in seconds since 1970.
        body: as it is sent.

    Raises:
        ValueError: if the secret is not of that form.
    """
    signed = b".".join((event_id.encode(), str(signed_at_s).encode(), body))
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a webhook secret begins with {SECRET_PREFIX}")
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is base64 after its prefix") from None
