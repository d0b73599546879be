"""Write what was sold into the books: orders, invoices, payments and ledger, for a whole set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from perenne.billing.book_models import Receivable
from perenne.billing.customer_credit import CreditMove, move_credit
from perenne.billing.gateways.configured import configured_gateway_name
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.models import (
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAllocation,
)
from perenne.billing.numbering import INVOICES, take_numbers
from perenne.billing.ordering import Sold, copy_orders
from perenne.billing.sales import Sale
from perenne.billing.using_credit import credit_used
from perenne.catalog.queries import regions
from perenne.platform.bulk import copy_in
from perenne.platform.faults import fp
from perenne.platform.ids import new_ids


def _invoice_key(sale: Sale) -> tuple[str | int, ...]:
    """Orders that are alike in these share an invoice."""
    return (
        sale.company,
        sale.channel,
        sale.currency,
        sale.region,
        sale.method or "",
        sale.purchase_order,
        sale.buying_partner or "",
        _wait_days(sale),
    )


def _wait_days(sale: Sale) -> int:
    """How long the payer of an invoice may take."""
    return sale.due_days if sale.method_kind == "invoice" else 0


def book(sold: Sequence[Sold], *, day: date, actor: str, now: datetime) -> list[str]:
    """Append order, invoice, payment and ledger rows; return the order ids, in the order given.

    In the caller's transaction, with the subscriptions locked. Invoice numbers come from a
    locked counter, so a rollback leaves no gap.

    Raises:
        IntegrityError: if an attempt was executed before; the transaction must be given up.
    """
    orders = new_ids("ord", len(sold))
    copy_orders(sold, orders, day=day, actor=actor, now=now)
    fp("sale.booking")
    invoices = _copy_invoices(sold, orders, day=day)
    payments = _copy_payments(sold, invoices, day=day)
    _copy_receivables(sold, invoices, day=day)
    postings = _sale_postings(sold, orders) + _payment_postings(payments)
    postings += _use_credit_held(sold, invoices, now=now)
    copy_ledger(postings, day=day, now=now)
    return orders


def _copy_invoices(sold: Sequence[Sold], orders: Sequence[str], *, day: date) -> list[str]:
    """Append invoices and their lines; return the invoice id of each sale."""
    invoice_of = [""] * len(sold)
    rows = []
    # Counters are locked in the order of the sellers' names, so two sets never deadlock.
    for seller, groups in sorted(_by_seller(sold).items()):
        first = take_numbers(seller, INVOICES, len(groups))
        identities = new_ids("inv", len(groups))
        for number, (identity, members) in enumerate(
            zip(identities, groups, strict=True), start=first
        ):
            for index in members:
                invoice_of[index] = identity
            sales = [sold[index].sale for index in members]
            rows.append((identity, seller, INVOICES, number, *_invoice_values(sales, day)))
    copy_in(
        Invoice,
        "id seller series number company_id partner_id currency net_minor tax_minor gross_minor "
        "issued_on due_on".split(),
        rows,
    )
    copy_in(
        InvoiceLine,
        ("invoice_id", "order_id", "net_minor", "tax_minor", "tax_rate"),
        (
            (invoice, order, one.sale.net_minor, one.sale.tax_minor, one.sale.lines[0].tax_rate)
            for one, order, invoice in zip(sold, orders, invoice_of, strict=True)
        ),
    )
    return invoice_of


def _by_seller(sold: Sequence[Sold]) -> dict[str, list[list[int]]]:
    """Positions of sales that share an invoice, by the seller that issues it."""
    together: dict[tuple[str | int, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(sold):
        together[_invoice_key(one.sale)].append(index)
    known = regions()
    by_seller: dict[str, list[list[int]]] = defaultdict(list)
    for members in together.values():
        by_seller[known[sold[members[0]].sale.region].seller].append(members)
    return by_seller


def _invoice_values(sales: Sequence[Sale], day: date) -> tuple[object, ...]:
    """Company, buyer, currency, sums and dates of an invoice over these sales."""
    net = sum(sale.net_minor for sale in sales)
    tax = sum(sale.tax_minor for sale in sales)
    first = sales[0]
    due_on = day + timedelta(_wait_days(first))
    return (
        first.company,
        first.buying_partner,
        first.currency,
        net,
        tax,
        net + tax,
        day,
        due_on,
    )


def _copy_receivables(sold: Sequence[Sold], invoices: Sequence[str], *, day: date) -> None:
    """Append what is still to be paid, for invoices that nobody pays at once."""
    open_of: dict[str, int] = {}
    first_of: dict[str, Sale] = {}
    for one, invoice in zip(sold, invoices, strict=True):
        if one.attempt.to_collect_minor > 0 and not one.charge_id:
            open_of[invoice] = open_of.get(invoice, 0) + one.attempt.to_collect_minor
            first_of.setdefault(invoice, one.sale)
    copy_in(
        Receivable,
        "invoice_id company_id region_id currency due_on open_minor".split(),
        (
            (
                invoice,
                sale.company,
                sale.region,
                sale.currency,
                day + timedelta(_wait_days(sale)),
                open_of[invoice],
            )
            for invoice, sale in first_of.items()
        ),
    )


def _use_credit_held(
    sold: Sequence[Sold], invoices: Sequence[str], *, now: datetime
) -> list[Posting]:
    """Let the credit that was held back for the attempts settle their invoices."""
    paid = [
        (one.attempt, invoice)
        for one, invoice in zip(sold, invoices, strict=True)
        if one.attempt.credit_minor
    ]
    moves = [
        move
        for attempt, invoice in paid
        for move in (
            CreditMove(attempt.holder, "released", attempt.credit_minor, attempt.id),
            CreditMove(attempt.holder, "used", -attempt.credit_minor, invoice),
        )
    ]
    used = move_credit(moves, now=now)[1::2]
    return [
        credit_used(entry, attempt.holder, attempt.credit_minor)
        for (attempt, _), entry in zip(paid, used, strict=True)
    ]


class _Received(Struct, frozen=True):
    """Money of one charge: what it pays of which invoice, in minor units."""

    payment: str
    first: Sold
    parts: Mapping[str, int]

    @property
    def amount_minor(self) -> int:
        """The whole charge."""
        return sum(self.parts.values())


def _copy_payments(sold: Sequence[Sold], invoices: Sequence[str], *, day: date) -> list[_Received]:
    """Append what was charged, one payment a charge, settling its invoices."""
    received = _received(sold, invoices)
    gateway = configured_gateway_name() if received else ""
    copy_in(
        Payment,
        "id company_id charge_key gateway charge_id currency amount_minor received_on".split(),
        (
            (
                one.payment,
                one.first.sale.company,
                one.first.attempt.key,
                gateway,
                one.first.charge_id,
                one.first.sale.currency,
                one.amount_minor,
                day,
            )
            for one in received
        ),
    )
    copy_in(
        PaymentAllocation,
        ("payment_id", "invoice_id", "amount_minor"),
        ((one.payment, invoice, part) for one in received for invoice, part in one.parts.items()),
    )
    return received


def _received(sold: Sequence[Sold], invoices: Sequence[str]) -> list[_Received]:
    first_of: dict[str, Sold] = {}
    parts_of: dict[str, dict[str, int]] = {}
    for one, invoice in zip(sold, invoices, strict=True):
        charged = one.attempt.to_collect_minor
        # A part that costs nothing, as the latest date in an alignment, is paid by nobody.
        if one.charge_id and charged:
            key = one.attempt.key
            first_of.setdefault(key, one)
            parts = parts_of.setdefault(key, {})
            parts[invoice] = parts.get(invoice, 0) + charged
    identities = new_ids("pay", len(first_of))
    return [
        _Received(identity, first, parts_of[key])
        for identity, (key, first) in zip(identities, first_of.items(), strict=True)
    ]


def _sale_postings(sold: Sequence[Sold], orders: Sequence[str]) -> list[Posting]:
    return [
        Posting(
            company=sale.company,
            kind="sale",
            subject=order,
            currency=sale.currency,
            legs=(
                ("receivable", sale.gross_minor),
                ("deferred_revenue", sale.partner_minor - sale.net_minor),
                ("tax_payable", -sale.tax_minor),
                ("partner_payable", -sale.partner_minor),
            ),
        )
        for one, order in zip(sold, orders, strict=True)
        for sale in (one.attempt.sale,)
    ]


def _payment_postings(received: Sequence[_Received]) -> list[Posting]:
    return [
        Posting(
            company=one.first.sale.company,
            kind="payment",
            subject=one.payment,
            currency=one.first.sale.currency,
            legs=(("cash", one.amount_minor), ("receivable", -one.amount_minor)),
        )
        for one in received
    ]
