"""The mail sink, written to through real SMTP and read through the mailbox."""

from __future__ import annotations

import json
import smtplib
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from tests.support.local_process import SINK, LocalProcess, running

from perenne.notices.mail_text import read_mail
from perenne.notices.mailbox import Mailbox
from perenne.notices.sink_store import SinkStore, mailbox_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENDER = "renewals@fjord.example"
MEBIBYTE = 1024 * 1024


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[LocalProcess]:
    with running(SINK, tmp_path) as process:
        yield process


def _a_mail(*, subject: str = "Your renewal", to: str = "ana@atelier-nord.example") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = SENDER
    mail["To"] = to
    mail["Message-ID"] = "<reminder-90@fjord.example>"
    mail["Date"] = "Tue, 01 Dec 2026 12:00:00 +0000"
    mail.set_content("您好，\n您的訂閱將於 2027 年續約。\n")
    return mail


def _send(sink: LocalProcess, *mails: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=20) as smtp:
        for mail in mails:
            smtp.send_message(mail)


def _mailbox(sink: LocalProcess) -> Mailbox:
    return Mailbox(mailbox_path(sink.home))


def test_can_a_mail_be_read_as_it_was_written(sink: LocalProcess):
    mail = _a_mail(subject="您的訂閱將於 2027 年 3 月 1 日續約，請確認付款方式與席位數量是否正確")
    mail.add_alternative("<p>您好</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="發票.pdf")

    _send(sink, mail)
    [summary] = _mailbox(sink).messages()
    parsed = _mailbox(sink).message(summary.id)

    assert summary.subject == mail["Subject"]
    assert (summary.sender, summary.recipients) == (SENDER, ("ana@atelier-nord.example",))
    assert summary.dated == "Tue, 01 Dec 2026 12:00:00 +0000"
    assert summary.message_id == "<reminder-90@fjord.example>"
    assert parsed.summary == summary
    assert parsed.text.splitlines() == ["您好，", "您的訂閱將於 2027 年續約。"]
    assert parsed.html.strip() == "<p>您好</p>"
    assert parsed.attachments == ("發票.pdf",)
    assert ("Subject", mail["Subject"]) in parsed.headers


def test_is_a_mail_that_was_sent_twice_there_twice(sink: LocalProcess):
    _send(sink, _a_mail(), _a_mail())

    assert [mail.message_id for mail in _mailbox(sink).messages()] == [
        "<reminder-90@fjord.example>",
        "<reminder-90@fjord.example>",
    ]


def test_can_the_mailbox_be_paged_newest_first(sink: LocalProcess):
    _send(sink, *(_a_mail(subject=f"Mail {number}") for number in range(5)))
    mailbox = _mailbox(sink)

    first = mailbox.messages(limit=2)
    rest = mailbox.messages(limit=10, before=first[-1].id)

    assert [mail.subject for mail in first] == ["Mail 4", "Mail 3"]
    assert [mail.subject for mail in rest] == ["Mail 2", "Mail 1", "Mail 0"]
    assert mailbox.count() == 5


@pytest.mark.parametrize(
    ("search", "subjects"),
    [
        ("續約", ["續約通知"]),
        ("bo@", ["100% paid"]),
        ("RENEWAL", ["Your renewal"]),
        ("100%", ["100% paid"]),
        ("%", ["100% paid"]),
        ("_", []),
        ("!", []),
        ("' or 1=1 --", []),
    ],
)
def test_which_mails_does_a_search_find(sink: LocalProcess, search: str, subjects: list[str]):
    _send(
        sink,
        _a_mail(subject="續約通知"),
        _a_mail(subject="Your renewal"),
        _a_mail(subject="100% paid", to="bo@nordlicht.example"),
    )

    assert [mail.subject for mail in _mailbox(sink).messages(search=search)] == subjects
    assert _mailbox(sink).count(search=search) == len(subjects)


def test_is_a_big_mail_kept_and_a_too_big_one_refused(sink: LocalProcess):
    kept = _a_mail(subject="big")
    kept.add_attachment(bytes(6 * MEBIBYTE), maintype="application", subtype="pdf", filename="a")
    refused = _a_mail(subject="too big")
    refused.add_attachment(bytes(8 * MEBIBYTE), maintype="application", subtype="pdf", filename="b")

    _send(sink, kept)
    with pytest.raises(smtplib.SMTPResponseException) as refusal:
        _send(sink, refused)

    assert refusal.value.smtp_code == 552
    assert [mail.subject for mail in _mailbox(sink).messages()] == ["big"]


def test_is_every_accepted_mail_there_after_the_sink_was_killed(tmp_path: Path):
    with running(SINK, tmp_path) as first, smtplib.SMTP("127.0.0.1", first.port) as smtp:
        for number in range(50):
            smtp.send_message(_a_mail(subject=f"Mail {number}"))
        first.kill()
        smtp.close()
    survived = Mailbox(mailbox_path(tmp_path)).count()

    with running(SINK, tmp_path) as second:
        _send(second, _a_mail())

        assert (survived, _mailbox(second).count()) == (50, 51)
        assert second.port == first.port


def test_does_a_full_mailbox_ask_to_try_again(sink: LocalProcess):
    path = mailbox_path(sink.home)
    with closing(sqlite3.connect(path, isolation_level=None)) as blocking:
        blocking.execute("drop table mail")
    with pytest.raises(smtplib.SMTPResponseException) as refusal:
        _send(sink, _a_mail())

    assert refusal.value.smtp_code == 452


def test_is_a_mailbox_without_a_file_empty(tmp_path: Path):
    mailbox = Mailbox(tmp_path / "none.sqlite3")

    assert (mailbox.messages(), mailbox.message(1), mailbox.count()) == ([], None, 0)
    assert not (tmp_path / "none.sqlite3").exists()


def test_is_a_mailbox_without_its_table_empty(tmp_path: Path):
    (tmp_path / "new.sqlite3").touch()

    assert Mailbox(tmp_path / "new.sqlite3").messages() == []


HOSTILE = {
    "nothing": b"",
    "no head": b"\r\n\r\nbody",
    "an unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH",
    "a broken word": b"Subject: =?utf-8?b?!!!?= =?klingon?q?x?=\r\n\r\n",
    "raw bytes": b"Subject: \xff\xfe\x00\r\n\r\n\xff",
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n=====A",
    "parts without end": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n',
    "parts in parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(3000)
    ),
    "an attachment without a name": b"Content-Disposition: attachment\r\n\r\nx",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_can_any_bytes_be_kept_and_read(tmp_path: Path, raw: bytes):
    path = tmp_path / "mailbox.sqlite3"
    SinkStore(path).add(raw, sender="\udcff", recipients=["a@b.example"])

    parsed = Mailbox(path).message(1)

    json.dumps([parsed.headers, parsed.text, parsed.html], ensure_ascii=False).encode("utf-8")
    assert parsed.summary.recipients == ("a@b.example",)
    assert (parsed.headers, parsed.text) == (read_mail(raw).headers, read_mail(raw).text)
