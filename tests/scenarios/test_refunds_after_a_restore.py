"""What became of money that went back when the database is restored from before that."""

from datetime import date

import pytest
from django.db import transaction

from perenne.billing.book_models import Refund
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import RefundRequest
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Payment
from perenne.billing.refund_calls import reconcile_refunds
from perenne.renewals.operations.restoring import reconcile_restored
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.money import books_are_sound, by_staff, the_order

TODAY = date(2026, 12, 10)


@pytest.fixture
def paid(world_on):
    """A renewal of one seat, paid by card, and its world."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, renews_automatically=True, pays_with=a_card(company)
    )
    world.run_today()
    return subscription, world


def gave_back(*, amount_minor, refund_id):
    """The gateway gave back, under a key that it has forgotten since."""
    payment = Payment.objects.get()
    configured_gateway().refund(
        RefundRequest(
            idempotency_key=f"forgotten_{refund_id}",
            charge_id=payment.charge_id,
            amount_minor=amount_minor,
            currency="USD",
            refund_id=refund_id,
        )
    )


def refunded_at_gateway():
    charge = Payment.objects.get().charge_id
    return next(
        one.refunded_minor
        for one in configured_gateway().charges_after("", limit=1000).charges
        if one.result.charge_id == charge
    )


def restored(world):
    """What was found about this world's charge; the gateway's book is shared by all tests."""
    found = reconcile_restored(refunds_strays=False, now=world.now)
    charge = Payment.objects.get().charge_id
    return found.refunds_settled, [
        one.amount_minor for one in found.went_back if one.charge_id == charge
    ]


def under_way(subscription, world, *, net_minor):
    wish = CreditWish(
        order=the_order(subscription).pk,
        reason="correction",
        to=GiveBack.TO_PAYER,
        net_minor=net_minor,
    )
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))
    return Refund.objects.get()


def test_a_refund_that_was_under_way_at_the_backup_does_not_go_back_twice(paid):
    subscription, world = paid
    refund = under_way(subscription, world, net_minor=1000)
    gave_back(amount_minor=1000, refund_id=refund.pk)

    assert restored(world) == (1, [])
    reconcile_refunds("US", occasion=by_staff(world))

    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert refund.gateway_refund_id
    assert refunded_at_gateway() == 1000
    assert books_are_sound()


def test_a_refund_that_never_left_is_asked_for_after_the_restore(paid):
    subscription, world = paid
    under_way(subscription, world, net_minor=1000)

    assert restored(world) == (0, [])
    reconcile_refunds("US", occasion=by_staff(world))

    assert Refund.objects.get().state == "succeeded"
    assert refunded_at_gateway() == 1000


def test_what_went_back_after_the_backup_is_listed(paid):
    subscription, world = paid
    under_way(subscription, world, net_minor=1000)
    gave_back(amount_minor=700, refund_id="rfd_lost")

    # What is under way explains nothing here: the gateway was asked, and has not made it.
    assert restored(world) == (0, [700])
