"""Where a refused action leads: every step to ask opens a form that is filled in."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from perenne.platform.ids import new_id
from perenne.renewals.queries import outlooks
from perenne.renewals.verdicts import verdicts
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.remedies import Step, remedy_of
from perenne.rules.verdict import Verdict
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import UnknownRequestError
from perenne.support.models import ColleagueRequest, ContactRequest
from perenne.web.refusals import explain
from tests.support.asking import a_request
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_person,
    a_sales_person,
    a_specialist,
    a_subscription,
    an_assignment,
    contract_manager_of,
    member_of,
)
from tests.support.pages import fields_of, html_of, links_of, manager_of, reason_on, text_of

RENEWS_ON = date(2027, 1, 10)
# One refusal of each remedy that asks somebody, with what the form then says it is about.
ASKS = [
    (Action.RENEW, why.ManagedByPartner(), "renewal", None),
    (Action.ADD_SEATS, why.RegionNotEnabled("US"), "seats", None),
    (Action.ALIGN, why.AlignNotSelfService(), "dates", None),
    (Action.BUSINESS_PLAN, why.BelowThreshold(10, 3), "business_plan", None),
    (Action.SWITCH, why.NoCollection("LT"), "collection", None),
    (Action.CHANGE_TERM, why.SingleTerm(12), "quote", "length of the term. Please send me a quote"),
    (Action.RENEW, why.WindowNotOpen(RENEWS_ON), "quote", "renew this subscription. Please send"),
    (Action.ADD_SEATS, why.SeatsMaximum(500), "quote", "add seats. Please send me a quote"),
]


@pytest.mark.parametrize(("action", "refusal", "topic", "says"), ASKS)
def test_a_step_to_ask_opens_the_form_with_subscription_action_and_reason(
    world, as_member, action, refusal, topic, says
):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", manager_of(company).pk)

    me = contract_manager_of(company)
    (reason,) = explained(refusal, action, subscription, me, now=world.now)
    (link,) = (one.href for one in reason.steps if one.href.startswith("/ask/"))
    sent = fields_of(client.get(link))
    client.post("/ask/", sent)

    request = ContactRequest.objects.get()
    assert (request.subscription_id, request.topic) == (subscription.pk, topic)
    assert (request.action, request.reason_code) == (action.value, refusal.code)
    assert says is None or says in sent["message"]


def explained(refusal, action, subscription, member, *, now):
    (outlook,) = outlooks([subscription.pk], now=now)
    return explain(Verdict((refusal,)), outlook, action=action, member=member, locale="en")


def test_a_quote_is_asked_for_in_chinese_too(world, as_member):
    company = a_company(region="TW", locale="zh-Hant")
    a_specialist()
    subscription = a_subscription(renews_on=date(2027, 6, 10), company=company)
    client = as_member("person", manager_of(company).pk, language="zh-hant")

    page = client.get(f"/subscriptions/{subscription.pk}/")
    (link,) = [
        one for one in links_of(reason_on(page, "renewal.window_not_open")) if "/ask/" in one
    ]
    sent = fields_of(client.get(link))

    assert sent["topic"] == "quote"
    assert sent["message"] == "我想續約這項訂閱。請提供報價。"


EVERY_REFUSAL = [
    *(one() for one in (why.InProgress, why.ManagedByPartner, why.ManagedBySales)),
    *(one() for one in (why.AutoRenewalOff, why.MethodMissing, why.PaymentDiffers, why.OnlyOne)),
    *(one() for one in (why.AlignNotSelfService, why.CampaignUsed, why.ConsumerPlan)),
    *(one() for one in (why.RoleMissing, why.PriceMissing, why.OfferRetired)),
    *(one(RENEWS_ON) for one in (why.WindowNotOpen, why.WindowClosed, why.AlreadyDone)),
    *(one(RENEWS_ON) for one in (why.Expired, why.Suspended, why.PastDue, why.DatesEqual)),
    *(one(RENEWS_ON) for one in (why.CampaignNotOpen, why.CampaignEnded, why.ChangePending)),
    *(one(RENEWS_ON) for one in (why.ReturnWindowClosed, why.TermNotBegun)),
    *(one(1) for one in (why.SingleTerm, why.SeatsMinimum, why.SeatsMaximum)),
    *(one("x") for one in (why.RegionNotEnabled, why.OfferNotSelfService, why.NoCollection)),
    *(one("card") for one in (why.MethodUnsupported, why.InvoiceOverdue, why.BoughtSince)),
    why.PlanConflicted("offer.retired"),
    why.HeldByQuote("Q-1", RENEWS_ON),
    why.MethodExpires("4242", RENEWS_ON),
    why.TermDiffers(12, 36),
    why.CampaignNotForThese("named_user"),
    why.BelowThreshold(10, 3),
    why.IncompleteCover(10, 3),
    why.ApprovalRequired("Ana Diaz", 100),
]


def test_every_reason_there_is_stands_in_the_list():
    families = why.Refusal.__args__

    assert {type(one) for one in EVERY_REFUSAL} == set(families)


@pytest.mark.parametrize("refusal", EVERY_REFUSAL, ids=lambda one: one.code)
def test_a_reason_that_somebody_can_mend_leads_to_a_page_that_opens(world, as_member, refusal):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", manager_of(company).pk)

    me = contract_manager_of(company)
    (reason,) = explained(refusal, Action.RENEW, subscription, me, now=world.now)
    links = [step.href for step in reason.steps if step.href]

    assert links or remedy_of(refusal).steps in WAITS
    assert [client.get(link).status_code for link in links] == [200] * len(links)


# Nothing to do but wait: a payment is being confirmed, a day will come.
WAITS = [(Step.LOOK_AGAIN,), (Step.VIEW_RECEIPT, Step.REMIND_ME)]


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_asking_for_help_is_an_action_among_the_others(world, as_member, language):
    company = a_company()
    subscription = a_subscription(
        renews_on=RENEWS_ON, company=company, sold=Sold("partner", partner=a_partner())
    )
    client = as_member("person", manager_of(company).pk, language=language)

    page = client.get(f"/subscriptions/{subscription.pk}/")
    form = client.get(f"/subscriptions/{subscription.pk}/assisted/")
    sent = fields_of(form)

    assert 'data-action="assisted" data-state="available"' in html_of(page)
    assert {"en": "Ask for help", "zh-hant": "尋求協助"}[language] in text_of(page)
    assert (sent["subscription"], sent["action"], "topic" in sent) == (subscription.code, "", False)
    assert {
        "en": "Nordlicht IT answers what you ask about this subscription.",
        "zh-hant": "此訂閱的洽詢由「Nordlicht IT」回覆。",
    }[language] in text_of(form)


ROLES = {
    "contract_manager": 200,
    "primary_admin": 200,
    "viewer": 200,
    "named_user": 200,
    # Who sees no subscription asks about none; the page says which role would see it.
    "payer": 403,
    "secondary_admin": 403,
    None: 403,
}


@pytest.mark.parametrize("role", ROLES)
def test_what_the_verdict_says_of_asking_for_help_the_page_and_the_operation_do(
    world, as_member, role
):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    person = a_person(company, name="Ulf", role=role or "viewer")
    an_assignment(subscription, person, assigned_on=world.today)
    if role is None:
        person.roles.all().delete()
    member = member_of(person)
    seen = subscriptions_visible_to(member).values_list("pk", flat=True)
    found = verdicts(seen, member=member, now=world.now)
    allowed = subscription.pk in found and found[subscription.pk][Action.ASSISTED].allowed

    page = as_member("person", person.pk).get(f"/subscriptions/{subscription.pk}/assisted/")
    with suppress(UnknownRequestError):
        a_request(company, now=world.now, member=member, subscription_id=subscription.pk)

    assert (page.status_code, allowed) == (ROLES[role], ROLES[role] == 200)
    assert ContactRequest.objects.exists() is allowed
    assert ("Who answers" in text_of(page)) is allowed


def test_a_form_that_was_kept_open_after_the_role_was_taken_away_says_why(world, as_member):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    person = a_person(company, name="Ulf", role="named_user")
    an_assignment(subscription, person, assigned_on=world.today)
    client = as_member("person", person.pk)
    form = fields_of(client.get(f"/subscriptions/{subscription.pk}/assisted/"))
    person.roles.all().delete()

    page = client.post("/ask/", form | {"topic": "seats", "message": "Five more."})

    assert (page.status_code, ContactRequest.objects.count()) == (403, 0)
    assert "Ana Diaz" in text_of(page)


def test_every_action_page_offers_a_person_too(world, as_member):
    company = a_company()
    a_specialist()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", manager_of(company).pk)

    page = client.get(f"/subscriptions/{subscription.pk}/add_seats/")
    (link,) = {one for one in links_of(html_of(page)) if "action=add_seats" in one} - {
        one for one in links_of(html_of(page)) if "reason=" in one
    }
    sent = fields_of(client.get(link))

    assert parse_qs(urlsplit(link).query)["subscription"] == [subscription.pk]
    # Nothing was refused, so nothing is said to have been.
    assert (sent["topic"], sent["action"], sent["reason"]) == ("seats", "", "")


def test_staff_are_led_to_no_page_that_they_may_not_open(world, as_member):
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=RENEWS_ON, sold=Sold("sales", sales_person=kate), renewable_online=False
    )
    client = as_member("staff", kate.pk)

    page = client.get(f"/subscriptions/{subscription.pk}/")
    links = {one for one in links_of(html_of(page)) if one.startswith("/")}

    assert links
    assert {client.get(one).status_code for one in links - {"/"}} == {200}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Ask your contract manager", "Ana Diaz contract manager", "Nobody outside."]),
        ("zh-hant", ["請合約管理員協助", "Ana Diaz 合約管理員", "公司以外的人看不到"]),
    ],
)
def test_asking_my_contract_manager_from_the_reason_to_the_list(world, as_member, language, said):
    company = a_company()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    uli = a_person(company, name="Uli", role="viewer")
    client = as_member("person", uli.pk, language=language)

    page = client.get(f"/subscriptions/{subscription.pk}/")
    form = client.get(links_of(reason_on(page, "role.missing"))[0])
    client.post("/ask/colleagues/", fields_of(form))

    for words in said:
        assert words in text_of(form)
    asked = ColleagueRequest.objects.get()
    assert (asked.action, asked.reason_code, asked.told) == ("renew", "role.missing", ["Ana Diaz"])
    seen = as_member("person", manager_of(company).pk, language=language).get("/requests/")
    assert asked.message in text_of(seen)
    assert f"/subscriptions/{subscription.pk}/" in links_of(html_of(seen))


def colleague_form(about, **given):
    return {
        "subscription": about.pk,
        "action": "add_seats",
        "reason": "role.missing",
        "message": "Five more.",
        "form_key": new_id("form"),
    } | given


def test_another_companys_subscription_cannot_be_asked_about(world, as_member):
    subscription = a_subscription(renews_on=RENEWS_ON, company=a_company())
    client = as_member("person", manager_of(a_company()).pk)
    asking = {"subscription": subscription.pk, "action": "renew"}

    answers = [
        client.get(f"/subscriptions/{subscription.pk}/assisted/"),
        client.get("/ask/colleagues/", asking),
        client.post("/ask/colleagues/", colleague_form(subscription)),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert (ColleagueRequest.objects.count(), ContactRequest.objects.count()) == (0, 0)


def test_the_people_who_can_act_stand_beside_the_requests_each_once(world, as_member):
    company, desk = a_company(), a_specialist()
    partner, kate = a_partner(), a_sales_person()
    for sold in (None, Sold("partner", partner=partner), Sold("sales", sales_person=kate)) * 2:
        a_subscription(renews_on=RENEWS_ON, company=company, **({"sold": sold} if sold else {}))
    client = as_member("person", manager_of(company).pk)

    page = text_of(client.get("/requests/"))

    for reach in (partner.email, kate.email, desk.email):
        assert page.count(reach) == 1


def test_without_a_subscription_the_renewals_desk_can_be_asked(world, as_member):
    company, desk = a_company(), a_specialist()

    page = text_of(as_member("person", manager_of(company).pk).get("/requests/"))

    assert desk.email in page


def test_an_empty_word_to_a_colleague_is_not_sent(world, as_member):
    company = a_company()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", a_person(company, name="Uli", role="viewer").pk)

    page = client.post("/ask/colleagues/", colleague_form(subscription, message=" "))

    assert page.status_code == 422
    assert "Write what you would like to say." in text_of(page)
    assert ColleagueRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"action": "drop"}, 404),
        ({"subscription": "sub_x"}, 404),
        ({"form_key": "x"}, 422),
        ({"reason": "<b>"}, 422),
    ],
)
def test_a_form_to_colleagues_that_was_tampered_with_is_not_sent(world, as_member, given, status):
    company = a_company()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", a_person(company, name="Uli", role="viewer").pk)

    page = client.post("/ask/colleagues/", colleague_form(subscription, **given))

    assert (page.status_code, ColleagueRequest.objects.count()) == (status, 0)


def test_where_nobody_else_decides_the_page_leads_to_a_person(world, as_member):
    company = a_company()
    subscription = a_subscription(renews_on=RENEWS_ON, company=company)
    client = as_member("person", manager_of(company).pk)

    page = client.get(
        "/ask/colleagues/", {"subscription": subscription.pk, "action": Action.RENEW.value}
    )
    sent = client.post("/ask/colleagues/", colleague_form(subscription))

    assert "Nobody else at your company can decide about contracts" in text_of(page)
    assert f"/subscriptions/{subscription.pk}/assisted/" in links_of(html_of(page))
    assert (sent.status_code, ColleagueRequest.objects.count()) == (422, 0)
