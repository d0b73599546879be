"""Quotes in a browser: every page accessible, and the way from draft to purchase by hand."""

from __future__ import annotations

import re
from datetime import date

import pytest

from perenne.accounts.models import ApprovalRule
from perenne.notices.models import Mail
from perenne.quotes.models import Quote
from perenne.quotes.operations.answering import Answer, answer_quote
from perenne.quotes.operations.drafting import revise_quote
from perenne.quotes.sealing import link_token
from tests.browser.test_pages import DESK, PHONE, faults_of, sign_in
from tests.support.asking import acting
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_person,
    a_sales_person,
    a_subscription,
    contract_manager_of,
)
from tests.support.quoting import a_draft, accepted, quoted, version_of

TODAY = date(2026, 12, 1)


@pytest.fixture
def cast(world_on, settings):
    """A company with an open quote of its seller's that awaits approval, and one it accepted."""
    world = world_on(TODAY)
    # Links made here are opened on the server, which signs with the key of its home.
    (settings.PERENNE_HOME / "secret-key").write_text(settings.SECRET_KEY, encoding="ascii")
    company = a_company(name="和泰工程顧問股份有限公司", region="TW", locale="zh-Hant")
    kate = a_sales_person(region="TW")
    boss = a_person(company, name="林淑惠", role="approver", locale="zh-Hant")
    card = a_card(company)
    offered, bought = (
        a_subscription(
            renews_on=renews_on,
            company=company,
            seats=12,
            renews_automatically=True,
            pays_with=card,
            sold=Sold("sales", sales_person=kate),
        )
        for renews_on in (date(2026, 12, 20), date(2027, 1, 10))
    )
    first = quoted(world, bought, by=acting(kate))
    accepted(world, first, by=contract_manager_of(company))
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, offered, by=acting(kate), message="如電話中所談，附上兩個方案。")
    token = link_token(version_of(number).recipients.get().pk)
    answer_quote(token, Answer("asked", "三年的方案可以分期付款嗎？"), now=world.now)
    draft = a_draft(offered)
    revise_quote(number, draft, member=acting(kate), now=world.now)
    return company, kate, offered, (first, number), token


@pytest.mark.parametrize(
    ("shape", "scheme", "language"),
    [
        pytest.param(DESK, "light", "zh-hant", id="desk-light-zh"),
        pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    ],
)
def test_every_page_of_quotes_is_accessible_and_fits(cast, visiting, shape, scheme, language):
    company, kate, offered, (first, number), token = cast
    found = {}

    with visiting(**shape, color_scheme=scheme) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", language, company)
        theirs = [
            "/quotes/",
            f"/quotes/{number}/",
            f"/quotes/{first}/",
            f"/quotes/new/?subscription={offered.pk}",
            f"/subscriptions/{offered.pk}/",
            f"/q/{token}/",
        ]
        found |= {path: faults_of(visit, path) for path in theirs}
        sign_in(visit, f"staff:{kate.pk}", language)
        hers = [f"/quotes/{number}/v2/", f"/quotes/{number}/revise/", "/quotes/"]
        found |= {path: faults_of(visit, path) for path in hers}

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_from_a_draft_to_the_purchase_without_a_script(world_on, visiting):
    world_on(TODAY)
    company = a_company()
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    subscription = a_subscription(
        renews_on=date(2026, 12, 20), company=company, seats=10, pays_with=a_card(company)
    )
    with visiting(java_script_enabled=False) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go(f"/subscriptions/{subscription.pk}/")
        visit.page.get_by_role("link", name="Make it a quote").click()
        visit.page.get_by_label("Option B", exact=True).select_option("36")
        visit.page.get_by_role("button", name="Draft and check").click()
        visit.page.get_by_role("button", name="Send the quote").click()
        visit.page.get_by_text("The quote is sent.").wait_for()
        number = Quote.objects.get().number

        asked = Mail.objects.get(kind="quote_approve")
        visit.context.clear_cookies()
        visit.go(re.search(r"/q/\S+", asked.text)[0])
        visit.page.get_by_role("button", name=re.compile("^Approve up to")).click()
        visit.page.get_by_text("Your answer is sent to the contract managers.").wait_for()

        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go(f"/quotes/{number}/")
        visit.page.get_by_role("button", name="Accept B and pay US$11,790.00").click()
        # It costs money: they confirm that it is them, and nothing has to be chosen again.
        visit.page.get_by_role("button", name="I am ").click()
        visit.page.get_by_role("heading", name="Option B was accepted").wait_for()

    subscription.refresh_from_db()
    assert subscription.renews_on == date(2029, 12, 20)
