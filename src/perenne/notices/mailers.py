"""The post: takes one mail at a time and says what became of it, over SMTP or in memory.

A refusal before the content left is certain. Once it has begun to leave, silence is not: such a
mail is ``unknown``.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings

from perenne.notices.message import Message
from perenne.platform.run_file import LOOPBACK, read_run_file

_TIMEOUT_S = 30
_REFUSED_FOR_GOOD = 500
_CLOSING = 421
_OK = (250, 251)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of a mail: ``sent``, ``failed`` for good, ``waiting`` or ``unknown``.

    ``is_away`` says that the post itself cannot be reached, so that others need not try now.
    """

    state: str
    error: str = ""
    is_away: bool = False


class Mailer(Protocol):
    """The post."""

    def hand_over(self, message: Message) -> HandedOver:
        """Hand one mail over; no failure of the post is an exception."""
        ...

    def close(self) -> None:
        """Say goodbye."""
        ...


@dataclass
class MemoryMailer:
    """Keeps what it was given; ``answers`` are given first, then every mail is ``sent``."""

    answers: list[HandedOver] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def hand_over(self, message: Message) -> HandedOver:
        """Keep the mail."""
        self.messages.append(message)
        return self.answers.pop(0) if self.answers else HandedOver("sent")

    def close(self) -> None:
        """Nothing is open."""


class SmtpMailer:
    """One SMTP connection for all mails; opened again when it was dropped between two of them."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def hand_over(self, message: Message) -> HandedOver:
        """Hand one mail over, and once more if the server had only gone to sleep before it."""
        was_open = self._smtp is not None
        handed = self._hand_over(message)
        if handed.is_away and was_open:
            return self._hand_over(message)
        return handed

    def close(self) -> None:
        """End the connection, whatever state it is in."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    def _hand_over(self, message: Message) -> HandedOver:
        try:
            smtp = self._open()
            refused = _envelope(smtp, message)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return HandedOver("waiting", _named(error), is_away=True)
        if refused is not None:
            return self._refused(*refused)
        try:
            code, answer = smtp.data(message.content)
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return HandedOver("unknown", _named(error))
        return HandedOver("sent") if code in _OK else self._refused(code, answer)

    def _refused(self, code: int, answer: bytes | str) -> HandedOver:
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        error = f"{code} {said}"[:500]
        if code == _CLOSING:
            self._drop()
            return HandedOver("waiting", error, is_away=True)
        with suppress(OSError, smtplib.SMTPException):
            assert self._smtp is not None
            self._smtp.rset()
        return HandedOver("failed" if code >= _REFUSED_FOR_GOOD else "waiting", error)

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connect()
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _envelope(smtp: smtplib.SMTP, message: Message) -> tuple[int, bytes] | None:
    """Name sender and recipient; the refusal, if any."""
    smtp.ehlo_or_helo_if_needed()
    code, answer = smtp.mail(message.sender)
    if code in _OK:
        code, answer = smtp.rcpt(message.recipient)
    return None if code in _OK else (code, answer)


def _connect() -> smtplib.SMTP:
    """The configured server, or the demo's sink. A password goes over TLS or not at all."""
    if not settings.PERENNE_SMTP_URL:
        sink = read_run_file(settings.PERENNE_HOME, "mail")
        if sink is None:
            raise ConnectionRefusedError("the mail sink is not running")
        return smtplib.SMTP(LOOPBACK, sink.port, timeout=_TIMEOUT_S)
    url = urlsplit(settings.PERENNE_SMTP_URL)
    context = ssl.create_default_context()
    host, port = url.hostname or "", url.port or 0
    smtp: smtplib.SMTP
    if url.scheme == "smtps":
        smtp = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    else:
        smtp = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        smtp.ehlo_or_helo_if_needed()
        if url.username or smtp.has_extn("starttls"):
            smtp.starttls(context=context)
    if url.username:
        smtp.login(unquote(url.username), unquote(url.password or ""))
    return smtp


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
