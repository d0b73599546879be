"""The doors to invoices, payments and payment methods of a company, and what pages show of them."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from perenne.accounts.queries import Member, companies_visible_to
from perenne.billing.models import (
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAllocation,
    PaymentMethod,
)
from perenne.rules.permissions import Scope

_CARD = {"en": "card •{last4}, valid through {month}", "zh-Hant": "信用卡 •{last4}，有效至 {month}"}
_KINDS = {
    "direct_debit": {"en": "direct debit", "zh-Hant": "銀行自動扣款"},
    "invoice": {"en": "invoice, 30 days", "zh-Hant": "帳單付款，30 天"},
    "bank_transfer": {"en": "bank transfer", "zh-Hant": "銀行轉帳"},
}


def invoices_visible_to(member: Member) -> QuerySet[Invoice]:
    """The invoices that ``member`` may see, newest first.

    Sales and specialists see an invoice if every contract on it is theirs: one that also names
    a colleague's would tell them of that. What a reseller is invoiced is not for its customer.
    """
    return _seen_by(member).order_by("-issued_on", "-number")


def payments_visible_to(member: Member) -> QuerySet[Payment]:
    """The payments of which ``member`` may see every invoice that they settle, newest first."""
    settled = PaymentAllocation.objects.filter(payment=OuterRef("pk"))
    return Payment.objects.filter(
        Exists(settled.filter(invoice__in=_seen_by(member))),
        ~Exists(settled.exclude(invoice__in=_seen_by(member))),
    ).order_by("-received_on", "-id")


def _seen_by(member: Member) -> QuerySet[Invoice]:
    opened = member.scopes("invoices.see")
    if member.company_id is not None:
        own = Invoice.objects.filter(company_id=member.company_id, partner=None)
        return own if Scope.OWN in opened else Invoice.objects.none()
    if member.partner_id is not None:
        return _sold_by_partner(member) if opened else Invoice.objects.none()
    if Scope.OWN in opened:
        return Invoice.objects.all()
    if Scope.PARTNER in opened:
        return _only_of(order__subscription__contract__sales_person=member.id)
    return Invoice.objects.none()


def _sold_by_partner(member: Member) -> QuerySet[Invoice]:
    """What it sold, invoiced to its customers or to itself; never what another was invoiced."""
    companies = companies_visible_to(member).order_by().values("pk")
    return _only_of(order__subscription__contract__partner=member.partner_id).filter(
        Q(partner=None) | Q(partner=member.partner_id), company__in=companies
    )


def _only_of(**owner: object) -> QuerySet[Invoice]:
    """Invoices of which every line belongs to this owner."""
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"))
    # Without an order or a contract a line is somebody else's too: ``exclude`` keeps NULL.
    return Invoice.objects.filter(Exists(lines.filter(**owner)), ~Exists(lines.exclude(**owner)))


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A way in which a company can pay."""

    id: str
    kind: str
    last4: str
    valid_through: str

    def text(self, locale: str) -> str:
        """The method as people call it."""
        if self.kind == "card":
            return _CARD[locale].format(last4=self.last4, month=self.valid_through)
        return _KINDS[self.kind][locale]


def methods_of(company_id: str) -> list[MethodChoice]:
    """The payment methods of a company, oldest first."""
    rows = PaymentMethod.objects.filter(company_id=company_id).order_by("pk")
    return [MethodChoice(row.pk, row.kind, row.last4, row.valid_through) for row in rows]
