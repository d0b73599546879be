"""Write what was sold into the books: orders, invoices, payments and ledger, for a whole set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from perenne.billing.attempts import Attempt
from perenne.billing.gateways.configured import configured_gateway_name
from perenne.billing.models import (
    Invoice,
    InvoiceLine,
    LedgerEntry,
    LedgerTransaction,
    Order,
    OrderLine,
    Payment,
    PaymentAllocation,
)
from perenne.billing.sales import Sale
from perenne.catalog.queries import regions
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids

PAYMENT_TERM_DAYS = 30
SERIES = "R"


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale whose attempt succeeded; ``charge_id`` is empty when it was sold on account."""

    attempt: Attempt
    charge_id: str

    @property
    def sale(self) -> Sale:
        """What was sold."""
        return self.attempt.sale

    @property
    def invoice_key(self) -> tuple[str, str, str, str, str]:
        """Orders that are alike in these share an invoice."""
        sale = self.sale
        return (sale.company, sale.channel, sale.currency, sale.region, sale.method or "")


def book(sold: Sequence[Sold], *, day: date, actor: str, now: datetime) -> list[str]:
    """Append order, invoice, payment and ledger rows; return the order ids, in the order given.

    In the caller's transaction, with the subscriptions locked. Invoice numbers come from a
    locked counter, so a rollback leaves no gap.

    Raises:
        IntegrityError: if a term was renewed before; the transaction must be given up.
    """
    orders = new_ids("ord", len(sold))
    _copy_orders(sold, orders, day=day, actor=actor, now=now)
    invoices = _copy_invoices(sold, orders, day=day)
    payments = _copy_payments(sold, invoices, day=day)
    _copy_ledger(sold, orders, payments, day=day, now=now)
    return orders


def _copy_orders(
    sold: Sequence[Sold], orders: Sequence[str], *, day: date, actor: str, now: datetime
) -> None:
    copy_in(
        Order,
        "id company_id subscription_id kind term_starts_on currency net_minor tax_minor "
        "gross_minor attempt_id business_day actor ordered_at".split(),
        (
            (
                order,
                one.sale.company,
                one.sale.subscription,
                "renewal",
                one.sale.starts_on,
                one.sale.currency,
                one.sale.net_minor,
                one.sale.tax_minor,
                one.sale.gross_minor,
                one.attempt.id,
                day,
                actor,
                now,
            )
            for one, order in zip(sold, orders, strict=True)
        ),
    )
    copy_in(
        OrderLine,
        "order_id offer_id seats unit_minor net_minor tax_minor tax_rate covers_from "
        "covers_until trace tax_trace".split(),
        (
            (
                order,
                one.sale.offer,
                one.sale.seats,
                one.sale.unit_minor,
                one.sale.net_minor,
                one.sale.tax_minor,
                one.sale.tax_rate,
                one.sale.starts_on,
                one.sale.renews_on,
                one.sale.trace,
                one.sale.tax_trace,
            )
            for one, order in zip(sold, orders, strict=True)
        ),
    )


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
            (invoice, order, one.sale.net_minor, one.sale.tax_minor, one.sale.tax_rate)
            for one, order, invoice in zip(sold, orders, invoice_of, strict=True)
        ),
    )
    return invoice_of


def _by_seller(sold: Sequence[Sold]) -> dict[str, list[list[int]]]:
    """Positions of sales that share an invoice, by the seller that issues it."""
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(sold):
        together[one.invoice_key].append(index)
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


def _copy_payments(sold: Sequence[Sold], invoices: Sequence[str], *, day: date) -> list[str]:
    """Append what was charged, settling its invoice; return the payment id of each sale or ''."""
    paid = [(one, invoice) for one, invoice in zip(sold, invoices, strict=True) if one.charge_id]
    identities = new_ids("pay", len(paid))
    gateway = configured_gateway_name()
    copy_in(
        Payment,
        "id company_id attempt_id gateway charge_id currency amount_minor received_on".split(),
        (
            (
                identity,
                one.sale.company,
                one.attempt.id,
                gateway,
                one.charge_id,
                one.sale.currency,
                one.sale.gross_minor,
                day,
            )
            for identity, (one, _) in zip(identities, paid, strict=True)
        ),
    )
    copy_in(
        PaymentAllocation,
        ("payment_id", "invoice_id", "amount_minor"),
        (
            (identity, invoice, one.sale.gross_minor)
            for identity, (one, invoice) in zip(identities, paid, strict=True)
        ),
    )
    by_attempt = {
        one.attempt.id: identity for identity, (one, _) in zip(identities, paid, strict=True)
    }
    return [by_attempt.get(one.attempt.id, "") for one in sold]


def _copy_ledger(
    sold: Sequence[Sold],
    orders: Sequence[str],
    payments: Sequence[str],
    *,
    day: date,
    now: datetime,
) -> None:
    transactions = []
    entries: list[tuple[str, str, str, int]] = []
    identities = iter(new_ids("ltx", len(sold) * 2))
    for one, order, payment in zip(sold, orders, payments, strict=True):
        sale = one.sale
        gross = sale.gross_minor
        sale_legs = (
            ("receivable", gross),
            ("deferred_revenue", -sale.net_minor),
            ("tax_payable", -sale.tax_minor),
        )
        cash_legs = (("cash", gross), ("receivable", -gross)) if payment else ()
        for kind, subject, legs in (("sale", order, sale_legs), ("payment", payment, cash_legs)):
            moving = [(account, amount) for account, amount in legs if amount]
            if moving:
                identity = next(identities)
                transactions.append((identity, sale.company, kind, subject, day, now))
                entries += [
                    (identity, account, sale.currency, amount) for account, amount in moving
                ]
    copy_in(
        LedgerTransaction,
        ("id", "company_id", "kind", "subject", "business_day", "booked_at"),
        transactions,
    )
    copy_in(LedgerEntry, ("transaction_id", "account", "currency", "amount_minor"), entries)
