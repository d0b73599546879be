"""How an amount was calculated: ordered steps from which it can be recomputed for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias

from perenne.rules.money import round_half_up


class StepCode(StrEnum):
    """What a step says or does to the amount so far."""

    PRICE_LIST = "price_list"
    GIVEN = "given"
    DERIVED = "derived"
    SHARE = "share"
    PRICE_CLASS = "price_class"
    SEATS = "seats"
    DAYS = "days"
    ROUNDING = "rounding"
    TAX = "tax"
    REVERSE_CHARGE = "reverse_charge"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; amounts in its facts are minor units, shares are texts like ``9/10``."""

    code: StepCode
    facts: tuple[tuple[str, str | int], ...] = ()

    def __getitem__(self, name: str) -> str | int:
        return dict(self.facts)[name]


Trace: TypeAlias = tuple[Step, ...]


def step(code: StepCode, **facts: str | int) -> Step:
    """A step with its facts by name."""
    return Step(code, tuple(facts.items()))


def to_json(trace: Trace) -> list[dict[str, Any]]:
    """The trace as it is stored."""
    return [{"code": one.code.value, **dict(one.facts)} for one in trace]


def from_json(stored: Sequence[Mapping[str, Any]]) -> Trace:
    """A stored trace."""
    return tuple(
        Step(
            StepCode(one["code"]),
            tuple((name, value) for name, value in one.items() if name != "code"),
        )
        for one in stored
    )


def recompute(trace: Trace) -> int:  # noqa: C901 - one case a step code
    """Run the steps again; return the amount in minor units.

    Raises:
        ValueError: if a ``result`` step names another amount than the steps before it give.

    Source: docs/explanation/pricing.md, «How calculated».
    """
    amount = Fraction(0)
    for one in trace:
        match one.code:
            case StepCode.GIVEN:
                amount = Fraction(one["amount_minor"])
            case StepCode.DERIVED | StepCode.SHARE | StepCode.TAX:
                amount *= Fraction(one["share"])
            case StepCode.DAYS:
                amount *= Fraction(int(one["days"]), int(one["of"]))
            case StepCode.SEATS:
                amount *= int(one["seats"])
            case StepCode.REVERSE_CHARGE:
                amount = Fraction(0)
            case StepCode.ROUNDING:
                amount = Fraction(round_half_up(amount, step=int(one["step_minor"])))
            case StepCode.RESULT:
                if amount != one["amount_minor"]:
                    raise ValueError(f"the steps give {amount}, the result says {one}")
            case StepCode.PRICE_LIST | StepCode.PRICE_CLASS:
                pass
    if amount.denominator != 1:
        raise ValueError(f"the steps end on a part of a minor unit: {amount}")
    return amount.numerator
