"""Doing it oneself: where, in which language, and in how many pages."""

from datetime import date

import pytest

from tests.support.builders import a_card, a_company, a_subscription
from tests.support.pages import html_of, links_of, shown_on, text_of

TODAY = date(2026, 12, 1)
SPRING, SUMMER = date(2027, 3, 1), date(2027, 7, 1)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Draft LT", "US$840.00", "Renews on", "Renew by hand", "How calculated"]),
        ("zh-hant", ["繪圖 LT", "US$840.00", "續約日", "手動續約", "如何計算"]),
    ],
)
def test_s1_where_do_i_renew_everything_that_we_have(world_on, ana, language, said):
    """S1: Renewing is easy: one page a company, in English and in Traditional Chinese."""
    world = world_on(TODAY)
    company = a_company()
    mine = [a_subscription(renews_on=date(2027, 1, 10), company=company, seats=2) for _ in range(3)]
    theirs = a_subscription(renews_on=date(2027, 1, 10))
    browser = ana(company)
    browser.cookies["django_language"] = language

    page = browser.get("/subscriptions/")

    for words in said:
        assert text_of(page).count(words) >= 1
    led_to = set(links_of(html_of(page)))
    assert {f"/subscriptions/{one.pk}/" for one in mine} <= led_to
    assert f"/subscriptions/{theirs.pk}/" not in led_to
    world.expect([])


@pytest.mark.parametrize(
    ("action", "choices", "facts"),
    [
        ("add_seats", {"seats": "2"}, ["seats.added seats=2 net_minor=23030"]),
        ("change_term", {"months": "36"}, ["renewal_plan.changed action=change_term"]),
        ("reduce_seats", {"seats": "1"}, ["renewal_plan.changed action=reduce_seats"]),
        ("switch", {"collection": "BUILD"}, ["renewal_plan.changed action=switch"]),
        ("auto_renew", {}, ["renewal_plan.changed action=auto_renew"]),
        (
            "align",
            {"mode": "stretch"},
            ["subscription.aligned renews_on=2027-07-01 seats=2 net_minor=28000"],
        ),
    ],
)
def test_s16_how_many_clicks_is_it_until_it_is_done(world_on, ana, action, choices, facts):
    """S16: Self-service in a few clicks: at most three pages between the list and the receipt."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    subscription, other = (
        a_subscription(
            renews_on=day, company=company, seats=2, renews_automatically=True, pays_with=card
        )
        for day in (SPRING, SUMMER)
    )
    browser = ana(company)
    its_page = f"/subscriptions/{subscription.pk}/"
    page = browser.get("/subscriptions/")
    between = []
    for leads_on in (its_page, "/align/" if action == "align" else f"{its_page}{action}/"):
        if leads_on in links_of(html_of(page)):
            page = browser.get(leads_on)
            between.append(leads_on)
    if action == "align":
        choices = {"kind": "align", "subscriptions": [subscription.pk, other.pk], **choices}

    check = browser.post(between[-1], choices, follow=True)
    between.append(check.redirect_chain[-1][0])
    receipt = browser.post(f"{between[-1]}commit/", {"shown": shown_on(check)}, follow=True)

    assert "Done. Everything below has happened." in text_of(receipt) or "Planned." in text_of(
        receipt
    )
    assert len(between) <= 3
    world.expect([(TODAY, fact) for fact in facts])
