"""Prices of a part of a term, by the calculation policy in force; rounded once, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from perenne.rules.calculation import Base, CalculationPolicy, DiscountOrder, calculation_step
from perenne.rules.calendar import Period
from perenne.rules.discounts import Discount, discount_step
from perenne.rules.money import Currency, allocate
from perenne.rules.prices import Line, PriceClass, UnitPrice
from perenne.rules.shares import PartOfTerm, share_step
from perenne.rules.trace import Step, StepCode, Trace, recompute, rounding_step, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Seats at a price for the whole term, in minor units; ``origin`` says where that is from.

    Raises:
        ValueError: if ``seats`` is below 1 (check eligibility before pricing).
    """

    unit_minor: int
    seats: int
    discount: Discount | None = None
    origin: Trace = ()

    def __post_init__(self) -> None:
        if self.seats < 1:
            raise ValueError(f"seats must be at least 1, got {self.seats}")


@dataclass(frozen=True, slots=True)
class Prorated:
    """An amount in minor units, before tax, and the steps that give it."""

    amount_minor: int
    trace: Trace


def prorate(
    charge: Charge, part: PartOfTerm, *, calculation: CalculationPolicy, currency: Currency
) -> Prorated:
    """Price a part of a term for the seats of a charge.

    Exact until the one rounding that the policy names, to the billing step: after quantity, or
    with ``unit_then_quantity`` per seat. A daily rate is rounded besides, to its own places.

    Source: docs/explanation/calculation-policies.md, «Bases».
    """
    share = share_step(part, calculation, exponent=currency.exponent)
    per_seat = (
        *(charge.origin or (step(StepCode.GIVEN, amount_minor=charge.unit_minor),)),
        calculation_step(calculation),
        *_in_order(share, charge.discount, calculation.order),
    )
    seats = step(StepCode.SEATS, seats=charge.seats)
    rounding = rounding_step(calculation.rounding, step_minor=currency.billing_step_minor)
    is_per_seat = calculation.base is Base.UNIT_THEN_QUANTITY
    steps = (*per_seat, *((rounding, seats) if is_per_seat else (seats, rounding)))
    # The amount is what its trace gives: there is no second calculation that could differ.
    amount_minor = recompute(steps)
    return Prorated(amount_minor, (*steps, step(StepCode.RESULT, amount_minor=amount_minor)))


def prorated_line(
    unit: UnitPrice,
    part: PartOfTerm,
    *,
    price_class: PriceClass,
    seats: int,
    calculation: CalculationPolicy,
    currency: Currency,
) -> Line:
    """A line that sells a part of a term at a published price, with its trace from the list on.

    Raises:
        ValueError: if ``seats`` is below 1, or the part is empty: what costs nothing is no line.

    Source: docs/explanation/pricing.md, «Adding seats».
    """
    covers = Period(part.starts_on, part.renews_on)
    unit_minor, origin = unit.of(price_class)
    classed = step(StepCode.PRICE_CLASS, price_class=price_class.value, unit_minor=unit_minor)
    charge = Charge(unit_minor=unit_minor, seats=seats, origin=(*origin, classed))
    priced = prorate(charge, part, calculation=calculation, currency=currency)
    return Line(seats, unit_minor, priced.amount_minor, covers, price_class, priced.trace)


def prorate_in_pieces(
    charge: Charge,
    part: PartOfTerm,
    *,
    cuts: Sequence[date],
    calculation: CalculationPolicy,
    currency: Currency,
) -> tuple[int, ...]:
    """Price a part in consecutive pieces that cost together exactly what it costs at once.

    The total is split by days; what is left of whole billing steps goes where the policy says.

    Raises:
        ValueError: if the cuts are not days within the part in ascending order.

    Source: docs/explanation/calculation-policies.md, «Splitting a total».
    """
    boundaries = [part.starts_on, *cuts, part.renews_on]
    days = [(until - since).days for since, until in pairwise(boundaries)]
    if any(length < 1 for length in days):
        raise ValueError(f"{', '.join(map(str, cuts))} do not cut the days of the part")
    total = prorate(charge, part, calculation=calculation, currency=currency).amount_minor
    return allocate(total, days, step=currency.billing_step_minor, remainder=calculation.remainder)


def _in_order(share: Step, discount: Discount | None, order: DiscountOrder) -> tuple[Step, ...]:
    if discount is None:
        return (share,)
    if order is DiscountOrder.DISCOUNT_FIRST:
        return (discount_step(discount), share)
    return (share, discount_step(discount))
