"""Every page in a browser: accessible, within the screen, quiet, and without other hosts."""

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from perenne.accounts.models import StaffMember
from perenne.billing.models import Payment
from perenne.notices.delivery import deliver_waiting
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_subscription,
    contract_manager_of,
)
from tests.support.local_process import SINK, running

TODAY = date(2026, 12, 1)
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def cast(world_on, gateway_home):
    """A company with something of everything, after its business day, and its mails."""
    world = world_on(TODAY)
    company = a_company(name="和泰工程顧問股份有限公司", region="TW")
    card = a_card(company)
    subscriptions = {
        "renewable": a_subscription(
            renews_on=date(2026, 12, 31), company=company, seats=3, pays_with=card
        ),
        "of a partner": a_subscription(
            renews_on=date(2027, 3, 1),
            company=company,
            sold=Sold("partner", partner=a_partner(region="TW")),
        ),
        "conflicted": a_subscription(
            renews_on=TODAY,
            company=company,
            offer="LT/multi_user/12",
            renews_automatically=True,
            pays_with=card,
        ),
        "expired": a_subscription(renews_on=TODAY, company=company),
        "on its own": a_subscription(
            renews_on=date(2027, 1, 15),
            company=company,
            renews_automatically=True,
            pays_with=card,
        ),
    }
    for code, role in (("fin1", "finance"), ("spec1", "specialist")):
        StaffMember.objects.create(
            id=f"stf_{code}", code=code, name=role, email=f"{code}@fjord.example", role=role
        )
    world.run_today()
    with running(SINK, gateway_home):
        deliver_waiting(now=world.now)
    return company, subscriptions


def sign_in(visit, member, language, company=None):
    visit.go(f"/sign-in/?q={company.code}" if company else "/sign-in/")
    switch = visit.page.locator(f"button[name=language][value={language}]")
    if switch.count():
        switch.click()
    visit.page.locator(f"button[name=member][value='{member}']").click()
    switch = visit.page.locator(f"button[name=language][value={language}]")
    if switch.count():
        switch.click()


def pages_of(subscriptions):
    yield from ("/", "/subscriptions/", "/subscriptions/?stage=suspended", "/calendar/", "/align/")
    for subscription in subscriptions.values():
        yield f"/subscriptions/{subscription.pk}/"
    yield f"/subscriptions/{subscriptions['renewable'].pk}/renew/"
    yield from ("/profile/", "/contract-manager/", "/nothing-here/")


def faults_of(visit, path):
    """What is wrong with the page, as axe and a ruler see it."""
    visit.go(path)
    for summary in visit.page.locator("details > summary").all():
        summary.click()
    violations = Axe().run(visit.page).response["violations"]
    found = [
        f"{one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"][:3]
    ]
    if not visit.page.locator("h1").first.is_visible():
        found.append("its heading is not to be seen")
    # A telephone widens its window to what overflows: only the page's own width stays.
    too_wide = visit.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if too_wide > 0:
        found.append(f"{too_wide} px wider than the screen")
    return found


@pytest.mark.parametrize(
    ("shape", "scheme", "language"),
    [
        pytest.param(DESK, "light", "en", id="desk-light-en"),
        pytest.param(DESK, "dark", "zh-hant", id="desk-dark-zh"),
        pytest.param(PHONE, "light", "zh-hant", id="phone-light-zh"),
        pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    ],
)
def test_every_page_is_accessible_and_fits(cast, visiting, shape, scheme, language):
    company, subscriptions = cast
    person = contract_manager_of(company).id

    with visiting(**shape, color_scheme=scheme) as visit:
        found = {"/sign-in/": faults_of(visit, "/sign-in/")}
        sign_in(visit, f"person:{person}", language, company)
        found |= {path: faults_of(visit, path) for path in pages_of(subscriptions)}
        sign_in(visit, "staff:stf_fin1", language)
        found |= {path: faults_of(visit, path) for path in ("/staff/runs/", "/staff/mailbox/")}
        mail = visit.page.locator("table.rows a").first.get_attribute("href")
        found[mail] = faults_of(visit, mail)

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_renewing_needs_no_script(cast, visiting):
    company, _ = cast
    with visiting(java_script_enabled=False) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go("/")
        visit.page.get_by_role("link", name="Renew Draft LT").first.click()
        visit.page.get_by_role("button", name="Check your changes").click()
        visit.page.get_by_role("button", name=re.compile("Pay NT.*: Renew")).click()
        visit.page.get_by_role("button", name="I am Ana Diaz").click()
        said = visit.page.locator(".alert").inner_text()

    assert said == "Done. Everything below has happened."
    assert Payment.objects.count() == 1


def test_the_keyboard_alone_renews(cast, visiting):
    company, subscriptions = cast
    with visiting(**DESK) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go(f"/subscriptions/{subscriptions['renewable'].pk}/")
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to content"
        tab_to(visit.page, "Renew")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/renew/")
        tab_to(visit.page, "Check your changes")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/changes/**")
        tab_to(visit.page, "Pay NT")
        visit.page.keyboard.press("Enter")
        visit.page.get_by_role("heading", name="Confirm that it is you").wait_for()
        tab_to(visit.page, "I am Ana Diaz")
        visit.page.keyboard.press("Enter")
        visit.page.locator(".alert").wait_for()

    assert Payment.objects.count() == 1


def tab_to(page, text):
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        if focused.startswith(text):
            return
    raise AssertionError(f"no {text} is reached by Tab")
