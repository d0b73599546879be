"""Paying on account: when it is due, what follows if it is not paid, and how paying repairs it."""

from datetime import date

import pytest

from perenne.billing.errors import CreditRefusedError
from perenne.billing.invoice_states import invoice_states
from perenne.renewals.facts import renewal_facts
from perenne.renewals.operations.voiding import void_invoice
from perenne.renewals.queries import outlooks
from perenne.rules.lifecycle import Stage, is_overdue
from perenne.rules.receivables import InvoiceStatus
from perenne.subscriptions.models import Subscription
from tests.support.builders import a_card, a_company, a_method, a_subscription
from tests.support.money import (
    a_bank_line,
    bank_brings,
    books_are_sound,
    by_staff,
    ledger,
    the_invoice,
)

TODAY = date(2026, 12, 10)
FIRST_MONTH = [
    (TODAY, "subscription.renewed renews_on=2027-01-10 seats=1 net_minor=6000"),
    (date(2026, 12, 11), "reminder.sent days_before=30"),
    (date(2026, 12, 26), "reminder.sent days_before=15"),
    (date(2027, 1, 3), "reminder.sent days_before=7"),
    (date(2027, 1, 9), "reminder.sent days_before=1"),
]
RENEWED = (TODAY, "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=42000")


def renewed_on_account(world, *, offer="LT/named_user/12"):
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY,
        company=company,
        offer=offer,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    world.run_today()
    return subscription


def the_outlook(subscription, world):
    return outlooks([subscription.pk], now=world.now)[0]


def status(subscription, world):
    invoice = the_invoice(subscription).pk
    return invoice_states([invoice])[invoice].status(world.today)


def flag(subscription, world):
    facts = renewal_facts([subscription.pk])[0]
    return is_overdue(facts.stage_facts, as_of=world.today)


def test_what_happens_if_i_do_not_pay_my_invoice_and_when_do_i_get_access_back(world_on):
    world = world_on(TODAY)
    subscription = renewed_on_account(world)
    world.advance_to(date(2027, 1, 9), expect=[RENEWED])
    assert status(subscription, world) is InvoiceStatus.OPEN
    assert not flag(subscription, world)

    world.advance_to(
        date(2027, 1, 16),
        expect=[(date(2027, 1, 10), "invoice.overdue number=R-000001 open_minor=42000")],
    )
    assert status(subscription, world) is InvoiceStatus.OVERDUE
    assert flag(subscription, world)
    seen = the_outlook(subscription, world)
    assert (seen.stage, seen.access) == (Stage.ACTIVE, "full")

    world.advance_to(date(2027, 1, 20), expect=[(date(2027, 1, 17), "subscription.suspended")])
    seen = the_outlook(subscription, world)
    assert (seen.stage, seen.access) == (Stage.SUSPENDED, "none")

    bank_brings(world, a_bank_line(42000, text="invoice R-000001"))

    seen = the_outlook(subscription, world)
    assert (seen.stage, seen.access) == (Stage.ACTIVE, "full")
    assert status(subscription, world) is InvoiceStatus.PAID
    world.expect(
        [
            (
                date(2027, 1, 20),
                "payment.received amount_minor=42000 invoices=['R-000001'] to_credit_minor=0",
            ),
            (date(2027, 1, 20), "invoice.paid number=R-000001"),
        ]
    )
    world.advance_to(date(2027, 2, 1), expect=[])
    assert books_are_sound()


def test_a_part_payment_is_taken_and_the_rest_stays_overdue(world_on):
    world = world_on(TODAY)
    subscription = renewed_on_account(world)
    bank_brings(world, a_bank_line(20000, text="R-000001"))
    world.expect(
        [
            RENEWED,
            (
                TODAY,
                "payment.received amount_minor=20000 invoices=['R-000001'] to_credit_minor=0",
            ),
        ]
    )

    world.advance_to(
        date(2027, 1, 17),
        expect=[
            (date(2027, 1, 10), "invoice.overdue number=R-000001 open_minor=22000"),
            (date(2027, 1, 17), "subscription.suspended"),
        ],
    )

    bank_brings(world, a_bank_line(22000, text="rest of R-000001"))
    assert the_outlook(subscription, world).access == "full"
    assert books_are_sound()


def test_is_a_subscription_renewed_while_its_invoice_is_overdue(world_on):
    """A monthly one is due again the day on which its first invoice becomes overdue."""
    world = world_on(TODAY)
    subscription = renewed_on_account(world, offer="LT/named_user/1")
    world.advance_to(
        date(2027, 1, 12),
        expect=[
            *FIRST_MONTH,
            (date(2027, 1, 10), "payment.declined reason=invoice_overdue"),
            (date(2027, 1, 10), "subscription.past_due"),
            (date(2027, 1, 10), "invoice.overdue number=R-000001 open_minor=6000"),
            (date(2027, 1, 11), "payment.declined reason=invoice_overdue"),
        ],
    )
    bank_brings(world, a_bank_line(6000, text="R-000001"))

    world.advance_to(
        date(2027, 1, 13),
        expect=[
            (
                date(2027, 1, 12),
                "payment.received amount_minor=6000 invoices=['R-000001'] to_credit_minor=0",
            ),
            (date(2027, 1, 12), "invoice.paid number=R-000001"),
            (
                date(2027, 1, 13),
                "subscription.renewed renews_on=2027-02-10 seats=1 net_minor=6000",
            ),
        ],
    )
    assert Subscription.objects.get(pk=subscription.pk).ended_on is None
    assert books_are_sound()


def test_an_invoice_that_nobody_pays_ends_the_monthly_subscription(world_on):
    world = world_on(TODAY)
    subscription = renewed_on_account(world, offer="LT/named_user/1")
    world.advance_to(
        date(2027, 1, 20),
        expect=[
            *FIRST_MONTH,
            (date(2027, 1, 10), "payment.declined reason=invoice_overdue"),
            (date(2027, 1, 10), "subscription.past_due"),
            (date(2027, 1, 10), "invoice.overdue number=R-000001 open_minor=6000"),
            *(
                (date(2027, 1, day), "payment.declined reason=invoice_overdue")
                for day in (11, 13, 15, 17)
            ),
            (date(2027, 1, 17), "subscription.expired"),
        ],
    )
    assert the_outlook(subscription, world).access == "none"
    assert books_are_sound()


def test_staff_void_an_invoice_and_what_it_sold_expires(world_on):
    world = world_on(TODAY)
    subscription = renewed_on_account(world)
    world.advance_to(
        date(2027, 1, 10),
        expect=[RENEWED, (date(2027, 1, 10), "invoice.overdue number=R-000001 open_minor=42000")],
    )

    done = void_invoice(the_invoice(subscription).pk, occasion=by_staff(world))

    assert done.ended == (subscription.pk,)
    world.expect(
        [
            (
                date(2027, 1, 10),
                "credit_note.issued number=C-000001 invoice=R-000001 net_minor=42000 tax_minor=0",
            ),
            (date(2027, 1, 10), "invoice.voided number=R-000001 credit_note=C-000001"),
            (date(2027, 1, 10), "subscription.expired"),
        ]
    )
    assert the_outlook(subscription, world).stage is Stage.EXPIRED
    assert status(subscription, world) is InvoiceStatus.CREDITED
    assert ledger(subscription.company) == {}
    world.advance_to(date(2027, 1, 20), expect=[])
    assert books_are_sound()

    with pytest.raises(CreditRefusedError, match="nothing to void"):
        void_invoice(the_invoice(subscription).pk, occasion=by_staff(world))


def test_a_paid_invoice_is_voided_and_its_money_goes_back(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, renews_automatically=True, pays_with=a_card(company)
    )
    world.run_today()

    void_invoice(the_invoice(subscription).pk, occasion=by_staff(world))

    world.expect(
        [
            RENEWED,
            (
                TODAY,
                "credit_note.issued number=C-000001 invoice=R-000001 net_minor=42000 tax_minor=0",
            ),
            (TODAY, "refund.requested amount_minor=42000"),
            (TODAY, "invoice.voided number=R-000001 credit_note=C-000001"),
            (TODAY, "subscription.expired"),
            (TODAY, "refund.succeeded amount_minor=42000"),
        ]
    )
    assert ledger(company) == {}
    assert books_are_sound()


def test_a_term_that_has_not_begun_is_given_back_instead_of_voided(world_on):
    world = world_on(date(2026, 12, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, pays_with=a_method(company, kind="invoice")
    )
    from tests.scenarios.test_renewing import renew

    renew(subscription, world)

    with pytest.raises(CreditRefusedError, match=r"return\.instead"):
        void_invoice(the_invoice(subscription).pk, occasion=by_staff(world))
    assert books_are_sound()
