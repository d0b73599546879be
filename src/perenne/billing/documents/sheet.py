"""A document in words: what its template prints, each value a finished text."""

from typing import Any

from perenne.billing.documents.calculations import calculations_of
from perenne.billing.documents.content import (
    Buyer,
    DocumentContent,
    DocumentKind,
    Seller,
    SettledBy,
    SettledInvoice,
    SoldLine,
)
from perenne.billing.documents.literal import literal
from perenne.billing.documents.typefaces import families_for
from perenne.billing.documents.voice import Voice
from perenne.billing.documents.words import tax_id_key
from perenne.platform.display import region_text
from perenne.platform.words import access_text, step_text, term_text
from perenne.rules.trace import StepCode

_NOTE_LENGTH_MAX = 2000
# One line at the head or foot of a page.
_RUNNING_LENGTH_MAX = 50
# Steps that say for which part of a term was paid; price times seats is then not the amount.
_PARTS_OF_A_TERM = frozenset({StepCode.DAYS, StepCode.DAILY_RATE, StepCode.PERIODS})
_LETTER_COUNTRIES = frozenset({"US", "CA", "MX"})
_LANGUAGE_TAGS = {"en": ("en", "GB"), "zh-Hant": ("zh", "TW")}


def sheet_of(content: DocumentContent) -> dict[str, Any]:
    """Everything that is printed, in the document's language, in the order of the page."""
    return _Sheet(content).everything()


class _Sheet(Voice):
    """One document being put into words."""

    def everything(self) -> dict[str, Any]:
        content = self.content
        lang, region = _LANGUAGE_TAGS[self.language]
        heading = self.say(f"title.{content.kind.value}")
        number, day = literal(content.number), content.issued_on
        before, between, after = _around(self.say("page", page="\0", pages="\0"))
        return {
            "lang": lang,
            "region": region,
            "paper": "us-letter" if content.buyer.country in _LETTER_COUNTRIES else "a4",
            "families": families_for(content.buyer.country),
            "title": f"{heading} {number}",
            "date": [day.year, day.month, day.day],
            "heading": heading,
            "number": number,
            "facts": self.facts(),
            "seller": self.seller(content.seller),
            "buyer": self.buyer(content.buyer),
            "callout": self.callout(),
            "columns": self.columns(),
            "rows": self.rows(),
            "totals": self.totals(),
            "sections": self.sections(),
            "how": calculations_of(content),
            "running": {
                "seller": literal(content.seller.name, length_max=_RUNNING_LENGTH_MAX),
                "buyer": literal(content.buyer.name, length_max=_RUNNING_LENGTH_MAX),
            },
            "page": {"before": before, "between": between, "after": after},
        }

    def facts(self) -> list[dict[str, str]]:
        """What stands beside the parties: days and numbers, those that there are."""
        content = self.content
        facts = [(f"issued.{content.kind.value}", self.day(content.issued_on))]
        if content.due_on is not None:
            facts.append(("due", self.day(content.due_on)))
        if content.valid_through is not None:
            facts.append(("valid", self.day(content.valid_through)))
        if content.refers_to is not None:
            facts.append(("invoice", literal(content.refers_to[0])))
        facts.append(("customer", literal(content.buyer.code)))
        facts.append(("purchase_order", literal(content.purchase_order)))
        return [{"label": self.say(key), "value": value} for key, value in facts if value]

    def seller(self, seller: Seller) -> dict[str, Any]:
        lines = [*seller.address, self.tax_id(seller.tax_id, seller.country), seller.email]
        return self.party("from", seller.name, lines)

    def buyer(self, buyer: Buyer) -> dict[str, Any]:
        """Who buys, with the country where it is another than the seller's."""
        is_abroad = buyer.country != self.content.seller.country
        country = region_text(buyer.country, locale=self.language) if is_abroad else ""
        lines = [*buyer.address, country, self.tax_id(buyer.tax_id, buyer.country)]
        return self.party(f"to.{self.content.kind.value}", buyer.name, lines)

    def party(self, label: str, name: str, lines: list[str]) -> dict[str, Any]:
        return {
            "label": self.say(label),
            "name": literal(name),
            "lines": [literal(line) for line in lines if line],
        }

    def tax_id(self, tax_id: str, country: str) -> str:
        return f"{self.say(tax_id_key(country))} {tax_id}" if tax_id else ""

    def callout(self) -> dict[str, str]:
        """The one amount that matters, and what follows from it."""
        content = self.content
        key, amount, tone = content.kind.value, content.gross_minor, "leaf"
        if content.kind is DocumentKind.INVOICE:
            was_credited = any(one.by is SettledBy.CREDIT_NOTE for one in content.settlements)
            key = "settled" if was_credited else "paid"
            if content.open_minor > 0:
                amount, tone = content.open_minor, "sun"
                key = "open" if content.open_minor == content.gross_minor else "partly"
        return {
            "label": self.say(f"callout.{key}"),
            "amount": self.money(amount),
            "text": self.terms(),
            "tone": tone,
        }

    def terms(self) -> str:
        """What is to be done about the amount, and by when."""
        content = self.content
        match content.kind:
            case DocumentKind.INVOICE if content.open_minor > 0:
                return self.payment_terms()
            case DocumentKind.INVOICE:
                days = [one.settled_on for one in content.settlements]
                return self.say("terms.paid", day=self.day(max(days))) if days else ""
            case DocumentKind.RECEIPT:
                return ", ".join(self.settlement(one) for one in content.settlements)
            case DocumentKind.CREDIT_NOTE if content.refers_to is not None:
                number, day = content.refers_to
                return self.say("terms.credit_note", number=literal(number), day=self.day(day))
            case DocumentKind.QUOTE if content.valid_through is not None:
                return self.say("terms.quote", day=self.day(content.valid_through))
            case _:
                return ""

    def payment_terms(self) -> str:
        due_on = self.content.due_on
        if due_on is None or due_on <= self.content.issued_on:
            return self.say("terms.at_once")
        days = (due_on - self.content.issued_on).days
        return self.say("terms.by", days=days, day=self.day(due_on))

    def columns(self) -> list[str]:
        names = ("number", "what", "covers", "seats", "unit", "tax", "net")
        if self.content.kind is DocumentKind.RECEIPT:
            return [self.say(f"settled.{name}") for name in ("number", "issued", "gross", "amount")]
        return [self.say(f"column.{name}") for name in names]

    def rows(self) -> list[dict[str, Any]]:
        if self.content.kind is DocumentKind.RECEIPT:
            return [self.settled_row(one) for one in self.content.settled]
        return [self.sold_row(n, line) for n, line in enumerate(self.content.lines, start=1)]

    def settled_row(self, one: SettledInvoice) -> dict[str, Any]:
        return {
            "number": literal(one.number),
            "issued": self.day(one.issued_on),
            "gross": self.money(one.gross_minor),
            "amount": self.money(one.amount_minor),
        }

    def sold_row(self, number: int, line: SoldLine) -> dict[str, Any]:
        """One line; ``covers`` in two parts, the first day and the last."""
        first, last = self.day(line.covers.starts_on), self.day(line.covers.last_day)
        return {
            "number": str(number),
            "product": literal(line.product),
            "detail": self.detail(line),
            "covers": self.say("line.covers", first=first, last=last).split("\n"),
            "seats": f"{line.seats:,}",
            "unit": self.money(line.unit_minor),
            "tax": self.rate(line.tax),
            "net": self.money(line.net_minor),
        }

    def detail(self, line: SoldLine) -> str:
        """What was sold, for which subscription, and which part of the term was paid for."""
        what = self.say(
            "line.what",
            kind=self.say(f"line.{line.kind.value}"),
            access=access_text(line.access, locale=self.language),
            term=term_text(line.months, locale=self.language),
        )
        part = [
            step_text(one, self.content.currency, locale=self.language)
            for one in line.trace
            if one.code in _PARTS_OF_A_TERM
        ]
        return " · ".join(one for one in (what, *part, literal(line.reference)) if one)

    def totals(self) -> list[dict[str, Any]]:
        content = self.content
        total = {
            "label": self.say(f"total.{content.kind.value}"),
            "amount": self.money(content.gross_minor),
            "strong": True,
        }
        if content.kind is DocumentKind.RECEIPT:
            unmatched = content.unmatched_minor
            label = self.say("total.unmatched")
            return [_plain(label, self.money(unmatched)), total] if unmatched else [total]
        rows = [_plain(self.say("total.net"), self.money(content.net_minor))]
        rows += [_plain(self.tax_label(one), self.money(one.tax_minor)) for one in content.taxes]
        rows.append(total)
        sign = 1 if content.kind is DocumentKind.CREDIT_NOTE else -1
        rows += [
            _plain(self.settlement(one), self.money(sign * one.amount_minor))
            for one in content.settlements
        ]
        if content.kind is DocumentKind.INVOICE and content.settlements:
            rows.append(
                {**_plain(self.say("open"), self.money(content.open_minor)), "strong": True}
            )
        return rows

    def sections(self) -> list[dict[str, Any]]:
        """What else must be known: where to pay, and notes."""
        content = self.content
        sections = []
        is_open = content.kind is DocumentKind.INVOICE and content.open_minor > 0
        if is_open and content.seller.bank:
            reference = self.say("transfer.reference", number=literal(content.number))
            lines = [*(literal(line) for line in content.seller.bank), reference]
            sections.append({"heading": self.say("transfer"), "lines": lines})
        notes = [literal(note, length_max=_NOTE_LENGTH_MAX) for note in content.notes]
        if any(line.tax.reverse_charged for line in content.lines):
            notes.append(self.say("note.reverse_charge"))
        if content.lines:
            notes.append(self.say("note.period"))
        if content.kind is DocumentKind.RECEIPT:
            notes.append(self.say("note.receipt"))
        sections.append({"heading": self.say("notes"), "lines": notes})
        return sections


def _plain(label: str, amount: str) -> dict[str, Any]:
    return {"label": label, "amount": amount, "strong": False}


def _around(text: str) -> tuple[str, str, str]:
    """What stands before, between and after the two page numbers."""
    before, between, after = text.split("\0")
    return before, between, after
