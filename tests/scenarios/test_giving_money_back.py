"""Credits, refunds and customer credit: nothing goes back twice, nothing is lost on the way."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from perenne.billing.book_models import CreditNoteLine, Refund
from perenne.billing.book_queries import credit_history
from perenne.billing.correcting import correct_invoice
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.errors import CreditRefusedError, RefundExceedsError, RefundRefusedError
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import RefundRequest
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Payment, PaymentAttempt
from perenne.billing.payouts import pay_out_credit, settle_by_hand
from perenne.billing.refund_calls import reconcile_refunds, send_refunds
from perenne.billing.returning import ReturnWish, money_of_returns
from perenne.platform import faults
from tests.support.builders import a_card, a_company, a_method, a_subscription
from tests.support.money import (
    a_bank_line,
    bank_brings,
    books_are_sound,
    by_staff,
    credit_minor,
    holder_of,
    ledger,
    the_invoice,
    the_order,
)

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def paid_by_card(world, *, seats=3, region="US", company=None, last4="4242"):
    company = company or a_company(region=region)
    subscription = a_subscription(
        renews_on=world.today,
        company=company,
        seats=seats,
        renews_automatically=True,
        pays_with=a_card(company, last4=last4),
    )
    world.run_today()
    return subscription


def paid_by_bank(world):
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    world.run_today()
    bank_brings(world, a_bank_line(42000, text=str(the_invoice(subscription))))
    return subscription


def give_back(subscription, world, *, seats=None, to=GiveBack.TO_PAYER, sends=True):
    wish = CreditWish(order=the_order(subscription).pk, reason="return", to=to, seats=seats)
    with transaction.atomic():
        notes = issue_credits([wish], occasion=by_staff(world))
    if sends:
        send_refunds([one.id for note in notes for one in note.refunds], occasion=by_staff(world))
    return notes


def refunded_at_gateway(subscription):
    charges = configured_gateway().charges_after("", limit=1000).charges
    paid = Payment.objects.filter(company=subscription.company).values_list("charge_id", flat=True)
    return sum(one.refunded_minor for one in charges if one.result.charge_id in set(paid))


def test_seat_by_seat_everything_comes_back_tax_included(world_on):
    """Three seats in Taiwan: 1,984.5 dollars of tax were rounded to 1,985."""
    world = world_on(TODAY)
    subscription = paid_by_card(world, region="TW")
    order = the_order(subscription)
    assert (order.net_minor, order.tax_minor) == (3969000, 198500)

    (shown,) = money_of_returns([ReturnWish(order.pk, 1)])
    notes = [give_back(subscription, world, seats=1)[0] for _ in range(3)]

    assert (shown.net_minor, shown.tax_minor, shown.back_minor) == (1323000, 66100, 1389100)
    assert [note.sums.net_minor for note in notes] == [1323000] * 3
    assert [note.sums.tax_minor for note in notes] == [66100, 66200, 66200]
    assert refunded_at_gateway(subscription) == order.gross_minor
    assert ledger(subscription.company) == {}
    with pytest.raises(CreditRefusedError, match="0 of 3 are left"):
        give_back(subscription, world, seats=1)
    assert give_back(subscription, world) == []
    assert books_are_sound()


def test_a_part_of_an_invoice_is_taken_back_because_it_was_too_much(world_on):
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    invoice = the_invoice(subscription).pk

    correct_invoice(invoice, net_minor=20000, to=GiveBack.TO_PAYER, occasion=by_staff(world))

    world.expect(
        [
            (TODAY, "subscription.renewed renews_on=2027-12-10 seats=3 net_minor=126000"),
            (
                TODAY,
                "credit_note.issued number=C-000001 invoice=R-000001 net_minor=20000 tax_minor=0",
            ),
            (TODAY, "refund.requested amount_minor=20000"),
            (TODAY, "refund.succeeded amount_minor=20000"),
        ]
    )
    assert refunded_at_gateway(subscription) == 20000
    for too_much in (106001, 0, -5):
        with pytest.raises(CreditRefusedError):
            correct_invoice(
                invoice, net_minor=too_much, to=GiveBack.TO_PAYER, occasion=by_staff(world)
            )
    assert CreditNoteLine.objects.count() == 1
    assert books_are_sound()


def test_an_unpaid_invoice_asks_for_less_and_nothing_goes_back(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    world.run_today()

    correct_invoice(
        the_invoice(subscription).pk,
        net_minor=12000,
        to=GiveBack.TO_PAYER,
        occasion=by_staff(world),
    )
    bank_brings(world, a_bank_line(30000, text="R-000001"))

    assert Refund.objects.count() == 0
    assert ledger(company) == {"cash": 30000, "deferred_revenue": -30000}
    assert books_are_sound()


@pytest.mark.parametrize("point", ["refund.sending", "refund.answered", "refund.committing"])
def test_a_refund_that_was_killed_half_way_goes_back_once(world_on, point):
    """The process dies; the next one goes on with the stored key."""
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    notes = give_back(subscription, world, sends=False)

    def die(name):
        if name == point:
            raise SystemExit

    faults.strike_with(die)
    try:
        with pytest.raises(SystemExit):
            send_refunds([one.id for one in notes[0].refunds], occasion=by_staff(world))
    finally:
        faults.strike_with(lambda _name: None)
    assert Refund.objects.get().state == "sent"

    world.run_today()
    assert Refund.objects.get().state == "sent", "a finished day is not run again"
    reconcile_refunds("US", occasion=by_staff(world))

    assert Refund.objects.get().state == "succeeded"
    assert refunded_at_gateway(subscription) == 126000
    assert books_are_sound()


def test_a_gateway_that_is_away_is_asked_again_with_the_same_key(world_on, settings, tmp_path):
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    home = settings.PERENNE_HOME
    settings.PERENNE_HOME = tmp_path

    give_back(subscription, world)

    assert Refund.objects.get().state == "unknown"
    assert books_are_sound()
    settings.PERENNE_HOME = home
    world.today += ONE_DAY
    world.run_today()
    assert Refund.objects.get().state == "succeeded"
    assert refunded_at_gateway(subscription) == 126000
    assert books_are_sound()


def test_what_the_gateway_refuses_to_give_back_is_kept_as_credit(world_on):
    """Somebody gave the money back on the gateway's own page before."""
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    payment = Payment.objects.get()
    configured_gateway().refund(
        RefundRequest(
            idempotency_key="by_somebody_else",
            charge_id=payment.charge_id,
            amount_minor=126000,
            currency="USD",
            refund_id="rfd_else",
        )
    )

    give_back(subscription, world)

    assert Refund.objects.get().declined_because == "refund_exceeds_charge"
    assert credit_minor(subscription.company) == 126000
    assert books_are_sound()


def test_what_came_by_bank_goes_back_by_hand(world_on):
    world = world_on(TODAY)
    subscription = paid_by_bank(world)
    give_back(subscription, world)
    refund = Refund.objects.get()
    assert (refund.way, refund.state) == ("by_hand", "created")
    reconcile_refunds("US", occasion=by_staff(world))
    assert ledger(subscription.company) == {"cash": 42000, "refunds": -42000}
    assert books_are_sound()

    with pytest.raises(RefundRefusedError, match="reference"):
        settle_by_hand(refund.pk, succeeded=True, reference="", occasion=by_staff(world))
    settle_by_hand(refund.pk, succeeded=True, reference="TX 99", occasion=by_staff(world))

    assert ledger(subscription.company) == {}
    with pytest.raises(RefundRefusedError, match="succeeded before"):
        settle_by_hand(refund.pk, succeeded=False, reference="x", occasion=by_staff(world))
    assert books_are_sound()


def test_a_person_does_not_settle_what_the_gateway_can_still_say(world_on, settings, tmp_path):
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    settings.PERENNE_HOME = tmp_path
    give_back(subscription, world)

    with pytest.raises(RefundRefusedError, match="gateway's to settle"):
        settle_by_hand(
            Refund.objects.get().pk, succeeded=True, reference="x", occasion=by_staff(world)
        )


def test_a_key_that_the_gateway_may_have_forgotten_is_not_used_again(world_on, settings, tmp_path):
    world = world_on(TODAY)
    subscription = paid_by_card(world)
    home = settings.PERENNE_HOME
    settings.PERENNE_HOME = tmp_path
    give_back(subscription, world)
    settings.PERENNE_HOME = home
    Refund.objects.update(sent_at=world.now - timedelta(days=400))

    reconcile_refunds("US", occasion=by_staff(world))

    refund = Refund.objects.get()
    assert (refund.state, refund.problem[:20]) == ("unknown", "refund.key_forgotten")
    assert refunded_at_gateway(subscription) == 0
    settle_by_hand(refund.pk, succeeded=False, reference="not there", occasion=by_staff(world))
    assert credit_minor(subscription.company) == 126000
    assert books_are_sound()


def test_credit_pays_the_next_renewal_and_the_card_the_rest(world_on):
    world = world_on(TODAY)
    subscription = paid_by_card(world, seats=1)
    give_back(subscription, world, to=GiveBack.TO_CREDIT)
    assert credit_minor(subscription.company) == 42000

    paid_by_card(world_after(world), company=subscription.company, seats=3)

    assert credit_minor(subscription.company) == 0
    assert Payment.objects.latest("id").amount_minor == 126000 - 42000
    assert [move.kind for move in credit_history(subscription.company.pk)] == [
        "given_back",
        "reserved",
        "released",
        "used",
    ]
    assert books_are_sound()


def test_credit_that_covers_everything_asks_no_gateway(world_on, settings, tmp_path):
    world = world_on(TODAY)
    subscription = paid_by_card(world, seats=3)
    give_back(subscription, world, to=GiveBack.TO_CREDIT)
    settings.PERENNE_HOME = tmp_path

    paid_by_card(world_after(world), company=subscription.company, seats=1)

    attempt = PaymentAttempt.objects.latest("id")
    assert (attempt.state, attempt.credit_minor, attempt.charge_id) == ("succeeded", 42000, "")
    assert credit_minor(subscription.company) == 84000
    assert Payment.objects.count() == 1
    assert books_are_sound()


def test_credit_that_was_held_for_a_declined_card_is_the_customers_again(world_on):
    world = world_on(TODAY)
    subscription = paid_by_card(world, seats=1)
    give_back(subscription, world, to=GiveBack.TO_CREDIT)

    paid_by_card(world_after(world), company=subscription.company, seats=3, last4="0002")

    assert PaymentAttempt.objects.latest("id").state == "declined"
    assert credit_minor(subscription.company) == 42000
    assert books_are_sound()


def test_credit_is_paid_out_and_never_more_than_there_is(world_on):
    world = world_on(TODAY)
    subscription = paid_by_card(world, seats=1)
    give_back(subscription, world, to=GiveBack.TO_CREDIT)
    holder = holder_of(subscription.company)

    pay_out_credit(holder, amount_minor=30000, occasion=by_staff(world))

    assert refunded_at_gateway(subscription) == 30000
    assert credit_minor(subscription.company) == 12000
    with pytest.raises(RefundExceedsError, match="the credit is 12000"):
        pay_out_credit(holder, amount_minor=12001, occasion=by_staff(world))
    assert books_are_sound()


def world_after(world):
    """The world on the next day."""
    world.today += ONE_DAY
    return world
