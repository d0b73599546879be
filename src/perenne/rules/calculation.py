"""Calculation policies: named, versioned answers to how a part of a term is priced."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from perenne.rules.money import RemainderTo, Rounding
from perenne.rules.periods import Alignment
from perenne.rules.trace import Step, StepCode, step


class Base(StrEnum):
    """What the share of a term is made of."""

    EXACT_FRACTION = "exact_fraction"
    DAILY_RATE = "daily_rate"
    UNIT_THEN_QUANTITY = "unit_then_quantity"
    THIRTY_DAY_MONTHS = "thirty_day_months"
    WHOLE_PERIODS_PLUS_STUB = "whole_periods_plus_stub"
    STARTED_PERIODS_WHOLE = "started_periods_whole"


class Denominator(StrEnum):
    """By how many days a day is divided; those of a year are taken for the term's months."""

    DAYS_OF_TERM = "days_of_term"
    YEAR_365 = "365"
    YEAR_365_OR_366 = "365_or_366"
    PERIOD_OF_STUB = "period_of_stub"


class DiscountOrder(StrEnum):
    """Whether a discount is taken off the whole term's price, or off its part."""

    DISCOUNT_FIRST = "discount_first"
    PRORATION_FIRST = "proration_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationPolicy:
    """How a part of a term is priced; what a base does not use stays as it is here.

    ``places`` are decimals of the currency to which a daily rate is rounded, by ``rate_rounding``.
    ``period_months`` is the length of the periods that are counted. ``rounding`` is the one
    rounding of an amount to the billing step.

    Source: docs/explanation/calculation-policies.md, «What a policy says».
    """

    name: str
    version: int = 1
    base: Base = Base.EXACT_FRACTION
    denominator: Denominator = Denominator.DAYS_OF_TERM
    places: int = 0
    rate_rounding: Rounding = Rounding.HALF_UP
    period_months: int = 1
    alignment: Alignment = Alignment.START
    rounding: Rounding = Rounding.HALF_UP
    remainder: RemainderTo = RemainderTo.LARGEST
    order: DiscountOrder = DiscountOrder.DISCOUNT_FIRST


EXACT_FRACTION = CalculationPolicy(name="exact_fraction")
THIRTY_DAY_MONTHS = CalculationPolicy(name="thirty_day_months", base=Base.THIRTY_DAY_MONTHS)
MONTHS_AND_DAYS = CalculationPolicy(
    name="months_and_days",
    base=Base.WHOLE_PERIODS_PLUS_STUB,
    denominator=Denominator.PERIOD_OF_STUB,
)
STARTED_MONTHS = CalculationPolicy(name="started_months", base=Base.STARTED_PERIODS_WHOLE)
PRESETS: Mapping[str, CalculationPolicy] = {
    preset.name: preset
    for preset in (EXACT_FRACTION, THIRTY_DAY_MONTHS, MONTHS_AND_DAYS, STARTED_MONTHS)
}

_DATED = (Denominator.DAYS_OF_TERM, Denominator.YEAR_365, Denominator.YEAR_365_OR_366)
DENOMINATORS: Mapping[Base, tuple[Denominator, ...]] = {
    Base.EXACT_FRACTION: _DATED,
    Base.DAILY_RATE: _DATED,
    Base.UNIT_THEN_QUANTITY: _DATED,
    Base.THIRTY_DAY_MONTHS: (),
    Base.WHOLE_PERIODS_PLUS_STUB: (Denominator.PERIOD_OF_STUB, *_DATED),
    Base.STARTED_PERIODS_WHOLE: (),
}
"""The denominators that mean something with each base; the first is the one if none is named."""

_CHOICES: Mapping[str, type[StrEnum]] = {
    "base": Base,
    "denominator": Denominator,
    "rate_rounding": Rounding,
    "alignment": Alignment,
    "rounding": Rounding,
    "remainder": RemainderTo,
    "order": DiscountOrder,
}
_NUMBERS: Mapping[str, tuple[int, int]] = {
    "version": (1, 999_999),
    "places": (0, 12),
    "period_months": (1, 120),
}
_PERIODIC = (Base.WHOLE_PERIODS_PLUS_STUB, Base.STARTED_PERIODS_WHOLE)
_BELONGS_TO: Mapping[str, tuple[Base, ...]] = {
    "places": (Base.DAILY_RATE,),
    "rate_rounding": (Base.DAILY_RATE,),
    "period_months": _PERIODIC,
    "alignment": _PERIODIC,
    "denominator": tuple(base for base, known in DENOMINATORS.items() if known),
}


def calculation_of(stored: str | Mapping[str, Any]) -> CalculationPolicy:
    """The calculation policy that a setting names: a preset, or one that is written out.

    Raises:
        ValueError: if it is neither; ``calculation_problems`` says what is wrong.

    Source: docs/explanation/calculation-policies.md, «Presets and your own».
    """
    if isinstance(stored, str):
        if stored not in PRESETS:
            raise ValueError(f"no calculation policy is named {stored!r}")
        return PRESETS[stored]
    base = Base(stored.get("base", Base.EXACT_FRACTION))
    known = DENOMINATORS[base]
    values: dict[str, Any] = {"denominator": known[0] if known else Denominator.DAYS_OF_TERM}
    for field, value in stored.items():
        values[field] = _CHOICES[field](_as_text(value)) if field in _CHOICES else value
    return CalculationPolicy(**values)


def definition_of(policy: CalculationPolicy) -> dict[str, Any]:
    """A policy written out, as it is stored; ``calculation_of`` reads it back."""
    return {
        field: value.value if isinstance(value, StrEnum) else value
        for field, value in asdict(policy).items()
    }


def calculation_step(policy: CalculationPolicy) -> Step:
    """Name the policy in the trace of an amount that it calculated."""
    return step(StepCode.CALCULATION, name=policy.name, version=policy.version)


def calculation_problems(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with a definition: pairs of field and reason with remedy; empty if nothing."""
    fields = (*_CHOICES, *_NUMBERS)
    problems = [
        (field, f"is not a field of a calculation policy; these are: {', '.join(fields)}")
        for field in definition
        if field not in fields
    ]
    if "base" not in definition:
        problems.append(("base", f"is missing; choose one of {', '.join(Base)}"))
    for field, value in definition.items():
        problems += [(field, reason) for reason in _field_problems(field, value)]
    if problems:
        return problems
    return _combination_problems(Base(definition["base"]), definition)


def _field_problems(field: str, value: Any) -> list[str]:  # noqa: ANN401 - as read from a file
    if field in _CHOICES and _as_text(value) not in list(_CHOICES[field]):
        return [f"is none of {', '.join(_CHOICES[field])}"]
    lowest, highest = _NUMBERS.get(field, (0, 0))
    if field in _NUMBERS and (type(value) is not int or not lowest <= value <= highest):
        return [f"is not a whole number from {lowest} to {highest}"]
    return []


def _as_text(value: Any) -> Any:  # noqa: ANN401 - as read from a file
    """A denominator of 365 may be written as a number."""
    return str(value) if type(value) is int else value


def _combination_problems(base: Base, definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems = [
        (field, f"means nothing with the base {base}; remove it, or use {' or '.join(bases)}")
        for field, bases in _BELONGS_TO.items()
        if field in definition and base not in bases
    ]
    if base is Base.DAILY_RATE and "places" not in definition:
        problems.append(("places", "is missing; say to how many decimals a daily rate is rounded"))
    denominator = _as_text(definition.get("denominator"))
    if denominator is not None and DENOMINATORS[base] and denominator not in DENOMINATORS[base]:
        known = ", ".join(DENOMINATORS[base])
        problems.append(("denominator", f"means nothing with the base {base}; use one of {known}"))
    return problems
