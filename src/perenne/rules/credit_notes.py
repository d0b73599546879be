"""How much of an invoiced line is credited: never more than is left, tax included."""

from dataclasses import dataclass
from typing import Self


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


def credit_for_seats(
    sold: LineSums, credited: LineSums, *, seats_sold: int, seats_back: int, step_minor: int
) -> LineSums:
    """Credit the seats that came back, all of them together, less what was credited before.

    The share of each amount is cut to the billing step, so that parts never sum to more than the
    whole; when every seat is back, the credit is all that is left, whatever the parts were.

    Args:
        seats_back: of ``seats_sold``, those that came back before and those that come now.

    Raises:
        ValueError: if ``seats_back`` is not 1 to ``seats_sold``.

    Source: docs/explanation/money.md, «Credit notes».
    """
    if not 1 <= seats_back <= seats_sold:
        raise ValueError(f"{seats_back} of {seats_sold} seats cannot come back")
    if seats_back == seats_sold:
        return sold - credited

    def part(whole: int, before: int) -> int:
        share = whole * seats_back // seats_sold
        return max(0, share - share % step_minor - before)

    return LineSums(
        net_minor=part(sold.net_minor, credited.net_minor),
        tax_minor=part(sold.tax_minor, credited.tax_minor),
        partner_minor=part(sold.partner_minor, credited.partner_minor),
    )


def credit_for_amount(
    sold: LineSums, credited: LineSums, *, net_minor: int, step_minor: int
) -> LineSums:
    """Credit a net amount with its share of the tax; the last one takes what is left of it.

    Raises:
        ValueError: if the amount is not positive, or more than is left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    left = sold - credited
    if not 0 < net_minor <= left.net_minor:
        raise ValueError(f"{net_minor} cannot be credited of {left.net_minor} that are left")
    if net_minor == left.net_minor:
        return left

    def part(whole: int, before: int) -> int:
        share = whole * (credited.net_minor + net_minor) // sold.net_minor
        return max(0, share - share % step_minor - before)

    return LineSums(
        net_minor=net_minor,
        tax_minor=part(sold.tax_minor, credited.tax_minor),
        partner_minor=part(sold.partner_minor, credited.partner_minor),
    )
