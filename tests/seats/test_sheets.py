"""Lists of people and products: what is read, and what is refused, in both languages."""

import pytest

from perenne.seats import sheets as wrong
from perenne.seats.sheet_words import sheet_mistake_text
from perenne.seats.sheets import SheetError, SheetRow, read_sheet
from perenne.seats.wording import SeatNaming

HEADER = b"email,product\n"


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (HEADER + b"a@b.example,LT\n", [SheetRow(2, "a@b.example", "LT")]),
        (b"\xef\xbb\xbfemail,product\r\na@b.example,LT\r\n", [SheetRow(2, "a@b.example", "LT")]),
        (
            b"Product, E-mail\n".replace(b"E-mail", b"EMAIL") + b"LT,a@b\n",
            [SheetRow(2, "a@b", "LT")],
        ),
        (HEADER + b"\n,\n a@b , LT \n", [SheetRow(4, "a@b", "LT")]),
        (
            HEADER + '"a@b","繪圖 LT"\n'.encode(),
            [SheetRow(2, "a@b", "繪圖 LT")],
        ),
    ],
)
def test_a_list_is_read_as_spreadsheets_write_it(content, rows):
    assert read_sheet(content) == rows


@pytest.mark.parametrize(
    ("content", "mistake", "english", "chinese"),
    [
        (b"\xff\xfe", wrong.NotText(), "UTF-8", "UTF-8"),
        (HEADER + b"a\x00,LT\n", wrong.NotText(), "UTF-8", "UTF-8"),
        (b"", wrong.WrongHeader(""), "first line", "第一行"),
        (b"email;product\n", wrong.WrongHeader("email;product"), "email;product", "第一行"),
        (b"email,email\n", wrong.WrongHeader("email, email"), "email, email", "第一行"),
        (HEADER, wrong.NoRows(), "names nobody", "沒有任何人員"),
        (HEADER + b"a@b\n", wrong.NotTable(2), "Line 2", "第 2 行"),
        (HEADER + b'a@b,"LT\n', wrong.NotTable(2), "Line 2", "第 2 行"),
        (HEADER + b"a@b,LT\n" * 5001, wrong.TooManyRows(5000), "5000 lines", "5000 行"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(content, mistake, english, chinese):
    with pytest.raises(SheetError) as refused:
        read_sheet(content)

    assert refused.value.mistake == mistake
    for locale, words in (("en", english), ("zh-Hant", chinese)):
        naming = SeatNaming(locale=locale, people={}, products={})
        assert words in sheet_mistake_text(mistake, naming)
