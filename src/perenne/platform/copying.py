"""Rows as the text that COPY reads: a block at a time, because a run writes by the thousand.

Values of a block are joined by control characters that no value of ours contains, escaped all at
once, and only then separated as PostgreSQL wants it. A block in which somebody's text does
contain one of them is written value by value instead.
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
    as_text = _AS_TEXT
    text = _ROW.join(
        [
            _FIELD.join(
                [
                    value if value.__class__ is str else as_text[value.__class__](value)
                    for value in row
                ]
            )
            for row in block
        ]
    )
    fields = sum(map(len, block))
    if text.count(_ROW) != len(block) - 1 or text.count(_FIELD) != fields - len(block):
        _write_one_by_one(copy, block)
        return
    if "\\" in text or "\n" in text or "\r" in text or "\t" in text:
        text = _escaped(text)
    nulls = text.count(_NULL)
    if nulls:
        if nulls != sum(value is None for row in block for value in row):
            _write_one_by_one(copy, block)
            return
        text = text.replace(_NULL, "\\N")
    copy.write(text.replace(_FIELD, "\t").replace(_ROW, "\n") + "\n")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _write_one_by_one(copy: Copy, block: Sequence[Sequence[Any]]) -> None:
    for row in block:
        copy.write_row([None if value is None else _AS_TEXT[type(value)](value) for value in row])
