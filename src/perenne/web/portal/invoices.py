"""Invoices: the list, one of them with what settled it and how to pay, and the files to keep."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from perenne.billing.book_queries import InvoiceRow, credit_visible_to, invoice_rows
from perenne.billing.documents.content import DocumentContent
from perenne.billing.documents.file_names import file_name
from perenne.billing.documents.queries import (
    credit_note_content,
    invoice_content,
    receipt_content,
)
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.documents.voice import Voice
from perenne.billing.queries import (
    credit_notes_visible_to,
    invoices_visible_to,
    payments_visible_to,
    still_open,
)
from perenne.catalog.queries import current_catalogue
from perenne.platform.clock import today
from perenne.platform.words import access_text, term_text
from perenne.rules.receivables import InvoiceStatus
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.context import page_locale
from perenne.web.invoice_words import status_text, status_tone
from perenne.web.requests import MemberRequest

PAGE_SIZE = 50


@require_safe
def invoice_list(request: MemberRequest) -> HttpResponse:
    """The invoices that the member may see, newest first; those to be paid alone, if so asked."""
    found = invoices_visible_to(request.member)
    only_open = request.GET.get("state") == "open"
    if only_open:
        found = still_open(found)
    page = Paginator(found.values_list("pk", flat=True), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "web/invoices.html",
        {
            "page": page,
            "rows": _rows(list(page.object_list), request),
            "only_open": only_open,
            "credit": [one for one in credit_visible_to(request.member) if one.available_minor],
        },
    )


def _rows(identities: Sequence[str], request: MemberRequest) -> list[dict[str, object]]:
    catalogue = current_catalogue()
    return [
        _row(one, as_of=today(request.now, catalogue.regions[one.state.region].zone))
        for one in invoice_rows(identities)
    ]


def _row(one: InvoiceRow, *, as_of: date) -> dict[str, object]:
    state = one.state
    status = state.status(as_of)
    return {
        "state": state,
        "buyer": one.buyer,
        "currency": state.holder.currency,
        "open_minor": max(state.sums.open_minor, 0),
        "status": status_text(status),
        "tone": status_tone(status),
        "is_overdue": status is InvoiceStatus.OVERDUE,
    }


@require_safe
def invoice_page(request: MemberRequest, invoice_id: str) -> HttpResponse:
    """One invoice: lines, tax, what has settled it, and how to pay what is open."""
    invoice = get_object_or_404(
        invoices_visible_to(request.member).select_related("company", "partner"), pk=invoice_id
    )
    locale = page_locale()
    content = invoice_content(invoice, language=locale)
    voice = Voice(content)
    return render(
        request,
        "web/invoice.html",
        {
            "row": _rows([invoice.pk], request)[0],
            "content": content,
            "lines": _lines(content, request, locale),
            "taxes": [(voice.tax_label(one), one.tax_minor) for one in content.taxes],
            "settlements": [
                (voice.settlement(one), -one.amount_minor) for one in content.settlements
            ],
            "files": _files(invoice.pk, request),
        },
    )


def _lines(
    content: DocumentContent, request: MemberRequest, locale: str
) -> list[dict[str, object]]:
    seen = subscriptions_visible_to(request.member)
    codes = {line.reference for line in content.lines}
    ids = dict(seen.filter(code__in=codes).values_list("code", "pk"))
    return [
        {
            "line": line,
            "access": access_text(line.access, locale=locale),
            "term": term_text(line.months, locale=locale),
            "subscription": ids.get(line.reference, ""),
        }
        for line in content.lines
    ]


def _files(invoice: str, request: MemberRequest) -> dict[str, object]:
    """Receipts and credit notes that belong to it; a payment of others' invoices too is theirs."""
    return {
        "receipts": payments_visible_to(request.member)
        .filter(allocations__invoice=invoice)
        .distinct(),
        "credit_notes": credit_notes_visible_to(request.member).filter(invoice=invoice),
    }


@require_safe
def invoice_pdf(request: MemberRequest, invoice_id: str) -> HttpResponse:
    """An invoice, with the page that says how each amount was calculated."""
    found = get_object_or_404(
        invoices_visible_to(request.member).select_related("company", "partner"), pk=invoice_id
    )
    return download(invoice_content(found))


@require_safe
def receipt_pdf(request: MemberRequest, payment_id: str) -> HttpResponse:
    """The receipt of a payment."""
    found = get_object_or_404(
        payments_visible_to(request.member).select_related("company"), pk=payment_id
    )
    return download(receipt_content(found))


@require_safe
def credit_note_pdf(request: MemberRequest, note_id: str) -> HttpResponse:
    """A credit note, with what became of the credit."""
    found = get_object_or_404(
        credit_notes_visible_to(request.member).select_related(
            "company", "invoice__company", "invoice__partner"
        ),
        pk=note_id,
    )
    return download(credit_note_content(found))


def download(content: DocumentContent) -> HttpResponse:
    """A file to keep, named in the document's language (RFC 6266), and in ASCII for old clients."""
    response = HttpResponse(render_pdf(content), content_type="application/pdf")
    plain, own = file_name(content, language="en"), file_name(content)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own, safe='')}"
    )
    return response
