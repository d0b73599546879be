"""What a renewal costs more than what was paid before: an uplift, and a cap on it."""

from dataclasses import dataclass
from fractions import Fraction

from perenne.rules.money import Currency, Rounding
from perenne.rules.trace import StepCode, Trace, recompute, rounding_step, step


@dataclass(frozen=True, slots=True)
class UpliftedPrice:
    """The price of a seat, in minor units, and the steps that give it."""

    unit_minor: int
    trace: Trace


def uplifted(
    paid_minor: int,
    *,
    uplift: Fraction,
    years: int = 1,
    currency: Currency,
    rounding: Rounding = Rounding.HALF_UP,
) -> UpliftedPrice:
    """Raise the price that was paid by a share for each year of the next term, once rounded.

    The share is that of the price paid, every year: it does not compound. A negative one lowers.

    Source: docs/explanation/calculation-policies.md, «Uplift and cap».
    """
    trace = (
        step(StepCode.PAID, amount_minor=paid_minor),
        step(StepCode.UPLIFT, share=str(1 + uplift * years)),
        rounding_step(rounding, step_minor=currency.billing_step_minor),
    )
    unit_minor = recompute(trace)
    return UpliftedPrice(unit_minor, (*trace, step(StepCode.RESULT, amount_minor=unit_minor)))


def capped(list_minor: int, cap: UpliftedPrice) -> UpliftedPrice:
    """The list price of a renewal, or the uplifted price if that is lower.

    Source: docs/explanation/calculation-policies.md, «Uplift and cap».
    """
    if cap.unit_minor < list_minor:
        return cap
    return UpliftedPrice(list_minor, (step(StepCode.GIVEN, amount_minor=list_minor),))
