"""What a document says, before anybody has put it into words: plain values, checked to add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Self

from perenne.billing.sales import SaleKind
from perenne.rules.calendar import Period
from perenne.rules.trace import Trace


class DocumentKind(StrEnum):
    """What the vendor sends."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    QUOTE = "quote"


class SettledBy(StrEnum):
    """How an amount was settled; never with digits of a card, which not every reader may see."""

    CARD = "card"
    DIRECT_DEBIT = "direct_debit"
    BANK_TRANSFER = "bank_transfer"
    CREDIT_NOTE = "credit_note"
    CUSTOMER_CREDIT = "customer_credit"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who sells; address and bank as the lines that are printed, country by ISO 3166."""

    name: str
    country: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    bank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys: a company, or the partner that is billed for it."""

    name: str
    country: str
    code: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class TaxKind:
    """What a line is taxed by; lines that agree in it are summed into one tax line."""

    name: str
    rate: Fraction
    reverse_charged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """What was sold of a product for a period; amounts in minor units.

    ``product`` is named in the document's language; ``reference`` is the vendor's number of the
    subscription.
    """

    kind: SaleKind
    product: str
    access: str
    months: int
    reference: str
    seats: int
    covers: Period
    unit_minor: int
    net_minor: int
    tax_minor: int
    tax: TaxKind
    trace: Trace = ()
    tax_trace: Trace = ()


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """The tax of all lines with one rate, and the amount before tax that it is on."""

    tax: TaxKind
    net_minor: int
    tax_minor: int

    @classmethod
    def of(cls, tax: TaxKind, lines: Sequence[SoldLine]) -> Self:
        """Sum the lines that are taxed so."""
        own = [line for line in lines if line.tax == tax]
        return cls(tax, sum(line.net_minor for line in own), sum(line.tax_minor for line in own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """So much was settled on a day; ``number`` names the credit note, if it was one.

    What went back of an invoice's money is negative.
    """

    settled_on: date
    amount_minor: int
    by: SettledBy
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledInvoice:
    """On a receipt: the invoice that the money was for, and how much of it went there."""

    number: str
    issued_on: date
    gross_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentContent:
    """One document. Amounts in minor units of ``currency``; days are days, both included.

    An invoice, a credit note and a quote have lines; a receipt has settled invoices and the one
    payment. ``due_on`` is the last day to pay, ``valid_through`` the last day of a quote.
    ``refers_to`` names the invoice of a credit note and its day. The same content is the same
    file, byte for byte.

    Raises:
        ValueError: if the printed lines do not add up to the printed totals.

    Source: docs/explanation/documents.md, «What is printed».
    """

    kind: DocumentKind
    number: str
    language: str
    seller: Seller
    buyer: Buyer
    currency: str
    issued_on: date
    gross_minor: int
    net_minor: int = 0
    tax_minor: int = 0
    lines: tuple[SoldLine, ...] = ()
    settled: tuple[SettledInvoice, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    due_on: date | None = None
    valid_through: date | None = None
    refers_to: tuple[str, date] | None = None
    purchase_order: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to print what does not add up."""
        if self.kind is DocumentKind.RECEIPT:
            self._check("payments", _sum(self.settlements), self.gross_minor)
            if self.unmatched_minor < 0:
                self._check("settled invoices", self.settled_minor, self.gross_minor)
            return
        self._check("lines", sum(line.net_minor for line in self.lines), self.net_minor)
        self._check("taxes", sum(line.tax_minor for line in self.lines), self.tax_minor)
        self._check("net and tax", self.net_minor + self.tax_minor, self.gross_minor)

    def _check(self, what: str, found: int, stated: int) -> None:
        if found != stated:
            raise ValueError(
                f"{self.kind.value} {self.number}: {what} make {found}, the total says {stated}"
            )

    @property
    def taxes(self) -> tuple[TaxTotal, ...]:
        """The tax by rate, highest rate first; sums of what the lines say."""
        kinds = sorted(
            {line.tax for line in self.lines},
            key=lambda tax: (-tax.rate, tax.reverse_charged, tax.name),
        )
        return tuple(TaxTotal.of(kind, self.lines) for kind in kinds)

    @property
    def settled_minor(self) -> int:
        """On a receipt: what went to invoices."""
        return sum(one.amount_minor for one in self.settled)

    @property
    def unmatched_minor(self) -> int:
        """On a receipt: what went to no invoice yet."""
        return self.gross_minor - self.settled_minor

    @property
    def open_minor(self) -> int:
        """What is still to be paid."""
        return self.gross_minor - _sum(self.settlements)


def _sum(settlements: Sequence[Settlement]) -> int:
    return sum(one.amount_minor for one in settlements)
