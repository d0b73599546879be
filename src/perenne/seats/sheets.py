"""Lists of people and products, as CSV: what stands in them, or what is wrong with the file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from perenne.platform.errors import PerenneError

COLUMNS = ("email", "product")
ROWS_MAX = 5000


@dataclass(frozen=True, slots=True)
class NotText:
    """The file is not UTF-8."""

    code: ClassVar[str] = "not_text"


@dataclass(frozen=True, slots=True)
class NotTable:
    """A line cannot be read as CSV, or has another number of cells than the header."""

    code: ClassVar[str] = "not_table"
    line: int


@dataclass(frozen=True, slots=True)
class WrongHeader:
    """The first line does not name the two columns."""

    code: ClassVar[str] = "wrong_header"
    header: str


@dataclass(frozen=True, slots=True)
class NoRows:
    """Nothing stands below the header."""

    code: ClassVar[str] = "no_rows"


@dataclass(frozen=True, slots=True)
class TooManyRows:
    """More rows than are taken at once."""

    code: ClassVar[str] = "too_many_rows"
    rows_max: int


SheetMistake: TypeAlias = NotText | NotTable | WrongHeader | NoRows | TooManyRows


class SheetError(PerenneError):
    """The list cannot be read; ``mistake`` says why."""

    code = "seats.list_unreadable"

    def __init__(self, mistake: SheetMistake, words: str = "") -> None:
        self.mistake = mistake
        super().__init__(words or mistake.code)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A person by address and a product by code or name, as written; ``line`` is the file's."""

    line: int
    email: str
    product: str


def read_sheet(content: bytes) -> list[SheetRow]:
    """The rows of a list; empty lines are left out.

    Raises:
        SheetError: for the first thing that makes the whole of it unreadable.
    """
    try:
        # Spreadsheets put a mark before UTF-8.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(NotText()) from error
    if "\x00" in text:
        raise SheetError(NotText())
    rows = list(_rows(text))
    if not rows:
        raise SheetError(NoRows())
    return rows


def _rows(text: str) -> Iterator[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            raise SheetError(WrongHeader(", ".join(header)[:200]))
        for number, cells in enumerate((row for row in reader if any(row)), 1):
            if number > ROWS_MAX:
                raise SheetError(TooManyRows(ROWS_MAX))
            if len(cells) != len(header):
                raise SheetError(NotTable(reader.line_num))
            found = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            yield SheetRow(reader.line_num, found["email"], found["product"])
    except csv.Error as error:
        raise SheetError(NotTable(reader.line_num)) from error
