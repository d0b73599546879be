"""Credit notes as the books have them, and invoices of which something was taken back."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from tests.billing.documents.test_stored_documents import due
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_subscription,
)
from tests.support.documents import text_of
from tests.support.money import a_bank_line, bank_brings, by_staff, the_invoice, the_order

from perenne.billing.book_models import CreditNote
from perenne.billing.correcting import correct_invoice
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.documents.content import DocumentKind, SettledBy
from perenne.billing.documents.queries import credit_note_content, invoice_content
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Invoice
from perenne.rules.trace import recompute

TODAY = date(2026, 12, 10)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def renewed(world, *, seats=3, kind="card", region="US", locale="en"):
    company = a_company(region=region, locale=locale)
    method = a_card(company) if kind == "card" else a_method(company, kind=kind)
    due(company, pays_with=method, seats=(seats,))
    world.run_today()
    return company.subscriptions.get()


def credited(world, subscription, *, seats, to=GiveBack.TO_PAYER):
    wish = CreditWish(order=the_order(subscription).pk, reason="return", to=to, seats=seats)
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))


def settled(content):
    return [(one.by, one.amount_minor) for one in content.settlements]


def test_a_seat_that_came_back_is_on_the_credit_note_with_its_tax_and_its_refund(world):
    subscription = renewed(world, region="TW", locale="zh-Hant")
    credited(world, subscription, seats=1)

    content = credit_note_content(CreditNote.objects.get())

    assert (content.kind, content.number) == (DocumentKind.CREDIT_NOTE, "C-000001")
    assert content.refers_to == ("R-000001", TODAY)
    (line,) = content.lines
    assert (line.seats, line.net_minor, line.tax_minor) == (1, 1323000, 66100)
    assert (recompute(line.trace), recompute(line.tax_trace)) == (1323000, 66100)
    assert settled(content) == [(SettledBy.CARD, 1389100)]
    text = text_of(render_pdf(content))
    assert "折讓單\nC-000001" in text
    assert "原帳單：R-000001（2026年12月10日）。" in text
    assert "折讓總計 NT$13,891" in text


def test_the_invoice_tells_what_was_credited_of_it_and_given_back(world):
    subscription = renewed(world)
    credited(world, subscription, seats=1)

    content = invoice_content(the_invoice(subscription))

    assert settled(content) == [
        (SettledBy.CARD, 126000),
        (SettledBy.CREDIT_NOTE, 42000),
        (SettledBy.CARD, -42000),
    ]
    assert content.open_minor == 0
    text = text_of(render_pdf(content))
    assert "Settled in full" in text
    assert "Credit note C-000001 of 10 Dec 2026 \u2212US$420.00" in text
    assert "Refunded to the card on 10 Dec 2026 US$420.00" in text


def test_what_was_not_paid_yet_is_asked_for_no_more(world):
    subscription = renewed(world, kind="invoice")
    credited(world, subscription, seats=1)

    note = credit_note_content(CreditNote.objects.get())
    invoice = invoice_content(the_invoice(subscription))

    assert settled(note) == settled(invoice) == [(SettledBy.CREDIT_NOTE, 42000)]
    assert invoice.open_minor == 84000
    assert "Set against what was open on 10 Dec 2026" in text_of(render_pdf(note))
    assert "Partly paid; still to be paid\nUS$840.00" in text_of(render_pdf(invoice))


def test_notes_of_one_day_share_what_was_open_in_the_order_of_their_numbers(world):
    """800 of 1,260 dollars were paid: the first note lowers what is open, the second gives back."""
    subscription = renewed(world, kind="invoice")
    bank_brings(world, a_bank_line(80000, text="R-000001"))
    for _ in range(2):
        credited(world, subscription, seats=1, to=GiveBack.TO_CREDIT)

    first, second = (credit_note_content(one) for one in CreditNote.objects.order_by("number"))

    assert settled(first) == [(SettledBy.CREDIT_NOTE, 42000)]
    assert settled(second) == [
        (SettledBy.CREDIT_NOTE, 4000),
        (SettledBy.CUSTOMER_CREDIT, 38000),
    ]
    assert settled(invoice_content(the_invoice(subscription))) == [
        (SettledBy.BANK_TRANSFER, 80000),
        (SettledBy.CREDIT_NOTE, 42000),
        (SettledBy.CREDIT_NOTE, 42000),
        (SettledBy.CUSTOMER_CREDIT, -38000),
    ]


def test_an_amount_alone_is_credited_without_seats(world):
    subscription = renewed(world)
    correct_invoice(
        the_invoice(subscription).pk,
        net_minor=20000,
        to=GiveBack.TO_CREDIT,
        occasion=by_staff(world),
    )

    content = credit_note_content(CreditNote.objects.get())

    (line,) = content.lines
    assert (line.seats, line.net_minor, line.tax_minor) == (0, 20000, 0)
    assert settled(content) == [(SettledBy.CUSTOMER_CREDIT, 20000)]
    assert "Kept as your credit on 10 Dec 2026" in text_of(render_pdf(content))


def test_credit_that_pays_the_next_invoice_is_told_on_it(world):
    subscription = renewed(world)
    credited(world, subscription, seats=1, to=GiveBack.TO_CREDIT)
    company = subscription.company
    tomorrow = TODAY + timedelta(1)
    a_subscription(
        renews_on=tomorrow,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    world.today = tomorrow
    world.run_today()

    latest = Invoice.objects.order_by("-number")[0]

    assert settled(invoice_content(latest)) == [(SettledBy.CUSTOMER_CREDIT, 42000)]


def test_a_reseller_is_named_as_the_buyer_of_what_it_is_invoiced(world):
    partner = a_partner(region="US")
    company = a_company(region="US")
    subscription = a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
        sold=Sold("partner", partner=partner),
    )
    subscription.contract.partner_model = "resale"
    subscription.contract.save()
    world.run_today()

    content = invoice_content(Invoice.objects.get())

    assert (content.buyer.name, content.buyer.code) == (partner.name, partner.code)
