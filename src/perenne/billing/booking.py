"""Write what was sold into the books: orders, invoices, payments and ledger, for a whole set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from perenne.billing.gateways.configured import configured_gateway_name
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.models import (
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAllocation,
)
from perenne.billing.ordering import Sold, copy_orders
from perenne.billing.sales import Sale
from perenne.catalog.queries import regions
from perenne.platform.bulk import copy_in
from perenne.platform.faults import fp
from perenne.platform.ids import new_ids

PAYMENT_TERM_DAYS = 30
SERIES = "R"


def _invoice_key(sale: Sale) -> tuple[str, ...]:
    """Orders that are alike in these share an invoice."""
    return (
        sale.company,
        sale.channel,
        sale.currency,
        sale.region,
        sale.method or "",
        sale.purchase_order,
    )


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
    copy_ledger(_sale_postings(sold, orders) + _payment_postings(payments), day=day, now=now)
    return orders


def _copy_invoices(sold: Sequence[Sold], orders: Sequence[str], *, day: date) -> list[str]:
    """Append invoices and their lines; return the invoice id of each sale."""
    invoice_of = [""] * len(sold)
    rows = []
    # Counters are locked in the order of the sellers' names, so two sets never deadlock.
    for seller, groups in sorted(_by_seller(sold).items()):
        first = _take_numbers(seller, len(groups))
        identities = new_ids("inv", len(groups))
        for number, (identity, members) in enumerate(
            zip(identities, groups, strict=True), start=first
        ):
            for index in members:
                invoice_of[index] = identity
            sales = [sold[index].sale for index in members]
            rows.append((identity, seller, SERIES, number, *_invoice_values(sales, day)))
    copy_in(
        Invoice,
        "id seller series number company_id currency net_minor tax_minor gross_minor issued_on "
        "due_on".split(),
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
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(sold):
        together[_invoice_key(one.sale)].append(index)
    known = regions()
    by_seller: dict[str, list[list[int]]] = defaultdict(list)
    for members in together.values():
        by_seller[known[sold[members[0]].sale.region].seller].append(members)
    return by_seller


def _invoice_values(sales: Sequence[Sale], day: date) -> tuple[object, ...]:
    """Company, currency, sums and dates of an invoice over these sales."""
    net = sum(sale.net_minor for sale in sales)
    tax = sum(sale.tax_minor for sale in sales)
    wait = PAYMENT_TERM_DAYS if sales[0].method_kind == "invoice" else 0
    first = sales[0]
    return (first.company, first.currency, net, tax, net + tax, day, day + timedelta(wait))


def _take_numbers(seller: str, how_many: int) -> int:
    """Take consecutive invoice numbers; return the first. Given back if the caller rolls back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into billing_invoiceseries as s (seller, series, last_number) "
            "values (%s, %s, %s) on conflict (seller, series) "
            "do update set last_number = s.last_number + excluded.last_number "
            "returning last_number",
            [seller, SERIES, how_many],
        )
        last: int = cursor.fetchone()[0]
    return last - how_many + 1


@dataclass(frozen=True, slots=True)
class _Received:
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
        gross = one.attempt.sale.gross_minor
        # A part that costs nothing, as the latest date in an alignment, is paid by nobody.
        if one.charge_id and gross:
            key = one.attempt.key
            first_of.setdefault(key, one)
            parts = parts_of.setdefault(key, {})
            parts[invoice] = parts.get(invoice, 0) + gross
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
                ("deferred_revenue", -sale.net_minor),
                ("tax_payable", -sale.tax_minor),
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
