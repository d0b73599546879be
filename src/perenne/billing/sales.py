"""What is sold, frozen before anybody pays: the line, its dates, its amounts and their traces."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One subscription's next term as it will be sold; amounts in minor units, traces as JSON.

    ``seats_more`` is what the seat ledger moves by on ``starts_on``; negative when fewer.
    """

    subscription: str
    company: str
    contract: str
    channel: str
    region: str
    offer: str
    seats: int
    seats_more: int
    starts_on: date
    renews_on: date
    currency: str
    unit_minor: int
    net_minor: int
    tax_minor: int
    tax_rate: str
    trace: list[dict[str, Any]]
    tax_trace: list[dict[str, Any]]
    method: str | None
    method_kind: str
    plan_revision: int
    version: int

    @property
    def gross_minor(self) -> int:
        """What is to be paid."""
        return self.net_minor + self.tax_minor

    def to_json(self) -> dict[str, Any]:
        """The sale as it is stored with its attempt."""
        return asdict(self) | {
            "starts_on": self.starts_on.isoformat(),
            "renews_on": self.renews_on.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The sale exactly as it was frozen."""
        return cls(
            **stored
            | {
                "starts_on": date.fromisoformat(stored["starts_on"]),
                "renews_on": date.fromisoformat(stored["renews_on"]),
            }
        )
