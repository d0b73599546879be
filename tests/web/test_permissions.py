"""Every route is in the registry, and does for everybody what the matrix says, and no more."""

import pytest

from perenne.accounts.memberships import membership
from perenne.accounts.models import Person
from perenne.rules.matrix import COLUMNS
from perenne.rules.permissions import Scope, matrix, scopes
from perenne.subscriptions.models import Subscription
from perenne.web.permissions import ROUTES, Who
from tests.support.builders import a_company
from tests.support.signed_in import sign_in_as
from tests.support.tenants import make_tenants, principals_of
from tests.web.walk_objects import OBJECTS
from tests.web.walking import NOTHING, Walker, routes, walk_everything


@pytest.fixture
def tenants(world, settings):
    return make_tenants(settings.PERENNE_HOME)


def entries():
    return [
        (name, method, entry)
        for name, methods in ROUTES.items()
        for method, entry in methods.items()
    ]


def test_every_route_is_in_the_registry_and_nothing_else_is():
    assert set(routes()) == set(ROUTES)


def test_every_entry_names_a_row_of_the_matrix_and_a_known_kind_of_object():
    for name, method, entry in entries():
        assert entry.who is not Who.MATRIX or entry.action in matrix(), f"{method} {name}"
        assert bool(entry.action) is (entry.who is Who.MATRIX), f"{method} {name}"
        assert not entry.of or entry.of in OBJECTS, f"{method} {name}: add {entry.of} to OBJECTS"


def test_everybody_may_do_what_the_matrix_says_and_no_more(tenants):
    principals = principals_of(tenants)

    found = walk_everything(tenants, principals)

    assert found.mistakes == [], "\n".join([*found.mistakes[:40], f"{found.probes} probes"])
    assert found.probes > 1000
    built = {entry.action for _, _, entry in entries() if entry.who is Who.MATRIX}
    unreached = {
        (action, role)
        for action in built
        for role in set(COLUMNS.values()) - {"scim_token", "api_key"}
        if Scope.OWN in scopes([role], action)
        and (action, role) not in found.reached
        and (action != "sign_in" or role == "anybody")
    }
    assert unreached == set(), "these cells are open, but led nowhere"


def test_the_walk_finds_a_door_that_was_forgotten(tenants, monkeypatch):
    monkeypatch.setattr(
        "perenne.web.portal.subscriptions.subscriptions_visible_to",
        lambda _member: Subscription.objects.all(),
    )

    found = walk_everything(
        tenants, principals_of(tenants), only=lambda name, _entry: name == "subscription"
    )

    assert any("CNRY" in one or "should be denied" in one for one in found.mistakes)
    assert any("partner Q GET subscription a_online" in one for one in found.mistakes)


def test_what_costs_money_asks_first_who_it_is_and_does_nothing_meanwhile(tenants):
    asked = 0
    for who in principals_of(tenants):
        walker = Walker(tenants, who, confirmed=False)
        member = membership(who.key).member
        for name, method, entry in entries():
            needs = entry.action and member.needs_confirmation(entry.action)
            if not needs or (method == "GET" and not entry.shows_secrets):
                continue
            things = OBJECTS[entry.of](tenants) if entry.of else [NOTHING]
            answer, written = walker.probe(name, method, things[0])
            where = f"{who.name} {method} {name}"
            assert written == [], where
            if answer.status_code == 302:
                assert answer.url.startswith("/confirm/?next="), where
            else:
                assert b"Confirm that it is you" in answer.content, where
            asked += 1
    assert asked > 100


def test_who_was_deactivated_may_do_nothing_any_more(tenants, world):
    manager = next(one for one in principals_of(tenants) if one.name == "contract_manager of A")
    walker = Walker(tenants, manager)
    Person.objects.filter(pk=manager.person).update(deactivated_at=world.now)

    for name, method, entry in entries():
        if entry.who not in (Who.MATRIX, Who.MEMBER) or entry.action == "sign_in":
            continue
        things = OBJECTS[entry.of](tenants) if entry.of else [NOTHING]
        answer, written = walker.probe(name, method, things[0])
        assert (answer.status_code, written) == (302, []), f"{method} {name}"
        assert answer.url.startswith("/acting/"), f"{method} {name}"


@pytest.mark.parametrize(
    ("name", "is_led"),
    [
        ("primary_admin of A", True),
        ("secondary_admin of A", True),
        ("staff finance", True),
        ("contract_manager of A", False),
        ("viewer of A", False),
    ],
)
def test_administrators_and_staff_need_a_second_step_where_it_counts(
    tenants, settings, name, is_led
):
    who = next(one for one in principals_of(tenants) if one.name == name)
    walker = Walker(tenants, who)
    settings.PERENNE_MODE = "live"

    home, _ = walker.probe("home", "GET", NOTHING)
    own, _ = walker.probe("mfa_index", "GET", NOTHING)

    assert own.status_code == 200
    assert (home.status_code == 302 and home.url == "/profile/second-step/") is is_led


def test_no_other_method_is_answered(tenants, client):
    sign_in_as(client, f"person:{tenants.a.people['contract_manager'].pk}")
    renewal = f"/subscriptions/{tenants.subscriptions['a_online'].pk}/renew/"

    for path, allowed in (("/calendar/", "GET"), (renewal, "GET, POST")):
        for method in ("put", "delete", "patch", "options", "trace"):
            answer = getattr(client, method)(path)
            assert (answer.status_code, answer["Allow"]) == (405, allowed), f"{method} {path}"


def test_denied_probes_leave_one_line_each_for_those_who_look_for_attacks(tenants, caplog):
    payer = next(one for one in principals_of(tenants) if one.name == "payer of A")
    walker = Walker(tenants, payer)
    with caplog.at_level("INFO", logger="perenne.security"):
        for name in ("people", "runs", "mailbox"):
            walker.probe(name, "GET", NOTHING)

    said = [one.getMessage() for one in caplog.records if one.name == "perenne.security"]
    assert [one.count('"event": "denied"') for one in said] == [1, 1, 1]
    assert all(payer.key in one and "\n" not in one for one in said)


def test_a_closed_page_says_which_role_opens_it_and_who_holds_it(world, as_member):
    company = a_company()
    manager = Person.objects.get(company=company, roles__role="contract_manager")

    page = as_member("person", manager.pk).get("/people/")

    assert page.status_code == 403
    assert "primary administrator, secondary administrator" in page.content.decode()
    assert "Bo Chen" in page.content.decode()


def test_demo_tools_are_not_there_in_a_live_installation(world, client, settings):
    settings.PERENNE_MODE = "live"
    person = a_company().people.first()

    page = client.get("/sign-in/?next=/calendar/")
    became = client.post("/sign-in/", {"member": f"person:{person.pk}"})

    assert page.url == "/sign-in/e-mail/?next=%2Fcalendar%2F"
    assert became.url == "/sign-in/"
    assert client.get("/calendar/").status_code == 302


def test_pages_forbid_everything_from_elsewhere_and_are_not_kept(world, as_member):
    me = a_company().people.first()

    answer = as_member("person", me.pk).get("/")

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
