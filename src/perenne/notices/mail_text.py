"""Reads mail as it came, whatever it is: words and parts in text, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import HeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail taken apart; a part that it does not have is empty text."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[str, ...]

    def header(self, name: str) -> str:
        """Read the first header called ``name`` in any case; empty if there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def read_mail(raw: bytes) -> MailText:
    """Take a mail apart.

    The first plain and the first HTML part that are not attached count; ``attachments`` are the
    names of the attached ones, ``unnamed`` where they have none.
    """
    try:
        message = message_from_bytes(raw)
    except RecursionError:
        # Parts inside parts, thousands deep, are an attack on readers; nobody writes such mail.
        message = HeaderParser().parsestr(raw.decode("utf-8", "replace"))
        message.set_payload("")
    texts = {"text/plain": "", "text/html": ""}
    attachments: list[str] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in texts:
            attachments.append(_words(part.get_filename() or "unnamed"))
        else:
            texts[kind] = texts[kind] or _content(part)
    return MailText(
        headers=tuple((name, _words(value)) for name, value in message.items()),
        text=texts["text/plain"],
        html=texts["text/html"],
        attachments=tuple(attachments),
    )


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _words(value: object) -> str:
    folded = str(value)
    try:
        words = str(make_header(decode_header(folded))) if "=?" in folded else folded
    except (HeaderParseError, LookupError, ValueError):
        words = folded
    one_line = " ".join(words.split("\n")).replace("\r", "")
    # What came as raw bytes is held as lone surrogates, which nobody can store or show.
    return one_line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
