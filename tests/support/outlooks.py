"""Outlooks for mails without a database: each call states what its test depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from perenne.renewals.pricing import PricedTerm
from perenne.renewals.queries import Contact, MethodView, Outlook, PlanView
from perenne.rules.calculation import EXACT_FRACTION
from perenne.rules.calendar import Period, month_later
from perenne.rules.lifecycle import Stage
from perenne.rules.money import Currency
from perenne.rules.policy import ByMonths, Policy, StageRule
from perenne.rules.prices import Line, OfferKey, PriceClass
from perenne.rules.routes import Route
from perenne.rules.tax import TaxLine

USD = Currency("USD", 2, 1)
TWD = Currency("TWD", 2, 100)
CARD = MethodView("card", "4242", "2029-05", valid_on_renewal=True)
PARTNER = Contact(
    "partner", "Søren Ødegård", "Nordlicht IT", "renewals@nordlicht.example", "+49 2 5550 106"
)
SALES = Contact("sales", "Kate Moore", "", "kate@fjord.example", "+47 5550 205")
DESK = Contact("specialist", "Nora Berg", "", "nora@fjord.example", "+47 5550 300")
STRICT = Policy(
    renewal_window_opens_days=90,
    renewal_shares=((1, Fraction(1)),),
    renewal_share_default=Fraction(9, 10),
    reminder_days=(90, 60, 30, 15, 7, 1),
    stages=(),
    payment_retry_days=(0, 1, 3, 5, 7),
    payment_grace_days=7,
    quote_hold_days=7,
    transfer_days=14,
    return_window_days=ByMonths(30),
    switch_overlap_days=30,
    calculation=EXACT_FRACTION,
    add_seats_offers="all",
)
GRACEFUL = replace(
    STRICT,
    stages=(
        StageRule("grace", ByMonths(15), "full", renewable=True, price_class=PriceClass.RENEWAL),
        StageRule(
            "suspended", ByMonths(30), "none", renewable=True, price_class=PriceClass.RENEWAL
        ),
    ),
)
ENDS_ON = date(2027, 3, 1)


def priced(*, unit_minor: int, seats: int = 3, rate: str = "0", step: int = 1) -> PricedTerm:
    """The year after ``ENDS_ON`` at a price; the tax must come out whole."""
    covers = Period(ENDS_ON, month_later(ENDS_ON, 12, anchor=1))
    net = unit_minor * seats
    tax = net * Fraction(rate)
    assert tax % step == 0
    return PricedTerm(
        Line(seats, unit_minor, net, covers, PriceClass.RENEWAL, ()),
        TaxLine(Fraction(rate), int(tax), reverse_charged=False, trace=()),
        "USD",
    )


def an_outlook(*, months: int = 12, **given: object) -> Outlook:
    """Draft LT of Atelier Nord: three seats for a year, until 1 March 2027, renewed by hand."""
    renews_on = given.pop("renews_on", ENDS_ON)
    offer = OfferKey("LT", "named_user", months)
    names = {"en": "Draft LT", "zh-Hant": "繪圖 LT"}
    facts: dict[str, object] = {
        "subscription_id": "sub_1",
        "code": "S000042",
        "company_id": "com_1",
        "company_name": "Atelier Nord",
        "contract_code": "110-00007",
        "channel": "online",
        "region": "US",
        "zone": ZoneInfo("America/Los_Angeles"),
        "currency": USD,
        "offer": offer,
        "product_names": names,
        "planned_product_names": names,
        "term": Period(month_later(renews_on, -months, anchor=renews_on.day), renews_on),
        "seats_owned": 3,
        "seats_assigned": 2,
        "as_of": renews_on - timedelta(30),
        "stage": Stage.ACTIVE,
        "access": "full",
        "route": Route.MANUAL,
        "renews_automatically": False,
        "plan": PlanView(offer, 3, seats_explicit=False, conflict="", problem=None),
        "method": CARD,
        "renewal": priced(unit_minor=42000),
        "new": priced(unit_minor=46700),
        "contact": DESK,
        "policy": STRICT,
        "ended_on": None,
        "parked": False,
    }
    return Outlook(**(facts | given))
