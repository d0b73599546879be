"""Seal secrets that the database keeps, with keys made from the installation's own."""

import hashlib
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def _keys() -> MultiFernet:
    """The key of today first, then those that it replaced: they still open what they sealed."""
    secrets = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [
            Fernet(urlsafe_b64encode(hashlib.sha256(b"perenne.sealing" + key.encode()).digest()))
            for key in secrets
        ]
    )


def sealed(text: str) -> str:
    """What is stored of a secret: encrypted, and refused if somebody changes it."""
    return _keys().encrypt(text.encode()).decode("ascii")


def opened(stored: str) -> str:
    """The secret.

    Raises:
        cryptography.fernet.InvalidToken: if it was changed, or sealed with another key.
    """
    return _keys().decrypt(stored.encode("ascii")).decode()
