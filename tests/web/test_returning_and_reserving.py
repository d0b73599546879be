"""Giving back and paying by bank transfer on the pages, from the choice to what came of it."""

import re
from datetime import date, timedelta

import pytest

from perenne.accounts.models import Person
from perenne.billing.models import Payment
from tests.support.builders import a_card, a_company, a_method, a_subscription
from tests.support.changing import change
from tests.support.money import a_bank_line, bank_brings, books_are_sound

TODAY = date(2026, 12, 1)
RENEWS_ON = date(2026, 12, 31)
LAPSES_ON = TODAY + timedelta(15)


def renewing(company, method, *, renews_on=RENEWS_ON, **given):
    return a_subscription(
        renews_on=renews_on,
        company=company,
        renews_automatically=True,
        pays_with=method,
        **given,
    )


def signed_in(as_member, company, language="en"):
    manager = Person.objects.get(company=company, roles__role="contract_manager")
    return as_member("person", manager.pk, language=language)


def chosen(client, subscription, action, **choices):
    """The address and text of the page that the choices lead to."""
    answer = client.post(f"/subscriptions/{subscription.pk}/{action}/", choices, follow=True)
    return answer.redirect_chain[-1][0] if answer.redirect_chain else "", answer.content.decode()


def confirmed(client, path, page):
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)[1]
    return client.post(f"{path}commit/", {"shown": shown}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("language", "asked", "said", "done"),
    [
        (
            "en",
            "Of what was bought last. Empty: all of it.",
            [
                "Confirm: Return",
                "Credited to you, tax included",
                "US$840.00",
                "Automatic renewal is turned off.",
                "It expires unless it is renewed by hand.",
            ],
            "Done. Everything below has happened.",
        ),
        (
            "zh-hant",
            "最近一次購買的套數。留空表示全部退訂。",
            ["確認：退訂", "退還或折讓金額（含稅）", "US$840.00", "自動續約將關閉。"],
            "已完成",
        ),
    ],
)
def test_everything_comes_back_if_no_number_is_typed(world, as_member, language, asked, said, done):
    company = a_company()
    subscription = renewing(company, a_card(company), seats=2)
    change(world, "renew", subscription)
    client = signed_in(as_member, company, language)

    form = client.get(f"/subscriptions/{subscription.pk}/return/").content.decode()
    path, page = chosen(client, subscription, "return", seats="")

    assert asked in form
    assert [words for words in said if words not in page] == []
    assert done in confirmed(client, path, page)
    subscription.refresh_from_db()
    assert subscription.renews_on == RENEWS_ON
    assert books_are_sound()


def test_some_seats_come_back_and_the_term_stays(world, as_member):
    company = a_company()
    subscription = renewing(company, a_card(company), seats=3)
    change(world, "renew", subscription)
    client = signed_in(as_member, company)

    path, page = chosen(client, subscription, "return", seats="1")

    assert "US$420.00" in page
    assert "Automatic renewal is turned off." not in page
    assert "Done." in confirmed(client, path, page)
    subscription.refresh_from_db()
    assert subscription.renews_on == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        ("3", "3 is more than what was bought last: return 2 at most."),
        ("0", "Write a whole number from 1 to 999999."),
        ("-1", "Write a whole number from 1 to 999999."),
    ],
)
def test_more_or_less_than_was_bought_does_not_come_back(world, as_member, seats, said):
    company = a_company()
    subscription = renewing(company, a_card(company), seats=2)
    change(world, "renew", subscription)

    path, page = chosen(signed_in(as_member, company), subscription, "return", seats=seats)

    assert (path, said in page) == ("", True)


def test_an_end_is_said_before_it_is_confirmed(world, as_member):
    company = a_company()
    subscription = renewing(company, a_card(company), renews_on=TODAY)
    world.run_today()
    client = signed_in(as_member, company)

    path, page = chosen(client, subscription, "return", seats="")

    assert "It ends today: no term that is left covers the day." in page
    assert "ends on Tue 1 Dec 2026" in page
    assert "Done." in confirmed(client, path, page)


def test_a_renewal_by_bank_transfer_says_what_to_write_and_by_when(world, as_member):
    company = a_company()
    subscription = renewing(company, a_method(company, kind="bank_transfer"))
    client = signed_in(as_member, company)

    path, page = chosen(
        client, subscription, "renew", months=12, seats=1, method=company.payment_methods.get().pk
    )
    reserved = confirmed(client, path, page)

    assert "Reserve: Renew" in page
    assert "It is reserved for you until Tue 15 Dec 2026" in page
    assert "Reserved. It happens as soon as your bank transfer has arrived." in reserved
    reference = re.search(r"<code>(PT[A-Z0-9]+)</code>", reserved)[1]
    assert Payment.objects.count() == 0

    bank_brings(world, a_bank_line(42000, text=reference))

    assert "Done." in client.get(path).content.decode()
    assert books_are_sound()


def test_a_transfer_that_did_not_come_has_changed_nothing(world, as_member):
    company = a_company()
    subscription = renewing(company, a_method(company, kind="bank_transfer"))
    asked = change(world, "renew", subscription)

    world.advance_to(
        LAPSES_ON,
        expect=[
            (TODAY, "transfer.reserved amount_minor=42000 last_day=2026-12-15"),
            (TODAY, "reminder.sent days_before=30"),
            (LAPSES_ON, "reminder.sent days_before=15"),
            (LAPSES_ON, "payment.declined reason=transfer_lapsed"),
        ],
    )

    page = signed_in(as_member, company).get(f"/changes/{asked.id}/").content.decode()
    assert "Your bank transfer did not arrive in time; nothing has changed." in page
