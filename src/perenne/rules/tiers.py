"""Quantity tiers: the price of a seat depends on how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from perenne.rules.trace import Step, StepCode, Trace, recompute, step


class Tariff(StrEnum):
    """Volume: all seats at the price of the tier reached. Graduated: each at its own tier's."""

    VOLUME = "volume"
    GRADUATED = "graduated"


@dataclass(frozen=True, slots=True)
class Tier:
    """The price of a seat, in minor units, up to and including a quantity; None: without end."""

    up_to: int | None
    unit_minor: int


@dataclass(frozen=True, slots=True)
class TieredAmount:
    """What so many seats cost, in minor units, and the steps that give it."""

    amount_minor: int
    trace: Trace


def tier_index(tiers: Sequence[Tier], quantity: int) -> int:
    """Which tier a total quantity reaches; 0 is the first. Nothing but the total decides.

    Raises:
        ValueError: if the quantity is below 1 or beyond the last tier, or the tiers do not ascend.

    Source: docs/explanation/calculation-policies.md, «Quantity tiers».
    """
    ends = [tier.up_to for tier in tiers]
    closed = [end for end in ends if end is not None]
    if closed != sorted(set(closed)) or None in ends[:-1]:
        raise ValueError(f"tiers must ascend, and only the last may be without end, got {ends}")
    if quantity < 1:
        raise ValueError(f"quantity must be at least 1, got {quantity}")
    for index, end in enumerate(ends):
        if end is None or quantity <= end:
            return index
    last = f"the last one ends at {ends[-1]}" if ends else "there is none"
    raise ValueError(f"no tier reaches {quantity}; {last}")


def tiered(tiers: Sequence[Tier], quantity: int, *, tariff: Tariff) -> TieredAmount:
    """Price a quantity by its tiers; exact, as unit prices are whole minor units.

    Raises:
        ValueError: as ``tier_index``.

    Source: docs/explanation/calculation-policies.md, «Quantity tiers».
    """
    reached = tier_index(tiers, quantity)
    if tariff is Tariff.VOLUME:
        trace = _seats_at(tiers[reached], quantity)
    else:
        trace = _graduated(tiers[: reached + 1], quantity)
    amount_minor = recompute(trace)
    return TieredAmount(amount_minor, (*trace, step(StepCode.RESULT, amount_minor=amount_minor)))


def dearer_thresholds(tiers: Sequence[Tier]) -> tuple[int, ...]:
    """The quantities from which a seat costs more than below: a tariff to ask its author about.

    Source: docs/explanation/calculation-policies.md, «Quantity tiers».
    """
    return tuple(
        below.up_to + 1
        for below, above in pairwise(tiers)
        if below.up_to is not None and above.unit_minor > below.unit_minor
    )


def _graduated(tiers: Sequence[Tier], quantity: int) -> Trace:
    trace: list[Step] = []
    filled = 0
    for tier in tiers:
        until = quantity if tier.up_to is None else min(quantity, tier.up_to)
        trace += [step(StepCode.PLUS)] if trace else []
        trace += _seats_at(tier, until - filled)
        filled = until
    return tuple(trace)


def _seats_at(tier: Tier, seats: int) -> Trace:
    return (
        step(StepCode.GIVEN, amount_minor=tier.unit_minor),
        step(StepCode.SEATS, seats=seats),
    )
