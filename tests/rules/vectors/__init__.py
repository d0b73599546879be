"""Published worked examples of other vendors' systems, run through our rules.

An adapter turns the inputs of a row into calls of ``perenne.rules``, by the formula that the row
states. It is chosen by system and topic alone, and sees neither ids nor expected values.
"""

from tests.rules.vectors import (
    counting,
    dates,
    prices,
    proration,
    rounding,
    switching,
)
from tests.rules.vectors.running import ADAPTERS, Outcome, Verdict, judge, rows, tally

__all__ = [
    "ADAPTERS",
    "Outcome",
    "Verdict",
    "counting",
    "dates",
    "judge",
    "prices",
    "proration",
    "rounding",
    "rows",
    "switching",
    "tally",
]
