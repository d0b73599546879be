"""Whether an invoice may be voided: what it sold ends with it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class VoidProblem(StrEnum):
    """Why an invoice cannot be voided."""

    # The term has not begun, or seats or a stretch were sold: give those back instead.
    RETURN_INSTEAD = "return.instead"
    LATER_TERM_SOLD = "later_term.sold"
    IN_PROGRESS = "renewal.in_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidFacts:
    """An order of the invoice with its subscription; dates are those of the term that it sold."""

    kind: str
    starts_on: date | None
    renews_on: date | None
    is_reversed: bool
    subscription_renews_on: date
    has_ended: bool
    has_open_attempt: bool


def void_problem(facts: VoidFacts, *, as_of: date) -> VoidProblem | None:
    """Why the order cannot be voided on a day; None if it can.

    What has ended, or was given back, is only credited. Otherwise the running term ends, and only
    that: seats, a stretch or a term that has not begun are given back instead.

    Source: docs/explanation/money.md, «Voiding».
    """
    if facts.has_open_attempt:
        return VoidProblem.IN_PROGRESS
    if facts.has_ended or facts.is_reversed:
        return None
    if facts.starts_on is None or facts.kind not in _SELL_A_TERM or facts.starts_on > as_of:
        return VoidProblem.RETURN_INSTEAD
    if facts.renews_on != facts.subscription_renews_on:
        return VoidProblem.LATER_TERM_SOLD
    return None


_SELL_A_TERM = ("renewal", "purchase")
