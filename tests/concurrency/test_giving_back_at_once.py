"""Eight at once: first the race without the lock, then what lock and database make of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from perenne.billing.book_models import CreditBalance, Refund
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.errors import CreditRefusedError, RefundExceedsError
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Payment
from perenne.billing.payouts import pay_out_credit
from perenne.billing.refunds import OpenedRefund, append_refunds, left_of_payments
from perenne.platform.ids import new_id
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.money import books_are_sound, by_staff, credit_minor, holder_of, the_order

TODAY = date(2026, 12, 10)
THREADS = 8
EACH_MINOR = 21000


@pytest.fixture
def paid(world_on):
    """A renewal of one seat, paid by card, with everything kept as credit; and its world."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, renews_automatically=True, pays_with=a_card(company)
    )
    world.run_today()
    return subscription, world


def at_once(work):
    """What each of eight threads got, error or None."""

    def guarded(_number):
        try:
            work()
        except (IntegrityError, RefundExceedsError, CreditRefusedError) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(guarded, range(THREADS)))


def refund_without_lock(subscription, world):
    """Read what is left, wait until all have read, and write: as one does who forgot the lock."""
    payment = Payment.objects.get()
    everybody_has_read = Barrier(THREADS)

    def work():
        with transaction.atomic():
            left = left_of_payments([payment.pk])[payment.pk].left_minor
            everybody_has_read.wait(timeout=60)
            if left >= EACH_MINOR:
                one = OpenedRefund(
                    id=new_id("rfd"),
                    payment=payment.pk,
                    amount_minor=EACH_MINOR,
                    holder=holder_of(subscription.company),
                    region="US",
                    invoice=None,
                    way="gateway",
                )
                append_refunds([one], occasion=by_staff(world))

    return at_once(work)


def refunded_minor():
    return sum(Refund.objects.exclude(state="declined").values_list("amount_minor", flat=True))


def keep_all_as_credit(subscription, world):
    wish = CreditWish(order=the_order(subscription).pk, reason="return", to=GiveBack.TO_CREDIT)
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))


def test_without_lock_and_trigger_more_goes_back_than_came(paid):
    subscription, world = paid
    with connection.cursor() as cursor:
        cursor.execute("drop trigger refund_within_payment on billing_refund")

    answers = refund_without_lock(subscription, world)

    assert answers == [None] * THREADS
    assert refunded_minor() == THREADS * EACH_MINOR > Payment.objects.get().amount_minor


def test_the_database_alone_refuses_what_a_forgotten_lock_lets_through(paid):
    subscription, world = paid

    answers = refund_without_lock(subscription, world)

    assert sum(answer is None for answer in answers) == 2
    assert refunded_minor() == Payment.objects.get().amount_minor == 2 * EACH_MINOR


def test_eight_payouts_at_once_pay_out_what_there_is(paid):
    subscription, world = paid
    keep_all_as_credit(subscription, world)
    holder = holder_of(subscription.company)

    answers = at_once(
        lambda: pay_out_credit(holder, amount_minor=EACH_MINOR, occasion=by_staff(world))
    )

    assert sum(answer is None for answer in answers) == 2
    assert refunded_minor() == 2 * EACH_MINOR
    assert credit_minor(subscription.company) == 0
    assert books_are_sound()


def test_eight_returns_at_once_credit_an_order_once(paid):
    subscription, world = paid
    wish = CreditWish(
        order=the_order(subscription).pk, reason="return", to=GiveBack.TO_CREDIT, seats=1
    )

    def work():
        with transaction.atomic():
            issue_credits([wish], occasion=by_staff(world))

    answers = at_once(work)

    assert sum(answer is None for answer in answers) == 1
    assert CreditBalance.objects.get().balance_minor == 42000
    assert books_are_sound()
