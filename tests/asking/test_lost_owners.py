"""What was asked of somebody who may no longer answer: it never reaches them, and is not lost."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.daily.jobs import look
from perenne.notices.models import Mail
from perenne.platform.clock import turn_demo_clock
from perenne.platform.models import JournalEntry
from perenne.rules.asking import Outcome
from perenne.support.errors import UnknownRequestError
from perenne.support.models import ContactEntry
from perenne.support.operations.closing import close
from perenne.support.operations.conversing import answer, reply
from perenne.support.operations.handing_on import hand_on_lost
from perenne.support.operations.reassigning import possible_owners
from perenne.support.previewing import preview_for
from perenne.support.queries import contact_requests_visible_to, request_views
from tests.support.asking import a_request, acting, acting_for, mails
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_partner_person,
    a_sales_person,
    a_specialist,
    a_subscription,
    contract_manager_of,
    take_consent_back,
)

TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def nora(world):
    return a_specialist()


@pytest.fixture
def partner(world):
    return a_partner()


def sold_by(company, partner):
    return a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=partner)
    )


def leave(*people, now):
    for one in people:
        one.deactivated_at = now
        one.save()


def told():
    return list(Mail.objects.order_by("id").values_list("to_address", flat=True))


@pytest.mark.parametrize("asks_about_it", [True, False])
def test_after_the_company_took_its_consent_back_the_partner_is_not_asked(
    world, company, nora, partner, asks_about_it
):
    subscription = sold_by(company, partner)
    take_consent_back(partner, company, now=world.now)
    about = {"subscription_id": subscription.pk} if asks_about_it else {}
    shown = preview_for(
        contract_manager_of(company), subscription_id=about.get("subscription_id"), now=world.now
    )

    request = a_request(company, now=world.now, **about)

    assert (shown.kind, shown.name) == ("specialist", "Nora Berg")
    assert (request.owner_kind, request.staff_id) == ("specialist", nora.pk)
    reasons = ContactEntry.objects.get(request=request).facts["reasons"]
    assert reasons == ["seller_gone", "no_specialist_in_region", "any_specialist"]
    assert partner.email not in told()
    assert not contact_requests_visible_to(acting_for(partner)).exists()


def test_the_consent_of_another_company_does_not_count(world, company, nora, partner):
    sold_by(a_company(), partner)
    subscription = sold_by(company, partner)
    take_consent_back(partner, company, now=world.now)

    request = a_request(company, now=world.now, subscription_id=subscription.pk)

    assert request.staff_id == nora.pk


def test_a_sales_person_who_left_is_not_asked(world, company, nora):
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("sales", sales_person=kate)
    )
    leave(kate, now=world.now)

    request = a_request(company, now=world.now, subscription_id=subscription.pk)

    assert request.staff_id == nora.pk
    assert kate.email not in told()


def test_a_partner_whose_people_have_all_left_is_not_asked(world, company, nora, partner):
    first, second = a_partner_person(partner), a_partner_person(partner, name="Ida Holm")
    subscription = sold_by(company, partner)
    leave(first, now=world.now)
    still = a_request(company, now=world.now, subscription_id=subscription.pk)
    leave(second, now=world.now)

    request = a_request(company, now=world.now, subscription_id=subscription.pk)

    assert (still.partner_id, request.staff_id) == (partner.pk, nora.pk)


def test_when_the_person_behind_the_partners_address_leaves_a_colleague_is_written_to(
    world, company, partner
):
    first, second = a_partner_person(partner), a_partner_person(partner, name="Ida Holm")
    partner.email = first.email.upper()
    partner.save()
    subscription = sold_by(company, partner)
    leave(first, now=world.now)

    request = a_request(company, now=world.now, subscription_id=subscription.pk)

    owner = request_views([request.pk], now=world.now)[0].owner
    assert (owner.name, owner.email) == ("Ida Holm", second.email)
    assert second.email in told()
    assert partner.email not in told()


def test_what_waits_for_a_partner_goes_to_the_desk_when_the_consent_ends(
    world, company, nora, partner
):
    subscription = sold_by(company, partner)
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    soren = acting_for(partner)
    promised = request.answer_by
    take_consent_back(partner, company, now=world.now)
    assert not contact_requests_visible_to(soren).exists()
    with pytest.raises(UnknownRequestError):
        answer(request.pk, "Still me.", member=soren, now=world.now)
    before = len(mails())

    handed = [hand_on_lost(now=world.now, batch=1) for _ in range(2)]

    request.refresh_from_db()
    assert handed == [1, 0]
    assert (request.owner_kind, request.partner_id, request.staff_id, request.answer_by) == (
        "specialist",
        None,
        nora.pk,
        promised,
    )
    assert [one[:2] for one in mails()[before:]] == [("contact_assigned", "Nora Berg")]
    entry = ContactEntry.objects.filter(request=request).latest("id")
    assert (entry.kind, entry.actor, entry.facts["to_name"]) == (
        "reassigned",
        "worker",
        "Nora Berg",
    )
    fact = JournalEntry.objects.get(kind="contact_request.reassigned")
    assert (fact.actor, fact.facts["owner"]) == ("worker", nora.pk)
    answer(request.pk, "Hello, it is me now.", member=acting(nora), now=world.now)


def test_the_worker_hands_on_before_it_reminds(world, company, nora):
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("sales", sales_person=kate)
    )
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    before = told()
    leave(kate, now=world.now)
    turn_demo_clock(TODAY)

    look(0)

    request.refresh_from_db()
    assert request.staff_id == nora.pk
    assert kate.email not in told()[len(before) :]


def test_who_writes_again_after_it_was_closed_is_answered_by_the_desk(
    world, company, nora, partner
):
    subscription = sold_by(company, partner)
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    close(request.pk, Outcome.EXPLAINED, "So it is.", member=acting_for(partner), now=world.now)
    take_consent_back(partner, company, now=world.now)
    assert hand_on_lost(now=world.now) == 0
    before = told()

    reply(request.pk, "One more thing.", member=contract_manager_of(company), now=world.now)

    request.refresh_from_db()
    assert (request.state, request.staff_id) == ("open", nora.pk)
    assert told()[len(before) :] == [nora.email]
    assert mails()[-1][:2] == ("contact_replied", "Nora Berg")


def test_without_a_desk_it_waits_until_there_is_one(world, company, partner):
    subscription = sold_by(company, partner)
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    take_consent_back(partner, company, now=world.now)

    assert hand_on_lost(now=world.now) == 0
    nora = a_specialist()
    assert hand_on_lost(now=world.now) == 1

    request.refresh_from_db()
    assert request.staff_id == nora.pk


def test_nothing_is_handed_over_to_a_partner_without_consent(world, company, nora, partner):
    other = a_partner()
    sold_by(company, partner)
    sold_by(company, other)
    take_consent_back(partner, company, now=world.now)
    request = a_request(company, now=world.now)

    choices = possible_owners(request.pk, member=acting(nora))

    assert [one.id for one in choices] == [other.pk]
