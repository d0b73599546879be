"""Hand mails over to SMTP: marked before they leave, so that no crash sends one twice."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection, transaction

from perenne.catalog.models import Vendor
from perenne.platform.bulk import select
from perenne.platform.run_file import LOOPBACK, read_run_file

BATCH = 200
GIVE_UP_AFTER = timedelta(hours=24)
_BACKOFF_MINUTES = (1, 5, 15, 60, 240)
_LEASE_MINUTES = 10
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a hand-over went, by the state that the mails entered."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    unknown: int = 0


class Mailer(Protocol):
    """The post: takes one mail at a time, and says what became of it."""

    def hand_over(self, message: EmailMessage) -> str:
        """Return ``sent``, ``failed`` (for good), ``waiting`` (try later) or ``unknown``."""
        ...

    def close(self) -> None:
        """Say goodbye."""
        ...


class SmtpMailer:
    """One SMTP connection for a batch; opened again when it was dropped between two mails."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self.last_error = ""

    def hand_over(self, message: EmailMessage) -> str:
        """A refusal before the text was sent is certain; a silence after it is ``unknown``."""
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return self._said(error, "waiting")
        try:
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return self._said(error, "failed" if code >= 500 else "waiting")  # noqa: PLR2004
        except smtplib.SMTPResponseException as error:
            return self._said(error, "failed" if error.smtp_code >= 500 else "waiting")  # noqa: PLR2004
        except (OSError, smtplib.SMTPException) as error:
            self._smtp = None
            return self._said(error, "unknown")
        return "sent"

    def close(self) -> None:
        """End the connection, whatever state it is in."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connect()
        return self._smtp

    def _said(self, error: Exception, state: str) -> str:
        self.last_error = f"{type(error).__name__}: {error}"[:500]
        return state


def _connect() -> smtplib.SMTP:
    """The configured server, or the demo's sink."""
    if not settings.PERENNE_SMTP_URL:
        sink = read_run_file(settings.PERENNE_HOME, "mail")
        if sink is None:
            raise ConnectionRefusedError("the mail sink is not running")
        return smtplib.SMTP(LOOPBACK, sink.port, timeout=_TIMEOUT_S)
    url = urlsplit(settings.PERENNE_SMTP_URL)
    secure = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    smtp = secure(url.hostname or "", url.port or 0, timeout=_TIMEOUT_S)
    if url.username:
        smtp.login(unquote(url.username), unquote(url.password or ""))
    return smtp


def deliver_waiting(*, now: datetime, mailer: Mailer | None = None) -> Delivered:
    """Hand over every mail that waits and whose time has come.

    A mail is marked ``sending`` and committed before it is handed over. One that a dead process
    left so becomes ``unknown`` and is never sent again by itself: twice is worse than late.
    """
    _mark_lost()
    post = mailer or SmtpMailer()
    counts = dict.fromkeys(("sent", "failed", "waiting", "unknown"), 0)
    try:
        while mails := _claim(now):
            sender = _sender()
            states = [(mail, post.hand_over(message_of(mail, sender))) for mail in mails]
            for _, state in states:
                counts[state] += 1
            _settle(states, error=getattr(post, "last_error", ""), now=now)
            if counts["waiting"]:
                break  # the post is away: the rest would fare no better
    finally:
        post.close()
    return Delivered(**counts)


_CLAIM = """
update notices_mail m set state = 'sending', tries = tries + 1, not_before = clock_timestamp()
from (select id from notices_mail where state = 'waiting' and not_before <= %s
      order by not_before, id limit %s for update skip locked) due
where m.id = due.id
returning m.id, m.to_name, m.to_address, m.subject, m.text, m.html, m.locale, m.created_at,
          m.tries, (select string_agg(distinct k.code, ' ') from notices_notice n
                    join subscriptions_subscription s on s.id = n.subscription_id
                    join subscriptions_contract k on k.id = s.contract_id
                    where n.mail_id = m.id) as contracts
"""


def _claim(now: datetime) -> list[dict[str, Any]]:
    with transaction.atomic():
        mails = select(_CLAIM, [now, BATCH])
    return sorted(mails, key=lambda mail: str(mail["id"]))


def _mark_lost() -> None:
    """Mails in the hands of a process that is gone; by the database's clock, which is nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update notices_mail set state = 'unknown', "
            "last_error = 'the process that sent it ended' where state = 'sending' "
            "and not_before < clock_timestamp() - make_interval(mins => %s)",
            [_LEASE_MINUTES],
        )


def _settle(states: Sequence[tuple[dict[str, Any], str]], *, error: str, now: datetime) -> None:
    rows = [(mail["id"], *_after(mail, state, now=now)) for mail, state in states]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update notices_mail m set state = v.state, not_before = v.not_before, "
            "sent_at = case when v.state = 'sent' then %s end, "
            "last_error = case when v.state = 'sent' then '' else %s end "
            "from unnest(%s::text[], %s::text[], %s::timestamptz[]) as v(id, state, not_before) "
            "where m.id = v.id",
            [now, error, *(list(column) for column in zip(*rows, strict=True))],
        )


def _after(mail: dict[str, Any], state: str, *, now: datetime) -> tuple[str, datetime]:
    if state != "waiting":
        return state, now
    if now - mail["created_at"] > GIVE_UP_AFTER:
        return "failed", now
    wait = _BACKOFF_MINUTES[min(mail["tries"], len(_BACKOFF_MINUTES)) - 1]
    return "waiting", now + timedelta(minutes=wait)


def message_of(mail: dict[str, Any], sender: Address) -> EmailMessage:
    """The mail with its headers; names and subjects cannot add lines to them."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = sender
    message["To"] = Address(mail["to_name"], addr_spec=mail["to_address"])
    message["Subject"] = " ".join(mail["subject"].split())
    message["Date"] = format_datetime(mail["created_at"])
    message["Message-ID"] = f"<{mail['id']}@{_domain()}>"
    # Mails about one contract make a thread of their own.
    threads = [f"<contract-{code}@{_domain()}>" for code in (mail["contracts"] or "").split()]
    if threads:
        message["References"] = " ".join(threads[:20])
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail["locale"]
    message.set_content(mail["text"], cte="quoted-printable")
    message.add_alternative(mail["html"], subtype="html", cte="quoted-printable")
    return message


def _sender() -> Address:
    vendor = Vendor.objects.values_list("name", flat=True).first() or "Perenne"
    return Address(vendor, "renewals", _domain())


def _domain() -> str:
    host = urlsplit(settings.PERENNE_BASE_URL).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else "perenne.example"
