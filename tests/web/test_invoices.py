"""Invoices and receipts to take away: who may, what they are called, what others learn."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from perenne.accounts.models import PersonRole, StaffMember
from perenne.billing.models import Invoice, Payment
from perenne.platform.ids import new_id
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_person,
    a_sales_person,
    a_subscription,
)
from tests.support.documents import text_of

TODAY = date(2026, 12, 1)
ROLES = {
    "contract_manager": 200,
    "payer": 200,
    "approver": 403,
    "primary_admin": 200,
    "secondary_admin": 403,
    "viewer": 200,
    "named_user": 403,
}
STAFF_ROLES = {
    "finance": 200,
    "sales": 404,
    "specialist": 404,
    "catalogue": 404,
    "support": 404,
    "operator": 404,
}


def renewed(world, *solds, **given):
    """What a company renewed today by card, one subscription each."""
    company = a_company(**given)
    card = a_card(company)
    for sold in solds or (Sold(),):
        a_subscription(
            renews_on=TODAY,
            company=company,
            renews_automatically=True,
            pays_with=card,
            sold=sold,
        )
    world.run_today()
    return company


def paths_of(company):
    invoice = Invoice.objects.get(company=company)
    payment = Payment.objects.filter(company=company).first()
    return [reverse("invoice-pdf", args=[invoice.pk]), reverse("receipt-pdf", args=[payment.pk])]


def staff_of(role):
    return StaffMember.objects.create(
        id=new_id("stf"), code=role, name="Nina Berg", email=f"{role}@fjord.example", role=role
    )


def test_who_of_a_company_sees_its_invoices(world, as_member):
    company = renewed(world)

    for role, status in ROLES.items():
        person = a_person(company, name="Mia Lund", role=role)
        for path in paths_of(company):
            answer = as_member("person", person.pk).get(path)
            assert (role, answer.status_code) == (role, status)


def test_roles_add_up(world, as_member):
    company = renewed(world)
    person = a_person(company, name="Mia Lund", role="named_user")
    PersonRole.objects.create(person=person, role="payer")

    assert as_member("person", person.pk).get(paths_of(company)[0]).status_code == 200


def test_who_of_the_vendor_sees_any_invoice(world, as_member):
    company = renewed(world)

    for role, status in STAFF_ROLES.items():
        staff = staff_of(role)
        for path in paths_of(company):
            answer = as_member("staff", staff.pk).get(path)
            assert (role, answer.status_code) == (role, status)


def test_sales_see_invoices_of_their_own_contracts_and_none_that_names_a_colleagues(
    world, as_member
):
    kate, lars = a_sales_person(), a_sales_person()
    mine = Sold("sales", sales_person=kate)
    own = renewed(world, mine, mine)
    path, receipt = paths_of(own)

    assert as_member("staff", kate.pk).get(path).status_code == 200
    assert as_member("staff", kate.pk).get(receipt).status_code == 200
    assert as_member("staff", lars.pk).get(path).status_code == 404
    assert as_member("staff", lars.pk).get(receipt).status_code == 404


def test_an_invoice_that_names_two_sales_people_is_for_finance(world, as_member):
    kate, lars = a_sales_person(), a_sales_person()
    shared = renewed(world, Sold("sales", sales_person=kate), Sold("sales", sales_person=lars))

    for staff, status in ((kate, 404), (lars, 404), (staff_of("finance"), 200)):
        for path in paths_of(shared):
            assert as_member("staff", staff.pk).get(path).status_code == status


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_another_companys_documents_are_not_there(world, as_member, method):
    theirs = renewed(world)
    me = a_company().people.get(roles__role="contract_manager")
    client = as_member("person", me.pk)

    for path in paths_of(theirs):
        answer = getattr(client, method)(path)
        nothing = getattr(client, method)(path.replace("_", "_x"))
        assert answer.status_code == nothing.status_code == (405 if method == "post" else 404)
        assert b"Atelier" not in answer.content


def test_without_signing_in_there_is_only_the_sign_in(world, client):
    for path in paths_of(renewed(world)):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/sign-in/")


def test_the_file_is_kept_and_not_shown_and_has_a_name(world, as_member):
    company = renewed(world)
    manager = company.people.get(roles__role="contract_manager")
    path, receipt = paths_of(company)

    answer = as_member("person", manager.pk).get(path)

    assert answer.content.startswith(b"%PDF-1.7")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"Invoice-R-000001.pdf\"; filename*=UTF-8''Invoice-R-000001.pdf"
    )
    assert "no-store" in answer["Cache-Control"]
    assert "Atelier Nord" in text_of(answer.content)
    payment = Payment.objects.get().pk
    assert (
        f'"Receipt-{payment}.pdf"'
        in as_member("person", manager.pk).get(receipt)["Content-Disposition"]
    )


def test_a_chinese_customer_gets_a_chinese_file_whatever_the_pages_language(world, as_member):
    company = renewed(world, region="TW", locale="zh-Hant", name="永信營造股份有限公司")
    manager = company.people.get(roles__role="contract_manager")

    answer = as_member("person", manager.pk, language="en").get(paths_of(company)[0])

    assert answer["Content-Disposition"] == (
        'attachment; filename="Invoice-R-000001.pdf"; '
        "filename*=UTF-8''%E5%B8%B3%E5%96%AE-R-000001.pdf"
    )
    assert "帳單\nR-000001" in text_of(answer.content)


def test_asking_again_gives_the_same_file(world, as_member):
    company = renewed(world)
    manager = company.people.get(roles__role="contract_manager")
    client = as_member("person", manager.pk)

    for path in paths_of(company):
        assert client.get(path).content == client.get(path).content


def test_no_card_digits_are_on_a_document_that_a_viewer_may_see(world, as_member):
    company = renewed(world)
    viewer = a_person(company, name="Mia Lund", role="viewer")

    for path in paths_of(company):
        text = text_of(as_member("person", viewer.pk).get(path).content)
        assert "card" in text
        assert "4242" not in text
