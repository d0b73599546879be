"""For which business day, by whom and when something is done."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """For which business day, by whom and when something is done."""

    day: date
    actor: str
    now: datetime
