"""What is left to credit of sold lines, and how much of each line a wish takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perenne.billing.errors import CreditRefusedError
from perenne.platform.bulk import select
from perenne.rules.credit_notes import CreditedLine, LineSums, credited_amount, credited_seats
from perenne.rules.filling import fill
from perenne.rules.revenue import reversed_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A line of an order on its invoice, with what was credited of it and what is not earned."""

    id: int
    order: str
    invoice: str
    invoice_line: int
    seats: int
    seats_back: int
    sold: LineSums
    credited: LineSums
    tax_rate: str
    unreleased_minor: int
    step_minor: int

    @property
    def left(self) -> LineSums:
        """What can still be credited."""
        return self.sold - self.credited


@dataclass(frozen=True, slots=True)
class LineCredit:
    """So much of a line is credited; ``seats`` 0 for an amount alone."""

    line: SoldLine
    seats: int
    credited: CreditedLine

    @property
    def sums(self) -> LineSums:
        """How much, in minor units."""
        return self.credited.sums

    @property
    def deferred_minor(self) -> int:
        """What of it was not earned yet."""
        return self._parts[0]

    @property
    def revenue_minor(self) -> int:
        """What of it had been earned already."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[int, int]:
        own_minor = self.sums.net_minor - self.sums.partner_minor
        return reversed_parts(own_minor, unreleased_minor=self.line.unreleased_minor)


_LINES = """
select l.id, l.order_id, il.invoice_id, il.id as invoice_line, l.seats, l.net_minor, l.tax_minor,
       l.partner_minor, l.tax_rate, g.billing_step_minor, c.net, c.tax, c.partner, c.seats_back,
       l.net_minor - l.partner_minor - (c.net - c.partner) - (e.released - c.revenue)
           as unreleased
from billing_orderline l
join billing_order o on o.id = l.order_id
join billing_invoiceline il on il.order_id = o.id
join accounts_company k on k.id = o.company_id
join catalog_region g on g.code = k.region_id
cross join lateral (
    select coalesce(sum(net_minor), 0)::bigint as net, coalesce(sum(tax_minor), 0)::bigint as tax,
           coalesce(sum(partner_minor), 0)::bigint as partner,
           coalesce(sum(revenue_minor), 0)::bigint as revenue,
           coalesce(sum(seats), 0)::int as seats_back
    from billing_creditnoteline where order_line_id = l.id) c
cross join lateral (
    select coalesce(sum(amount_minor), 0)::bigint as released
    from billing_releasedline where order_line_id = l.id) e
where l.order_id = any(%s) order by l.id
"""


def lines_of_orders(orders: Sequence[str]) -> list[SoldLine]:
    """The lines of these orders as they stand, in the order in which they were sold."""
    return [_line(row) for row in select(_LINES, [list(orders)])]


def _line(row: dict[str, Any]) -> SoldLine:
    return SoldLine(
        id=row["id"],
        order=row["order_id"],
        invoice=row["invoice_id"],
        invoice_line=row["invoice_line"],
        seats=row["seats"],
        seats_back=row["seats_back"],
        sold=LineSums(
            net_minor=row["net_minor"],
            tax_minor=row["tax_minor"],
            partner_minor=row["partner_minor"],
        ),
        credited=LineSums(net_minor=row["net"], tax_minor=row["tax"], partner_minor=row["partner"]),
        tax_rate=row["tax_rate"],
        unreleased_minor=row["unreleased"],
        step_minor=row["billing_step_minor"],
    )


def credits_of_order(
    lines: Sequence[SoldLine], *, seats: int | None, net_minor: int | None
) -> list[LineCredit]:
    """What a wish takes of an order's lines: all that is left, seats of each, or a net amount.

    An amount is taken from the lines in their order. Of what is credited in full, nothing is left.

    Raises:
        CreditRefusedError: if so much is not left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    if net_minor is not None:
        return _for_amount(lines, net_minor)
    if seats is not None:
        return [_for_seats(line, seats) for line in lines]
    return [
        _seats_back(line, line.seats - line.seats_back) for line in lines if line.left.gross_minor
    ]


def _for_seats(line: SoldLine, seats: int) -> LineCredit:
    left = line.seats - line.seats_back
    if not 1 <= seats <= left:
        raise CreditRefusedError(
            f"{seats} seats of order {line.order}: {left} of {line.seats} are left to credit"
        )
    return _seats_back(line, seats)


def _seats_back(line: SoldLine, seats: int) -> LineCredit:
    credited = credited_seats(
        line.sold,
        line.credited,
        seats_sold=line.seats,
        seats_back=line.seats_back + seats,
        step_minor=line.step_minor,
    )
    return LineCredit(line, seats, credited)


def _for_amount(lines: Sequence[SoldLine], net_minor: int) -> list[LineCredit]:
    limits = [line.left.net_minor for line in lines]
    if not 0 < net_minor <= sum(limits):
        raise CreditRefusedError(
            f"{net_minor} minor units of order {lines[0].order}: {sum(limits)} are left to credit"
        )
    if net_minor % lines[0].step_minor:
        raise CreditRefusedError(
            f"{net_minor} is not a multiple of the billing step, {lines[0].step_minor} minor units"
        )
    return [
        LineCredit(
            line,
            0,
            credited_amount(line.sold, line.credited, net_minor=part, step_minor=line.step_minor),
        )
        for line, part in zip(lines, fill(net_minor, limits), strict=True)
        if part
    ]
