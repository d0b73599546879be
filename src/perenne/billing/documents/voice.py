"""How one document speaks: its language, its currency, and what several of its parts say alike."""

from datetime import date

from perenne.billing.documents.content import (
    DocumentContent,
    DocumentKind,
    Settlement,
    TaxKind,
    TaxTotal,
)
from perenne.billing.documents.literal import literal
from perenne.billing.documents.words import WORDS
from perenne.platform.display import date_text, money_text, percent_digits
from perenne.platform.words import language_of


class Voice:
    """Puts values of one document into its words."""

    def __init__(self, content: DocumentContent) -> None:
        self.content = content
        self.language = language_of(content.language)

    def say(self, key: str, **facts: object) -> str:
        """Words, with facts put in."""
        return WORDS[self.language][key].format(**facts)

    def money(self, amount_minor: int) -> str:
        """An amount in the document's currency."""
        return money_text(amount_minor, self.content.currency, locale=self.language)

    def day(self, day: date) -> str:
        """A day in the form of the language."""
        return date_text(day, locale=self.language)

    def rate(self, tax: TaxKind) -> str:
        """The rate of a line."""
        if tax.reverse_charged:
            return self.say("tax.reverse_charge")
        return self.say("tax.rate", rate=percent_digits(tax.rate, places=4))

    def tax_label(self, total: TaxTotal) -> str:
        """A tax line: its name, its rate and the amount that it is on."""
        net = self.money(total.net_minor)
        if total.tax.reverse_charged:
            return self.say("total.reverse_charge", net=net)
        if total.tax.rate == 0:
            return self.say("total.no_tax", net=net)
        rate = percent_digits(total.tax.rate, places=4)
        name = literal(total.tax.name) or self.say("total.unnamed_tax")
        return self.say("total.tax", name=name, rate=rate, net=net)

    def settlement(self, one: Settlement) -> str:
        """How and when so much was settled, or went back; of a credit note, what became of it."""
        is_back = self.content.kind is DocumentKind.CREDIT_NOTE or one.amount_minor < 0
        key = f"{'refund' if is_back else 'settlement'}.{one.by.value}"
        return self.say(key, day=self.day(one.settled_on), number=literal(one.number))

    def numbers(self, numbers: list[int]) -> str:
        """Numbers of lines, the consecutive ones as ranges: ``1–3, 7``."""
        ranges: list[list[int]] = []
        for number in numbers:
            if ranges and number == ranges[-1][1] + 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        return self.say("comma").join(
            str(first) if first == last else self.say("range", first=first, last=last)
            for first, last in ranges
        )
