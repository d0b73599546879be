"""A subscription that was set aside waits for a person, and then goes on where it stands."""

from datetime import date, timedelta

from perenne.billing.models import PaymentMethod
from perenne.renewals.models import ParkedSubscription
from perenne.renewals.operations.parking import unpark
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.money import books_are_sound, by_staff

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def test_once_it_is_repaired_and_taken_up_again_it_renews_on_its_next_try_day(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, renews_automatically=True, pays_with=a_card(company)
    )
    good = PaymentMethod.objects.get().token
    PaymentMethod.objects.update(token="nonsense")
    world.advance_to(
        TODAY + ONE_DAY,
        expect=[(TODAY, "subscription.parked")],
    )
    assert ParkedSubscription.objects.get().reason.startswith("invalid_request")

    PaymentMethod.objects.update(token=good)
    assert unpark(subscription.pk, occasion=by_staff(world))
    assert not unpark(subscription.pk, occasion=by_staff(world)), "asked twice, done once"
    world.advance_to(
        TODAY + 2 * ONE_DAY,
        expect=[
            (TODAY + ONE_DAY, "subscription.unparked"),
            (
                TODAY + 2 * ONE_DAY,
                "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=42000",
            ),
        ],
    )
    assert ParkedSubscription.objects.get().unparked_by == "staff:fin"
    assert books_are_sound()
