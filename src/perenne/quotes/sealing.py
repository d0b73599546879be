"""Seals over what was offered, and signed links for those who decide without an account."""

import msgspec
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

from perenne.quotes.models import QuoteVersion

_SEAL = "perenne.quotes.seal"
_LINK = "perenne.quotes.link"


def seal_of(version: QuoteVersion, *, key: str | bytes | None = None) -> str:
    """The seal over number, version, days and options of a version that is issued."""
    said = {
        "quote": version.quote_id,
        "version": version.version,
        "issued_on": version.issued_on,
        "valid_through": version.valid_through,
        "currency": version.currency,
        "options": [
            [one.letter, one.hash, one.net_minor, one.tax_minor, one.gross_minor]
            for one in version.options.order_by("letter")
        ],
    }
    text = msgspec.json.encode(said, order="deterministic")
    return salted_hmac(_SEAL, text, secret=key, algorithm="sha256").hexdigest()


def is_sealed(version: QuoteVersion) -> bool:
    """Whether nothing of it was edited since; seals of earlier secret keys count."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(version.seal, seal_of(version, key=key)) for key in keys)


def link_token(recipient_id: str) -> str:
    """What the link of a recipient carries: nobody can make one up or change it into another."""
    return Signer(salt=_LINK).sign(recipient_id)


def recipient_of_token(token: str) -> str | None:
    """The recipient whose link it is; None if it was not made here."""
    try:
        return Signer(salt=_LINK).unsign(token)
    except BadSignature:
        return None
