"""The customer's questions about whom to ask where something cannot be done on line."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.notices.models import Mail
from perenne.platform.ids import new_id
from perenne.support.models import ContactRequest
from perenne.support.operations.conversing import answer
from tests.support.asking import acting, acting_for
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_person,
    a_sales_person,
    a_specialist,
    a_subscription,
)
from tests.support.pages import fields_of, html_of, links_of, reason_on, text_of

TODAY = date(2026, 12, 1)
FOUR_KINDS = ["seats", "dates", "business_plan", "collection"]


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def ask(browser, *, topic, subscription=None, **given):
    """Fill in the form and send it; the page that follows."""
    form = {
        "topic": topic,
        "subscription": subscription.code if subscription else "",
        "message": "Please tell me what is possible.",
        "preferred_time": "morning",
        "language": "en",
        "form_key": new_id("form"),
    } | given
    return browser.post("/ask/", form, follow=True)


def to(name):
    return [mail.kind for mail in Mail.objects.filter(to_name=name).order_by("id")]


def test_s5_i_want_an_expert_to_call_me(world, ana):
    """S5: A form brings a call from an expert, by a time that is told."""
    company = a_company()
    nora = a_specialist()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    browser = ana(company)

    receipt = ask(browser, topic="other", subscription=subscription, phone="+1 555 0100")

    request = ContactRequest.objects.get()
    assert request.reference in text_of(receipt)
    assert (
        "Nora Berg at Fjord Software answers by Tue 1 Dec 2026, 18:00 (Los Angeles time)."
        in text_of(receipt)
    )
    assert to("Ana Diaz") == ["contact_receipt"]
    assert "Telephone: +1 555 0100" in Mail.objects.get(to_name="Nora Berg").text
    answer(request.pk, "I called you; as agreed.", member=acting(nora), now=world.now)
    assert "I called you; as agreed." in text_of(browser.get(f"/requests/{request.pk}/"))
    assert to("Ana Diaz") == ["contact_receipt", "contact_answered"]
    world.expect(
        [(TODAY, "contact_request.made"), (TODAY, "contact_request.answered")],
    )


def test_s5_and_what_if_nobody_calls(world, ana):
    company = a_company()
    a_specialist()
    ask(ana(company), topic="renewal")

    world.advance_to(
        date(2026, 12, 4),
        expect=[
            (TODAY, "contact_request.made"),
            (date(2026, 12, 2), "contact_request.overdue"),
        ],
    )

    assert to("Nora Berg") == ["contact_assigned", "contact_overdue"]
    request = ContactRequest.objects.get()
    page = text_of(ana(company).get(f"/requests/{request.pk}/"))
    assert "is late. Our renewals desk is told and steps in." in page


@pytest.mark.parametrize("topic", FOUR_KINDS)
def test_s33_bought_through_sales_whom_do_i_ask(world, ana, topic):
    """S33: Ask the sales person about seats, billing dates, the business plan, collections."""
    company = a_company()
    a_specialist()
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("sales", sales_person=kate)
    )

    receipt = ask(ana(company), topic=topic, subscription=subscription)

    request = ContactRequest.objects.get()
    assert (request.topic, request.owner_kind, request.staff_id) == (topic, "sales", kate.pk)
    assert "Kate Moore at Fjord Software answers by" in text_of(receipt)
    assert to("Kate Moore") == ["contact_assigned"]
    answer(request.pk, "With pleasure.", member=acting(kate), now=world.now)


def test_s34_how_do_i_reach_my_sales_person(world, ana):
    """S34: Help comes from the sales person, or by form."""
    company = a_company()
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("sales", sales_person=kate)
    )
    browser = ana(company)

    page = browser.get(f"/subscriptions/{subscription.pk}/")

    for reach in (kate.name, kate.email, kate.phone):
        assert reach in text_of(page)
    link = f"/subscriptions/{subscription.pk}/assisted/"
    assert f'href="{link}"' in page.content.decode()
    form = text_of(browser.get(link))
    assert "Kate Moore at Fjord Software answers what you ask about this subscription." in form


@pytest.mark.parametrize("topic", FOUR_KINDS)
def test_s37_bought_from_a_partner_whom_do_i_ask(world, ana, topic):
    """S37: Ask the partner about the same four."""
    company = a_company()
    a_specialist()
    partner = a_partner()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=partner)
    )

    receipt = ask(ana(company), topic=topic, subscription=subscription)

    request = ContactRequest.objects.get()
    assert (request.topic, request.owner_kind, request.partner_id) == (topic, "partner", partner.pk)
    assert "Nordlicht IT answers by" in text_of(receipt)
    assert to("Søren Ødegård") == ["contact_assigned"]
    answer(request.pk, "With pleasure.", member=acting_for(partner), now=world.now)
    assert to("Ana Diaz") == ["contact_receipt", "contact_answered"]


def test_s37_may_i_ask_the_vendor_instead_of_my_partner(world, ana):
    company = a_company()
    nora = a_specialist()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=a_partner())
    )

    ask(ana(company), topic="other", subscription=subscription, wants_vendor="on")

    assert ContactRequest.objects.get().staff_id == nora.pk


def test_s38_where_do_i_find_my_partner_in_the_notice_and_in_the_account(world, ana):
    """S38: Find the partner in the notice and in the account."""
    company = a_company()
    partner = a_partner()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, sold=Sold("partner", partner=partner)
    )
    world.run_today()
    browser = ana(company)

    notice = Mail.objects.get(kind="renewal_reminder")
    pages = [
        browser.get(path) for path in ("/", "/subscriptions/", f"/subscriptions/{subscription.pk}/")
    ]

    for text in (notice.text, *map(text_of, pages)):
        assert "Nordlicht IT" in text
        assert partner.email in text
    assert partner.phone in notice.text


def test_s4_is_the_partners_contact_in_subscriptions_and_contracts(world, ana):
    """S4: The partner's contact is in “subscriptions and contracts”."""
    company = a_company()
    partner = a_partner()
    a_subscription(
        renews_on=date(2027, 12, 31), company=company, sold=Sold("partner", partner=partner)
    )

    page = text_of(ana(company).get("/subscriptions/"))

    assert "Subscriptions and contracts" in page
    assert f"Nordlicht IT · {partner.email}" in page


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("route.partner", {"sold": "partner"}),
        ("route.sales", {"sold": "sales", "renewable_online": False}),
        ("payment.method_missing", {}),
        ("offer.retired", {"offer": "LT/multi_user/12"}),
    ],
)
def test_s3_is_a_refused_renewal_ever_a_dead_end(world, ana, why, given):
    """S3: Without automatic or manual renewal the partner or the vendor renews; no dead end."""
    company = a_company()
    a_specialist()
    sellers = {
        "partner": lambda: Sold("partner", partner=a_partner()),
        "sales": lambda: Sold("sales", sales_person=a_sales_person()),
    }
    if "sold" in given:
        given["sold"] = sellers[given["sold"]]()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, **given)
    browser = ana(company)

    page = browser.get(f"/subscriptions/{subscription.pk}/")
    links = links_of(reason_on(page, why))
    assert links
    for link in links:
        leads_to = browser.get(link)
        assert leads_to.status_code == 200
        form = leads_to
        if not link.startswith("/ask/"):
            form = browser.get(next(one for one in links_of(html_of(form)) if "/ask/" in one))
        assert subscription.code in form.content.decode()
        assert "Who answers" in text_of(form)
        if link.startswith("/ask/"):
            assert f"renew ({why})" in text_of(form)


def test_s41_who_in_my_company_may_do_what_i_may_not(world, signed_in):
    company = a_company()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    uli = signed_in(a_person(company, name="Uli", role="viewer"))

    page = uli.get(f"/subscriptions/{subscription.pk}/")
    (link,) = links_of(reason_on(page, "role.missing"))
    form = uli.get(link)
    told = uli.post("/ask/colleagues/", fields_of(form), follow=True)

    assert "Ana Diaz contract manager" in text_of(form)
    assert "They are told by mail" in text_of(told)
    mail = Mail.objects.get()
    assert (mail.to_name, mail.subject) == (
        "Ana Diaz",
        "Uli asks for your help: renew, Draft LT",
    )
    assert f"/subscriptions/{subscription.pk}/" in mail.text
    world.expect([(TODAY, "colleague_request.made")])


@pytest.mark.parametrize("role", ["contract_manager", "payer", "viewer", "primary_admin"])
def test_s33_s37_can_everybody_here_ask_for_help_with_a_change(world, signed_in, role):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company)
    browser = signed_in(a_person(company, name="Uli", role=role))

    receipt = ask(browser, topic="dates", subscription=subscription)

    sees = role != "payer"  # who sees no subscriptions asks about none
    assert ContactRequest.objects.exists() is sees
    assert ("We have your request" in text_of(receipt)) is sees
