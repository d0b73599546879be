"""Answering, replying, handing over, closing and reopening: by whom, and what both sides see."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from perenne.accounts.models import StaffMember
from perenne.accounts.queries import person_member
from perenne.notices.models import Mail
from perenne.platform.clock import moment_of
from perenne.platform.ids import new_id
from perenne.platform.models import JournalEntry
from perenne.rules.asking import AskedTooOften, Outcome, RequestState, Step, StepImpossible
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.operations.closing import close, reopen, withdraw
from perenne.support.operations.conversing import answer, reply
from perenne.support.operations.reassigning import possible_owners, reassign
from perenne.support.queries import (
    contact_requests_visible_to,
    contact_requests_worked_by,
    in_order_of_work,
)
from tests.support.asking import a_request, acting, acting_for, mails
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

TODAY = date(2026, 12, 1)
LATER = moment_of(date(2026, 12, 3))


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def entries(request):
    rows = ContactEntry.objects.filter(request=request).order_by("id")
    return list(rows.values_list("kind", "author", "text"))


def facts():
    rows = JournalEntry.objects.filter(kind__startswith="contact_request").order_by("id")
    return [row.kind.partition(".")[2] for row in rows]


def test_a_request_from_question_to_outcome(world):
    company = a_company(region="EU", country="DE")
    nora = a_specialist(region="EU")
    ana = contract_manager_of(company)
    request = a_request(company, now=world.now)
    promised = request.answer_by

    answer(request.pk, "How many?", member=acting(nora), now=world.now)
    request.refresh_from_db()
    assert (request.state, request.answer_by) == ("answered", promised)

    reply(request.pk, "Five.", member=ana, now=LATER)
    request.refresh_from_db()
    # Asked again on Thursday at 13:00 in Berlin: the promise begins anew.
    assert (request.state, request.answer_by) == ("open", datetime(2026, 12, 4, 12, tzinfo=UTC))
    promised = request.answer_by
    reply(request.pk, "Or six.", member=ana, now=LATER)
    request.refresh_from_db()
    assert request.answer_by == promised

    close(request.pk, Outcome.QUOTED, "Here it is.", member=acting(nora), now=LATER)
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("closed", "quoted")

    assert entries(request) == [
        ("asked", "Ana Diaz", "We need five more seats."),
        ("answered", "Nora Berg", "How many?"),
        ("replied", "Ana Diaz", "Five."),
        ("replied", "Ana Diaz", "Or six."),
        ("closed", "Nora Berg", "Here it is."),
    ]
    assert facts() == ["made", "answered", "replied", "replied", "closed"]
    ref, by = request.reference, "Fri 4 Dec 2026, 13:00 (Berlin time)"
    assert [(kind, to, subject) for kind, to, subject in mails()][2:] == [
        ("contact_answered", "Ana Diaz", f"Answer to your request {ref}: Seats"),
        ("contact_replied", "Nora Berg", f"Atelier Nord wrote again ({ref}): answer by {by}"),
        ("contact_replied", "Nora Berg", f"Atelier Nord wrote again ({ref}): answer by {by}"),
        ("contact_closed", "Ana Diaz", f"Your request {ref} is closed: a quote was made"),
    ]


def test_a_closed_request_is_not_answered_by_who_saw_it_open(world):
    company = a_company()
    nora = acting(a_specialist())
    request = a_request(company, now=world.now)
    close(request.pk, Outcome.DONE, "", member=nora, now=world.now)
    before = (Mail.objects.count(), ContactEntry.objects.count())

    for late in (
        lambda: answer(request.pk, "Too late.", member=nora, now=world.now),
        lambda: close(request.pk, Outcome.EXPLAINED, "", member=nora, now=world.now),
        lambda: withdraw(request.pk, member=contract_manager_of(company), now=world.now),
    ):
        with pytest.raises(ContactRefusedError) as refused:
            late()
        assert isinstance(refused.value.refusals[0], StepImpossible)
    assert (Mail.objects.count(), ContactEntry.objects.count()) == before


def test_of_two_who_close_at_once_one_is_told_that_it_is_closed(world):
    company = a_company()
    nora = acting(a_specialist())
    request = a_request(company, now=world.now)
    results = []

    def end(outcome):
        try:
            close(request.pk, outcome, "", member=nora, now=world.now)
            results.append("closed")
        except ContactRefusedError as refused:
            results.append(refused.refusals)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=end, args=(one,)) for one in (Outcome.DONE, Outcome.EXPLAINED)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    impossible = (StepImpossible(RequestState.CLOSED, Step.CLOSE),)
    assert sorted(results, key=str) == sorted(["closed", impossible], key=str)
    assert facts() == ["made", "closed"]


def test_who_asked_or_a_contract_manager_withdraws_and_nobody_else(world):
    company = a_company()
    nora = a_specialist()
    ulf = person_member(a_person(company, name="Ulf", role="named_user"))
    vera = person_member(a_person(company, name="Vera", role="viewer"))
    of_ulf, of_ana = (
        a_request(company, now=world.now, member=ulf),
        a_request(company, now=world.now),
    )

    for member, request in ((vera, of_ulf), (ulf, of_ana), (acting(nora), of_ulf)):
        with pytest.raises(UnknownRequestError):
            withdraw(request.pk, member=member, now=world.now)
    withdraw(of_ulf.pk, member=contract_manager_of(company), now=world.now)

    of_ulf.refresh_from_db()
    assert (of_ulf.state, of_ulf.outcome) == ("closed", "withdrawn")
    assert mails()[-1] == (
        "contact_withdrawn",
        "Nora Berg",
        f"Atelier Nord withdrew its request ({of_ulf.reference})",
    )


def test_an_owner_cannot_say_that_the_customer_withdrew(world):
    nora = a_specialist()
    request = a_request(a_company(), now=world.now)

    with pytest.raises(ValueError, match="withdrawn is stated by who asked"):
        close(request.pk, Outcome.WITHDRAWN, "", member=acting(nora), now=world.now)


def test_a_closed_request_opens_again_by_either_side_with_a_new_promise(world):
    company = a_company(region="EU", country="DE")
    nora = acting(a_specialist(region="EU"))
    ana = contract_manager_of(company)
    request = a_request(company, now=world.now)
    close(request.pk, Outcome.DONE, "", member=nora, now=world.now)

    reopen(request.pk, member=nora, now=LATER)
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("open", "")
    assert request.answer_by == datetime(2026, 12, 4, 12, tzinfo=UTC)
    assert mails()[-1][:2] == ("contact_reopened", "Ana Diaz")
    with pytest.raises(ContactRefusedError):
        reopen(request.pk, member=nora, now=LATER)

    close(request.pk, Outcome.DONE, "", member=nora, now=LATER)
    reply(request.pk, "It is not done.", member=ana, now=LATER)
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("open", "")


def test_handing_over_keeps_the_promise_and_tells_the_new_owner(world):
    company = a_company()
    nora, kate = a_specialist(), a_sales_person()
    request = a_request(company, now=world.now)
    promised = request.answer_by

    chosen = reassign(request.pk, kate.pk, "Yours, I think.", member=acting(nora), now=world.now)

    request.refresh_from_db()
    assert (request.owner_kind, request.staff_id, request.answer_by) == ("sales", kate.pk, promised)
    assert chosen.name == "Kate Moore"
    assert entries(request)[-1] == ("reassigned", "Nora Berg", "Yours, I think.")
    assert mails()[-1][:2] == ("contact_assigned", "Kate Moore")
    answer(request.pk, "Hello!", member=acting(kate), now=world.now)
    with pytest.raises(ContactRefusedError):
        reassign(request.pk, nora.pk, "", member=acting(kate), now=world.now)


def test_a_partner_works_what_is_routed_to_it_and_hands_back_to_the_vendor_only(world):
    company = a_company()
    nora, kate = a_specialist(), a_sales_person()
    partner, other = a_partner(), a_partner()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=partner)
    )
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    soren = acting_for(partner)

    answer(request.pk, "With pleasure.", member=soren, now=world.now)
    assert entries(request)[-1][1] == "Søren Ødegård · Nordlicht IT"
    reply(request.pk, "Thank you.", member=contract_manager_of(company), now=world.now)

    assert [one.id for one in possible_owners(request.pk, member=soren)] == [nora.pk]
    for target in (kate.pk, other.pk, "stf_x", ""):
        with pytest.raises(UnknownRequestError):
            reassign(request.pk, target, "", member=soren, now=world.now)
    with pytest.raises(UnknownRequestError):
        answer(request.pk, "Me too!", member=acting_for(other), now=world.now)
    reassign(request.pk, nora.pk, "Please help.", member=soren, now=world.now)

    assert not contact_requests_visible_to(soren).exists()
    assert [one.id for one in possible_owners(request.pk, member=acting(nora))] == [
        partner.pk,
        kate.pk,
    ]


def test_one_person_cannot_flood_a_conversation(world):
    company = a_company()
    a_specialist()
    ana = contract_manager_of(company)
    request = a_request(company, now=world.now)
    for number in range(49):
        reply(request.pk, f"And {number}.", member=ana, now=world.now)

    with pytest.raises(ContactRefusedError) as refused:
        reply(request.pk, "And on.", member=ana, now=world.now)

    assert refused.value.refusals == (AskedTooOften(50, date(2026, 12, 2)),)
    assert ContactEntry.objects.count() == 50


def staff_of(role):
    return StaffMember.objects.create(
        id=new_id("stf"), code=role, name=role, email=f"{role}@fjord.example", role=role
    )


def test_everybody_sees_what_is_theirs_and_nothing_else(world):
    company, other = a_company(), a_company()
    nora, kate, partner = a_specialist(), a_sales_person(), a_partner()
    sold = {
        "partner": Sold("partner", partner=partner),
        "sales": Sold("sales", sales_person=kate),
        "online": Sold(),
    }
    subscriptions = {
        name: a_subscription(renews_on=date(2027, 1, 10), company=company, sold=how)
        for name, how in sold.items()
    }
    made = {
        name: a_request(company, now=world.now, subscription_id=one.pk)
        for name, one in subscriptions.items()
    }
    ulf = person_member(a_person(company, name="Ulf", role="named_user"))
    vera = person_member(a_person(company, name="Vera", role="viewer"))
    made["ulf"] = a_request(company, now=world.now, member=ulf)
    made["other"] = a_request(other, now=world.now)

    def seen(member):
        found = set(contact_requests_visible_to(member).values_list("pk", flat=True))
        worked = set(contact_requests_worked_by(member).values_list("pk", flat=True))
        assert worked == (set() if member.company_id else found)
        return {name for name, request in made.items() if request.pk in found}

    assert seen(contract_manager_of(company)) == {"partner", "sales", "online", "ulf"}
    assert seen(vera) == {"partner", "sales", "online", "ulf"}
    assert seen(ulf) == {"ulf"}
    assert seen(contract_manager_of(other)) == {"other"}
    assert seen(acting_for(partner)) == {"partner"}
    assert seen(acting_for(a_partner())) == set()
    assert seen(acting(kate)) == {"sales"}
    assert seen(acting(nora)) == {"online", "ulf", "other"}
    for role in ("finance", "catalogue", "operator", "support"):
        assert seen(acting(staff_of(role))) == set()


def test_support_works_what_support_owns(world):
    support = staff_of("support")
    request = a_request(a_company(), now=world.now)

    assert (request.owner_kind, request.staff_id) == ("support", support.pk)
    answer(request.pk, "Hello.", member=acting(support), now=world.now)


def test_what_waits_longest_comes_first_and_what_is_settled_last(world):
    company = a_company()
    nora = acting(a_specialist())
    late, soon, answered = (
        a_request(company, now=now) for now in (LATER, world.now, moment_of(date(2026, 11, 30)))
    )
    answer(answered.pk, "Done.", member=nora, now=world.now)

    ordered = in_order_of_work(ContactRequest.objects.all())

    assert [one.pk for one in ordered] == [soon.pk, late.pk, answered.pk]
