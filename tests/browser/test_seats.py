"""Seats in a browser: every page accessible, and a list given by hand, from file to seats."""

from __future__ import annotations

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from perenne.accounts.models import Person
from perenne.seats.operations.assigning import assign
from perenne.seats.operations.grouping import GroupEdit, make_group
from tests.browser.test_pages import DESK, PHONE, faults_of, sign_in
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change
from tests.support.seats import administrator_of, holders, named_users, wishes

TODAY = date(2026, 12, 1)


@pytest.fixture
def cast(world_on):
    """A company of which two people will lose a seat, one waits, and one is in a group."""
    world = world_on(TODAY)
    company = a_company(name="和泰工程顧問股份有限公司", region="TW")
    card = a_card(company)
    given = {"company": company, "pays_with": card, "renews_automatically": True}
    shrinking = a_subscription(renews_on=date(2027, 1, 10), seats=3, **given)
    free = a_subscription(renews_on=date(2027, 2, 10), offer="FUSE/named_user/12", seats=5, **given)
    people = named_users(company, "陳怡君", "Bartholomew Featherstonehaugh", "Vera", "Wim")
    by = administrator_of(company)
    assign(wishes("LT", *people), by=by, now=world.now, waits=True)
    edit = GroupEdit(name="設計部", add_people=(people[0].pk,), add_products=("FUSE",))
    group, _ = make_group(edit, by=by, now=world.now)
    change(world, "reduce_seats", shrinking, seats=1)
    return company, shrinking, free, group


def admin_of(company):
    return Person.objects.get(company=company, roles__role="primary_admin").pk


@pytest.mark.parametrize(
    ("shape", "scheme", "language"),
    [
        pytest.param(DESK, "light", "en", id="desk-light-en"),
        pytest.param(DESK, "dark", "zh-hant", id="desk-dark-zh"),
        pytest.param(PHONE, "light", "zh-hant", id="phone-light-zh"),
        pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    ],
)
def test_every_page_of_seats_is_accessible_and_fits(cast, visiting, shape, scheme, language):
    company, shrinking, _, group = cast
    paths = ("/seats/", "/seats/list/", "/seats/groups/", f"/seats/groups/{group}/")

    with visiting(**shape, color_scheme=scheme) as visit:
        sign_in(visit, f"person:{admin_of(company)}", language, company)
        found = {path: faults_of(visit, path) for path in paths}
        fewer = f"/seats/fewer/{shrinking.pk}/"
        found[fewer] = faults_of(visit, fewer)

    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_list_is_checked_and_then_given(cast, visiting, scheme):
    company, _, free, _ = cast
    vera = Person.objects.get(company=company, name="Vera")
    text = f"email,product\n{vera.email},FUSE\nnobody@example.com,FUSE\n"
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()}

    with visiting(**DESK, color_scheme=scheme) as visit:
        sign_in(visit, f"person:{admin_of(company)}", "en", company)
        visit.go("/seats/")
        visit.page.get_by_role("link", name="Give seats by a list").click()
        visit.page.set_input_files("#id_file", file)
        visit.page.get_by_role("button", name="Check what would happen").click()
        assert visit.page.get_by_text("nobody@example.com does not work").is_visible()
        assert [one["id"] for one in Axe().run(visit.page).response["violations"]] == []
        assert "Vera" not in holders(free)
        visit.page.get_by_role("button", name="Give these seats").click()
        assert visit.page.get_by_text("This has happened:").is_visible()

    assert "Vera" in holders(free)
