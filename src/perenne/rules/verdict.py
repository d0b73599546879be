"""The answer to «may I?»: available, available from a day, or unavailable with every reason."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from perenne.rules.refusals import CampaignNotOpen, Refusal, TermNotBegun, WindowNotOpen
from perenne.rules.remedies import Remedy, remedy_of

SHOWN = 3


class State(StrEnum):
    """The three answers."""

    AVAILABLE = "available"
    AVAILABLE_FROM = "available_from"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed, or refused for reasons in the order in which the rules found them."""

    refusals: tuple[Refusal, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals

    @property
    def state(self) -> State:
        """Which of the three answers it is; time alone is not a refusal but a day."""
        if not self.refusals:
            return State.AVAILABLE
        return State.UNAVAILABLE if self.available_from is None else State.AVAILABLE_FROM

    @property
    def available_from(self) -> date | None:
        """The day from which it is possible, if nothing but time stands against it."""
        days = [
            refusal.begins_on if isinstance(refusal, TermNotBegun) else refusal.opens_on
            for refusal in self.refusals
            if isinstance(refusal, WindowNotOpen | CampaignNotOpen | TermNotBegun)
        ]
        return max(days) if days and len(days) == len(self.refusals) else None

    @property
    def shown(self) -> tuple[tuple[Refusal, Remedy], ...]:
        """At most three reasons with their remedies, those that the reader can mend first."""
        mendable = sorted(
            ((refusal, remedy_of(refusal)) for refusal in self.refusals),
            key=lambda pair: pair[1].fixer.rank,
        )
        return tuple(mendable[:SHOWN])
