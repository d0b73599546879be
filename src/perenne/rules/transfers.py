"""Changes that wait for a bank transfer: how long, and by which reference the money is known."""

import re
import unicodedata
from datetime import date, timedelta

REFERENCE_PREFIX = "PT"
REFERENCE_CHARACTERS = 8
# Crockford's letters: nothing looks like something else, read aloud or from paper.
REFERENCE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE = re.compile(
    f"(?=({REFERENCE_PREFIX}[{REFERENCE_ALPHABET}]{{{REFERENCE_CHARACTERS}}}))", re.ASCII
)
_NOT_A_LETTER = re.compile(r"[^0-9A-Z]+", re.ASCII)


def transfer_last_day(reserved_on: date, *, transfer_days: int, last_renewable_day: date) -> date:
    """The last day on which the money of a reserved change is in time.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    return min(reserved_on + timedelta(transfer_days), last_renewable_day)


def references_in(text: str) -> tuple[str, ...]:
    """References of reserved changes that a bank's text may hold, in any case or spacing."""
    plain = _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", text).upper())
    return tuple(dict.fromkeys(found[1] for found in _REFERENCE.finditer(plain)))
