"""What has expired: final, and ordered anew."""

from datetime import date

from perenne.billing.models import Order, Payment
from perenne.renewals.changes.queries import ChangeState
from perenne.rules.lifecycle import Stage
from perenne.rules.refusals import Expired
from perenne.subscriptions.models import Subscription, Term
from tests.support.builders import Sold, a_card, a_company, a_partner, a_subscription
from tests.support.changing import change, outlook_of, refusals, reloaded
from tests.support.laws import broken_laws
from tests.support.pages import actions_on, text_of

TODAY = date(2026, 12, 1)


def test_s18_can_i_order_anew_what_has_expired(world_on):
    """S18: Order a new one instead, at the new price."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, seats=4, pays_with=a_card(company)
    )
    world.advance_to(TODAY, expect=[(TODAY, "subscription.expired")])

    done = change(world, "buy_again", subscription, seats=2)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 2 * 46700)
    world.expect([(TODAY, "subscription.bought renews_on=2027-12-01 seats=2 net_minor=93400")])
    successor = Subscription.objects.get(successor_of=subscription)
    assert (successor.renews_on, successor.ended_on) == (date(2027, 12, 1), None)
    assert reloaded(subscription).ended_on == TODAY
    assert broken_laws() == []


def test_s17_my_subscription_has_expired_can_i_still_renew_it(world_on):
    """S17: An expired subscription cannot be reactivated or restarted."""
    world = world_on(date(2026, 12, 9))
    company = a_company()
    expiring = a_subscription(
        renews_on=date(2026, 12, 10), company=company, pays_with=a_card(company)
    )
    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (date(2026, 12, 10), "subscription.expired"),
        ],
    )
    assert outlook_of(world, expiring).stage is Stage.EXPIRED

    assert refusals(world, "renew", expiring) == (Expired(last_day=date(2026, 12, 9)),)

    world.advance_to(date(2027, 1, 31), expect=[])
    assert Term.objects.filter(subscription=expiring).count() == 1
    assert Order.objects.count() == Payment.objects.count() == 0


def test_s20_from_whom_can_i_buy_what_my_partner_sold_me(world_on, ana):
    """S20: Buy from the vendor or a partner: both stand where the expired one is ordered anew."""
    world = world_on(TODAY)
    company = a_company()
    partner = a_partner()
    expired = a_subscription(
        renews_on=TODAY,
        company=company,
        pays_with=a_card(company),
        sold=Sold("partner", partner=partner),
    )
    world.advance_to(TODAY, expect=[(TODAY, "subscription.expired")])

    page = ana(company).get(f"/subscriptions/{expired.pk}/")

    assert "Nordlicht IT" in text_of(page)
    assert partner.phone in text_of(page)
    assert actions_on(page)["buy_again"] == "available"
    assert change(world, "buy_again", expired).state is ChangeState.DONE
    world.expect([(TODAY, "subscription.bought renews_on=2027-12-01 seats=1 net_minor=46700")])
