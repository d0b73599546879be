"""What is taken off the price of a seat: a percentage, or an amount."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from perenne.rules.trace import Step, StepCode, step


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A part of the price is taken off; ``share`` 1/5 is 20 %.

    Raises:
        ValueError: if the share is not from 0 to 1.
    """

    share: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"a discount takes off from nothing to everything, got {self.share}")


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount is taken off the price of each seat, in minor units; never more than the price.

    Raises:
        ValueError: if the amount is negative.
    """

    amount_minor: int

    def __post_init__(self) -> None:
        if self.amount_minor < 0:
            raise ValueError(f"a discount is not negative, got {self.amount_minor}")


Discount: TypeAlias = PercentOff | AmountOff


def discount_step(discount: Discount) -> Step:
    """The step that takes it off; it is not rounded by itself.

    Source: docs/explanation/calculation-policies.md, «Discounts».
    """
    match discount:
        case PercentOff(share=share):
            return step(StepCode.DISCOUNT, share=str(share))
        case AmountOff(amount_minor=amount_minor):
            return step(StepCode.DISCOUNT, amount_minor=amount_minor)
        case _ as unknown:
            assert_never(unknown)
