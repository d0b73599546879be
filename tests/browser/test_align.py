"""Dates are aligned on a telephone too: the page fits, is accessible, and needs no script."""

import re
from datetime import date

from tests.browser.test_pages import PHONE, TODAY, faults_of, sign_in
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_subscription,
    contract_manager_of,
)


def test_aligning_on_a_telephone_without_a_script(world_on, visiting):
    world_on(TODAY)
    company = a_company()
    card = a_card(company)
    for day in (date(2027, 3, 1), date(2027, 7, 1)):
        a_subscription(renews_on=day, company=company, seats=12, pays_with=card)
    a_subscription(
        renews_on=date(2027, 4, 1), company=company, pays_with=a_method(company, kind="invoice")
    )

    with visiting(**PHONE) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        faults = faults_of(visit, "/align/")
    with visiting(java_script_enabled=False) as visit:
        sign_in(visit, f"person:{contract_manager_of(company).id}", "en", company)
        visit.go("/calendar/")
        visit.page.get_by_role("link", name="Align dates").click()
        visit.page.get_by_role("button", name="Check your changes").click()
        visit.page.get_by_role("button", name=re.compile("Pay US.*: Align dates")).click()
        visit.page.get_by_role("button", name="I am Ana Diaz").click()
        said = visit.page.locator(".alert").inner_text()

    assert faults == []
    assert said == "Done. Everything below has happened."
