"""A fact of the journal as those who write mails about it read it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One row of the journal; ``company`` and ``region`` are empty for the vendor's own."""

    id: int
    kind: str
    subject: str
    company: str
    region: str
    business_day: date
    happened_at: datetime
    actor: str
    facts: dict[str, Any]
