"""Another term length: where it cannot be chosen, and whom to ask."""

from datetime import date

import pytest

from perenne.rules.refusals import RegionNotEnabled, SingleTerm
from perenne.support.models import ContactRequest
from tests.support.builders import a_card, a_company, a_specialist, a_subscription
from tests.support.changing import refusals
from tests.support.pages import action_on, actions_on, ask_about

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("region", "offer", "why"),
    [
        ("KW", "LT/named_user/12", RegionNotEnabled("KW")),
        ("US", "FUSE/named_user/12", SingleTerm(12)),
    ],
)
def test_s45_why_can_i_not_change_the_term(world_on, ana, region, offer, why):
    """S45: “Change term” is not there: no self-service, with the reason."""
    world = world_on(TODAY)
    company = a_company(region=region)
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, offer=offer, pays_with=a_card(company)
    )

    page = ana(company).get(f"/subscriptions/{subscription.pk}/")

    assert actions_on(page)["change_term"] == "unavailable"
    assert f'data-code="{why.code}"' in action_on(page, "change_term")
    assert why in refusals(world, "change_term", subscription, months=36)
    world.expect([])


@pytest.mark.parametrize(
    ("region", "offer", "code", "topic"),
    [
        ("KW", "LT/named_user/12", "region.not_enabled", "term"),
        ("US", "FUSE/named_user/12", "offer.single_term", "quote"),
    ],
)
def test_s46_i_cannot_change_the_term_whom_do_i_ask(world_on, ana, region, offer, code, topic):
    """S46: “Change term” is greyed: ask support, about this and with the reason."""
    world = world_on(TODAY)
    nora = a_specialist()
    company = a_company(region=region)
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, offer=offer, pays_with=a_card(company)
    )

    ask_about(ana(company), subscription, "change_term")

    request = ContactRequest.objects.get()
    assert (request.topic, request.action, request.reason_code) == (topic, "change_term", code)
    assert request.staff_id == nora.pk
    world.expect([(TODAY, "contact_request.made")])
