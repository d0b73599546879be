"""Whatever somebody calls themselves, it is only text, and it stays in its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rules.tables import table
from tests.support.documents import (
    ATELIER,
    FJORD_EUROPE,
    a_document,
    a_line,
    a_receipt,
    a_taiwanese_document,
    read,
    text_of,
)

from perenne.billing.documents.compiling import compiled
from perenne.billing.documents.content import Buyer, DocumentContent
from perenne.billing.documents.literal import LENGTH_MAX, literal
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.documents.typefaces import FAMILIES, characters
from perenne.rules.trace import StepCode, step

SHOWN_AS_IT_IS = [
    '#read("/etc/passwd")',
    "#sys.inputs",
    '#import "@preview/cades:0.3.0": *',
    '#include "document.typ"',
    '#eval("1+1") #panic() #let x = 1',
    "$x^2$ and *bold* and _slanted_",
    "@reference <label>",
    "= A heading",
    "- a list + another / term: x",
    r"\u{41} back\slash \ \\",
    "`raw` ```typ #x```",
    "// a comment /* and another */",
    "~ -- --- ... 'single' \"double\"",
    "https://example.com/?a=b&c=d",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    "{{ template }} {% tag %} ${shell} %s %(name)s {0}",
    '=HYPERLINK("x")',
    "Łódź Żółć, Nguyễn Văn Ả, Ελλάδα, Привет, İstanbul",
    "和泰工程顧問股份有限公司",
    "フィヨルドソフト株式会社 桜 経 広",
    "高橋𠮷男 許𠆢安",
]


def everywhere(text: str) -> DocumentContent:
    """A document in which whatever comes from outside is the text."""
    named = step(StepCode.TAX, share="19/100", name=text, country="DE")
    line = a_line(product=text, reference=text)
    line = replace(
        line,
        tax=replace(line.tax, name=text),
        tax_trace=(line.tax_trace[0], named, *line.tax_trace[2:]),
    )
    return a_document(
        line,
        number=text,
        seller=replace(
            FJORD_EUROPE, name=text, address=(text, text), tax_id=text, email=text, bank=(text,)
        ),
        buyer=replace(ATELIER, name=text, code=text, tax_id=text, address=(text,)),
        refers_to=(text, date(2027, 2, 1)),
        purchase_order=text,
        notes=(text, text),
    )


def words_of(text: str) -> str:
    """Without white space, which wraps as the columns want."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("text", SHOWN_AS_IT_IS)
def test_markup_and_every_script_we_have_is_printed_as_it_is(text):
    found = words_of(text_of(render_pdf(everywhere(text))))

    # Seller, its address twice, its tax id, mail and bank; buyer, address, code, tax id; number,
    # order, product, notes twice, and the name of the tax.
    assert found.count(words_of(text)) >= 16


@pytest.mark.parametrize("text", SHOWN_AS_IT_IS)
def test_it_is_as_harmless_in_chinese_and_on_a_receipt(text):
    bought = replace(ATELIER, name=text)

    for content in (a_taiwanese_document(buyer=bought), a_receipt(buyer=bought)):
        assert words_of(text) in words_of(text_of(render_pdf(content)))


ARABIC = "شركة الخليج للتجارة"


def test_arabic_is_shaped_and_read_from_the_right():
    file = render_pdf(a_document(buyer=Buyer(name=f"{ARABIC} ABC 123", country="FR")))

    page = read(file).pages[0]
    fonts = {font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()}
    assert any("Vazirmatn-Bold" in font for font in fonts)
    # Glyphs of joined forms mean the letters that they stand for; order is the reader's business.
    found = page.extract_text()
    assert sorted(words_of(ARABIC)) == sorted(
        char for char in found if "\u0600" <= char <= "\u06ff"
    )
    assert "ABC 123" in found


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("name\u202egnirts\u202c", "namegnirts"),
        ("\u2067left\u2069\u200e\u200f\u061c", "left"),
        ("zero\u200bwidth\ufeff\u2060 soft\u00adhyphen", "zerowidth softhyphen"),
        ("bell\x07 nul\x00 escape\x1b[31m", "bell nul escape[31m"),
        ("two\n\nlines\tand\u2028more\u3000space ", "two lines and more space"),
        ("emoji 😀 end", "emoji [U+1F600] end"),
        ("👩‍💻", "[U+1F469][U+1F4BB]"),
        ("한국", "[U+D55C][U+AD6D]"),
        ("private \ue000", "private [U+E000]"),
        ("unassigned \U000e0fff\uffff", "unassigned [U+E0FFF][U+FFFF]"),
        ("lonely \ud800", "lonely [U+D800]"),
        ("\u0301\u0302", ""),
        ("e\u0301", "é"),
        ("Z" + "\u0301\u0302\u0303\u0304\u0305", "Ź\u0302\u0303"),
        ("中\u0308", "中"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "ab"),
    ],
)
def test_what_would_disturb_others_is_left_out_or_named(text, printed):
    assert literal(text) == printed


@pytest.mark.parametrize("row", table("documents", "Text from outside"), ids=str)
def test_the_worked_table(row):
    written, printed = (
        re.sub(
            r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(n))",
            lambda found: "\n" if found[3] else chr(int(found[1] or found[2], 16)),
            row[column].strip("`"),
        )
        for column in ("written", "printed")
    )

    assert literal(written) == printed


def test_a_name_of_64_kilobytes_is_cut_visibly():
    file = render_pdf(everywhere("Wide " * 13_000))

    assert len(read(file).pages) <= 4
    assert literal("W " * 32_000).endswith("…")
    assert len(literal("W " * 32_000)) == LENGTH_MAX + 1
    assert len(literal("Z" + "\u0301" * 64_000)) <= 4


def test_a_long_word_may_break_and_an_account_number_stays_whole():
    iban = "MT31MALT01100000000000000000123"

    assert literal(iban) == iban
    assert literal("first.second.name@a-long-domain.example") != iban
    assert literal("x" * 90).count("\u200b") == 4
    assert literal("很" * 90) == "很" * 90


def test_a_long_word_covers_nothing_beside_it():
    plain, wide = a_document(), a_document(buyer=replace(ATELIER, name="W" * 34))

    # What is cut off at the column's edge is still there to be copied; the dates stay readable.
    assert "Payable by 17 Mar 2027" in text_of(render_pdf(wide))
    assert len(read(render_pdf(wide)).pages) == len(read(render_pdf(plain)).pages)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_no_text_breaks_a_document(texts):
    content = a_document(notes=tuple(texts), buyer=replace(ATELIER, name="".join(texts)))

    assert render_pdf(content).startswith(b"%PDF-1.7")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_printed_text_can_be_printed_again_unchanged(text):
    once = literal(text)

    if "\u200b" not in once and not once.endswith("…"):
        assert literal(once) == once
    assert len(once.replace("\u200b", "")) <= LENGTH_MAX + 1


@pytest.mark.parametrize("country", ["DE", "JP"])
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_character_that_a_font_claims_can_be_printed(language, country):
    claimed = sorted(frozenset[int]().union(*characters().values()))
    notes = ("x".join(map(chr, claimed[at : at + 500])) for at in range(0, len(claimed), 500))

    content = a_document(
        language=language, buyer=replace(ATELIER, country=country), notes=tuple(notes)
    )

    assert len(claimed) > 25_000
    assert render_pdf(content).startswith(b"%PDF")


def test_regular_and_bold_can_show_the_same(monkeypatch):
    from perenne.billing.documents import typefaces

    regular = characters()
    bold = {
        family: file.replace("400Regular", "700Bold") for family, file in typefaces._REGULAR.items()
    }
    monkeypatch.setattr(typefaces, "_REGULAR", bold)

    assert set(regular) == set(FAMILIES)
    assert typefaces.characters.__wrapped__() == regular


@pytest.mark.parametrize(
    "template",
    [
        '#read("/etc/passwd")',
        '#read("../../../../../../../../etc/passwd")',
        '#include "/etc/passwd"',
        '#image("/etc/passwd")',
        '#read("outside")',
    ],
)
def test_even_a_template_reads_nothing_outside_its_folder(tmp_path, template):
    (tmp_path / "outside").write_text("secret")
    root = tmp_path / "templates"
    root.mkdir()
    (root / "document.typ").write_text(
        '#set document(title: "T", date: datetime(year: 2027, month: 2, day: 15))\n' + template
    )

    with pytest.raises(typst.TypstError):
        compiled(json.dumps({}), issued_on=date(2027, 2, 15), root=root)
