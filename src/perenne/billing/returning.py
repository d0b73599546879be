"""The money of orders that come back: what it would be, before anybody decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from perenne.billing.credit_lines import LineCredit, credits_of_order, lines_of_orders
from perenne.billing.invoice_states import InvoiceState, invoice_states


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """An order that shall come back: all that is left, or so many seats of each of its lines."""

    order: str
    seats: int | None


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


def money_of_returns(wishes: Sequence[ReturnWish]) -> list[ReturnMoney]:
    """What returning these orders together would give back, in the order given.

    To do it, ``issue_credits`` with the reason ``return`` in the transaction that takes terms and
    seats back, and ``send_refunds`` after its commit.

    Raises:
        CreditRefusedError: if so many seats are not left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    lines = lines_of_orders([wish.order for wish in wishes])
    invoices = invoice_states(sorted({line.invoice for line in lines}))
    left = {invoice.id: max(invoice.sums.open_minor, 0) for invoice in invoices.values()}
    found = []
    for wish in wishes:
        of_order = [line for line in lines if line.order == wish.order]
        credited = credits_of_order(of_order, seats=wish.seats, net_minor=None)
        found.append(_money(wish, credited, invoices[of_order[0].invoice], left))
    return found


def _money(
    wish: ReturnWish, credited: Sequence[LineCredit], invoice: InvoiceState, left: dict[str, int]
) -> ReturnMoney:
    """The money of one order; what is ``left`` open of its invoice is lowered first."""
    net_minor = sum(one.sums.net_minor for one in credited)
    tax_minor = sum(one.sums.tax_minor for one in credited)
    unpaid_minor = min(left[invoice.id], net_minor + tax_minor)
    left[invoice.id] -= unpaid_minor
    return ReturnMoney(
        order=wish.order,
        currency=invoice.holder.currency,
        net_minor=net_minor,
        tax_minor=tax_minor,
        back_minor=net_minor + tax_minor - unpaid_minor,
    )
