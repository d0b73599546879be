"""A contact request: recorded, routed, promised and told, once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from perenne.accounts.models import StaffMember
from perenne.accounts.queries import person_member
from perenne.notices.models import Mail
from perenne.platform.ids import new_id
from perenne.platform.models import JournalEntry
from perenne.rules.asking import AskedTooOften, NobodyToAsk, Topic
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.operations.making import make
from tests.support.asking import a_request, acting, acting_for, asking, mails
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_person,
    a_sales_person,
    a_specialist,
    a_subscription,
    contract_manager_of,
)

TODAY = date(2026, 12, 1)  # a Tuesday; the clock stands at noon in Greenwich


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def test_what_was_asked_is_on_record_with_owner_promise_and_reason(world):
    company = a_company(region="EU", country="DE")
    desk = a_specialist(region="EU")
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, seats=3)

    request = a_request(
        company,
        now=world.now,
        subscription_id=subscription.pk,
        action="add_seats",
        reason_code="auto_renewal.off",
        phone="+49 30 5550 100",
    )

    assert (request.owner_kind, request.staff_id, request.partner_id) == (
        "specialist",
        desk.pk,
        None,
    )
    assert (request.topic, request.action, request.reason_code) == (
        "seats",
        "add_seats",
        "auto_renewal.off",
    )
    # Asked on Tuesday at 13:00 in Berlin.
    assert request.answer_by == datetime(2026, 12, 2, 12, tzinfo=UTC)
    assert (request.state, request.outcome, request.asked_on) == ("open", "", TODAY)
    entry = ContactEntry.objects.get()
    assert (entry.kind, entry.text, entry.author) == (
        "asked",
        "We need five more seats.",
        "Ana Diaz",
    )
    assert entry.facts["reasons"] == ["sold_online", "specialist_of_region"]
    fact = JournalEntry.objects.get(kind="contact_request.made")
    assert fact.facts == {
        "reference": request.reference,
        "owner": desk.pk,
        "answer_by": "2026-12-02T12:00:00+00:00",
        "topic": "seats",
        "subscription": subscription.pk,
    }
    assert "five more" not in str(fact.facts)


def test_both_sides_are_told_by_mail(world):
    company = a_company(region="TW")
    partner = a_partner(region="TW")
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=partner)
    )

    request = a_request(company, now=world.now, subscription_id=subscription.pk)

    # 20:00 in Taipei is after hours: the day is counted from the next morning.
    by = "Wed 2 Dec 2026, 18:00 (Taipei time)"
    assert mails() == [
        (
            "contact_receipt",
            "Ana Diaz",
            f"Nordlicht IT will contact you by {by} ({request.reference})",
        ),
        (
            "contact_assigned",
            "Søren Ødegård",
            f"Atelier Nord asks about “Seats”: answer by {by} ({request.reference})",
        ),
    ]
    assert set(Mail.objects.values_list("thread", flat=True)) == {request.pk}


def test_a_form_that_is_sent_twice_is_one_request(world):
    company = a_company()
    a_specialist()
    form = asking()
    member = contract_manager_of(company)

    first, again = (make(form, member=member, now=world.now) for _ in range(2))

    assert first == again
    assert (ContactRequest.objects.count(), Mail.objects.count()) == (1, 2)


def test_a_form_that_is_sent_twice_at_once_is_one_request(world):
    company = a_company()
    a_specialist()
    form = asking()
    member = contract_manager_of(company)
    made, failed = [], []

    def send():
        try:
            made.append(make(form, member=member, now=world.now))
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failed, len(made), len(set(made))) == ([], 4, 1)
    assert (ContactRequest.objects.count(), Mail.objects.count()) == (1, 2)


def test_one_person_cannot_flood_the_desk_and_others_are_not_hindered(world):
    company = a_company()
    a_specialist()
    for _ in range(10):
        a_request(company, now=world.now)

    with pytest.raises(ContactRefusedError) as refused:
        a_request(company, now=world.now)

    assert refused.value.refusals == (AskedTooOften(10, date(2026, 12, 2)),)
    assert (ContactRequest.objects.count(), Mail.objects.count()) == (10, 20)
    other = person_member(a_person(company, name="Ulf", role="viewer"))
    a_request(company, now=world.now, member=other)
    world.today = date(2026, 12, 2)
    a_request(company, now=world.now)


def test_without_anybody_who_could_answer_nothing_is_promised(world):
    company = a_company()

    with pytest.raises(ContactRefusedError) as refused:
        a_request(company, now=world.now)

    assert refused.value.refusals == (NobodyToAsk(),)
    assert (ContactRequest.objects.count(), Mail.objects.count()) == (0, 0)
    assert not JournalEntry.objects.filter(kind__startswith="contact_request").exists()


@pytest.mark.parametrize(
    "given",
    [
        {"subscription_id": "sub_x"},
        {"action": "delete_everything"},
        {"action": "renew", "reason_code": "<script>"},
    ],
)
def test_what_cannot_have_been_refused_is_not_believed(world, given):
    company = a_company()
    a_specialist()

    with pytest.raises(UnknownRequestError):
        a_request(company, now=world.now, **given)
    assert ContactRequest.objects.count() == 0


def test_nobody_asks_about_a_subscription_that_they_do_not_see(world):
    a_specialist()
    company = a_company()
    theirs = a_subscription(renews_on=date(2027, 1, 10))
    unassigned = a_subscription(renews_on=date(2027, 1, 10), company=company)
    user = person_member(a_person(company, name="Ulf", role="named_user"))

    with pytest.raises(UnknownRequestError):
        a_request(company, now=world.now, subscription_id=theirs.pk)
    with pytest.raises(UnknownRequestError):
        a_request(company, now=world.now, member=user, subscription_id=unassigned.pk)
    assert ContactRequest.objects.count() == 0


def test_only_people_of_a_company_ask(world):
    company = a_company()
    for member in (acting(a_specialist()), acting_for(a_partner())):
        with pytest.raises(UnknownRequestError):
            a_request(company, now=world.now, member=member)


def test_without_a_subscription_the_only_seller_answers(world):
    a_specialist()
    partner, kate = a_partner(), a_sales_person()
    of_partner, of_sales, of_both = a_company(), a_company(), a_company()
    for company, sold in (
        (of_partner, Sold("partner", partner=partner)),
        (of_sales, Sold("sales", sales_person=kate)),
        (of_both, Sold("partner", partner=partner)),
        (of_both, Sold("sales", sales_person=kate)),
    ):
        a_subscription(renews_on=date(2027, 1, 10), company=company, sold=sold)

    assert a_request(of_partner, now=world.now).partner_id == partner.pk
    assert a_request(of_sales, now=world.now).staff_id == kate.pk
    assert a_request(of_both, now=world.now).owner_kind == "specialist"
    assert a_request(of_partner, now=world.now, wants_vendor=True).owner_kind == "specialist"


def test_work_is_spread_over_the_specialists(world):
    company = a_company()
    first, second = sorted([a_specialist().pk, a_specialist(name="Omar").pk])

    owners = [a_request(company, now=world.now).staff_id for _ in range(4)]

    assert owners == [first, second, first, second]


def test_the_hours_of_the_owners_region_count(world):
    company = a_company(region="TW")
    StaffMember.objects.create(
        id=new_id("stf"),
        code="us",
        name="Tom Reed",
        email="tom@fjord.example",
        role="specialist",
        region_id="US",
    )

    request = a_request(company, now=world.now)

    # 04:00 in Los Angeles: before hours, so the day is that Tuesday until 18:00.
    assert request.answer_by == datetime(2026, 12, 2, 2, tzinfo=UTC)


def test_the_database_refuses_a_request_without_owner_or_of_two_companies(world):
    company = a_company()
    a_specialist()
    request = a_request(company, now=world.now, topic=Topic.OTHER)
    foreign = a_subscription(renews_on=date(2027, 1, 10))

    for change in (
        {"staff_id": None},
        {"owner_kind": "partner"},
        {"state": "closed"},
        {"outcome": "done"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ContactRequest.objects.filter(pk=request.pk).update(**change)
    for change in ({"topic": "seats"}, {"subscription_id": foreign.pk}, {"phone": "1"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ContactRequest.objects.filter(pk=request.pk).update(**change)
    values = ContactRequest.objects.filter(pk=request.pk).values().get()
    with pytest.raises(IntegrityError, match="same_company"), transaction.atomic():
        ContactRequest.objects.create(
            **values
            | {
                "id": new_id("ask"),
                "reference": "CR-X",
                "form_key": "x",
                "subscription_id": foreign.pk,
            }
        )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ContactEntry.objects.update(text="something else")
