"""What people ask of their own contract managers: told, kept, nobody else's business."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError

from perenne.accounts.models import Person, PersonRole
from perenne.accounts.queries import person_member
from perenne.notices.models import Mail
from perenne.rules.actions import Action
from perenne.rules.asking import AskedTooOften, NobodyToAsk
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.models import ColleagueRequest, ContactRequest
from perenne.support.operations.colleagues import ColleagueAsking, ask_colleagues
from perenne.support.queries import colleague_requests_visible_to
from tests.support.asking import a_request, acting
from tests.support.builders import (
    a_company,
    a_person,
    a_specialist,
    a_subscription,
    an_assignment,
    contract_manager_of,
)

TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def asking(subscription, *, form=1, **given):
    return ColleagueAsking(
        **(
            {
                "subscription_id": subscription.pk,
                "action": Action.ADD_SEATS,
                "message": "Two more seats, please.",
                "form_key": f"form_{form:026d}",
                "reason_code": "role.missing",
            }
            | given
        )
    )


def the_viewer(company, *, name="Uli"):
    return person_member(a_person(company, name=name, role="viewer"))


def test_every_contract_manager_is_told_in_their_language_what_is_asked(world):
    company = a_company(region="TW", locale="zh-Hant")
    a_person(company, name="Max", role="contract_manager")
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, seats=3)
    uli = the_viewer(company)

    ask_colleagues(asking(subscription), member=uli, now=world.now)

    english, chinese = (Mail.objects.get(to_name=name) for name in ("Max", "Ana Diaz"))
    assert english.subject == "Uli asks for your help: add seats, Draft LT"
    assert "It is about “add seats” of the subscription below" in english.text
    assert "> Two more seats, please." in english.text
    assert "Renews on: Sun 10 Jan 2027" in english.text
    assert Person.objects.get(name="Uli").email in english.text
    assert chinese.subject.startswith("Uli 請您協助：加入套數，")
    assert "僅合約管理員可以辦理" in chinese.text
    assert f"/subscriptions/{subscription.pk}/" in chinese.html
    assert Mail.objects.count() == 2
    world.expect([(TODAY, "colleague_request.made")])


def test_where_nobody_manages_contracts_the_primary_administrator_is_told_and_told_why(world):
    company = a_company()
    PersonRole.objects.filter(person__company=company, role="contract_manager").delete()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)

    ask_colleagues(asking(subscription), member=the_viewer(company), now=world.now)

    mail = Mail.objects.get()
    assert mail.to_name == "Bo Chen"
    assert "Your company has no contract manager at present" in mail.text


def test_a_form_that_is_sent_twice_is_told_once(world):
    company = a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    uli = the_viewer(company)

    first, again = (
        ask_colleagues(asking(subscription), member=uli, now=world.now) for _ in range(2)
    )

    assert first == again
    assert (ColleagueRequest.objects.count(), Mail.objects.count()) == (1, 1)


def test_nobody_asks_themselves(world):
    company = a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)

    with pytest.raises(ContactRefusedError) as refused:
        ask_colleagues(asking(subscription), member=contract_manager_of(company), now=world.now)

    assert refused.value.refusals == (NobodyToAsk(),)
    assert (ColleagueRequest.objects.count(), Mail.objects.count()) == (0, 0)


def test_colleagues_are_not_flooded_and_all_requests_of_a_day_count_together(world):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    uli = the_viewer(company)
    for form in range(5):
        ask_colleagues(asking(subscription, form=form), member=uli, now=world.now)
        a_request(company, now=world.now, member=uli)

    with pytest.raises(ContactRefusedError) as refused:
        ask_colleagues(asking(subscription, form=9), member=uli, now=world.now)
    with pytest.raises(ContactRefusedError):
        a_request(company, now=world.now, member=uli)

    assert refused.value.refusals == (AskedTooOften(10, date(2026, 12, 2)),)
    assert (ColleagueRequest.objects.count(), ContactRequest.objects.count()) == (5, 5)


@pytest.mark.parametrize("given", [{"subscription_id": "sub_x"}, {"reason_code": "<script>"}])
def test_what_cannot_have_been_refused_is_not_believed(world, given):
    company = a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)

    with pytest.raises(UnknownRequestError):
        ask_colleagues(asking(subscription, **given), member=the_viewer(company), now=world.now)

    assert ColleagueRequest.objects.count() == 0


def test_only_people_of_the_company_ask_and_only_they_see_what_was_asked(world):
    company, other = a_company(), a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    uli = the_viewer(company)
    user = a_person(company, name="Ulf", role="named_user")
    an_assignment(subscription, user, assigned_on=TODAY)
    nora = a_specialist()
    ask_colleagues(asking(subscription), member=uli, now=world.now)
    ask_colleagues(asking(subscription, form=2), member=person_member(user), now=world.now)

    for stranger in (acting(nora), the_viewer(other)):
        with pytest.raises(UnknownRequestError):
            ask_colleagues(asking(subscription, form=3), member=stranger, now=world.now)
        assert not colleague_requests_visible_to(stranger).exists()
    assert colleague_requests_visible_to(contract_manager_of(company)).count() == 2
    assert [one.asked_by_id for one in colleague_requests_visible_to(person_member(user))] == [
        user.pk
    ]


def test_what_was_asked_of_colleagues_is_never_changed(world):
    company = a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    ask_colleagues(asking(subscription), member=the_viewer(company), now=world.now)

    with pytest.raises(DatabaseError, match="append-only"):
        ColleagueRequest.objects.update(message="Nothing.")
