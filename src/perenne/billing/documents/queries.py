"""What is stored of an invoice or a payment, as the content of a document."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from perenne.accounts.models import Company
from perenne.billing.documents.content import (
    Buyer,
    DocumentContent,
    DocumentKind,
    Seller,
    SettledBy,
    SettledInvoice,
    Settlement,
    SoldLine,
    TaxKind,
)
from perenne.billing.models import (
    Invoice,
    OrderLine,
    Payment,
    PaymentAllocation,
    PaymentAttempt,
)
from perenne.billing.sales import SaleKind
from perenne.catalog.queries import current_catalogue, seller_details
from perenne.platform.words import language_of
from perenne.rules.calendar import Period
from perenne.rules.trace import StepCode, Trace, from_json


def invoice_content(invoice: Invoice) -> DocumentContent:
    """An invoice with its lines and what has settled it, in the customer's language.

    In a constant number of queries, however many lines it has.
    """
    company = invoice.company
    language = language_of(company.locale)
    allocations = PaymentAllocation.objects.filter(invoice=invoice).select_related("payment")
    return DocumentContent(
        kind=DocumentKind.INVOICE,
        number=str(invoice),
        language=language,
        seller=seller_of(_region_of(invoice), issued_by=invoice.seller),
        buyer=buyer_of(company),
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        gross_minor=invoice.gross_minor,
        lines=_lines(invoice, language),
        settlements=_settlements([(one.payment, one.amount_minor) for one in allocations]),
        purchase_order=_purchase_order(invoice),
    )


def receipt_content(payment: Payment) -> DocumentContent:
    """A payment with the invoices that it settles, in the customer's language."""
    allocations = list(
        PaymentAllocation.objects.filter(payment=payment)
        .select_related("invoice")
        .order_by("invoice__issued_on", "invoice__number")
    )
    seller = seller_of(payment.company.region_id)
    if allocations:
        invoice = allocations[0].invoice
        seller = seller_of(_region_of(invoice), issued_by=invoice.seller)
    return DocumentContent(
        kind=DocumentKind.RECEIPT,
        number=payment.pk,
        language=language_of(payment.company.locale),
        seller=seller,
        buyer=buyer_of(payment.company),
        currency=payment.currency,
        issued_on=payment.received_on,
        gross_minor=payment.amount_minor,
        settled=tuple(
            SettledInvoice(
                number=str(one.invoice),
                issued_on=one.invoice.issued_on,
                gross_minor=one.invoice.gross_minor,
                amount_minor=one.amount_minor,
            )
            for one in allocations
        ),
        settlements=_settlements([(payment, payment.amount_minor)]),
    )


def _region_of(invoice: Invoice) -> str:
    """The region in which its lines were sold."""
    line = invoice.lines.select_related("order__subscription").order_by("pk").first()
    return invoice.company.region_id if line is None else line.order.subscription.region_id


def seller_of(region: str, *, issued_by: str = "") -> Seller:
    """The seller of a region; of another one that issued the document only the name is known."""
    details = seller_details(region)
    if issued_by not in ("", details.name):
        return Seller(name=issued_by, country=details.country)
    return Seller(
        name=details.name,
        country=details.country,
        address=details.address,
        tax_id=details.tax_id,
        email=details.email,
        bank=details.bank,
    )


def buyer_of(company: Company) -> Buyer:
    """A company as the one who buys."""
    return Buyer(
        name=company.name, country=company.country, code=company.code, tax_id=company.tax_id
    )


def _lines(invoice: Invoice, language: str) -> tuple[SoldLine, ...]:
    """In the order in which they were put on the invoice."""
    names = current_catalogue().product_names
    stored = (
        OrderLine.objects.filter(order__invoice_line__invoice=invoice)
        .select_related("offer", "order__subscription")
        .order_by("order__invoice_line__pk", "pk")
    )
    return tuple(
        _line(line, names[line.offer.product_id].get(language, line.offer.product_id))
        for line in stored
    )


def _line(line: OrderLine, product: str) -> SoldLine:
    tax_trace = from_json(line.tax_trace)
    return SoldLine(
        kind=SaleKind(line.order.kind),
        product=product,
        access=line.offer.access,
        months=line.offer.months,
        reference=line.order.subscription.code,
        seats=line.seats,
        covers=Period(line.covers_from, line.covers_until),
        unit_minor=line.unit_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        tax=tax_kind(Fraction(line.tax_rate), tax_trace),
        trace=from_json(line.trace),
        tax_trace=tax_trace,
    )


def tax_kind(rate: Fraction, trace: Trace) -> TaxKind:
    """What a line was taxed by, as its trace says."""
    names = [str(one["name"]) for one in trace if one.code is StepCode.TAX]
    reversed_ = any(one.code is StepCode.REVERSE_CHARGE for one in trace)
    return TaxKind(names[0] if names else "", rate, reversed_)


def _purchase_order(invoice: Invoice) -> str:
    """The customer's number: orders share an invoice only if they agree in it."""
    line = invoice.lines.select_related("order").order_by("pk").first()
    return "" if line is None else line.order.purchase_order


def _settlements(parts: Sequence[tuple[Payment, int]]) -> tuple[Settlement, ...]:
    """What was paid, one for each day and way: an invoice of many orders has many payments."""
    ways = _ways_of([payment for payment, _ in parts])
    sums: dict[tuple[date, SettledBy], int] = defaultdict(int)
    for payment, amount_minor in parts:
        sums[payment.received_on, ways.get(payment.charge_key, SettledBy.OTHER)] += amount_minor
    return tuple(
        Settlement(settled_on=day, by=by, amount_minor=amount_minor)
        for (day, by), amount_minor in sorted(sums.items())
    )


def _ways_of(payments: Sequence[Payment]) -> dict[str, SettledBy]:
    """How each charge was made, by its key; of money that came by itself nothing is known."""
    attempts = PaymentAttempt.objects.filter(
        idempotency_key__in={payment.charge_key for payment in payments},
        payment_method__kind__in=[by.value for by in SettledBy],
    )
    return {
        key: SettledBy(kind)
        for key, kind in attempts.values_list("idempotency_key", "payment_method__kind")
    }
