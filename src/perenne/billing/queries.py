"""The doors to money matters of a company, and what pages show of them."""

from dataclasses import dataclass

from perenne.billing.models import PaymentMethod

_CARD = {"en": "card •{last4}, valid through {month}", "zh-Hant": "信用卡 •{last4}，有效至 {month}"}
_KINDS = {
    "direct_debit": {"en": "direct debit", "zh-Hant": "銀行自動扣款"},
    "invoice": {"en": "invoice, 30 days", "zh-Hant": "發票付款，30 天"},
    "bank_transfer": {"en": "bank transfer", "zh-Hant": "銀行轉帳"},
}


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
