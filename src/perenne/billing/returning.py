"""The money of an order that comes back: what it would be, before anybody decides."""

from dataclasses import dataclass

from perenne.billing.credit_lines import credits_of_order, lines_of_orders
from perenne.billing.invoice_states import invoice_states


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMoney:
    """What is credited when an order comes back, in minor units, and what of it was paid.

    ``back_minor`` goes back to the payer, or becomes credit; the rest was never paid.
    """

    order: str
    currency: str
    net_minor: int
    tax_minor: int
    back_minor: int

    @property
    def gross_minor(self) -> int:
        """What is credited, tax included."""
        return self.net_minor + self.tax_minor


def money_of_return(order: str, *, seats: int | None) -> ReturnMoney:
    """What returning an order, or so many seats of each of its lines, would give back.

    To do it, ``issue_credits`` with the reason ``return`` in the transaction that takes the term
    and the seats back, and ``send_refunds`` after its commit.

    Args:
        seats: None for all that are left.

    Raises:
        CreditRefusedError: if so many seats are not left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    lines = lines_of_orders([order])
    credited = credits_of_order(lines, seats=seats, net_minor=None)
    invoice = invoice_states([lines[0].invoice])[lines[0].invoice]
    net_minor = sum(one.sums.net_minor for one in credited)
    tax_minor = sum(one.sums.tax_minor for one in credited)
    return ReturnMoney(
        order=order,
        currency=invoice.holder.currency,
        net_minor=net_minor,
        tax_minor=tax_minor,
        back_minor=max(0, net_minor + tax_minor - invoice.sums.open_minor),
    )
