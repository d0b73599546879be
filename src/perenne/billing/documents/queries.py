"""What is stored of an invoice or a payment, as the content of a document."""

from dataclasses import replace
from fractions import Fraction

from perenne.accounts.models import Company
from perenne.billing.book_models import CreditNote
from perenne.billing.documents.content import (
    Buyer,
    DocumentContent,
    DocumentKind,
    Seller,
    SettledInvoice,
    Settlement,
    SoldLine,
    TaxKind,
)
from perenne.billing.documents.settling import became_of, paid_by, settlements_of
from perenne.billing.models import Invoice, OrderLine, Payment, PaymentAllocation
from perenne.billing.sales import SaleKind
from perenne.catalog.queries import current_catalogue, seller_details
from perenne.platform.words import language_of
from perenne.rules.calendar import Period
from perenne.rules.trace import StepCode, Trace, from_json


def invoice_content(invoice: Invoice, *, language: str = "") -> DocumentContent:
    """An invoice with its lines and what has settled it, in the customer's language or another.

    In a constant number of queries, however many lines it has.
    """
    language = language_of(language or invoice.company.locale)
    return DocumentContent(
        kind=DocumentKind.INVOICE,
        number=str(invoice),
        language=language,
        seller=seller_of(_region_of(invoice), issued_by=invoice.seller),
        buyer=_buyer_of(invoice),
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        gross_minor=invoice.gross_minor,
        lines=_lines(invoice, language),
        settlements=settlements_of(invoice),
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
        settlements=(
            Settlement(
                settled_on=payment.received_on,
                by=paid_by(payment),
                amount_minor=payment.amount_minor,
            ),
        ),
    )


def credit_note_content(note: CreditNote) -> DocumentContent:
    """What a credit note takes back of its invoice, line by line, and what became of it."""
    invoice = note.invoice
    language = language_of(note.company.locale)
    return DocumentContent(
        kind=DocumentKind.CREDIT_NOTE,
        number=str(note),
        language=language,
        seller=seller_of(_region_of(invoice), issued_by=note.seller),
        buyer=_buyer_of(invoice),
        currency=note.currency,
        issued_on=note.issued_on,
        net_minor=note.net_minor,
        tax_minor=note.tax_minor,
        gross_minor=note.gross_minor,
        lines=_credited_lines(note, language),
        settlements=became_of(note),
        refers_to=(str(invoice), invoice.issued_on),
        purchase_order=_purchase_order(invoice),
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


def _buyer_of(invoice: Invoice) -> Buyer:
    """Its company; or the reseller that buys for it, at home where its region's seller is."""
    partner = invoice.partner
    if partner is None:
        return buyer_of(invoice.company)
    country = current_catalogue().regions[partner.region_id].seller_country
    return Buyer(name=partner.name, country=country, code=partner.code)


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


def _credited_lines(note: CreditNote, language: str) -> tuple[SoldLine, ...]:
    """As they were sold, with the seats, the amounts and the calculation of what is taken back."""
    names = current_catalogue().product_names
    stored = note.lines.select_related(
        "order_line__offer", "order_line__order__subscription"
    ).order_by("invoice_line_id", "pk")
    found = []
    for credit in stored:
        product = credit.order_line.offer.product_id
        sold = _line(credit.order_line, names[product].get(language, product))
        found.append(
            replace(
                sold,
                seats=credit.seats,
                net_minor=credit.net_minor,
                tax_minor=credit.tax_minor,
                trace=from_json(credit.trace),
                tax_trace=from_json(credit.tax_trace),
            )
        )
    return tuple(found)


def tax_kind(rate: Fraction, trace: Trace) -> TaxKind:
    """What a line was taxed by, as its trace says."""
    names = [str(one["name"]) for one in trace if one.code is StepCode.TAX]
    reversed_ = any(one.code is StepCode.REVERSE_CHARGE for one in trace)
    return TaxKind(names[0] if names else "", rate, reversed_)


def _purchase_order(invoice: Invoice) -> str:
    """The customer's number: orders share an invoice only if they agree in it."""
    line = invoice.lines.select_related("order").order_by("pk").first()
    return "" if line is None else line.order.purchase_order
