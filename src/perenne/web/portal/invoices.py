"""Invoices and receipts to take away, each as the file that the customer archives."""

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from perenne.billing.documents.content import DocumentContent
from perenne.billing.documents.file_names import file_name
from perenne.billing.documents.queries import invoice_content, receipt_content
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.queries import invoices_visible_to, payments_visible_to
from perenne.web.requests import MemberRequest


@require_safe
def invoice_pdf(request: MemberRequest, invoice_id: str) -> HttpResponse:
    """An invoice, with the page that says how each amount was calculated."""
    found = get_object_or_404(
        invoices_visible_to(request.member).select_related("company"), pk=invoice_id
    )
    return download(invoice_content(found))


@require_safe
def receipt_pdf(request: MemberRequest, payment_id: str) -> HttpResponse:
    """The receipt of a payment."""
    found = get_object_or_404(
        payments_visible_to(request.member).select_related("company"), pk=payment_id
    )
    return download(receipt_content(found))


def download(content: DocumentContent) -> HttpResponse:
    """A file to keep, named in the document's language (RFC 6266), and in ASCII for old clients."""
    response = HttpResponse(render_pdf(content), content_type="application/pdf")
    plain, own = file_name(content, language="en"), file_name(content)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own, safe='')}"
    )
    return response
