"""The pages of invoices: what is open, how it is paid, and what becomes of a suspended account."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perenne.billing.book_models import CreditNote
from perenne.billing.correcting import correct_invoice
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Invoice, Payment
from perenne.platform.clock import turn_demo_clock
from tests.support.builders import a_card, a_company, a_method, a_person, a_subscription
from tests.support.documents import text_of
from tests.support.money import a_bank_line, bank_brings, by_staff

TODAY = date(2026, 12, 1)


def renewed(world, *, kind="invoice", how_many=1, **given):
    company = a_company(**given)
    method = a_card(company) if kind == "card" else a_method(company, kind=kind)
    for _ in range(how_many):
        a_subscription(
            renews_on=world.today, company=company, renews_automatically=True, pays_with=method
        )
    world.run_today()
    return company


def manager(company):
    return company.people.get(roles__role="contract_manager").pk


def later(world, *, days):
    world.today += timedelta(days)
    turn_demo_clock(world.today)
    world.run_today()


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("To be paid", "US$420.00", "Transfer US$420.00 by Thu 31 Dec 2026.")),
        ("zh-hant", ("待付款", "US$420.00", "請於 2026年12月31日（四）前匯款 US$420.00。")),
    ],
)
def test_what_do_i_have_to_pay_by_when_and_to_whom(world, as_member, language, said):
    company = renewed(world)
    client = as_member("person", manager(company), language=language)

    listed = page(client, "/invoices/?state=open")
    shown = page(client, f"/invoices/{Invoice.objects.get().pk}/")

    state, amount, transfer = said
    assert "R-000001" in listed
    assert state in listed
    assert amount in listed
    assert transfer in shown
    assert "<b>R-000001</b>" in shown


def test_an_invoice_that_was_paid_has_its_receipt(world, as_member):
    company = renewed(world, kind="card")
    client = as_member("person", manager(company))

    shown = page(client, f"/invoices/{Invoice.objects.get().pk}/")

    assert "Paid by card on 1 Dec 2026" in shown
    assert f"/receipts/{Payment.objects.get().pk}.pdf" in shown
    assert "How to pay" not in shown
    assert "Nothing is to be paid." in page(client, "/invoices/?state=open")


def test_a_credit_note_is_beside_its_invoice_and_can_be_kept(world, as_member):
    company = renewed(world, kind="card")
    invoice = Invoice.objects.get()
    correct_invoice(invoice.pk, net_minor=20000, to=GiveBack.TO_CREDIT, occasion=by_staff(world))
    client = as_member("person", manager(company))

    shown = page(client, f"/invoices/{invoice.pk}/")
    file = client.get(f"/credit-notes/{CreditNote.objects.get().pk}.pdf")

    assert "Credit note C-000001 of 1 Dec 2026" in shown
    assert "You have US$200.00 of credit." in page(client, "/invoices/")
    assert 'filename="Credit-note-C-000001.pdf"' in file["Content-Disposition"]
    assert "For invoice R-000001 of 1 Dec 2026." in text_of(file.content)


def test_what_suspends_a_subscription_leads_to_its_payment_which_restores_it(world, as_member):
    """30 days to pay and 7 of grace after; from 8 January on it is suspended."""
    company = renewed(world)
    subscription = company.subscriptions.get()
    client = as_member("person", manager(company))
    later(world, days=38)

    before = page(client, f"/subscriptions/{subscription.pk}/")
    bank_brings(world, a_bank_line(42000, text="R-000001"))
    after = page(client, f"/subscriptions/{subscription.pk}/")

    assert "invoice R-000001 is not paid" in before
    assert 'href="/invoices/"' in before
    assert "Suspended: an invoice is not paid." in before
    assert "Suspended" not in after
    assert "Suspended: an invoice is not paid." not in page(client, "/")


def test_who_may_not_see_invoices_is_not_led_to_them(world, as_member):
    company = renewed(world)
    user = a_person(company, name="Uli", role="secondary_admin")

    assert as_member("person", user.pk).get("/invoices/").status_code == 403


def test_the_list_asks_the_database_the_same_for_one_and_for_forty(world, as_member):
    few, many = renewed(world), a_company()
    for number in range(40):
        a_subscription(
            renews_on=world.today + timedelta(1 + number % 2),
            company=many,
            renews_automatically=True,
            pays_with=a_method(many, kind="invoice") if number < 2 else a_card(many),
        )
    for _ in range(2):
        later(world, days=1)
    asked = []
    for company in (few, many):
        client = as_member("person", manager(company))
        page(client, "/invoices/")
        with CaptureQueriesContext(connection) as captured:
            page(client, "/invoices/")
        asked.append(len(captured))

    assert Invoice.objects.filter(company=many).count() > 30
    assert asked[0] == asked[1]
