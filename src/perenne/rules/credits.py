"""Credits for what was paid: never more than is left of it, and the last one takes the rest."""

from dataclasses import dataclass

from perenne.rules.money import Rounding
from perenne.rules.trace import StepCode, Trace, recompute, rounding_step, step


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidAmount:
    """What was paid for something, and what of it was credited already, in minor units.

    Net and tax are two of them, so that what goes back is what was taken, tax included.
    """

    paid_minor: int
    credited_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What can still be credited; nothing if more than was paid has been."""
        return max(0, self.paid_minor - self.credited_minor)


@dataclass(frozen=True, slots=True)
class Credit:
    """What is credited, in minor units and not negative, and the steps that give it."""

    amount_minor: int
    trace: Trace


def credit_at_most(asked_minor: int, paid: PaidAmount) -> int:
    """What of an asked credit can be given: not more than is left, and nothing if none is.

    Source: docs/explanation/calculation-policies.md, «Credits».
    """
    return max(0, min(asked_minor, paid.left_minor))


def credit_for_seats(
    paid: PaidAmount, *, seats_sold: int, seats_back: int, step_minor: int
) -> Credit:
    """Credit the seats that came back, all of them together, less what was credited before.

    The share of what was paid is cut to the billing step, so that parts never sum to more than the
    whole; when every seat is back, the credit is all that is left, whatever the parts were.

    Args:
        seats_back: of ``seats_sold``, those that came back before and those that come now.

    Raises:
        ValueError: if no seat was sold, or ``seats_back`` is not one of them.

    Source: docs/explanation/calculation-policies.md, «Credits».
    """
    if not 1 <= seats_back <= seats_sold:
        raise ValueError(f"{seats_back} of {seats_sold} seats cannot come back")
    parted = (
        step(StepCode.RETURNED, seats=seats_back, of=seats_sold),
        rounding_step(Rounding.TRUNCATE, step_minor=step_minor),
    )
    trace = (
        step(StepCode.PAID, amount_minor=paid.paid_minor),
        *(parted if seats_back < seats_sold else ()),
        step(StepCode.CREDITED, amount_minor=paid.credited_minor),
    )
    amount_minor = recompute(trace)
    return Credit(amount_minor, (*trace, step(StepCode.RESULT, amount_minor=amount_minor)))
