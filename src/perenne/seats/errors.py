"""Errors of seats.

PerenneError
└── SeatsRefusedError   asked for what the rules refuse; nothing has happened
"""

from collections.abc import Iterable

from perenne.platform.errors import PerenneError
from perenne.rules.seat_refusals import SeatRefusal


class SeatsRefusedError(PerenneError):
    """Nothing was given or taken; ``refusals`` say why, all of them."""

    code = "seats.refused"

    def __init__(self, refusals: Iterable[SeatRefusal]) -> None:
        self.refusals = tuple(dict.fromkeys(refusals))
        super().__init__(", ".join(sorted({one.code for one in self.refusals})))
