"""Each law of credits, refunds, bank money and revenue notices that it is broken."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from django.db import connection, transaction

from perenne.billing.closing import close_period
from perenne.billing.correcting import correct_invoice
from perenne.billing.giving_back import GiveBack
from perenne.billing.revenue import release_revenue
from perenne.daily.invariants import breaches
from perenne.daily.queries import mark_of
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_subscription,
)
from tests.support.changing import change
from tests.support.money import (
    a_bank_line,
    a_reserved_renewal,
    bank_brings,
    books_are_sound,
    by_staff,
    the_invoice,
)
from tests.support.policies import with_setting

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)

# What breaks a law, as SQL that runs with triggers and foreign keys off.
BOOK_PLANTS: dict[str, str] = {
    "L4b": "update billing_refund set amount_minor = amount_minor + 1 where state = 'created'",
    "L5": "update billing_creditentry set balance_after_minor = balance_after_minor + 1",
    "L6": "update billing_receivable set open_minor = open_minor + 1",
    "L6b": "update billing_ledgerentry set amount_minor = amount_minor + 1 "
    "where account = 'customer_credit'",
    "L6c": "update billing_paymentattempt set credit_minor = 1 where state = 'pending'",
    "L7": "update billing_refund set amount_minor = amount_minor * 1000",
    "L8b": "update billing_ledgerentry set amount_minor = amount_minor + 1 "
    "where account = 'receivable'",
    "L8c": "update billing_creditnoteline set net_minor = net_minor + 1",
    "L8d": "delete from billing_creditnoteline",
    "L12": "delete from billing_releasedline",
    "L12b": "update billing_ledgerentry set amount_minor = amount_minor - 1 "
    "where account = 'revenue'",
    "L13": "update billing_orderline set partner_minor = partner_minor + 1 where partner_minor > 0",
    "L14": "update billing_creditnote set company_id = (select id from accounts_company c "
    "where c.id <> billing_creditnote.company_id limit 1)",
    "B1": "update billing_payment set amount_minor = amount_minor + 1 where gateway = 'bank'",
    "B2": "update billing_transfer set amount_minor = amount_minor + 1",
    "T2b": "update subscriptions_term set reversed_by = null where reversed_by is not null",
    "M4b": "delete from platform_journalentry where kind = 'order.returned'",
    "Q1": "update billing_periodclose set closed_at = closed_at - interval '1 year'",
}


def the_books_lived_in(world):
    """Something of everything: paid, owed, credited, kept, returned, reserved, earned, closed."""
    with_setting("partner_share", str(Fraction(1, 10)))
    company, other = a_company(), a_company(name="Bauhaus")
    by_card = a_subscription(
        renews_on=TODAY, company=company, renews_automatically=True, pays_with=a_card(company)
    )
    on_account = a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    a_subscription(
        renews_on=TODAY,
        company=other,
        renews_automatically=True,
        pays_with=a_method(other, kind="invoice"),
        sold=Sold("partner", partner=a_partner()),
    )
    waiting = a_subscription(
        renews_on=TODAY + 45 * ONE_DAY,
        company=company,
        pays_with=a_method(company, kind="bank_transfer"),
    )
    too_early = a_subscription(
        renews_on=TODAY + 20 * ONE_DAY, company=company, pays_with=a_card(company)
    )
    world.run_today()
    change(world, "renew", too_early)
    change(world, "return", too_early)
    a_reserved_renewal(waiting, world, last_day=TODAY + 14 * ONE_DAY)
    bank_brings(world, a_bank_line(42500, text=str(the_invoice(on_account))))
    for subscription in (by_card, on_account):
        correct_invoice(
            the_invoice(subscription).pk,
            net_minor=2000,
            to=GiveBack.TO_PAYER,
            occasion=by_staff(world),
        )
    release_revenue("US", through=TODAY, now=world.now)
    close_period("US", through=TODAY, finished_through=mark_of("US"), occasion=by_staff(world))


def is_found(code, statement):
    """Whether the law notices; what was planted is taken out again."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")
            cursor.execute(statement)
        broken = {invariant.code for invariant, breach in breaches() if breach is not None}
        transaction.set_rollback(True)
    return code in broken


def test_each_planted_violation_is_found(world_on):
    world = world_on(TODAY)
    the_books_lived_in(world)
    assert books_are_sound()

    missed = [code for code, plant in BOOK_PLANTS.items() if not is_found(code, plant)]

    assert missed == []
