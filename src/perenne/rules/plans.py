"""Whether the renewal plan on file can be executed, and with how many seats."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PlanProblem(StrEnum):
    """Why a term cannot be sold; the values are reason codes."""

    OFFER_RETIRED = "offer.retired"
    PRICE_MISSING = "price.missing"
    SEATS_MINIMUM = "seats.minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """The term that would be sold; ``retired_on`` is the access model's, if it ends."""

    first_day: date
    seats: int
    retired_on: date | None
    is_priced: bool


def plan_problem(facts: PlanFacts) -> PlanProblem | None:
    """What stands against selling the term; None if nothing does.

    A retired access model is neither sold nor renewed for a term whose first day is on or after
    its retirement date; running terms run out.

    Source: docs/explanation/lifecycle.md, «Plans that cannot be executed».
    """
    if facts.retired_on is not None and facts.first_day >= facts.retired_on:
        return PlanProblem.OFFER_RETIRED
    if not facts.is_priced:
        return PlanProblem.PRICE_MISSING
    if facts.seats < 1:
        return PlanProblem.SEATS_MINIMUM
    return None


def planned_seats(explicit: int | None, owned: int) -> int:
    """The seats of the next term: a number that was decided, or all seats then owned."""
    return owned if explicit is None else explicit
