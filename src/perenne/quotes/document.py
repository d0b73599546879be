"""An option of a quote as a document: the same sheet as an invoice, and a file to keep."""

from fractions import Fraction

from perenne.billing.documents.content import DocumentContent, DocumentKind, SoldLine
from perenne.billing.documents.queries import buyer_of, seller_of, tax_kind
from perenne.billing.sales import SaleKind, SaleLine
from perenne.catalog.queries import current_catalogue, offer_key
from perenne.platform.words import language_of
from perenne.quotes.letter_words import amount_text, parts_text
from perenne.quotes.queries import OptionView, VersionView
from perenne.quotes.words import say
from perenne.rules.calendar import Period
from perenne.rules.trace import from_json


def quote_content(
    view: VersionView, option: OptionView, *, language: str | None = None
) -> DocumentContent:
    """One option with its lines and totals; the others are named in its notes.

    Args:
        language: None for the quote's own.

    Raises:
        ValueError: if it was never sent: a draft is no document.

    Source: docs/explanation/quotes.md, «The document».
    """
    stored = view.stored
    if stored.issued_on is None:
        raise ValueError(f"{view.number} version {stored.version} was not sent")
    spoken = language_of(language or stored.language)
    preview = option.preview
    return DocumentContent(
        kind=DocumentKind.QUOTE,
        number=f"{view.number}-{stored.version}{option.letter}",
        language=spoken,
        seller=seller_of(stored.quote.region_id),
        buyer=buyer_of(stored.quote.company),
        currency=preview.currency,
        issued_on=stored.issued_on,
        valid_through=stored.valid_through,
        net_minor=preview.net_minor,
        tax_minor=preview.tax_minor,
        gross_minor=preview.gross_minor,
        lines=tuple(
            _line(line, item.code, spoken) for item in preview.items for line in item.lines
        ),
        notes=tuple(_notes(view, option, spoken)),
    )


def _line(line: SaleLine, reference: str, language: str) -> SoldLine:
    offer = offer_key(line.offer)
    names = current_catalogue().product_names[offer.product]
    tax_trace = from_json(line.tax_trace)
    return SoldLine(
        kind=SaleKind.RENEWAL,
        product=names.get(language, offer.product),
        access=offer.access,
        months=offer.months,
        reference=reference,
        seats=line.seats,
        covers=Period(line.covers_from, line.covers_until),
        unit_minor=line.unit_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        tax=tax_kind(Fraction(line.tax_rate), tax_trace),
        trace=from_json(line.trace),
        tax_trace=tax_trace,
    )


def _notes(view: VersionView, option: OptionView, language: str) -> list[str]:
    stored = view.stored
    notes = [
        say(
            "document.option",
            language,
            letter=option.letter,
            number=view.number,
            version=stored.version,
        )
    ]
    notes += [
        say(
            "document.others",
            language,
            letter=other.letter,
            what=say("and", language).join(parts_text(other, language)),
            amount=amount_text(other, language),
        )
        for other in view.options
        if other.letter != option.letter
    ]
    notes.append(say("document.accept", language, company=stored.quote.company.name))
    if stored.message:
        notes.append(stored.message)
    return notes
