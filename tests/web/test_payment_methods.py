"""Payment methods: added on the gateway's own page, told once, and led back to what needs them."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.billing.event_models import InboxEvent
from perenne.billing.events import receive_event
from perenne.billing.gateways.event import EventSubject, GatewayEvent
from perenne.billing.gateways.protocol import HostedPage
from perenne.billing.method_models import MethodSetup
from perenne.billing.method_setups import finish_setups, hear_of_setups
from perenne.billing.models import PaymentMethod
from perenne.platform.models import JournalEntry
from tests.support.builders import a_card, a_company, a_person, a_subscription
from tests.support.hosted_pages import enter, leave

RENEWS_ON = date(2027, 1, 10)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(renews_on=RENEWS_ON, company=company)


def manager(company):
    return company.people.get(roles__role="contract_manager").pk


def begun(client, *, subscription=""):
    """The visit, and the gateway's page on which something can be entered."""
    answer = client.post("/payment-methods/new/", {"subscription": subscription})
    setup = MethodSetup.objects.latest("started_at", "id")
    assert answer.url == f"/payment-methods/visits/{setup.pk}/?go=1"
    return setup, HostedPage(setup.url, setup.setup_id)


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_how_do_i_add_a_card_and_use_it_where_one_is_missing(as_member, company, subscription):
    client = as_member("person", manager(company))
    refused = page(client, f"/subscriptions/{subscription.pk}/")
    assert f'href="/payment-methods/?subscription={subscription.pk}"' in refused

    setup, hosted = begun(client, subscription=subscription.pk)
    on_the_way = page(client, f"/payment-methods/visits/{setup.pk}/?go=1")
    back_at = enter(hosted, last4="4242", valid_through="2030-12")
    waiting = page(client, back_at.removeprefix("http://127.0.0.1:8000"))
    checked = client.post(f"/payment-methods/visits/{setup.pk}/check/", follow=True)

    assert f'content="0; url={hosted.url}"' in on_the_way
    assert "Nothing that was entered has arrived yet." in waiting
    method = PaymentMethod.objects.get(company=company)
    assert (method.kind, method.last4, method.valid_through) == ("card", "4242", "2030-12")
    shown = checked.content.decode()
    assert "card •4242, valid through 2030-12" in shown
    assert f"/subscriptions/{subscription.pk}/payment_method/" in shown
    chooses = page(client, f"/subscriptions/{subscription.pk}/payment_method/")
    assert f'value="{method.pk}"' in chooses


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "You went back without entering one."), ("zh-hant", "您未輸入付款方式即返回")],
)
def test_going_back_without_a_method_changes_nothing(as_member, company, language, said):
    client = as_member("person", manager(company), language=language)
    setup, hosted = begun(client)
    leave(hosted)

    checked = client.post(f"/payment-methods/visits/{setup.pk}/check/", follow=True)

    assert said in checked.content.decode()
    assert not PaymentMethod.objects.filter(company=company).exists()


def test_what_was_entered_counts_once_however_often_it_is_told(world, as_member, company):
    setup, hosted = begun(as_member("person", manager(company)))
    enter(hosted)
    for number in (1, 2):
        receive_event(
            GatewayEvent(
                gateway="sandbox",
                event_id=f"evt_{number}",
                about=EventSubject.SETUP,
                object_id=setup.setup_id,
            ),
            now=world.now,
        )

    heard = hear_of_setups(now=world.now)
    finish_setups([setup.pk], actor="person:x", now=world.now)

    assert heard == 2
    assert PaymentMethod.objects.filter(company=company).count() == 1
    fact = JournalEntry.objects.get(kind="payment_method.added")
    assert fact.facts["setup"] == setup.pk
    assert not InboxEvent.objects.filter(processed_at=None).exists()


def test_a_payer_may_add_one_too_and_an_administrator_may_not(as_member, company):
    payer = a_person(company, name="Pia", role="payer")
    administrator = a_person(company, name="Adam", role="primary_admin")

    begun(as_member("person", payer.pk))

    assert as_member("person", administrator.pk).get("/payment-methods/").status_code == 403


def test_who_is_signed_in_for_long_confirms_first(as_member, company):
    client = as_member("person", manager(company), confirmed=False)

    answer = client.post("/payment-methods/new/", {})

    assert "Confirm that it is you" in answer.content.decode()
    assert not MethodSetup.objects.exists()


def test_the_page_says_what_each_method_pays_for_and_which_ends_too_early(as_member, company):
    a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, valid_through="2026-12"),
    )

    shown = page(as_member("person", manager(company)), "/payment-methods/")

    assert "card •4242, valid through 2026-12" in shown
    assert "The card cannot be charged on that day." in shown


def test_without_a_gateway_that_answers_nothing_is_lost(as_member, company, settings, tmp_path):
    client = as_member("person", manager(company))
    settings.PERENNE_HOME = tmp_path

    answer = client.post("/payment-methods/new/", follow=True)

    assert "does not answer just now" in answer.content.decode()
    setup = MethodSetup.objects.get()
    assert (setup.setup_id, setup.outcome) == ("", "")
