"""People and seats on pages: give, take back, groups, who loses a seat, and why not."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perenne.accounts.models import Person
from perenne.platform.clock import moment_of
from perenne.renewals.models import LosingChoice
from perenne.seats.models import Group
from perenne.subscriptions.models import Assignment
from tests.support.builders import a_card, a_company, a_person, a_subscription, an_assignment
from tests.support.changing import at, change
from tests.support.pages import html_of, links_of, manager_of, reason_on, text_of
from tests.support.seats import holders, named_users, queue

RENEWS_ON = date(2027, 1, 10)
LANGUAGES = ["en", "zh-hant"]


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )


@pytest.fixture
def people(company):
    return named_users(company, "Ulf", "Vera", "Wim")


def admin_of(company):
    return Person.objects.get(company=company, roles__role="primary_admin")


@pytest.fixture
def as_admin(as_member, company):
    def signed_in(language="en"):
        return as_member("person", admin_of(company).pk, language=language)

    return signed_in


def give(client, *people, product="LT", **sent):
    chosen = [one.pk for one in people]
    return client.post("/seats/", {"step": "assign", "product": product, "person": chosen, **sent})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Seat assignments", "Draft LT", "never used", "Take the seat back", "Give seats"]),
        ("zh-hant", ["套數指派", "繪圖 LT", "從未使用", "取消指派", "指派套數"]),
    ],
)
def test_the_page_says_who_has_what(as_admin, subscription, people, language, said):
    an_assignment(subscription, people[0], assigned_on=date(2026, 6, 1))

    page = as_admin(language).get("/seats/")

    for words in said:
        assert words in text_of(page)


def test_an_administrator_gives_seats_and_takes_them_back(as_admin, subscription, people):
    client = as_admin()
    given = give(client, *people[:2])
    assert (given.status_code, holders(subscription)) == (302, ["Ulf", "Vera"])
    assert "2 people have a new seat." in text_of(client.get("/seats/"))

    seat = Assignment.objects.get(person=people[0])
    client.post("/seats/", {"step": "take_back", "seat": seat.pk})

    assert holders(subscription) == ["Vera"]


def test_who_finds_no_seat_waits_if_that_was_wished(as_admin, company, subscription, people):
    client = as_admin()
    give(client, *people, waits="on")
    assert queue(company) == ["Wim"]
    assert "waits for a seat" in text_of(client.get("/seats/"))

    client.post("/seats/", {"step": "stop_waiting", "wait": people[2].waits.get().pk})

    assert queue(company) == []


@pytest.mark.parametrize("sent", [{}, {"step": "nonsense"}, {"step": "stop_waiting", "wait": "x"}])
def test_nonsense_changes_nothing(as_admin, subscription, sent):
    assert as_admin().post("/seats/", sent).status_code in (302, 422)
    assert holders(subscription) == []


def test_codes_that_cannot_be_are_left_out(as_admin, subscription, people):
    answer = as_admin().post(
        "/seats/", {"step": "assign", "product": "LT", "person": ["\x00", "prs_\x00", "人"]}
    )

    assert answer.status_code == 302
    assert holders(subscription) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_seat_is_free_is_explained_with_what_to_do(as_admin, subscription, people, language):
    client = as_admin(language)

    page = give(client, *people)

    assert page.status_code == 422
    said = reason_on(page, "seats.none_free")
    assert (
        "One seat of Draft LT is missing" if language == "en" else "「繪圖 LT」尚缺 1 套"
    ) in said
    assert [client.get(link).status_code for link in links_of(said)] == [200, 200]
    assert holders(subscription) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_about_seats_is_reached_and_leads_on(
    as_admin, company, subscription, people, language
):
    """Every code but those of who may not ask, and of a group that has ended: it has no page."""
    client = as_admin(language)
    ulf, vera, wim = people
    group = {"step": "do", "name": "Design", "product": "LT", "person": ulf.pk}
    assert client.post("/seats/groups/", group).status_code == 302
    made = Group.objects.get()
    seat = Assignment.objects.get()
    stranger = a_person(a_company(), name="Stranger", role="named_user")

    def shows(page, code):
        assert page.status_code in (200, 422)
        links = links_of(reason_on(page, code))
        assert [client.get(link).status_code for link in links] == [200] * len(links)

    shows(give(client, stranger), "seats.nobody_here")
    shows(give(client, vera, product="MAKE"), "seats.not_owned")
    shows(client.post("/seats/", {"step": "take_back", "seat": seat.pk}), "seats.granted_by_groups")
    shows(client.post("/seats/", {"step": "take_back", "seat": "asg_x"}), "seats.gone")
    shows(client.post("/seats/groups/", group | {"name": "DESIGN"}), "group.name_taken")
    many = {"step": "check", "name": "All", "product": "LT", "when_short": "deny"}
    everybody = [one.pk for one in (*people, admin_of(company))]
    shows(client.post("/seats/groups/", many | {"person": everybody}), "group.too_large")
    Group.objects.filter(pk=made.pk).update(source="directory")
    shows(client.post(f"/seats/groups/{made.pk}/", group | {"name": "Other"}), "group.synced")
    fewer = f"/seats/fewer/{subscription.pk}/"
    sent = {"step": "choose", "on": "2027-01-10", "person": vera.pk}
    shows(client.post(fewer, sent), "reduction.nothing_to_decide")
    give(client, vera)
    change_to_one(subscription)
    shows(client.post(fewer, sent | {"person": wim.pk}), "reduction.holds_no_seat")
    shows(client.post(fewer, sent | {"person": [ulf.pk, vera.pk]}), "reduction.too_many_chosen")
    assert not LosingChoice.objects.exists()


def change_to_one(subscription):
    change(at(moment_of(date(2026, 12, 1))), "reduce_seats", subscription, seats=1)


@pytest.mark.parametrize(
    ("language", "role"), [("en", "primary administrator"), ("zh-hant", "主要管理員")]
)
def test_who_only_reads_is_told_who_gives_seats(
    as_member, company, subscription, people, language, role
):
    client = as_member("person", manager_of(company).pk, language=language)
    assert 'value="assign"' not in html_of(client.get("/seats/"))

    page = give(client, people[0])

    assert page.status_code == 403
    assert "Bo Chen" in text_of(page)
    assert role in text_of(page)
    assert holders(subscription) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_viewer_sees_who_loses_a_seat_and_chooses_nobody(
    as_member, company, subscription, people, language
):
    for person in people[:2]:
        an_assignment(subscription, person, assigned_on=date(2026, 6, 1))
    change_to_one(subscription)
    viewer = a_person(company, name="Vic", role="viewer")
    client = as_member("person", viewer.pk, language=language)
    fewer = f"/seats/fewer/{subscription.pk}/"
    assert "Ulf" in text_of(client.get(fewer))
    assert 'value="choose"' not in html_of(client.get(fewer))

    page = client.post(fewer, {"step": "choose", "on": "2027-01-10", "person": people[0].pk})

    assert reason_on(page, "reduction.deciders_only")
    assert not LosingChoice.objects.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_people_who_lose_their_seats_are_named_before_and_can_be_changed_after(
    as_member, company, subscription, people, language
):
    used = date(2026, 11, 5)
    for person in people[:2]:
        an_assignment(subscription, person, assigned_on=date(2026, 6, 1), last_used_on=used)
        used = used.replace(day=6)
    client = as_member("person", manager_of(company).pk, language=language)
    previewed = client.post(f"/subscriptions/{subscription.pk}/reduce_seats/", {"seats": "1"})
    check = client.get(previewed.url)
    said = text_of(check)
    assert "Ulf" in said
    assert "Vera" not in said
    assert ("last used on 5 Nov 2026" if language == "en" else "最近使用：2026年11月5日") in said
    change_to_one(subscription)

    fewer = f"/seats/fewer/{subscription.pk}/"
    assert fewer in links_of(html_of(client.get(f"/subscriptions/{subscription.pk}/")))
    sent = {"step": "choose", "on": "2027-01-10", "person": people[1].pk}
    assert client.post(fewer, sent).status_code == 302
    assert LosingChoice.objects.get().people == [people[1].pk]
    assert "Vera" in text_of(client.get(f"/subscriptions/{subscription.pk}/"))
    client.post(fewer, {"step": "rule", "on": "2027-01-10"})
    assert LosingChoice.objects.order_by("-id").first().people == []
    assert client.post(fewer, sent | {"on": "never"}).status_code == 404


def test_a_group_is_looked_at_before_it_is_made_changed_and_ended(
    as_admin, company, subscription, people
):
    client = as_admin()
    sent = {"name": "Design", "product": "LT", "person": [one.pk for one in people]}
    checked = text_of(client.post("/seats/groups/", sent | {"step": "check"}))
    assert "2 people get a seat" in checked
    assert "Draft LT: 1 seat short" in checked
    assert not Group.objects.exists()

    made = client.post("/seats/groups/", sent | {"step": "do"})
    assert (holders(subscription), queue(company)) == (["Ulf", "Vera"], ["Wim"])
    fewer = sent | {"person": [one.pk for one in people[1:]]}
    checked = text_of(client.post(made.url, fewer | {"step": "check"}))
    assert "1 seat is taken back" in checked
    client.post(made.url, fewer | {"step": "do"})
    assert (holders(subscription), queue(company)) == (["Vera", "Wim"], [])
    assert client.post(made.url, {"step": "end"}).status_code == 302
    assert holders(subscription) == []
    assert client.get(made.url).status_code == 404


def test_a_group_needs_a_name(as_admin, company):
    page = as_admin().post("/seats/groups/", {"step": "do", "name": " \x00 "})

    assert page.status_code == 422
    assert "A group needs a name." in text_of(page)


@pytest.mark.parametrize(("kind", "closed"), [("named_user", 404), ("payer", 403)])
def test_who_may_not_read_lists_of_people_learns_nothing(
    as_member, company, subscription, kind, closed
):
    someone = a_person(company, name="Sid", role=kind)
    client = as_member("person", someone.pk)

    for path in ("/seats/", "/seats/groups/", f"/seats/fewer/{subscription.pk}/"):
        page = client.get(path)
        assert page.status_code == closed
        assert "Draft LT" not in text_of(page)
        assert subscription.code not in text_of(page)
    assert "/seats/" not in html_of(client.get("/"))


def test_another_companys_seats_are_not_there(as_member, as_admin, subscription, people):
    as_admin().post("/seats/groups/", {"step": "do", "name": "Design", "person": people[0].pk})
    group, other = Group.objects.get(), a_company()
    client = as_member("person", admin_of(other).pk)

    assert client.get(f"/seats/groups/{group.pk}/").status_code == 404
    assert client.post(f"/seats/groups/{group.pk}/", {"step": "end"}).status_code == 404
    assert client.get(f"/seats/fewer/{subscription.pk}/").status_code == 404
    assert client.post(f"/seats/fewer/{subscription.pk}/").status_code == 404
    assert "Ulf" not in text_of(client.get("/seats/"))
    assert Group.objects.get().ended_on is None


def test_the_page_does_not_ask_more_the_more_people_there_are(as_admin, company, subscription):
    client = as_admin()
    an_assignment(subscription, *named_users(company, "Abe"), assigned_on=date(2026, 6, 1))
    client.get("/seats/")
    with CaptureQueriesContext(connection) as few:
        client.get("/seats/")
    named_users(company, *(f"Person {number}" for number in range(60)))
    an_assignment(subscription, *named_users(company, "Bea"), assigned_on=date(2026, 6, 1))

    with CaptureQueriesContext(connection) as many:
        page = client.get("/seats/")

    assert len(many) == len(few)
    assert "Page 1 of 2" in text_of(page)
    assert "Bea" in text_of(client.get("/seats/?q=bea&product=LT"))
    assert "Nobody matches" in text_of(client.get("/seats/?q=nobody"))
