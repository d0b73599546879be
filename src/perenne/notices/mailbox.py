"""Reads what the mail sink kept, for the demo's mailbox page and for tests."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perenne.notices.mail_text import read_mail

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = "id, sender, recipients, subject, dated, message_id"
_MATCHES = "(:search = '' or subject like :like escape '!' or recipients like :like escape '!')"
_LIST = (
    f"select {_COLUMNS} from mail where {_MATCHES} and (:before is null or id < :before)"  # noqa: S608 - constants
    " order by id desc limit :limit"
)
_COUNT = f"select count(*) from mail where {_MATCHES}"  # noqa: S608 - constants
_ONE = f"select {_COLUMNS}, raw from mail where id = :id"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class MailSummary:
    """One mail in a list; ``dated`` is its own Date header, the sink has no clock."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    dated: str
    message_id: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail with its parts; ``html`` comes from outside and must be shown in a sandbox."""

    summary: MailSummary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[str, ...]


class Mailbox:
    """The mailbox file at ``path``; an empty mailbox while there is no such file.

    Each call opens the file anew, so that a mailbox may be removed or replaced meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def messages(
        self, *, limit: int = 50, before: int | None = None, search: str = ""
    ) -> list[MailSummary]:
        """List mails, newest first.

        Args:
            limit: mails at most.
            before: only mails older than the one with this id; None starts with the newest.
            search: words that occur in the subject or in a recipient's address; the case of ASCII
                letters does not matter.
        """
        values = {"search": search, "like": _like(search), "before": before, "limit": limit}
        rows = self._rows(_LIST, values)
        return [_summary(row) for row in rows]

    def message(self, mail_id: int) -> ParsedMail | None:
        """Read one mail; None if there is none with this id."""
        rows = self._rows(_ONE, {"id": mail_id})
        if not rows:
            return None
        mail = read_mail(rows[0][-1])
        return ParsedMail(
            summary=_summary(rows[0][:-1]),
            headers=mail.headers,
            text=mail.text,
            html=mail.html,
            attachments=mail.attachments,
        )

    def count(self, *, search: str = "") -> int:
        """Count the mails that ``messages`` would list without a limit."""
        rows = self._rows(_COUNT, {"search": search, "like": _like(search)})
        return int(rows[0][0]) if rows else 0

    def _rows(self, statement: str, values: dict[str, str | int | None]) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        # Not mode=ro: the first reader of a mailbox whose sink was killed must recover its log.
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as sql:
            try:
                return sql.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                # The sink has made the file, and not yet its table.
                if "no such table" in str(error):
                    return []
                raise


def _summary(row: tuple[Any, ...]) -> MailSummary:
    mail_id, sender, recipients, subject, dated, message_id = row
    return MailSummary(
        id=mail_id,
        sender=sender,
        recipients=tuple(json.loads(recipients)),
        subject=subject,
        dated=dated,
        message_id=message_id,
    )


def _like(search: str) -> str:
    escaped = search.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
