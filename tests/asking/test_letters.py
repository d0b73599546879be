"""What the mails about contact requests say, in both languages, whatever people type."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.policy import default

import pytest

from perenne.notices.delivery import deliver_waiting
from perenne.notices.mailers import HandedOver
from perenne.notices.models import Mail
from perenne.rules.asking import Outcome, PreferredTime
from perenne.support.operations.closing import close
from perenne.support.operations.conversing import answer
from perenne.support.words import WORDS
from tests.support.asking import a_request, acting
from tests.support.builders import Sold, a_company, a_partner, a_specialist, a_subscription

TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def mail(kind):
    return Mail.objects.get(kind=kind)


def asked_of_a_partner(world, *, locale="en", **given):
    company = a_company(region="TW", locale=locale, name=given.pop("name", "Atelier Nord"))
    subscription = a_subscription(
        renews_on=date(2027, 1, 10),
        company=company,
        seats=3,
        sold=Sold("partner", partner=a_partner(region="TW")),
    )
    return a_request(
        company,
        now=world.now,
        subscription_id=subscription.pk,
        language=locale,
        action="add_seats",
        reason_code="auto_renewal.off",
        phone="+886 2 5550 100",
        preferred_time=PreferredTime.MORNING,
        **given,
    )


def test_the_owner_is_told_everything_that_is_known(world):
    request = asked_of_a_partner(world)

    told = mail("contact_assigned")

    subscription = request.subscription
    for said in (
        "Please answer by Wed 2 Dec 2026, 18:00 (Taipei time)",
        "It is yours to answer: the partner sold this subscription.",
        "> We need five more seats.",
        f"Reference: {request.reference}",
        f"Company: Atelier Nord ({request.company.code})",
        "Asked by: Ana Diaz",
        f"E-mail: {request.asked_by.email}",
        "Telephone: +886 2 5550 100",
        "Best reached: in the morning",
        "About: Seats",
        f"Subscription: Draft LT, 3 seats (contract {subscription.contract.code}, "
        f"{subscription.code})",
        "Renews on: Sun 10 Jan 2027",
        "Could not: add seats (auto_renewal.off)",
        f"/desk/requests/{request.pk}/",
    ):
        assert said in told.text
        # The same in HTML, where a fact stands beside its label.
        assert said.removeprefix("> ").rpartition(": ")[2] in told.html


def test_who_asked_gets_a_copy_in_their_language(world):
    request = asked_of_a_partner(world, locale="zh-Hant", message="請加入五套。")

    told = mail("contact_receipt")

    by = "2026年12月2日（三）18:00（台北時間）"
    assert told.subject == f"「Nordlicht IT」將於 {by}前與您聯絡（{request.reference}）"
    for said in (
        "Ana Diaz 您好：",
        "已收到您的洽詢",
        "> 請加入五套。",
        f"洽詢編號：{request.reference}",
        "事由：套數",
        "訂閱：繪圖 LT，3 套",
        "續約日：2027年1月10日（日）",
        "無法辦理：加入套數（auto_renewal.off）",
        "方便聯絡時間：上午",
        "僅有「Nordlicht IT」、「Fjord Software」與貴公司可以看到內容。",
        f"/requests/{request.pk}/",
    ):
        assert said in told.text
    assert 'lang="zh-Hant-TW"' in told.html
    # What the asker knows is not told to them.
    assert "公司：" not in told.text
    # A partner has no language on record: it is written to in that of the request.
    assert f"請於 {by}前回覆" in mail("contact_assigned").text


def test_staff_are_written_to_in_the_vendors_language(world):
    company = a_company(region="TW", locale="zh-Hant")
    a_specialist()
    a_request(company, now=world.now, language="zh-Hant")

    assert mail("contact_receipt").locale == "zh-Hant"
    told = mail("contact_assigned")
    assert told.locale == "en"
    assert "Language: Traditional Chinese" in told.text


@pytest.mark.parametrize(
    ("locale", "answered", "closed"),
    [
        ("en", "Nora Berg wrote:", "Your request is closed: not possible"),
        ("zh-Hant", "Nora Berg 留言：", "您的洽詢已結案：無法辦理"),
    ],
)
def test_the_answer_and_the_outcome_reach_who_asked(world, locale, answered, closed):
    company = a_company(locale=locale)
    nora = acting(a_specialist())
    request = a_request(company, now=world.now, language=locale)

    answer(request.pk, "First line.\n\nSecond line.", member=nora, now=world.now)
    close(request.pk, Outcome.NOT_POSSIBLE, "", member=nora, now=world.now)

    told = mail("contact_answered")
    assert f"{answered}\n\n> First line.\n>\n> Second line.\n" in told.text
    assert "First line.<br><br>Second line." in told.html
    ended = mail("contact_closed")
    assert closed in ended.text
    assert "\n>" not in ended.text


def test_what_people_type_is_neither_markup_nor_words_nor_headers(world):
    nasty = "<b>{ref}</b> %(time)s {{ vendor }}\r\nBcc: evil@evil.example"
    asked_of_a_partner(world, name="<i>{topic}</i>", message=nasty)

    for told in Mail.objects.all():
        assert "<b>{ref}" not in told.html
        assert "&lt;b&gt;{ref}&lt;/b&gt; %(time)s {{ vendor }}" in told.html
        assert "> <b>{ref}</b> %(time)s {{ vendor }}\n> Bcc: evil@evil.example\n" in told.text
        assert "<i>{topic}" not in told.html


class Kept:
    """Keeps what it is given."""

    def __init__(self):
        self.messages = []

    def hand_over(self, message):
        self.messages.append(message_from_bytes(message.content, policy=default))
        return HandedOver("sent", "")

    def close(self):
        pass


def test_the_mails_of_one_request_are_one_thread(world):
    company = a_company()
    nora = acting(a_specialist())
    first, second = (a_request(company, now=world.now) for _ in range(2))
    answer(first.pk, "Here.", member=nora, now=world.now)
    kept = Kept()

    deliver_waiting(now=world.now, mailer=kept)

    threads = [message["References"].split("@")[0].strip("<") for message in kept.messages]
    assert threads == [first.pk, first.pk, second.pk, second.pk, first.pk]
    assert all(message["Auto-Submitted"] == "auto-generated" for message in kept.messages)


def test_both_languages_fill_in_the_same_facts():
    import string

    def names(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, english in WORDS["en"].items():
        assert names(english) == names(WORDS["zh-Hant"][key]), key
