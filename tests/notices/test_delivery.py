"""Handing mails over: each at most once, whatever the server and the process do."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from tests.support.builders import (
    a_company,
    a_method,
    a_subscription,
    the_demo_catalogue,
)
from tests.support.changing import at, change
from tests.support.local_process import SINK, running
from tests.support.smtp_server import DROP, serving
from tests.support.waiting_mails import a_waiting_mail

from perenne.catalog.models import Vendor
from perenne.notices.delivery import Delivered, deliver_waiting
from perenne.notices.mailers import HandedOver, MemoryMailer, SmtpMailer
from perenne.notices.models import Mail
from perenne.notices.sink_store import mailbox_path

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
RENEWS_ON = date(2026, 12, 31)
A_DAY = timedelta(1)


@pytest.fixture
def company(fresh_database):
    the_demo_catalogue()
    return a_company()


def mails_waiting(company, how_many, **given):
    return [a_waiting_mail(company, now=NOW, **given) for _ in range(how_many)]


def read(message):
    """A mail as the other side reads it."""
    return message_from_bytes(message.content, policy=default)


def states():
    return list(Mail.objects.order_by("id").values_list("state", flat=True))


def test_a_mail_is_sent_once_and_then_no_more(company):
    mails_waiting(company, 3)
    post = MemoryMailer()

    assert deliver_waiting(now=NOW, mailer=post) == Delivered(sent=3)
    assert deliver_waiting(now=NOW + A_DAY, mailer=post) == Delivered()

    assert len(post.messages) == 3
    assert len({read(message)["Message-ID"] for message in post.messages}) == 3
    assert set(Mail.objects.values_list("state", "sent_at", "tries")) == {("sent", NOW, 1)}


def test_a_mail_is_marked_and_committed_before_it_is_handed_over(company):
    mails_waiting(company, 2)
    seen = []

    class Watching(MemoryMailer):
        def hand_over(self, message):
            seen.append((connection.in_atomic_block, states()))
            return super().hand_over(message)

    deliver_waiting(now=NOW, mailer=Watching())

    assert seen == [(False, ["sending", "sending"])] * 2


def test_the_limit_is_kept_and_the_oldest_go_first(company):
    first, _, _ = mails_waiting(company, 3)

    assert deliver_waiting(now=NOW, limit=1, mailer=MemoryMailer()) == Delivered(sent=1)
    assert Mail.objects.get(state="sent").id == first
    assert deliver_waiting(now=NOW, limit=0, mailer=MemoryMailer()) == Delivered()


def test_more_than_a_batch_goes_over_one_connection(company, settings):
    mails_waiting(company, 120)
    with serving() as server:
        settings.PERENNE_SMTP_URL = server.url

        assert deliver_waiting(now=NOW) == Delivered(sent=120)

    assert (server.connections, len(server.taken)) == (1, 120)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"RCPT": "550 no such mailbox"}, "failed"),
        ({"RCPT": "450 come back later"}, "waiting"),
        ({"MAIL": "553 not you"}, "failed"),
        ({"DATA": "554 no"}, "failed"),
        ({"DATA": "451 busy"}, "waiting"),
        ({"CONTENT": "552 too much"}, "failed"),
        ({"CONTENT": "452 disk is full"}, "waiting"),
        ({"CONTENT": DROP}, "unknown"),
        ({"RCPT": DROP}, "waiting"),
        ({"EHLO": "421 closing", "HELO": "421 closing"}, "waiting"),
        ({"RCPT": "421 closing"}, "waiting"),
    ],
    ids=str,
)
def test_what_the_server_says_decides(company, settings, answers, state):
    mails_waiting(company, 1)
    with serving(answers) as server:
        settings.PERENNE_SMTP_URL = server.url

        assert deliver_waiting(now=NOW) == Delivered(**{state: 1})

    mail = Mail.objects.get()
    assert (mail.state, mail.tries, mail.sent_at) == (state, 1, None)
    assert mail.last_error != ""


def test_one_refused_mail_does_not_hold_up_the_others(company, settings):
    refused = a_waiting_mail(company, now=NOW, to="nobody@atelier-nord.example")
    mails_waiting(company, 2)
    with serving({"nobody@": "550 no such mailbox"}) as server:
        settings.PERENNE_SMTP_URL = server.url

        assert deliver_waiting(now=NOW) == Delivered(sent=2, failed=1)

    failed = Mail.objects.get(state="failed")
    assert (failed.id, failed.last_error) == (refused, "550 no such mailbox")
    assert server.connections == 1


def test_an_address_that_is_none_fails_alone(company):
    a_waiting_mail(company, now=NOW, to="ana@x\r\nBcc: eve@evil.example")
    mails_waiting(company, 1)
    post = MemoryMailer()

    assert deliver_waiting(now=NOW, mailer=post) == Delivered(sent=1, failed=1)
    assert len(post.messages) == 1


def test_a_dropped_connection_is_opened_again_for_the_next_mail(company, settings):
    mails_waiting(company, 1)
    with serving({"CONTENT": DROP}) as server:
        settings.PERENNE_SMTP_URL = server.url
        deliver_waiting(now=NOW)
        server.answers.clear()
        mails_waiting(company, 1)

        assert deliver_waiting(now=NOW) == Delivered(sent=1)

    assert len(server.taken) == 2
    assert states() == ["unknown", "sent"]


def test_what_may_have_arrived_is_never_sent_again(company, settings):
    mails_waiting(company, 1)
    with serving({"CONTENT": DROP}) as server:
        settings.PERENNE_SMTP_URL = server.url
        deliver_waiting(now=NOW)
        server.answers.clear()

        for days in range(1, 4):
            assert deliver_waiting(now=NOW + days * A_DAY) == Delivered()

    assert len(server.taken) == 1


def test_without_a_server_every_mail_waits_and_one_is_tried(company, settings, tmp_path):
    settings.PERENNE_HOME = tmp_path
    mails_waiting(company, 60)

    assert deliver_waiting(now=NOW) == Delivered(waiting=50)

    later = Mail.objects.filter(not_before=NOW + timedelta(minutes=1))
    assert (later.count(), states()) == (50, ["waiting"] * 60)


def test_a_sleepy_server_that_hung_up_between_two_mails_is_called_again(company, settings):
    mails_waiting(company, 2)
    with serving() as server:
        settings.PERENNE_SMTP_URL = server.url
        post = SmtpMailer()
        deliver_waiting(now=NOW, limit=1, mailer=KeptOpen(post))
        post._smtp.sock.shutdown(socket.SHUT_RDWR)

        assert deliver_waiting(now=NOW, mailer=post) == Delivered(sent=1)

    assert (server.connections, len(server.taken)) == (2, 2)


def test_a_password_never_leaves_without_encryption(company, settings):
    mails_waiting(company, 1)
    with serving() as server:
        settings.PERENNE_SMTP_URL = server.url.replace("://", "://perenne:secret@")

        assert deliver_waiting(now=NOW) == Delivered(waiting=1)

    assert server.commands == ["EHLO"]
    assert "STARTTLS" in Mail.objects.get().last_error


class KeptOpen:
    """A mailer that stays open for the next delivery."""

    def __init__(self, post):
        self.hand_over = post.hand_over

    def close(self):
        pass


def test_a_waiting_mail_is_tried_less_and_less_often_and_given_up_after_a_day(company):
    mails_waiting(company, 1)
    later = HandedOver("waiting", "450 later")
    moment, tries = NOW, []
    while states() == ["waiting"]:
        deliver_waiting(now=moment, mailer=MemoryMailer([later]))
        tries.append((moment - NOW) // timedelta(minutes=1))
        moment = Mail.objects.get().not_before

    assert tries == [0, 1, 6, 21, 81, 321, 561, 801, 1041, 1281, 1521]
    assert states() == ["failed"]


def test_a_mail_in_the_hands_of_a_dead_process_is_unknown_after_its_lease(company):
    mails_waiting(company, 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "update notices_mail set state = 'sending', not_before = clock_timestamp() "
            "- case when id = (select min(id) from notices_mail) then interval '11 min' "
            "else interval '9 min' end"
        )
    post = MemoryMailer()

    assert deliver_waiting(now=NOW, mailer=post) == Delivered()
    assert (states(), post.messages) == (["unknown", "sending"], [])


def test_a_reminder_is_not_sent_after_the_renewal(company):
    on_account = a_method(company, kind="invoice")
    renewed, open_still = (
        a_subscription(renews_on=RENEWS_ON, company=company, pays_with=on_account) for _ in range(2)
    )
    a_waiting_mail(company, now=NOW, tells=[renewed])
    a_waiting_mail(company, now=NOW, tells=[renewed, open_still])
    change(at(NOW), "renew", renewed)
    post = MemoryMailer()

    assert deliver_waiting(now=NOW, mailer=post) == Delivered(sent=1, skipped=1)

    assert states() == ["skipped", "sent"]
    assert Mail.objects.get(state="skipped").last_error == "renewed or ended before it was sent"
    contracts = {open_still.contract_id, renewed.contract_id}
    assert set(read(post.messages[0])["References"].split()) == {
        f"<{contract}@perenne.example>" for contract in contracts
    }


def test_mails_come_from_the_vendor_and_arrive_in_the_sink(company, settings, tmp_path: Path):
    mails_waiting(company, 60)
    with running(SINK, tmp_path):
        settings.PERENNE_HOME = tmp_path

        assert deliver_waiting(now=NOW) == Delivered(sent=60)

    with closing(sqlite3.connect(mailbox_path(tmp_path))) as book:
        assert book.execute("select count(*) from mail").fetchone() == (60,)
    vendor = Vendor.objects.get().name
    post = MemoryMailer()
    mails_waiting(company, 1)
    deliver_waiting(now=NOW, mailer=post)
    assert read(post.messages[0])["From"].addresses[0].display_name == vendor


def test_two_deliveries_at_once_share_the_mails(company):
    mails_waiting(company, 60)
    inner = MemoryMailer()

    class DeliversInBetween(MemoryMailer):
        def hand_over(self, message):
            if not self.messages:
                deliver_waiting(now=NOW, mailer=inner)
            return super().hand_over(message)

    outer = DeliversInBetween()

    assert deliver_waiting(now=NOW, mailer=outer) == Delivered(sent=50)
    assert (len(outer.messages), len(inner.messages)) == (50, 10)
