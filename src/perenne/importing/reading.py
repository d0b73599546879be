"""Read the CSV files of a book row by row: decode strictly, check each cell, stage what is well."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from psycopg import sql

from perenne.importing.errors import Problem, Problems
from perenne.importing.tables import Table
from perenne.importing.values import BadValueError
from perenne.platform.bulk import copying, make_staging
from perenne.rules.calendar import OutOfCalendarError, month_later, term_follows

Progress = Callable[[str, int], None]
_STEP_ROWS = 1000
_LINE_MAX = 64 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = {"big5": "cp950", "utf-8-sig": "utf-8", "utf8": "utf-8"}
_BOM = b"\xef\xbb\xbf"


@dataclass
class Read:
    """A file that was read: how many rows, and the hash of its bytes."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


class UnreadableError(Exception):
    """The rest of a file makes no sense; the problem was added already."""


def stage(
    directory: Path, table: Table, *, encoding: str, problems: Problems, progress: Progress
) -> Read:
    """Copy the rows of one file into its staging table; mistakes are collected, not raised."""
    read = Read()
    columns = ["line", *table.columns]
    types = ", ".join(f"{name} {table.types[name]}" for name in table.columns)
    make_staging(table.staging, f"line int, {types}")
    path = directory / table.file
    if not path.is_file():
        if table.is_required:
            problems.add(Problem(table.file, 0, "", "", "is missing"))
        return read
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.staging), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with copying(statement) as copy:
        for line, checked in checked_rows(path, table, encoding, problems, read):
            if checked is not None:
                copy.write_row((line, *checked.values()))
            if read.rows % _STEP_ROWS == 0:
                progress(table.file, _STEP_ROWS)
    progress(table.file, read.rows % _STEP_ROWS)
    return read


def checked_rows(
    path: Path, table: Table, encoding: str, problems: Problems, read: Read
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The rows of a file with their line numbers; None for a row with mistakes, which are added."""
    try:
        for line, row in _rows(path, table, encoding, problems, read):
            read.rows += 1
            yield line, _checked(table, line, row, problems)
    except UnreadableError:
        return


def codec_of(encoding: str, problems: Problems) -> str:
    """Python's codec for an encoding as people call it.

    Raises:
        ImportRefusedError: if there is none.
    """
    codec = _ENCODINGS.get(encoding.lower(), encoding.lower())
    try:
        "".encode(codec)
    except LookupError:
        problems.add(Problem("--encoding", 0, "", encoding, "is not an encoding: try big5"))
        problems.refuse_if_any()
    return codec


def _rows(
    path: Path, table: Table, encoding: str, problems: Problems, read: Read
) -> Iterator[tuple[int, dict[str, str]]]:
    lines = _Lines(path, table.file, encoding, problems, read)
    reader = csv.reader(lines, strict=True)
    header = _next_row(reader, table, problems, lines)
    if header is None:
        problems.add(Problem(table.file, 1, "", "", "has no header line"))
        return
    _check_header(header, table, problems)
    while (row := _next_row(reader, table, problems, lines)) is not None:
        if not row:
            continue
        if len(row) != len(header):
            problems.add(
                Problem(
                    table.file,
                    lines.number,
                    "",
                    "",
                    f"has {len(row)} cells, the header has {len(header)}",
                )
            )
            continue
        yield lines.number, dict(zip(header, row, strict=True))


def _next_row(
    reader: Iterator[list[str]], table: Table, problems: Problems, lines: "_Lines"
) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        reason = str(error)
        if "unexpected end" in reason:
            reason = "a quotation mark is opened and never closed"
        problems.add(Problem(table.file, lines.number, "", "", f"is not CSV: {reason}"))
        raise UnreadableError from error


def _check_header(header: list[str], table: Table, problems: Problems) -> None:
    wrong = False
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        problems.add(
            Problem(table.file, 1, "", header[0], "is not separated by commas; save it as CSV")
        )
        raise UnreadableError
    for name in header:
        if name not in table.columns:
            wrong = True
            problems.add(Problem(table.file, 1, name, "", "is not a column of this file"))
        elif header.count(name) > 1:
            wrong = True
            problems.add(Problem(table.file, 1, name, "", "stands more than once in the header"))
    for name in table.columns:
        if name not in header:
            wrong = True
            problems.add(Problem(table.file, 1, name, "", "is missing from the header"))
    if wrong:
        raise UnreadableError


def _checked(
    table: Table, line: int, row: dict[str, str], problems: Problems
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    bad = False
    for column, reader in table.columns.items():
        try:
            values[column] = reader(row[column])
        except BadValueError as error:
            bad = True
            problems.add(Problem(table.file, line, column, row[column], str(error)))
    if bad:
        return None
    if table.name == "subscriptions":
        _check_dates(table, line, values, problems)
    return values


def _check_dates(table: Table, line: int, row: dict[str, Any], problems: Problems) -> None:
    """A term begins on its anchor and ends where its months lead; both may be clamped."""
    starts_on: date = row["starts_on"]
    renews_on: date = row["renews_on"]
    facts = {"months": row["term_months"], "anchor": row["anchor_day"]}
    try:
        if month_later(starts_on, 0, anchor=row["anchor_day"]) != starts_on:
            reason = f"is not on the anchor day {row['anchor_day']} of its month"
            problems.add(Problem(table.file, line, "starts_on", str(starts_on), reason))
        elif not term_follows(starts_on, renews_on, **facts):
            right = month_later(starts_on, row["term_months"], anchor=row["anchor_day"])
            reason = f"does not follow from start, anchor and length: that gives {right}"
            problems.add(Problem(table.file, line, "renews_on", str(renews_on), reason))
    except OutOfCalendarError as error:
        problems.add(Problem(table.file, line, "term_months", str(row["term_months"]), str(error)))


class _Lines:
    """Text lines of a file, decoded one by one, so that a mistake names its line."""

    def __init__(
        self, path: Path, file: str, encoding: str, problems: Problems, read: Read
    ) -> None:
        self._file = file
        self._encoding = encoding
        self._problems = problems
        self._digest = read.digest
        self.number = 0
        try:
            self._raw = path.open("rb")
        except OSError as error:
            self._unreadable(error)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            raw = self._raw.readline(_LINE_MAX)
        except OSError as error:
            self._unreadable(error)
        if not raw:
            self._raw.close()
            raise StopIteration
        self._digest.update(raw)
        self.number += 1
        if self.number == 1:
            raw = self._without_mark(raw)
        if len(raw) == _LINE_MAX:
            self._give_up("", f"is longer than {_LINE_MAX} bytes")
        if b"\0" in raw:
            self._give_up("", "has a NUL byte; remove it")
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            byte = f"byte 0x{raw[error.start]:02x} at position {error.start + 1}"
            remedy = "a file must be in one encoding; name it with --encoding"
            self._problems.add(
                Problem(
                    self._file, self.number, "", "", f"is not {self._encoding}: {byte}; {remedy}"
                )
            )
            return raw.decode(self._encoding, errors="replace")

    def _without_mark(self, raw: bytes) -> bytes:
        if raw.startswith(_UTF16):
            self._give_up("", "is UTF-16; save it as CSV UTF-8")
        return raw.removeprefix(_BOM) if self._encoding == "utf-8" else raw

    def _unreadable(self, error: OSError) -> NoReturn:
        reason = f"cannot be read: {error.strerror}"
        self._problems.add(Problem(self._file, self.number, "", "", reason))
        raise UnreadableError from error

    def _give_up(self, value: str, reason: str) -> NoReturn:
        self._problems.add(Problem(self._file, self.number, "", value, reason))
        self._raw.close()
        raise UnreadableError
