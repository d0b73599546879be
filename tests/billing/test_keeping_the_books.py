"""Doors, export, closing and comparing: the books as finance and accounting see them."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from msgspec.structs import replace
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_person,
    a_sales_person,
    a_subscription,
    contract_manager_of,
)
from tests.support.charges import a_charge
from tests.support.money import (
    a_bank_line,
    bank_brings,
    books_are_sound,
    by_staff,
    the_invoice,
)

from perenne.accounts.queries import person_member, staff_member
from perenne.billing.book_queries import credit_visible_to
from perenne.billing.closing import close_period
from perenne.billing.comparing import compare_books
from perenne.billing.correcting import correct_invoice
from perenne.billing.errors import PeriodRefusedError
from perenne.billing.exporting import export_ledger
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import RefundRequest
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Payment
from perenne.billing.queries import invoices_visible_to
from perenne.daily.queries import mark_of
from perenne.platform.csv_cells import amount_cell, text_cell

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def due(*, company=None, kind="card", sold=None):
    company = company or a_company()
    method = a_card(company) if kind == "card" else a_method(company, kind=kind)
    return a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=method,
        **({"sold": sold} if sold else {}),
    )


def seen_by(member):
    return {invoice.pk for invoice in invoices_visible_to(member)}


def test_who_sees_which_invoice(world_on):
    world = world_on(TODAY)
    seller = a_sales_person()
    company = a_company()
    mine = due(company=company, sold=Sold("sales", sales_person=seller))
    resold = due(company=company, sold=Sold("partner", partner=a_partner()))
    resold.contract.partner_model = "resale"
    resold.contract.save()
    theirs = due()
    world.run_today()
    everything = {the_invoice(one).pk for one in (mine, resold, theirs)}
    own = {the_invoice(mine).pk}

    payer = person_member(a_person(company, name="Pia", role="payer"))
    user = person_member(a_person(company, name="Ulf", role="named_user"))
    seller.role = "sales"
    finance = a_sales_person()
    finance.role = "finance"
    finance.save()

    assert seen_by(contract_manager_of(company)) == seen_by(payer) == own
    assert seen_by(user) == set()
    assert seen_by(staff_member(seller, locale="en")) == own
    assert seen_by(staff_member(finance, locale="en")) == everything


def test_who_sees_the_credit(world_on):
    world = world_on(TODAY)
    subscription = due(kind="invoice")
    world.run_today()
    bank_brings(world, a_bank_line(43000, text=str(the_invoice(subscription))))
    user = person_member(a_person(subscription.company, name="Ulf", role="named_user"))

    (mine,) = credit_visible_to(contract_manager_of(subscription.company))

    assert (mine.currency, mine.available_minor, mine.held_minor) == ("USD", 1000, 0)
    assert credit_visible_to(user) == []
    assert credit_visible_to(contract_manager_of(a_company())) == []


def test_the_export_balances_and_runs_no_formula(world_on, tmp_path):
    world = world_on(TODAY)
    company = a_company(name="=cmd|'/c calc'!A1")
    subscription = due(company=company)
    due(company=a_company(region="KW"))
    world.run_today()
    correct_invoice(
        the_invoice(subscription).pk,
        net_minor=2000,
        to=GiveBack.TO_PAYER,
        occasion=by_staff(world),
    )
    target = tmp_path / "gl.csv"

    done = export_ledger(target, since=TODAY, until=TODAY + ONE_DAY)

    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert done.rows == len(rows) > 10
    balance = defaultdict(Decimal)
    for row in rows:
        assert (row["debit"] == "") is not (row["credit"] == "")
        balance[row["transaction"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        assert not row["company_name"].startswith("=")
    assert set(balance.values()) == {0}
    documents = {(row["kind"], row["document"]) for row in rows if row["currency"] == "USD"}
    assert {("sale", "R-000001"), ("credit_note", "C-000001")} <= documents
    assert {row["debit"] for row in rows if row["currency"] == "KWD"} >= {"128.940"}
    assert [path.name for path in tmp_path.iterdir()] == ["gl.csv"]

    empty = export_ledger(target, since=TODAY + ONE_DAY, until=TODAY + 2 * ONE_DAY)
    assert empty.rows == 0


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "'-5"),
        ("Atelier = Nord", "Atelier = Nord"),
        ("", ""),
    ],
)
def test_text_stays_text(text, cell):
    assert text_cell(text) == cell


@pytest.mark.parametrize(
    ("amount", "exponent", "cell"),
    [(-500, 2, "-5.00"), (42000, 2, "420.00"), (5, 0, "5"), (128940, 3, "128.940")],
)
def test_amounts_are_exact(amount, exponent, cell):
    assert amount_cell(amount, exponent) == cell


def test_a_file_that_cannot_be_written_whole_is_not_there(world_on, tmp_path):
    world = world_on(TODAY)
    due()
    world.run_today()
    target = tmp_path / "gl.csv"
    target.mkdir()

    with pytest.raises(OSError, match=r"gl\.csv"):
        export_ledger(target, since=TODAY, until=TODAY + ONE_DAY)

    assert [path.name for path in tmp_path.iterdir()] == ["gl.csv"]


def test_a_period_is_closed_once_it_is_over(world_on):
    world = world_on(TODAY)
    due()
    world.run_today()

    def close(through):
        close_period(
            "US",
            through=through,
            finished_through=mark_of("US"),
            occasion=by_staff(world),
        )

    with pytest.raises(PeriodRefusedError, match="not finished yet"):
        close(TODAY + ONE_DAY)
    close(TODAY)
    for through in (TODAY, TODAY - ONE_DAY):
        with pytest.raises(PeriodRefusedError, match=f"closed through {TODAY}"):
            close(through)
    world.today += ONE_DAY
    world.run_today()
    close(TODAY + ONE_DAY)

    assert books_are_sound()


def differences(world):
    """What differs about this world's charges; the gateway's book is shared by all tests."""
    ours = set(Payment.objects.values_list("charge_key", flat=True))
    return [
        (one.what, one.theirs_minor, one.ours_minor)
        for one in compare_books().differences
        if one.key in ours or one.key.startswith("orphan")
    ]


def test_the_gateways_book_is_compared_one_to_one(world_on):
    world = world_on(TODAY)
    due()
    subscription = due()
    world.run_today()
    assert differences(world) == []

    payment = Payment.objects.get(company=subscription.company)
    configured_gateway().refund(
        RefundRequest(
            idempotency_key=f"elsewhere_{payment.pk}",
            charge_id=payment.charge_id,
            amount_minor=500,
            currency="USD",
            refund_id=f"rfd_elsewhere_{payment.pk}",
        )
    )
    assert differences(world) == [("refund.differs", 500, 0)]


def test_a_charge_that_nobody_booked_and_one_that_nobody_made_are_listed(world_on):
    world = world_on(TODAY)
    subscription = due()
    world.run_today()
    key = f"orphan_{subscription.pk}"
    orphan = a_charge(key=key, amount_minor=777)
    configured_gateway().charge(replace(orphan, attempt_id=key))
    with connection.cursor() as cursor:
        cursor.execute("alter table billing_payment disable trigger all")
        cursor.execute("update billing_payment set charge_id = 'ch_invented'")

    found = differences(world)

    assert ("charge.not_at_gateway", 0, 42000) in found
    assert ("charge.not_booked", 777, 0) in found
