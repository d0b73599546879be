"""Ids: a prefix that names the noun, then text that sorts by the time it was made."""

import secrets
import time
from itertools import count

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing looks like something else
_MOMENT_CHARACTERS = 10  # 48 bits of milliseconds
_CHANCE_CHARACTERS = 16  # 80 random bits
_CHANCE_BITS = 80
_REFERENCE_CHARACTERS = 8  # 40 random bits


def new_id(prefix: str) -> str:
    """Make one id, for example ``sub_01kc…``; unique without asking the database."""
    return new_ids(prefix, 1)[0]


def new_ids(prefix: str, how_many: int) -> list[str]:
    """Make ids that sort in the order in which they are returned."""
    moment = _encode(time.time_ns() // 1_000_000, _MOMENT_CHARACTERS)
    # Half the range is left above, so that counting up never overflows.
    first = secrets.randbits(_CHANCE_BITS - 1)
    return [
        f"{prefix}_{moment}{_encode(chance, _CHANCE_CHARACTERS)}"
        for chance, _ in zip(count(first), range(how_many), strict=False)
    ]


def new_reference(prefix: str) -> str:
    """Make a reference that people read out on the telephone, for example ``CR-7K3M-9PQX``.

    Short enough to meet another one: ask the database whether it is free.
    """
    letters = _encode(secrets.randbits(5 * _REFERENCE_CHARACTERS), _REFERENCE_CHARACTERS).upper()
    half = _REFERENCE_CHARACTERS // 2
    return f"{prefix}-{letters[:half]}-{letters[half:]}"


def _encode(number: int, characters: int) -> str:
    letters = []
    for _ in range(characters):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(reversed(letters))
