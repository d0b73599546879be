"""The page on which dates are aligned, in both languages, from the choice to what came of it."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perenne.accounts.models import Person
from perenne.billing.models import Payment
from perenne.renewals.models import PlanRevision
from perenne.subscriptions.models import Subscription
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_subscription,
)

SPRING, SUMMER = date(2027, 3, 1), date(2027, 7, 1)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def pair(company):
    card = a_card(company)
    return [
        a_subscription(renews_on=day, company=company, pays_with=card) for day in (SPRING, SUMMER)
    ]


@pytest.fixture
def client_of(as_member):
    def signed_in(company, **given):
        person = Person.objects.get(company=company, roles__role="contract_manager")
        return as_member("person", person.pk, **given)

    return signed_in


def hash_in(page):
    return re.search(r'name="shown" value="([0-9a-f]{64})"', page)[1]


def ids(subscriptions):
    return [one.pk for one in subscriptions]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "All of them now, to Thu 1 Jul 2027: US$140.00 with tax.",
                "From 2027-07-01 to 2028-07-01.",
                "122 of 366 days",
                "At the next renewal: the next term of each ends on the common day",
            ],
        ),
        (
            "zh-hant",
            [
                "現在全部調整至",
                "含稅 US$140.00。",
                "2027-07-01 至 2028-07-01。",
                "下次續約時：各訂閱的下一期限皆於共同日期結束",
            ],
        ),
    ],
)
def test_the_page_says_what_aligning_costs_and_to_which_days(
    client_of, company, pair, language, said
):
    page = client_of(company, language=language).get("/align/").content.decode()

    for words in said:
        assert words in page


def test_aligning_from_the_choice_to_done(client_of, company, pair):
    client = client_of(company)

    checked = client.post(
        "/align/",
        {"kind": "align", "subscriptions": ids(pair), "mode": "stretch", "target": ""},
        follow=True,
    )
    page = checked.content.decode()
    assert "Pay US$140.00: Align dates" in page
    done = client.post(
        f"{checked.redirect_chain[-1][0]}commit/", {"shown": hash_in(page)}, follow=True
    )

    assert "Done. Everything below has happened." in done.content.decode()
    assert Payment.objects.get().amount_minor == 14000
    assert {one.renews_on for one in Subscription.objects.all()} == {SUMMER}
    assert "No two subscriptions can be aligned today." in client.get("/align/").content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"target": "1.7.2027"}, "“1.7.2027” is not a day"),
        ({"target": "2027-02-30"}, "“2027-02-30” is not a day"),
        ({"target": "2027-06-30"}, "30 Jun 2027 is not possible: choose a day from 1 Jul 2027"),
        ({"target": "2028-07-02"}, "2 Jul 2028 is not possible: choose a day from 1 Jul 2027"),
        ({"target": "9999-12-31"}, "31 Dec 9999 is not possible: choose a day from 1 Jul 2027"),
        ({"mode": "shorten"}, "There is no “shorten” here"),
        ({"subscriptions": []}, "Choose at least two subscriptions, or one and a day."),
        ({"subscriptions": ["sub_x"]}, "There is no “sub_x” here"),
        ({"kind": "renew"}, "There is no “renew” here"),
        ({"kind": "change_term", "months": "³"}, "There is no “³” here"),
        ({"kind": "payment_method", "method": "pmt_x"}, "There is no “pmt_x” here"),
    ],
)
def test_what_cannot_be_chosen_is_said_and_nothing_moves(client_of, company, pair, sent, said):
    given = {"kind": "align", "subscriptions": ids(pair), "mode": "stretch", "target": ""}

    answer = client_of(company).post("/align/", given | sent)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert PlanRevision.objects.count() == 2
    assert Payment.objects.count() == 0


def test_the_boxes_stay_as_they_were_chosen(client_of, company, pair):
    answer = client_of(company).post(
        "/align/",
        {"kind": "align", "subscriptions": ids(pair[:1]), "mode": "stretch", "target": ""},
    )

    page = answer.content.decode()
    assert f'value="{pair[0].pk}" checked' in page
    assert f'value="{pair[1].pk}">' in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "They are paid by different payment methods.",
                "possible at once.",
                "Then it can be aligned, from 1 Dec 2026 at the earliest.",
                "Pay 2 of them with card",
                "Change the term to 1 year, from the renewal on 1 Feb 2027.",
                "Change the term of 1 of them to 1 year",
            ],
        ),
        (
            "zh-hant",
            [
                "付款方式不同。",
                "可立即變更。",
                "將其中 2 個訂閱改用",
                "自 2027年2月1日 續約時生效。",
            ],
        ),
    ],
)
def test_the_others_have_reasons_and_the_steps_that_let_them_in(
    client_of, company, pair, language, said
):
    invoice = a_method(company, kind="invoice")
    transfer = a_method(company, kind="direct_debit")
    for method in (invoice, transfer):
        a_subscription(renews_on=SUMMER, company=company, pays_with=method)
    a_subscription(
        renews_on=date(2027, 2, 1),
        company=company,
        offer="LT/named_user/36",
        pays_with=company.payment_methods.get(kind="card"),
    )

    page = client_of(company, language=language).get("/align/").content.decode()

    for words in said:
        assert words in page


def test_a_step_for_several_is_one_change(client_of, company, pair):
    card = pair[0].plan_revisions.get().payment_method
    others = [
        a_subscription(
            renews_on=SUMMER, company=company, pays_with=a_method(company, kind="invoice")
        )
        for _ in range(2)
    ]
    client = client_of(company)

    checked = client.post(
        "/align/",
        {"kind": "payment_method", "method": card.pk, "subscriptions": ids(others)},
        follow=True,
    )
    client.post(
        f"{checked.redirect_chain[-1][0]}commit/",
        {"shown": hash_in(checked.content.decode())},
        follow=True,
    )

    page = client.get("/align/").content.decode()
    assert "The others" not in page
    for one in others:
        assert f'value="{one.pk}" checked' in page


def test_what_cannot_be_aligned_together_is_refused_with_its_reason(client_of, company, pair):
    other = a_subscription(
        renews_on=SUMMER, company=company, pays_with=a_method(company, kind="invoice")
    )

    answer = client_of(company).post(
        "/align/", {"kind": "align", "subscriptions": ids([pair[0], other]), "mode": "stretch"}
    )

    assert "They are paid by different payment methods." in answer.content.decode()


def test_what_a_partner_sold_has_a_reason_and_somebody_to_ask(client_of, company, pair):
    sold = Sold("partner", partner=a_partner())
    other = a_subscription(renews_on=SUMMER, company=company, sold=sold)

    page = client_of(company).get("/align/").content.decode()

    part = page.split(f'data-outside="{other.pk}"')[1]
    assert 'data-code="align.not_self_service"' in part
    assert f'href="/ask/?subscription={other.pk}' in part


def test_the_subscription_and_the_calendar_lead_there(client_of, company, pair):
    client = client_of(company)

    for path in (f"/subscriptions/{pair[0].pk}/", "/calendar/"):
        assert 'href="/align/"' in client.get(path).content.decode()


def test_the_page_asks_no_more_of_a_larger_book(client_of, company, pair):
    client, card = client_of(company), company.payment_methods.get()

    def queries():
        with CaptureQueriesContext(connection) as seen:
            client.get("/align/")
        return len(seen)

    a_subscription(renews_on=SUMMER, company=company, pays_with=a_method(company, kind="invoice"))
    queries()
    before = queries()
    for number in range(20):
        method = card if number % 2 else a_method(company, kind="invoice")
        a_subscription(renews_on=date(2027, 4, 1 + number), company=company, pays_with=method)

    assert queries() == before


def test_a_company_without_subscriptions_is_told_so(client_of, company):
    page = client_of(company).get("/align/").content.decode()

    assert "No two subscriptions can be aligned today." in page
    assert "The others" not in page
