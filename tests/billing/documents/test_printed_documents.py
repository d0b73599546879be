"""What a customer finds in the file: words, amounts, tags, and the same bytes every time."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from tests.support.documents import (
    EUROPE,
    FJORD_EUROPE,
    KUWAIT,
    TAIWAN,
    a_document,
    a_line,
    a_receipt,
    a_taiwanese_document,
    paid,
    read,
    structure_of,
    text_of,
)

from perenne.billing.documents import compiling
from perenne.billing.documents.compiling import TEMPLATES, compiled, compiled_apart
from perenne.billing.documents.content import Buyer, DocumentKind, SettledBy
from perenne.billing.documents.errors import DocumentTooLargeError, FontsMissingError
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.documents.words import WORDS
from perenne.billing.sales import SaleKind
from perenne.rules.trace import StepCode, step


def test_an_invoice_in_english_says_who_what_how_much_and_by_when():
    text = text_of(render_pdf(a_document(a_line(seats=5), a_line(product="Draft", seats=1250))))

    for said in (
        "Fjord Software Ltd.",
        "12 Harbour Row\nDublin D02 XK00\nIreland\nVAT number IE9000000C\nbilling@fjord-eu.example",
        "Bill to\nAtelier Nord GmbH\nGermany\nVAT number DE136695976",
        "Invoice\nR-000042",
        "Issued 15 Feb 2027",
        "Payable by 17 Mar 2027",
        "Customer number C00003",
        "To be paid\n€595,886.55\nPayable within 30 days, by 17 Mar 2027.",
        "1 Draft LT\nRenewal · named user, 1 year · S000200\n15 Feb 2027 –\n14 Feb 2028\n"
        "5 €399.00 19 % €1,995.00",
        "1,250 €399.00 19 % €498,750.00",
        "Total before tax €500,745.00",
        "VAT 19 % on €500,745.00 €95,141.55",
        "Total €595,886.55",
        "Bank of the Fjords, Dublin\nIBAN IE00FJRD00000012345678\n"
        "Please give R-000042 as the reference.",
        "Periods include both days named.",
        "Page 1 of 2",
    ):
        assert said in text


def test_an_invoice_in_chinese_says_the_same():
    text = text_of(render_pdf(a_taiwanese_document()))

    for said in (
        "賣方\n峽灣軟體股份有限公司\n110 台北市信義區峽灣路 90 號 12 樓\n統一編號 90000001",
        "買方\n和泰工程顧問股份有限公司\n統一編號 10497465",
        "帳單\nR-000042",
        "開立日期 2027年2月15日",
        "付款期限 2027年3月17日",
        "應付金額\nNT$41,675\n請於 30 天內付款，期限為 2027年3月17日。",
        "1 繪圖 LT\n續約 · 指名使用者，1 年 · S000200\n2027年2月15日\n至 2028年2月14日\n"
        "3 NT$13,230 5% NT$39,690",
        "未稅合計 NT$39,690",
        "營業稅 5%（稅基 NT$39,690） NT$1,985",
        "總計 NT$41,675",
        "轉帳時請註明 R-000042。",
        "第 1 頁，共 2 頁",
    ):
        assert said in text
    assert not re.search(r"(?<!NT)\$", text)


def test_every_amount_is_calculated_step_by_step():
    text = text_of(render_pdf(a_document(a_line(seats=5), a_line(seats=2))), pages=[1])

    for said in (
        "Line 1\nDraft LT\nAmount before tax",
        "1. Price list EU of 1 Jan 2020, version 1",
        "2. Amount in the list that this one is derived from: 420",
        "3. Multiplied by 0.95, as published",
        "4. Rounded half up to €0.01",
        "5. Renewal price per seat: €399.00",
        "6. Times 5 seats",
        "7. = €1,995.00",
        "1. Amount before tax: €1,995.00",
        "2. VAT at 19 %",
        "4. = €379.05",
        "6. Times 2 seats",
        "Sum of the 2 lines 1–2: €2,793.00",
        "Sum of the 2 lines 1–2: €530.67",
        "= €3,323.67",
    ):
        assert said in text


def test_seats_for_a_part_of_a_term_say_for_which_part():
    line = a_line(kind=SaleKind.SEATS, seats=3)
    part = step(StepCode.DAYS, days=120, of=365)
    line = replace(line, trace=(*line.trace[:-1], part, line.trace[-1]))

    text = text_of(render_pdf(a_document(line)))

    assert "Added seats · named user, 1 year · 120 of 365 days · S000200" in text
    assert "7. 120 of 365 days" in text


@pytest.mark.parametrize("kind", SaleKind)
def test_every_kind_of_sale_is_told(kind):
    text = text_of(render_pdf(a_document(a_line(kind=kind))))

    assert f"{WORDS['en'][f'line.{kind.value}']} · named user" in text


def test_lines_that_were_calculated_alike_are_told_once():
    lines = [a_line(seats=seats) for seats in (5, 5, 2, 5)]

    text = text_of(render_pdf(a_document(*lines)), pages=[1])

    assert "Lines 1–2, 4, each\nDraft LT" in text
    assert "Line 3\nDraft LT" in text
    assert text.count("Times 5 seats") == 1


@pytest.mark.parametrize(
    ("settlements", "said"),
    [
        ((), "To be paid\n€2,374.05\nPayable within 30 days, by 17 Mar 2027."),
        (
            (paid(237405),),
            "Paid in full\n€2,374.05\nSettled on 15 Feb 2027. Nothing is left to pay.",
        ),
        (
            (paid(100000, SettledBy.BANK_TRANSFER),),
            "Partly paid; still to be paid\n€1,374.05\nPayable within 30 days, by 17 Mar 2027.",
        ),
        (
            (paid(100000, SettledBy.CREDIT_NOTE, number="C-000007"), paid(137405)),
            "Credit note C-000007 of 15 Feb 2027 −€1,000.00\n"
            "Paid by card on 15 Feb 2027 −€1,374.05\nStill to be paid €0.00",
        ),
    ],
)
def test_is_it_paid_and_if_not_what_is_left(settlements, said):
    assert said in text_of(render_pdf(a_document(settlements=settlements)))


def test_a_paid_invoice_names_no_account_to_pay_to():
    text = text_of(render_pdf(a_document(settlements=(paid(237405),))))

    assert "Bank transfer" not in text


def test_an_invoice_of_a_card_is_payable_at_once():
    text = text_of(render_pdf(a_document(due_on=date(2027, 2, 15))))

    assert "Payable at once." in text


def test_tax_is_summed_by_rate_and_reverse_charge_is_said():
    lines = (
        a_line(country="FR", verified=True),
        a_line(country="DE"),
        a_line(country="FR"),
        a_line(country="DE"),
    )

    text = text_of(render_pdf(a_document(*lines)))

    assert (
        "VAT 20 % on €1,995.00 €399.00\nVAT 19 % on €3,990.00 €758.10\n"
        "Reverse charge on €1,995.00 €0.00"
    ) in text
    assert "Reverse charge: the recipient accounts for the tax (Article 196" in text


def test_a_rate_of_nothing_claims_no_exemption():
    line = a_line(KUWAIT, country="KW")

    text = text_of(render_pdf(a_document(line, currency="KWD")))

    assert "Tax 0 % on KWD 644.700 KWD 0.000" in text


def test_a_credit_note_names_its_invoice_and_what_became_of_the_credit():
    content = a_document(
        kind=DocumentKind.CREDIT_NOTE,
        number="C-000007",
        due_on=None,
        refers_to=("R-000042", date(2027, 1, 5)),
        settlements=(paid(237405),),
        notes=("Five seats returned.",),
    )

    text = text_of(render_pdf(content))

    for said in (
        "Credit note\nC-000007",
        "Credit to\nAtelier Nord GmbH",
        "Credited to you\n€2,374.05\nFor invoice R-000042 of 5 Jan 2027.",
        "Total credited €2,374.05\nRefunded to the card on 15 Feb 2027 €2,374.05",
        "Five seats returned.",
        "6. Times 5 seats",
    ):
        assert said in text
    assert "Bank transfer" not in text


def test_a_quote_says_how_long_its_prices_hold():
    content = a_document(
        kind=DocumentKind.QUOTE, number="Q-0012", due_on=None, valid_through=date(2027, 3, 1)
    )

    text = text_of(render_pdf(content))

    assert "Quote\nQ-0012" in text
    assert "Total of this quote\n€2,374.05\nThe prices hold through 1 Mar 2027." in text


def test_a_receipt_names_the_invoices_that_the_money_was_for():
    text = text_of(render_pdf(a_receipt()))

    assert "Receipt\npay_0001" in text
    assert "Received, with thanks\n€2,374.05\nPaid by card on 15 Feb 2027" in text
    assert "R-000042 15 Feb 2027 €2,374.05 €2,374.05" in text
    assert len(read(render_pdf(a_receipt())).pages) == 1


def test_a_receipt_tells_what_is_not_yet_for_an_invoice():
    text = text_of(render_pdf(a_receipt(gross_minor=240000, settlements=(paid(240000),))))

    assert "Not yet for an invoice €25.95\nTotal received €2,400.00" in text


def test_money_has_the_currencys_own_form():
    dinar = text_of(render_pdf(a_document(a_line(KUWAIT, country="KW"), currency="KWD")))

    assert "KWD 128.940" in dinar


def test_americans_get_letter_paper_and_others_a4():
    letter = read(render_pdf(a_document(buyer=Buyer(name="Bo", country="US")))).pages[0]
    a4 = read(render_pdf(a_document())).pages[0]

    assert [round(float(side)) for side in letter.mediabox[2:]] == [612, 792]
    assert [round(float(side)) for side in a4.mediabox[2:]] == [595, 842]


def test_the_file_is_archivable_and_readable_by_everybodys_tools():
    file = render_pdf(a_document())
    root = read(file).trailer["/Root"]
    said = root["/Metadata"].get_data().decode()
    roles = structure_of(file)

    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/Lang"] == "en-GB"
    assert read(file).metadata.title == "Invoice R-000042"
    assert roles.count("H1") == 1
    assert roles.count("TH") == 7
    assert roles.count("TD") == 7
    assert {"Table", "THead", "TBody", "L", "LI", "H2", "H3"} <= set(roles)


def test_a_chinese_file_says_that_it_is_chinese():
    assert read(render_pdf(a_taiwanese_document())).trailer["/Root"]["/Lang"] == "zh-TW"


def test_every_font_is_embedded():
    for page in read(render_pdf(a_taiwanese_document())).pages:
        for font in page["/Resources"]["/Font"].values():
            (descendant,) = font.get_object()["/DescendantFonts"]
            assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]


CONTENTS = {
    "english": a_document(),
    "chinese": a_taiwanese_document(),
    "receipt": a_receipt(),
    "of its own process": a_document(*[a_line(seats=n) for n in range(1, 31)]),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_the_same_content_is_the_same_file(content):
    assert render_pdf(content) == render_pdf(content)


def test_it_is_the_same_file_in_another_process_and_another_place(tmp_path):
    here = render_pdf(CONTENTS["chinese"])
    program = (
        "import sys; from tests.support.documents import a_taiwanese_document as it;"
        "from perenne.billing.documents.rendering import render_pdf;"
        "sys.stdout.buffer.write(render_pdf(it()))"
    )
    for seed, zone in (("1", "Asia/Taipei"), ("2", "America/Los_Angeles")):
        there = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": "C", "HOME": str(tmp_path)},
            capture_output=True,
            check=True,
        ).stdout
        assert there == here


def test_it_is_the_same_file_whichever_process_compiles_it_and_wherever_it_is_installed(tmp_path):
    sheet, root = '{"x": 1}', tmp_path / "elsewhere"
    root.mkdir()
    shutil.copy(TEMPLATES / "mark.svg", root)
    (root / "document.typ").write_text(
        '#set document(title: "T", date: datetime(year: 2027, month: 2, day: 15))\n'
        '#set text(font: "Noto Sans")\n#image("mark.svg", alt: "m") #sys.inputs.sheet'
    )
    other = tmp_path / "other"
    shutil.copytree(root, other)
    day = date(2027, 2, 15)

    assert compiled(sheet, issued_on=day, root=root) == compiled(sheet, issued_on=day, root=other)


def test_the_file_carries_the_day_of_issue_and_no_other_time():
    metadata = read(render_pdf(a_document())).metadata

    assert metadata["/CreationDate"] == metadata["/ModDate"] == "D:20270215000000Z"


def test_two_thousand_lines_stay_within_time_and_memory():
    lines = [
        a_line(TAIWAN, product=f"繪圖 {n}", seats=n, country="TW", reference=f"S{n:06d}")
        for n in range(1, 2001)
    ]
    file = render_pdf(a_taiwanese_document(*lines))
    pages = read(file).pages
    biggest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    assert biggest < 1024 * 1024, "kB; it has a process of its own"
    assert len(file) < 12 * 1024 * 1024
    assert len(pages) < 300
    second, last = pages[1].extract_text(), pages[-1].extract_text()
    assert "項次 品名 期間 套數 每套單價 稅率 金額" in second
    assert f"第 2 頁，共 {len(pages)} 頁" in second
    assert "和泰工程顧問股份有限公司 帳單 R-000042" in second
    assert f"第 {len(pages)} 頁，共 {len(pages)} 頁" in last
    assert "項次 1–2000 共 2000 項之和" in last


def test_what_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(compiling, "_SECONDS_MAX", 0.01)

    with pytest.raises(DocumentTooLargeError):
        compiled_apart("{}", issued_on=date(2027, 2, 15))


def test_what_cannot_be_compiled_apart_says_why():
    with pytest.raises(DocumentTooLargeError, match="dictionary does not contain key"):
        compiled_apart("{}", issued_on=date(2027, 2, 15))


def test_missing_fonts_are_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(compiling, "FONTS", tmp_path)
    compiling.fonts.cache_clear()
    try:
        with pytest.raises(FontsMissingError, match=r"lacks Noto Sans, .*make install"):
            render_pdf(a_document())
    finally:
        compiling.fonts.cache_clear()


def test_a_seller_of_which_only_the_name_is_known_is_enough():
    bare = FJORD_EUROPE.__class__(name="Fjord Software Ltd.", country="IE")

    text = text_of(render_pdf(a_document(a_line(EUROPE), seller=bare)))

    assert "From\nFjord Software Ltd.\nBill to" in text
    assert "Bank transfer" not in text
