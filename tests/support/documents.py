"""Documents for tests, priced and taxed by the rules; and what a reader finds in their files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pypdf

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
from perenne.billing.sales import SaleKind
from perenne.rules.calendar import Period
from perenne.rules.money import Currency
from perenne.rules.prices import (
    GivenPrice,
    ListTerms,
    OfferKey,
    PriceClass,
    derive,
    price_line,
)
from perenne.rules.tax import EUROPEAN_UNION, TaxRule, tax_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ISSUED_ON = date(2027, 2, 15)


@dataclass(frozen=True)
class Place:
    """Where something is sold: prices are the US list's times the factor."""

    region: str
    currency: Currency
    factor: str
    tax: TaxRule


TAIWAN = Place("TW", Currency("TWD", 2, 100), "31.5", TaxRule("營業稅", Fraction("0.05")))
EUROPE = Place(
    "EU",
    Currency("EUR", 2, 1),
    "0.95",
    TaxRule(
        "VAT",
        None,
        {"DE": Fraction("0.19"), "FR": Fraction("0.20")},
        reverse_charge=True,
        seller_country="IE",
        union=EUROPEAN_UNION,
    ),
)
KUWAIT = Place("KW", Currency("KWD", 3, 10), "0.307", TaxRule("none", Fraction(0)))

FJORD_TAIWAN = Seller(
    name="峽灣軟體股份有限公司",
    country="TW",
    address=("110 台北市信義區峽灣路 90 號 12 樓",),
    tax_id="90000001",
    email="billing@fjord-tw.example",
    bank=("峽灣商業銀行（990）信義分行", "帳號 0123-456-789012"),
)
FJORD_EUROPE = Seller(
    name="Fjord Software Ltd.",
    country="IE",
    address=("12 Harbour Row", "Dublin D02 XK00", "Ireland"),
    tax_id="IE9000000C",
    email="billing@fjord-eu.example",
    bank=("Bank of the Fjords, Dublin", "IBAN IE00FJRD00000012345678"),
)
HOTAI = Buyer(name="和泰工程顧問股份有限公司", country="TW", code="C00001", tax_id="10497465")
ATELIER = Buyer(name="Atelier Nord GmbH", country="DE", code="C00003", tax_id="DE136695976")


def a_line(
    place: Place = EUROPE,
    *,
    product: str = "Draft LT",
    seats: int = 5,
    country: str = "DE",
    verified: bool = False,
    reference: str = "S000200",
    kind: SaleKind = SaleKind.RENEWAL,
) -> SoldLine:
    """A year of LT at the renewal price, with its traces."""
    lt = OfferKey("LT", "named_user", 12)
    terms = ListTerms(
        place.region, place.currency, date(2020, 1, 1), 1, lambda _months: Fraction(9, 10)
    )
    _, listed = derive(
        {lt: GivenPrice(46700, 42000)}, terms, factor=Fraction(place.factor), source_exponent=2
    )
    covers = Period(date(2027, 2, 15), date(2028, 2, 15))
    line = price_line(listed.prices[lt], price_class=PriceClass.RENEWAL, seats=seats, covers=covers)
    tax = tax_on(
        line.net_minor,
        rule=place.tax,
        country=country,
        tax_id_verified=verified,
        step_minor=place.currency.billing_step_minor,
    )
    return SoldLine(
        kind=kind,
        product=product,
        access="named_user",
        months=12,
        reference=reference,
        seats=seats,
        covers=covers,
        unit_minor=line.unit_minor,
        net_minor=line.net_minor,
        tax_minor=tax.tax_minor,
        tax=TaxKind(place.tax.name, tax.rate, tax.reverse_charged),
        trace=line.trace,
        tax_trace=tax.trace,
    )


def a_document(*lines: SoldLine, **given: object) -> DocumentContent:
    """An invoice of the lines to Atelier Nord, payable within 30 days."""
    sold = lines or (a_line(),)
    net_minor, tax_minor = (
        sum(line.net_minor for line in sold),
        sum(line.tax_minor for line in sold),
    )
    values: dict[str, object] = {
        "kind": DocumentKind.INVOICE,
        "number": "R-000042",
        "language": "en",
        "seller": FJORD_EUROPE,
        "buyer": ATELIER,
        "currency": "EUR",
        "issued_on": ISSUED_ON,
        "due_on": date(2027, 3, 17),
        "lines": sold,
        "net_minor": net_minor,
        "tax_minor": tax_minor,
        "gross_minor": net_minor + tax_minor,
    }
    return DocumentContent(**(values | given))  # type: ignore[arg-type]


def a_taiwanese_document(*lines: SoldLine, **given: object) -> DocumentContent:
    """An invoice in Traditional Chinese to Hotai."""
    sold = lines or (a_line(TAIWAN, product="繪圖 LT", seats=3, country="TW"),)
    values: dict[str, object] = {
        "language": "zh-Hant",
        "seller": FJORD_TAIWAN,
        "buyer": HOTAI,
        "currency": "TWD",
    }
    return a_document(*sold, **(values | given))


def a_receipt(**given: object) -> DocumentContent:
    """A card payment that settled one invoice."""
    values: dict[str, object] = {
        "kind": DocumentKind.RECEIPT,
        "number": "pay_0001",
        "language": "en",
        "seller": FJORD_EUROPE,
        "buyer": ATELIER,
        "currency": "EUR",
        "issued_on": ISSUED_ON,
        "gross_minor": 237405,
        "settled": (
            SettledInvoice(
                number="R-000042", issued_on=ISSUED_ON, gross_minor=237405, amount_minor=237405
            ),
        ),
        "settlements": (paid(237405),),
    }
    return DocumentContent(**(values | given))  # type: ignore[arg-type]


def paid(amount_minor: int, by: SettledBy = SettledBy.CARD, **given: object) -> Settlement:
    """A payment on the day of issue."""
    values: dict[str, object] = {"settled_on": ISSUED_ON, "amount_minor": amount_minor, "by": by}
    return Settlement(**(values | given))  # type: ignore[arg-type]


def read(file: bytes) -> pypdf.PdfReader:
    """The file, as a reader opens it."""
    return pypdf.PdfReader(io.BytesIO(file))


def text_of(file: bytes, pages: Sequence[int] | None = None) -> str:
    """What a reader finds, with the places left out where long words may break."""
    found = read(file).pages
    chosen = found if pages is None else [found[number] for number in pages]
    return "\n".join(page.extract_text() for page in chosen).replace("\u200b", "")


def structure_of(file: bytes) -> list[str]:
    """The roles of the file's tags, in reading order: H1, Table, TH…"""
    return list(_roles(read(file).trailer["/Root"]["/StructTreeRoot"]["/K"]))


def _roles(node: object) -> Iterator[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for one in node:
            yield from _roles(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]).lstrip("/")
        if "/K" in node:
            yield from _roles(node["/K"])
