"""Asking a person in a browser: every page of it accessible, and the way there without a script."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.rules.actions import Action
from perenne.support.models import ContactRequest
from perenne.support.operations.colleagues import ColleagueAsking, ask_colleagues
from perenne.support.operations.conversing import answer
from tests.browser.test_pages import DESK, PHONE, faults_of, sign_in
from tests.support.asking import a_request, acting
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_person,
    a_specialist,
    a_subscription,
    contract_manager_of,
    member_of,
)

TODAY = date(2026, 12, 1)


@pytest.fixture
def cast(world_on):
    """A company that has asked a partner, the renewals desk and its own contract manager."""
    world = world_on(TODAY)
    company = a_company(name="和泰工程顧問股份有限公司", region="TW")
    nora = a_specialist()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10),
        company=company,
        sold=Sold("partner", partner=a_partner(region="TW")),
    )
    uli = a_person(company, name="Uli", role="viewer")
    a_request(company, now=world.now, subscription_id=subscription.pk)
    request = a_request(
        company,
        now=world.now,
        wants_vendor=True,
        action="add_seats",
        reason_code="auto_renewal.off",
    )
    answer(request.pk, "Of course.", member=acting(nora), now=world.now)
    ask_colleagues(
        ColleagueAsking(
            subscription_id=subscription.pk,
            action=Action.ADD_SEATS,
            message="Two more seats, please.",
            form_key="form_1",
        ),
        member=member_of(uli),
        now=world.now,
    )
    return company, subscription, request, nora, uli


@pytest.mark.parametrize(
    ("shape", "scheme", "language"),
    [
        pytest.param(DESK, "light", "zh-hant", id="desk-light-zh"),
        pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    ],
)
def test_every_page_of_asking_is_accessible_and_fits(cast, visiting, shape, scheme, language):
    company, subscription, request, nora, uli = cast
    asking = f"subscription={subscription.pk}&action=add_seats&reason=route.partner"
    theirs = [
        "/ask/",
        f"/ask/?{asking}",
        f"/subscriptions/{subscription.pk}/assisted/",
        "/requests/",
        f"/requests/{request.pk}/",
        f"/requests/{request.pk}/receipt/",
    ]
    found = {}

    with visiting(**shape, color_scheme=scheme) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", language, company)
        found |= {path: faults_of(visit, path) for path in theirs}
        sign_in(visit, f"person:{uli.pk}", language, company)
        path = f"/ask/colleagues/?{asking}"
        found[path] = faults_of(visit, path)
        sign_in(visit, f"staff:{nora.pk}", language)
        desk = ["/desk/requests/", f"/desk/requests/{request.pk}/"]
        found |= {path: faults_of(visit, path) for path in desk}

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_asking_and_answering_need_no_script(cast, visiting):
    company, subscription, _, nora, _ = cast
    with visiting(java_script_enabled=False) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go(f"/subscriptions/{subscription.pk}/")
        visit.page.get_by_role("link", name="Ask for help", exact=True).click()
        visit.page.get_by_label("Payment dates").check()
        visit.page.get_by_label("What would you like?").fill("One date for all, please.")
        visit.page.get_by_label("Ask us directly, even if a partner sold it").check()
        visit.page.get_by_role("button", name="Send").click()
        visit.page.get_by_role("heading", name="We have your request").wait_for()

        sign_in(visit, f"staff:{nora.pk}", "en")
        asked = ContactRequest.objects.get(topic="dates")
        visit.go(f"/desk/requests/{asked.pk}/")
        visit.page.get_by_label("Your answer to Ana Diaz").fill("From January on.")
        visit.page.get_by_role("button", name="Send the answer").click()
        visit.page.get_by_text("Your answer is sent.").wait_for()

        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go(f"/requests/{asked.pk}/")
        said = visit.page.locator(".conversation").inner_text()

    assert "One date for all, please." in said
    assert "From January on." in said


def test_the_keyboard_alone_asks_the_contract_manager(cast, visiting):
    company, subscription, _, _, uli = cast
    with visiting(**DESK) as visit:
        sign_in(visit, f"person:{uli.pk}", "en", company)
        visit.go(f"/subscriptions/{subscription.pk}/")
        tab_until(visit.page, "Ask your contract manager")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/ask/colleagues/**")
        tab_until(visit.page, "Send")
        visit.page.keyboard.press("Enter")
        visit.page.get_by_text("They are told by mail").wait_for()


def tab_until(page, text):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(text):
            return
    raise AssertionError(f"no {text} is reached by Tab")
