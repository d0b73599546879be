"""The mail sink's mailbox file: every mail that was handed over, in the order it came."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from perenne.notices.mail_text import read_mail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SCHEMA = """
create table if not exists mail (
    id integer primary key autoincrement,
    sender text not null,
    recipients text not null,
    subject text not null,
    dated text not null,
    message_id text not null,
    raw blob not null
) strict;
create index if not exists mail_by_message_id on mail (message_id);
"""
_HEAD_BYTES_MAX = 64 * 1024


def mailbox_path(home: Path) -> Path:
    """Name the mailbox file of the ``PERENNE_HOME`` that is ``home``."""
    return home / "mail" / "mailbox.sqlite3"


class SinkStore:
    """The open mailbox file, for the one process that writes it.

    Nothing in it is unique: a mail that was sent twice is there twice, because that is what the
    mailbox is looked at for.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._sql.execute("pragma journal_mode = wal")
        # A commit survives the death of the process without a sync, and one client sends its
        # mails one after the other: a sync for each would be its speed limit.
        self._sql.execute("pragma synchronous = normal")
        self._sql.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def add(self, raw: bytes, *, sender: str, recipients: Sequence[str]) -> None:
        """Keep one mail; when this returns, it is kept.

        Raises:
            sqlite3.Error: if it cannot be kept, for example on a full disk.
        """
        # Only the head: taking all parts of each mail to pieces would halve the sink's speed.
        mail = read_mail(raw[:_HEAD_BYTES_MAX].partition(b"\r\n\r\n")[0])
        self._sql.execute(
            "insert into mail (sender, recipients, subject, dated, message_id, raw)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                _storable(sender),
                json.dumps([_storable(address) for address in recipients], ensure_ascii=False),
                mail.header("Subject"),
                mail.header("Date"),
                mail.header("Message-ID"),
                raw,
            ),
        )


def _storable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
