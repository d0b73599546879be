"""Exact money: integer minor units, exact shares, one rounding with a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency in a region: ISO 4217 code and exponent, and the smallest amount billed there.

    The billing step is in minor units: the Taiwan dollar has exponent 2 and is billed in 100.
    """

    code: str
    exponent: int
    billing_step_minor: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency; negative is owed to the customer."""

    amount_minor: int
    currency: str

    def __add__(self, other: Self) -> Self:
        return self._same(self.amount_minor + self._amount_of(other))

    def __sub__(self, other: Self) -> Self:
        return self._same(self.amount_minor - self._amount_of(other))

    def __neg__(self) -> Self:
        return self._same(-self.amount_minor)

    def __lt__(self, other: Self) -> bool:
        return self.amount_minor < self._amount_of(other)

    def __le__(self, other: Self) -> bool:
        return self.amount_minor <= self._amount_of(other)

    def __gt__(self, other: Self) -> bool:
        return self.amount_minor > self._amount_of(other)

    def __ge__(self, other: Self) -> bool:
        return self.amount_minor >= self._amount_of(other)

    def times(self, quantity: int) -> Self:
        """So many of it; exact."""
        return self._same(self.amount_minor * quantity)

    def share_half_up(self, share: Fraction, *, step_minor: int) -> Self:
        """A share of it, rounded once: halves away from zero, to a multiple of the step."""
        return self._same(round_half_up(self.amount_minor * share, step=step_minor))

    def _same(self, amount_minor: int) -> Self:
        return type(self)(amount_minor, self.currency)

    def _amount_of(self, other: Self) -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")
        return other.amount_minor


def round_half_up(value: Fraction, *, step: int) -> int:
    """Round to a multiple of ``step``, halves away from zero.

    Raises:
        ValueError: if ``step`` is below 1.

    Source: docs/explanation/pricing.md, «Rounding».
    """
    if step < 1:
        raise ValueError(f"step must be at least 1, got {step}")
    steps = abs(value) / step
    rounded = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator) * step
    return rounded if value >= 0 else -rounded


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


def allocate(total: int, weights: Sequence[int], *, step: int = 1) -> tuple[int, ...]:
    """Split a total by weights so that the parts sum to it: largest remainder, earlier on ties.

    Parts are multiples of ``step``; what is left of a total that is not goes to the first part.

    Raises:
        ValueError: if a weight is negative or all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"weights must be positive in sum and not negative, got {weights}")
    sign = 1 if total >= 0 else -1
    steps, rest = divmod(abs(total), step)
    floors = [steps * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(steps * weights[index] % whole), index)
    )
    for index in by_remainder[: steps - sum(floors)]:
        floors[index] += 1
    parts = [sign * part * step for part in floors]
    parts[by_remainder[0] if rest else 0] += sign * rest
    return tuple(parts)
