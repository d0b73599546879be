"""A document that does not add up is never printed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.support.documents import a_document, a_line, a_receipt, paid

from perenne.billing.documents.content import DocumentKind, SettledBy, TaxKind
from perenne.billing.documents.file_names import file_name
from perenne.billing.documents.words import WORDS, tax_id_key


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"net_minor": 199501}, "R-000042: lines make 199500, the total says 199501"),
        ({"tax_minor": 37904}, "R-000042: taxes make 37905, the total says 37904"),
        ({"gross_minor": 1}, "R-000042: net and tax make 237405, the total says 1"),
    ],
)
def test_totals_are_the_sums_of_the_printed_lines(wrong, said):
    with pytest.raises(ValueError, match=said):
        a_document(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"settlements": (paid(1),)}, "payments make 1, the total says 237405"),
        (
            {"gross_minor": 5, "settlements": (paid(5),)},
            "settled invoices make 237405, the total says 5",
        ),
    ],
)
def test_a_receipt_gives_to_invoices_no_more_than_came_in(wrong, said):
    with pytest.raises(ValueError, match=said):
        a_receipt(**wrong)


def test_lines_with_one_rate_are_one_tax_line_the_highest_first():
    lines = (a_line(country="DE"), a_line(country="FR"), a_line(country="DE", seats=1))

    assert [(one.tax, one.net_minor, one.tax_minor) for one in a_document(*lines).taxes] == [
        (TaxKind("VAT", Fraction(1, 5)), 199500, 39900),
        (TaxKind("VAT", Fraction(19, 100)), 239400, 45486),
    ]


def test_every_kind_has_words_in_both_languages():
    for words in WORDS.values():
        assert all(words[f"title.{kind.value}"] for kind in DocumentKind)
        assert all(words[f"settlement.{by.value}"] for by in SettledBy)
        assert all(words.values())


@pytest.mark.parametrize("key", WORDS["en"])
def test_both_languages_put_in_the_same_facts(key):
    from string import Formatter

    facts = [
        {name for _, name, _, _ in Formatter().parse(words[key]) if name}
        for words in WORDS.values()
    ]
    assert facts[0] == facts[1]


@pytest.mark.parametrize(
    ("country", "english"),
    [("TW", "Unified business number"), ("DE", "VAT number"), ("US", "Tax number")],
)
def test_a_tax_id_is_called_as_its_country_calls_it(country, english):
    assert WORDS["en"][tax_id_key(country)] == english


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("R-000042", "Invoice-R-000042.pdf"),
        ("../../etc/passwd", "Invoice-etc-passwd.pdf"),
        ('a"b\r\nSet-Cookie: x', "Invoice-a-b-Set-Cookie-x.pdf"),
        ("帳單", "Invoice.pdf"),
    ],
)
def test_a_file_name_names_a_file_and_nothing_else(number, name):
    assert file_name(a_document(number=number)) == name


def test_a_file_is_named_in_the_documents_language():
    assert file_name(a_document(language="zh-Hant")) == "帳單-R-000042.pdf"
    assert file_name(a_document(kind=DocumentKind.CREDIT_NOTE)) == "Credit-note-R-000042.pdf"
