"""Rows as the text that COPY reads: a block at a time, because a run writes by the thousand.

A block is turned into text column by column, since the values of a column are of one type. Values
are joined by control characters that no value of ours contains, escaped all at once, and only then
separated as PostgreSQL wants it. A block in which somebody's text does contain one of them is
written value by value instead.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import Copy

_FIELD, _ROW, _NULL = "\x1f", "\x1e", "\x1d"
_BLOCK = 500
_encoder = msgspec.json.Encoder()


def _json(value: object) -> str:
    return _encoder.encode(value).decode()


class _Texts(dict[type, Callable[[Any], str]]):
    """How values of a type are written; enumerations of text are what they say."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = str
        return str


_AS_TEXT = _Texts(
    {
        int: int.__repr__,
        date: date.isoformat,
        datetime: datetime.isoformat,
        bool: lambda value: "t" if value else "f",
        dict: _json,
        list: _json,
        type(None): lambda _: _NULL,
    }
)


# A run has one day and one moment, and prices that are equal have one trace.
_OFTEN_SHARED = (date, datetime, list)


def write_rows(copy: Copy, rows: Iterable[Sequence[Any]]) -> int:
    """Write rows to an open COPY; return how many. Dictionaries and lists are written as JSON."""
    written = 0
    block: list[Sequence[Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == _BLOCK:
            _write(copy, block)
            written += len(block)
            block = []
    if block:
        _write(copy, block)
    return written + len(block)


def _write(copy: Copy, block: Sequence[Sequence[Any]]) -> None:
    columns = list(zip(*block, strict=True))
    text = _ROW.join(map(_FIELD.join, zip(*map(_texts, columns), strict=True)))
    fields = len(columns) * len(block)
    if text.count(_ROW) != len(block) - 1 or text.count(_FIELD) != fields - len(block):
        _write_one_by_one(copy, block)
        return
    if "\\" in text or "\n" in text or "\r" in text or "\t" in text:
        text = _escaped(text)
    nulls = text.count(_NULL)
    if nulls:
        if nulls != sum(column.count(None) for column in columns):
            _write_one_by_one(copy, block)
            return
        text = text.replace(_NULL, "\\N")
    copy.write(text.replace(_FIELD, "\t").replace(_ROW, "\n") + "\n")


def _texts(column: tuple[Any, ...]) -> Sequence[str]:
    """The values of a column as text; it is of one type as a rule, and that is fast."""
    kinds = set(map(type, column))
    if len(kinds) > 1:
        as_text = _AS_TEXT
        return [
            value if value.__class__ is str else as_text[value.__class__](value) for value in column
        ]
    kind = kinds.pop()
    if kind is str:
        return column
    write = _AS_TEXT[kind]
    if kind in _OFTEN_SHARED:
        written: dict[int, str] = {}
        return [
            written.get(id(value)) or written.setdefault(id(value), write(value))
            for value in column
        ]
    return list(map(write, column))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _write_one_by_one(copy: Copy, block: Sequence[Sequence[Any]]) -> None:
    for row in block:
        copy.write_row([None if value is None else _AS_TEXT[type(value)](value) for value in row])
