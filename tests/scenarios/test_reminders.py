"""When the contract manager is reminded, and that it stops."""

from datetime import date

from perenne.daily.running import run_to
from perenne.notices.models import Mail
from tests.support.builders import Sold, a_card, a_company, a_partner, a_subscription
from tests.support.changing import change


def test_s31_when_will_i_be_reminded_and_does_it_stop_once_i_have_renewed(world_on):
    """S31: Reminders come by mail to the contract manager before expiry, and stop."""
    world = world_on(date(2026, 2, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 6, 1), company=company, pays_with=a_card(company)
    )

    world.advance_to(
        date(2026, 4, 10),
        expect=[
            (date(2026, 3, 3), "reminder.sent days_before=90"),
            (date(2026, 4, 2), "reminder.sent days_before=60"),
        ],
    )
    change(world, "renew", subscription, months=36)
    world.expect(
        [
            (
                date(2026, 4, 10),
                "subscription.renewed renews_on=2029-06-01 seats=1 net_minor=117900",
            )
        ]
    )
    world.advance_to(date(2026, 6, 2), expect=[])
    assert set(Mail.objects.values_list("to_name", flat=True)) == {"Ana Diaz"}


def test_s31_which_days_before_expiry_are_they(world_on):
    world = world_on(date(2026, 9, 1))
    a_subscription(renews_on=date(2026, 12, 1))

    world.advance_to(
        date(2026, 12, 1),
        expect=[
            (date(2026, 9, 2), "reminder.sent days_before=90"),
            (date(2026, 10, 2), "reminder.sent days_before=60"),
            (date(2026, 11, 1), "reminder.sent days_before=30"),
            (date(2026, 11, 16), "reminder.sent days_before=15"),
            (date(2026, 11, 24), "reminder.sent days_before=7"),
            (date(2026, 11, 30), "reminder.sent days_before=1"),
            (date(2026, 12, 1), "subscription.expired"),
        ],
    )


def test_s31_a_missed_week_brings_one_reminder_not_three(world_on):
    world = world_on(date(2026, 11, 1))
    a_subscription(renews_on=date(2026, 12, 1))
    world.advance_to(
        date(2026, 11, 10), expect=[(date(2026, 11, 1), "reminder.sent days_before=30")]
    )

    world.today = date(2026, 11, 30)
    run_to(world.today, now=world.now)

    world.expect([(date(2026, 11, 30), "reminder.sent days_before=1")])


def test_s31_my_subscriptions_of_one_day_come_in_one_mail(world_on):
    world = world_on(date(2026, 12, 1))
    company = a_company()
    for _ in range(3):
        a_subscription(renews_on=date(2026, 12, 31), company=company)

    world.advance_to(
        date(2026, 12, 1),
        expect=[(date(2026, 12, 1), "reminder.sent days_before=30")] * 3,
    )
    assert Mail.objects.count() == 1


def test_s35_my_partner_sold_it_does_the_reminder_say_so(world_on):
    """S35: Partner-sold: the reminder goes to the contract manager and names the partner."""
    world = world_on(date(2026, 12, 1))
    company = a_company()
    partner = a_partner()
    a_subscription(
        renews_on=date(2026, 12, 31), company=company, sold=Sold("partner", partner=partner)
    )

    world.advance_to(
        date(2026, 12, 1), expect=[(date(2026, 12, 1), "reminder.sent days_before=30")]
    )

    mail = Mail.objects.get()
    assert mail.to_name == "Ana Diaz"
    for words in ("Nordlicht IT", partner.email, partner.phone):
        assert words in mail.text
        assert words in mail.html
