"""How an amount was calculated: ordered steps from which it can be recomputed for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from perenne.rules.money import Rounding, rounded


class StepCode(StrEnum):
    """What a step says or does to the amount so far."""

    PRICE_LIST = "price_list"
    GIVEN = "given"
    DERIVED = "derived"
    SHARE = "share"
    PRICE_CLASS = "price_class"
    CALCULATION = "calculation"
    DISCOUNT = "discount"
    UPLIFT = "uplift"
    SEATS = "seats"
    DAYS = "days"
    DAILY_RATE = "daily_rate"
    PERIODS = "periods"
    PLUS = "plus"
    ROUNDING = "rounding"
    TAX = "tax"
    REVERSE_CHARGE = "reverse_charge"
    PAID = "paid"
    RETURNED = "returned"
    CREDITED = "credited"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; amounts in its facts are minor units, shares are texts like ``9/10``."""

    code: StepCode
    facts: tuple[tuple[str, str | int], ...] = ()

    def __getitem__(self, name: str) -> str | int:
        return dict(self.facts)[name]

    def get(self, name: str) -> str | int | None:
        """A fact that not every such step has."""
        return dict(self.facts).get(name)


Trace: TypeAlias = tuple[Step, ...]


def step(code: StepCode, **facts: str | int) -> Step:
    """A step with its facts by name."""
    return Step(code, tuple(facts.items()))


def rounding_step(rule: Rounding, *, step_minor: int) -> Step:
    """A rounding by name, to a multiple of the billing step."""
    return step(StepCode.ROUNDING, rule=rule.value, step_minor=step_minor)


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


def exact_amount(trace: Trace) -> Fraction:
    """Run the steps again; return the amount in minor units, which may have parts.

    Raises:
        ValueError: if a ``result`` step names another amount than the steps before it give.

    Source: docs/explanation/pricing.md, «How calculated».
    """
    kept = amount = Fraction(0)
    for one in trace:
        if one.code is StepCode.PLUS:
            kept, amount = kept + amount, Fraction(0)
        elif one.code is StepCode.RESULT and kept + amount != one["amount_minor"]:
            raise ValueError(f"the steps give {kept + amount}, the result says {one}")
        amount = _after(one, amount)
    return kept + amount


def recompute(trace: Trace) -> int:
    """Run the steps again; return the amount in minor units.

    Raises:
        ValueError: if a ``result`` step names another amount, or the steps end on a part of a
            minor unit.

    Source: docs/explanation/pricing.md, «How calculated».
    """
    amount = exact_amount(trace)
    if amount.denominator != 1:
        raise ValueError(f"the steps end on a part of a minor unit: {amount}")
    return amount.numerator


def _after(one: Step, amount: Fraction) -> Fraction:  # noqa: C901, PLR0911, PLR0912 - a case a code
    """The amount after a step."""
    match one.code:
        case StepCode.GIVEN | StepCode.PAID:
            return Fraction(one["amount_minor"])
        case StepCode.DERIVED | StepCode.SHARE | StepCode.TAX | StepCode.UPLIFT:
            return amount * Fraction(one["share"])
        case StepCode.DISCOUNT:
            return _less(amount, one)
        case StepCode.SEATS:
            return amount * int(one["seats"])
        case StepCode.DAYS:
            return amount * int(one["days"]) / Fraction(one["of"])
        case StepCode.DAILY_RATE:
            rule, finest = Rounding(str(one["rule"])), Fraction(one["finest_minor"])
            return rounded(amount / Fraction(one["of"]), rule=rule, step=finest) * int(one["days"])
        case StepCode.PERIODS:
            count = int(one["whole"]) + int(one["stub_days"]) / Fraction(one["stub_of"])
            return amount * count * Fraction(one["share_each"])
        case StepCode.RETURNED:
            return amount * Fraction(int(one["seats"]), int(one["of"]))
        case StepCode.CREDITED:
            return max(Fraction(0), amount - int(one["amount_minor"]))
        case StepCode.REVERSE_CHARGE:
            return Fraction(0)
        case StepCode.ROUNDING:
            return rounded(amount, rule=Rounding(str(one["rule"])), step=int(one["step_minor"]))
        case StepCode.PRICE_LIST | StepCode.PRICE_CLASS | StepCode.CALCULATION:
            return amount
        case StepCode.PLUS | StepCode.RESULT:
            return amount
        case _ as unknown:
            assert_never(unknown)


def _less(amount: Fraction, discount: Step) -> Fraction:
    share = discount.get("share")
    if share is not None:
        return amount * (1 - Fraction(share))
    return max(Fraction(0), amount - int(discount["amount_minor"]))
