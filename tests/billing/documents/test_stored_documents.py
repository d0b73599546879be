"""The document of what the run has booked: the same amounts, and how each came about."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.support.builders import a_card, a_company, a_method, a_subscription
from tests.support.documents import text_of

from perenne.billing.documents.content import DocumentKind, SettledBy
from perenne.billing.documents.queries import invoice_content, receipt_content
from perenne.billing.documents.rendering import render_pdf
from perenne.billing.models import Invoice, Payment
from perenne.catalog.models import Region
from perenne.rules.trace import recompute

TODAY = date(2026, 12, 10)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def due(company, *, pays_with, seats=(1,)):
    """Subscriptions of the company that renew today, each with so many seats."""
    for owned in seats:
        a_subscription(
            renews_on=TODAY,
            company=company,
            seats=owned,
            renews_automatically=True,
            pays_with=pays_with,
        )


def renewed(world, company, *, pays_with, seats=(1,)):
    """The invoice of what renewed today."""
    due(company, pays_with=pays_with, seats=seats)
    world.run_today()
    return Invoice.objects.get(company=company)


def test_an_invoice_that_was_charged_is_paid_by_card(world):
    company = a_company(region="US")
    invoice = renewed(world, company, pays_with=a_card(company), seats=(2, 3))

    content = invoice_content(invoice)

    assert content.kind is DocumentKind.INVOICE
    assert content.number == str(invoice) == "R-000001"
    assert (content.net_minor, content.tax_minor, content.gross_minor) == (210000, 0, 210000)
    assert [(line.product, line.seats, line.net_minor) for line in content.lines] == [
        ("Draft LT", 2, 84000),
        ("Draft LT", 3, 126000),
    ]
    assert [line.covers.renews_on for line in content.lines] == [date(2027, 12, 10)] * 2
    assert [recompute(line.trace) for line in content.lines] == [84000, 126000]
    (payment,) = content.settlements
    assert (payment.by, payment.amount_minor, payment.settled_on) == (
        SettledBy.CARD,
        210000,
        TODAY,
    )
    assert content.open_minor == 0


def test_an_invoice_on_account_is_open_and_tells_where_to_pay(world):
    company = a_company(
        region="TW", locale="zh-Hant", name="永信營造股份有限公司", tax_id="10497465"
    )
    invoice = renewed(world, company, pays_with=a_method(company, kind="invoice"), seats=(3,))

    text = text_of(render_pdf(invoice_content(invoice)))

    for said in (
        "峽灣軟體股份有限公司\n110 台北市信義區峽灣路 90 號 12 樓\n統一編號 90000001",
        "永信營造股份有限公司\n統一編號 10497465",
        "應付金額\nNT$41,675\n請於 30 天內付款，期限為 2027年1月9日。",
        "帳號 0123-456-789012",
        "營業稅 5%（稅基 NT$39,690） NT$1,985",
        "價目表 TW，2020年1月1日起，第 1 版",
        "乘以 3 套",
    ):
        assert said in text


def test_reverse_charge_stands_on_the_invoice_with_both_tax_ids(world):
    company = a_company(region="EU", country="FR", tax_id="FR40303265045", tax_id_is_verified=True)
    invoice = renewed(world, company, pays_with=a_card(company))

    text = text_of(render_pdf(invoice_content(invoice)))

    assert "VAT number IE9000000C" in text
    assert "VAT number FR40303265045" in text
    assert "Reverse charge on €399.00 €0.00" in text


def test_a_customer_whose_language_we_do_not_have_reads_english(world):
    company = a_company(region="JP", locale="ja")
    invoice = renewed(world, company, pays_with=a_card(company))

    content = invoice_content(invoice)

    assert content.language == "en"
    assert "消費税 10 % on JP¥63,000 JP¥6,300" in text_of(render_pdf(content))


def test_a_seller_that_has_left_the_region_is_named_and_nothing_is_made_up(world):
    company = a_company(region="US")
    invoice = renewed(world, company, pays_with=a_card(company))
    Region.objects.filter(pk="US").update(seller="Another Fjord Inc.")

    seller = invoice_content(invoice).seller

    assert (seller.name, seller.address, seller.tax_id, seller.bank) == (
        "Fjord Software Inc.",
        (),
        "",
        (),
    )


def test_the_receipt_of_a_charge_names_its_invoice(world):
    company = a_company(region="US")
    invoice = renewed(world, company, pays_with=a_card(company), seats=(2, 3))
    payment = Payment.objects.order_by("amount_minor").first()

    content = receipt_content(payment)

    assert content.kind is DocumentKind.RECEIPT
    assert content.gross_minor == 84000
    (settled,) = content.settled
    assert (settled.number, settled.gross_minor, settled.amount_minor) == (
        str(invoice),
        210000,
        84000,
    )
    text = text_of(render_pdf(content))
    assert "R-000001 10 Dec 2026 US$2,100.00 US$840.00" in text
    assert "Fjord Software Inc.\n500 Harbor Street, Suite 12" in text


def test_a_payment_that_settles_nothing_yet_has_a_receipt_too(world):
    company = a_company(region="US")
    renewed(world, company, pays_with=a_card(company))
    payment = Payment.objects.get()
    payment.pk = "pay_other"  # as one that has not been matched; nothing is written

    content = receipt_content(payment)

    assert content.unmatched_minor == content.gross_minor == 42000
    assert content.seller.name == "Fjord Software Inc."


def test_documents_do_not_ask_more_of_the_database_for_more_lines(world):
    small, large = a_company(), a_company()
    due(small, pays_with=a_card(small))
    due(large, pays_with=a_card(large), seats=range(1, 13))
    world.run_today()
    invoice_content(Invoice.objects.get(company=small))  # the catalogue is read once

    asked = {}
    for company in (small, large):
        invoice = Invoice.objects.select_related("company").get(company=company)
        with CaptureQueriesContext(connection) as captured:
            lines = invoice_content(invoice).lines
        asked[len(lines)] = len(captured)

    assert asked.keys() == {1, 12}
    assert asked[1] == asked[12]
