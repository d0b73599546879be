"""Ids: a prefix that names the noun, then text that sorts by the time it was made."""

import secrets
import time
from itertools import product

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing looks like something else
_BITS = 5
_MOMENT_CHARACTERS = 10  # 48 bits of milliseconds
_CHANCE_CHARACTERS = 16  # 80 random bits
# The last two characters are counted through a table: ids are made by the thousand.
_ENDS = tuple(map("".join, product(_ALPHABET, repeat=2)))
_END_BITS = 2 * _BITS
_REFERENCE_CHARACTERS = 8  # 40 random bits


def new_id(prefix: str) -> str:
    """Make one id, for example ``sub_01kc…``; unique without asking the database."""
    return new_ids(prefix, 1)[0]


def new_ids(prefix: str, how_many: int) -> list[str]:
    """Make ids that sort in the order in which they are returned."""
    moment = _encode(time.time_ns() // 1_000_000, _MOMENT_CHARACTERS)
    # Half the range is left above, so that counting up never overflows.
    chance = secrets.randbits(_BITS * _CHANCE_CHARACTERS - 1)
    made: list[str] = []
    while len(made) < how_many:
        high, low = chance >> _END_BITS, chance & (len(_ENDS) - 1)
        head = f"{prefix}_{moment}{_encode(high, _CHANCE_CHARACTERS - 2)}"
        ends = _ENDS[low : low + how_many - len(made)]
        made += [head + end for end in ends]
        chance += len(ends)
    return made


def new_reference(prefix: str) -> str:
    """Make a reference that people read out on the telephone, for example ``CR-7K3M-9PQX``.

    Short enough to meet another one: ask the database whether it is free.
    """
    letters = _encode(
        secrets.randbits(_BITS * _REFERENCE_CHARACTERS), _REFERENCE_CHARACTERS
    ).upper()
    half = _REFERENCE_CHARACTERS // 2
    return f"{prefix}-{letters[:half]}-{letters[half:]}"


def _encode(number: int, characters: int) -> str:
    letters = []
    for _ in range(characters):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(reversed(letters))
