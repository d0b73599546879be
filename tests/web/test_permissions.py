"""Every route is in the registry; who is not in a route's cell learns nothing."""

import pytest
from django.urls import URLPattern, get_resolver

from perenne.accounts.models import Person, StaffMember
from perenne.platform.ids import new_id
from perenne.web.permissions import ROUTES
from tests.support.builders import a_card, a_company, a_sales_person, a_subscription

# The home of staff is another page; that they are sent there is tested with the pages.
FOR_PEOPLE = ("home", "subscriptions", "subscription", "calendar", "align")


def routes():
    found = {}
    for entry in get_resolver().url_patterns:
        assert isinstance(entry, URLPattern)
        found[entry.name] = entry.pattern
    return found


def test_every_route_is_in_the_registry_and_nothing_else_is():
    assert set(routes()) == set(ROUTES)


def path_of(name, subscription):
    return {
        "home": "/",
        "subscription": f"/subscriptions/{subscription.pk}/",
        "action": f"/subscriptions/{subscription.pk}/renew/",
        "runs": "/staff/runs/",
        "mailbox": "/staff/mailbox/",
    }.get(name, f"/{name}/")


@pytest.mark.parametrize("name", [*FOR_PEOPLE, "action", "runs", "mailbox"])
def test_without_signing_in_there_is_only_the_sign_in(world, client, name):
    subscription = a_subscription(renews_on=world.today.replace(year=2027))

    answer = client.get(path_of(name, subscription))

    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


@pytest.mark.parametrize("name", ["subscription", "action"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_subscription_is_not_there(world, as_member, name, method):
    theirs = a_company()
    subscription = a_subscription(
        renews_on=world.today.replace(day=20), company=theirs, pays_with=a_card(theirs)
    )
    me = Person.objects.filter(company=a_company(), roles__role="contract_manager").get()
    client = as_member("person", me.pk)

    answer = getattr(client, method)(path_of(name, subscription))
    nothing = getattr(client, method)(path_of(name, subscription).replace(subscription.pk, "sub_x"))

    assert (answer.status_code, nothing.status_code) == (404, 404)
    assert "Atelier" not in answer.content.decode()
    subscription.refresh_from_db()
    assert subscription.version == 1


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("finance", "runs", 200),
        ("support", "runs", 200),
        ("operator", "runs", 200),
        ("sales", "runs", 404),
        ("catalogue", "runs", 404),
        ("finance", "mailbox", 200),
        ("sales", "mailbox", 200),
        ("finance", "action", 404),
        ("finance", "align", 404),
    ],
)
def test_staff_see_what_their_role_may(world, as_member, role, name, status):
    subscription = a_subscription(renews_on=world.today.replace(day=20))
    staff = StaffMember.objects.create(
        id=new_id("stf"), code=role, name="Nina Berg", email=f"{role}@fjord.example", role=role
    )

    answer = as_member("staff", staff.pk).get(path_of(name, subscription))

    assert answer.status_code == status


def test_people_of_a_company_never_see_the_vendors_pages(world, as_member):
    company = a_company()
    for person in company.people.all():
        client = as_member("person", person.pk)
        assert client.get("/staff/runs/").status_code == 404
        assert client.get("/staff/mailbox/").status_code == 404


def test_a_sales_person_sees_the_own_contracts_only(world, as_member):
    from tests.support.builders import Sold

    kate = a_sales_person()
    mine = a_subscription(
        renews_on=world.today.replace(day=20), sold=Sold("sales", sales_person=kate)
    )
    other = a_subscription(renews_on=world.today.replace(day=20))
    client = as_member("staff", kate.pk)

    assert client.get(path_of("subscription", mine)).status_code == 200
    assert client.get(path_of("subscription", other)).status_code == 404


def test_demo_sign_in_is_not_there_in_a_live_installation(world, client, settings):
    settings.PERENNE_MODE = "live"

    assert client.get("/sign-in/").status_code == 404


def test_pages_forbid_everything_from_elsewhere_and_are_not_kept(world, as_member):
    company = a_company()
    me = company.people.first()

    answer = as_member("person", me.pk).get("/")

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
