"""Exact money: integer minor units, exact shares, one rounding with a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency in a region: ISO 4217 code and exponent, and the smallest amount billed there.

    The billing step is in minor units: the Taiwan dollar has exponent 2 and is billed in 100.
    """

    code: str
    exponent: int
    billing_step_minor: int


class Rounding(StrEnum):
    """How what lies between two multiples of a step is rounded; the sign makes no difference.

    Half up goes away from zero, half even to the even multiple; truncating cuts off towards zero.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    TRUNCATE = "truncate"


def rounded(value: Fraction, *, rule: Rounding, step: Fraction | int) -> Fraction:
    """Round to a multiple of ``step`` by a named rule; the step may be a part of a minor unit.

    Raises:
        ValueError: if ``step`` is not positive.

    Source: docs/explanation/calculation-policies.md, «Rounding by name».
    """
    if step <= 0:
        raise ValueError(f"step must be positive, got {step}")
    steps = abs(value) / step
    whole, rest = divmod(steps.numerator, steps.denominator)
    if rule is Rounding.HALF_UP:
        whole += 2 * rest >= steps.denominator
    elif rule is Rounding.HALF_EVEN:
        whole += 2 * rest + whole % 2 > steps.denominator
    return Fraction(whole if value >= 0 else -whole) * step


def round_half_up(value: Fraction, *, step: int) -> int:
    """Round to a multiple of ``step``, halves away from zero.

    Raises:
        ValueError: if ``step`` is below 1.

    Source: docs/explanation/pricing.md, «Rounding».
    """
    return rounded(value, rule=Rounding.HALF_UP, step=step).numerator


_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,4}))?", re.ASCII)


def parse_amount(text: str, *, exponent: int, step_minor: int) -> int:
    """Read ``467.00`` as minor units.

    Raises:
        ValueError: if it is not a plain decimal, has more decimals than the currency, or is not
            a multiple of the billing step. The message says which.
    """
    matched = _AMOUNT.fullmatch(text)
    if matched is None:
        raise ValueError("is not an amount like 467.00")
    whole, decimals = matched[1], matched[2] or ""
    if len(decimals) > exponent:
        raise ValueError(f"has more than {exponent} decimals")
    minor: int = int(whole) * 10**exponent + int((decimals or "0").ljust(exponent, "0") or "0")
    if minor % step_minor:
        raise ValueError(f"is not a multiple of the billing step, {step_minor} minor units")
    return minor


class RemainderTo(StrEnum):
    """Who gets what is left when the parts of a total were cut to whole steps."""

    LARGEST = "largest"
    FIRST = "first"
    LAST = "last"


def allocate(
    total: int,
    weights: Sequence[int],
    *,
    step: int = 1,
    remainder: RemainderTo = RemainderTo.LARGEST,
) -> tuple[int, ...]:
    """Split a total by weights so that the parts sum to it.

    Each part is cut to a multiple of ``step``. The steps that are left go one by one to the
    largest remainders, earlier on ties; or all to the first or last part that has a weight.
    What is left of a total that is no multiple goes to whoever would get the next step.

    Raises:
        ValueError: if a weight is negative or all are zero.

    Source: docs/explanation/calculation-policies.md, «Splitting a total».
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"weights must be positive in sum and not negative, got {weights}")
    sign = 1 if total >= 0 else -1
    steps, rest = divmod(abs(total), step)
    parts = [steps * weight // whole * step for weight in weights]
    in_turn = _in_turn(weights, steps=steps, remainder=remainder)
    for turn in range(steps - sum(parts) // step):
        parts[in_turn[turn % len(in_turn)]] += step
    parts[in_turn[0]] += rest
    return tuple(sign * part for part in parts)


def _in_turn(weights: Sequence[int], *, steps: int, remainder: RemainderTo) -> list[int]:
    """The parts, by index, in the order in which they get what is left."""
    weighty = [index for index, weight in enumerate(weights) if weight]
    match remainder:
        case RemainderTo.LARGEST:
            whole = sum(weights)
            return sorted(weighty, key=lambda index: (-(steps * weights[index] % whole), index))
        case RemainderTo.FIRST:
            return weighty[:1]
        case RemainderTo.LAST:
            return weighty[-1:]
        case _ as unknown:
            assert_never(unknown)
