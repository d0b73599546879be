"""How much of an invoiced line is credited: net, tax and a partner's part, each by itself."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from perenne.rules.credits import Credit, PaidAmount, credit_for_seats
from perenne.rules.money import Rounding
from perenne.rules.trace import StepCode, Trace, recompute, rounding_step, step


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSums:
    """Amounts of an invoiced line, or of what was credited of it, in minor units.

    ``partner_minor`` is what a partner earns of the net amount.
    """

    net_minor: int
    tax_minor: int
    partner_minor: int = 0

    @property
    def gross_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            net_minor=self.net_minor - other.net_minor,
            tax_minor=self.tax_minor - other.tax_minor,
            partner_minor=self.partner_minor - other.partner_minor,
        )


NOTHING = LineSums(net_minor=0, tax_minor=0)


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What is credited of a line, with the steps that give its net amount and its tax."""

    sums: LineSums
    trace: Trace
    tax_trace: Trace


def credited_seats(
    sold: LineSums, credited: LineSums, *, seats_sold: int, seats_back: int, step_minor: int
) -> CreditedLine:
    """Credit the seats that came back, all of them together, less what was credited before.

    Args:
        seats_back: of ``seats_sold``, those that came back before and those that come now.

    Raises:
        ValueError: if ``seats_back`` is not 1 to ``seats_sold``.

    Source: docs/explanation/money.md, «Credit notes».
    """

    def part(whole: int, before: int) -> Credit:
        return credit_for_seats(
            PaidAmount(paid_minor=whole, credited_minor=before),
            seats_sold=seats_sold,
            seats_back=seats_back,
            step_minor=step_minor,
        )

    net = part(sold.net_minor, credited.net_minor)
    tax = part(sold.tax_minor, credited.tax_minor)
    partner = part(sold.partner_minor, credited.partner_minor)
    sums = LineSums(
        net_minor=net.amount_minor,
        tax_minor=tax.amount_minor,
        partner_minor=partner.amount_minor,
    )
    return CreditedLine(sums, net.trace, tax.trace)


def credited_amount(
    sold: LineSums, credited: LineSums, *, net_minor: int, step_minor: int
) -> CreditedLine:
    """Credit a net amount with its share of the tax; the last one takes what is left of it.

    Raises:
        ValueError: if the amount is not positive, or more than is left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    left = sold - credited
    if not 0 < net_minor <= left.net_minor:
        raise ValueError(f"{net_minor} cannot be credited of {left.net_minor} that are left")
    share = Fraction(credited.net_minor + net_minor, sold.net_minor)

    def part(whole: int, before: int) -> Trace:
        parted = (
            step(StepCode.SHARE, share=str(share), name="credited"),
            rounding_step(Rounding.TRUNCATE, step_minor=step_minor),
        )
        trace = (
            step(StepCode.PAID, amount_minor=whole),
            *(parted if share < 1 else ()),
            step(StepCode.CREDITED, amount_minor=before),
        )
        return (*trace, step(StepCode.RESULT, amount_minor=recompute(trace)))

    # Both net amounts are whole steps, so that of the net nothing is cut.
    trace = part(sold.net_minor, credited.net_minor)
    tax_trace = part(sold.tax_minor, credited.tax_minor)
    sums = LineSums(
        net_minor=net_minor,
        tax_minor=recompute(tax_trace),
        partner_minor=recompute(part(sold.partner_minor, credited.partner_minor)),
    )
    return CreditedLine(sums, trace, tax_trace)
