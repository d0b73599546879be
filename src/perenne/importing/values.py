"""Strict readers of single cells: each returns a value or says what is wrong and what to write."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from perenne.platform.csv_cells import FORMULA_START

_SEATS = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/+-]{0,63}", re.ASCII)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_ROC_DATE = re.compile(r"([0-9]{2,3})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})", re.ASCII)
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
YEARS = range(1990, 2200)
_ROC_OFFSET = 1911
_TEXT_MAX = 200
_EMAIL_MAX = 254
_MONTHS_MAX = 120
# Marks, embeddings and isolates that change the order of what is read, and of what stands beside.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


class BadValueError(ValueError):
    """A cell that cannot be used; its text is the reason, with the remedy."""


Reader = Callable[[str], Any]


def text(cell: str, *, longest: int = _TEXT_MAX) -> str:
    """Any text a person wrote, kept as it is: also one that looks like a formula."""
    if any(char in _BIDI for char in cell):
        raise BadValueError("has characters that turn the reading direction; remove them")
    if any(not char.isprintable() and char != "\u3000" for char in cell):
        raise BadValueError("has control characters; remove them")
    if cell and not cell.strip():
        raise BadValueError("is only white space; write something or leave it empty")
    if len(cell) > longest:
        raise BadValueError(f"is longer than {longest} characters")
    # An exporter protects formula-like cells with one apostrophe; take exactly that one off.
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_START and cell[1:] else cell


def required(reader: Reader) -> Reader:
    """A reader that refuses an empty cell."""

    def read(cell: str) -> object:
        if not cell:
            raise BadValueError("is empty; it is required")
        return reader(cell)

    return read


def optional(reader: Reader) -> Reader:
    """A reader that reads an empty cell as None."""

    def read(cell: str) -> object:
        return reader(cell) if cell else None

    return read


def code(cell: str) -> str:
    """The vendor's own number of something."""
    if not _CODE.fullmatch(cell):
        raise BadValueError("is not a code: letters, digits and . _ @ / + - only, at most 64")
    return cell


def email(cell: str) -> str:
    """An address that can stand in a header: one recipient and nothing else."""
    if "\n" in cell or "\r" in cell:
        raise BadValueError("has a line break, which would add mail headers; remove it")
    local = cell.partition("@")[0]
    if not _EMAIL.fullmatch(cell) or len(cell) > _EMAIL_MAX or ".." in cell:
        raise BadValueError("is not an e-mail address like ana@example.com")
    if local.startswith(".") or local.endswith("."):
        raise BadValueError("is not an e-mail address like ana@example.com")
    return cell


def one_of(*allowed: str) -> Reader:
    """A reader of one of a few words."""

    def read(cell: str) -> str:
        if cell not in allowed:
            raise BadValueError(f"is none of {', '.join(allowed)}")
        return cell

    return read


def yes_no(cell: str) -> bool:
    """``yes`` or ``no``."""
    return bool(one_of("yes", "no")(cell) == "yes")


def seats(cell: str) -> int:
    """A number of seats, 1 to 999999."""
    if not _SEATS.fullmatch(cell):
        raise BadValueError("is not a number of seats: write 1 to 999999 in plain digits")
    return int(cell)


def months(cell: str) -> int:
    """A term length in months, 1 to 120."""
    if not _SEATS.fullmatch(cell) or int(cell) > _MONTHS_MAX:
        raise BadValueError("is not a term length: write 1 to 120 months in plain digits")
    return int(cell)


def anchor_day(cell: str) -> int:
    """A day of the month, 1 to 31."""
    if not _SEATS.fullmatch(cell) or int(cell) > 31:  # noqa: PLR2004 - days of a month
        raise BadValueError("is not a day of the month: write 1 to 31")
    return int(cell)


def day(cell: str) -> date:
    """An ISO date from 1990 to 2199."""
    matched = _ISO_DATE.fullmatch(cell)
    if matched is None:
        raise BadValueError(_date_remedy(cell))
    year, month, number = (int(part) for part in matched.groups())
    if year not in YEARS:
        raise BadValueError("is not between 1990 and 2199")
    try:
        return date(year, month, number)
    except ValueError as error:
        raise BadValueError(f"is not in the calendar: {year} has no such day") from error


def _date_remedy(cell: str) -> str:
    if not cell.isascii() and cell.replace("-", "").replace("－", "").isdigit():
        return "has full-width digits; write plain ones like 2026-12-01"
    matched = _ROC_DATE.fullmatch(cell)
    if matched is not None:
        year, month, number = (int(part) for part in matched.groups())
        if year + _ROC_OFFSET in YEARS:
            written = f"{year + _ROC_OFFSET}-{month:02}-{number:02}"
            return f"looks like a year of the Republic; write {written}"
    return "is not a date like 2026-12-01"


def last_valid_month(cell: str) -> str:
    """The last month in which a card is valid, ``YYYY-MM``."""
    if not _MONTH.fullmatch(cell):
        raise BadValueError("is not a month like 2027-05")
    return cell


def last4(cell: str) -> str:
    """The last four digits of a card."""
    if not re.fullmatch(r"[0-9]{4}", cell, re.ASCII):
        raise BadValueError("is not four digits")
    return cell
