"""The worked tables of the explanation pages are run through the rules."""

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest

from perenne.rules.actions import Action
from perenne.rules.calendar import Period, month_later
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.lifecycle import StageFacts, stage_on
from perenne.rules.money import Currency, round_half_up
from perenne.rules.payments import card_valid_on
from perenne.rules.prices import GivenPrice, ListTerms, OfferKey, derive, publish
from perenne.rules.proration import Charge, prorate
from perenne.rules.reminders import reminders_due
from perenne.rules.returns import ends_with_return, seats_returnable, seats_taken_back
from perenne.rules.routes import RouteFacts, route_of
from perenne.rules.shares import rest_of_term
from perenne.rules.tax import TaxRule, tax_on
from perenne.rules.trace import recompute
from tests.rules.policies import GRACEFUL, PLAIN
from tests.rules.standings import a_standing
from tests.rules.tables import table
from tests.support.paths import EXPLANATION, ROOT

OFFER = OfferKey("LT", "named_user", 12)
POLICIES = {"none": PLAIN, "graceful": GRACEFUL}


def day(text):
    return date.fromisoformat(text)


def maybe_day(text):
    return None if text == "–" else day(text)


def maybe_amount(text):
    return None if text == "–" else int(text)


@pytest.mark.parametrize("row", table("time", "Anchors and month ends"), ids=str)
def test_month_ends(row):
    boundary, months, anchor = day(row["boundary"]), int(row["months"]), int(row["anchor"])

    assert month_later(boundary, months, anchor=anchor) == day(row["ends on"])


@pytest.mark.parametrize("row", table("time", "Reminders"), ids=str)
def test_reminders(row):
    due = reminders_due(
        starts_on=day(row["starts on"]),
        renews_on=day(row["renews on"]),
        imported_as_of=maybe_day(row["imported as of"]),
        as_of=day(row["day"]),
        reminder_days=PLAIN.reminder_days,
    )

    assert due == (() if row["due"] == "–" else tuple(int(n) for n in row["due"].split()))


@pytest.mark.parametrize("row", table("changes", "Returning"), ids=str)
def test_returning(row):
    ordered = 3
    returned, returning = int(row["returned before"]), int(row["returned"])
    is_whole = returning == seats_returnable(ordered, (returned,) if returned else ())
    left = maybe_day(row["before it until"] if is_whole else row["until"])
    if row["order"] == "seats":
        left = day(row["before it until"])

    moved = seats_taken_back(
        int(row["moved"]), returned=returned, returning=returning, is_whole=is_whole
    )

    assert moved == int(row["seats move"])
    assert (left or day(row["until"])) == day(row["renews on"])
    assert ends_with_return(left, as_of=day(row["on"])) is (row["ends"] == "yes")


@pytest.mark.parametrize("row", table("pricing", "Rounding"), ids=str)
def test_rounding(row):
    assert round_half_up(Fraction(row["value"]), step=int(row["step"])) == int(row["rounded"])


@pytest.mark.parametrize("row", table("pricing", "Price lists"), ids=str)
def test_price_lists(row):
    terms = ListTerms(
        "US", Currency("USD", 2, 1), date(2020, 1, 1), 1, lambda _months: Fraction(row["share"])
    )
    given = GivenPrice(int(row["new"]), maybe_amount(row["given renewal"]))

    unit = publish({OFFER: given}, terms).prices[OFFER]

    assert unit.renewal_minor == int(row["renewal"])


@pytest.mark.parametrize("row", table("pricing", "Derived lists"), ids=str)
def test_derived_lists(row):
    new, renewal = (part.strip() for part in row["from"].split("/"))
    currency = Currency("XXX", int(row["exponent"]), int(row["step"]))
    terms = ListTerms("XX", currency, date(2020, 1, 1), 1, lambda _months: Fraction(9, 10))

    _, derived = derive(
        {OFFER: GivenPrice(int(new), maybe_amount(renewal))},
        terms,
        factor=Fraction(row["factor"]),
        source_exponent=int(row["exponent of source"]),
    )

    unit = derived.prices[OFFER]
    assert (unit.new_minor, unit.renewal_minor) == (int(row["new"]), int(row["renewal"]))


@pytest.mark.parametrize("row", table("pricing", "Adding seats"), ids=str)
def test_adding_seats(row):
    length, left = int(row["days of the term"]), int(row["days left"])
    starts_on = date(2026, 3, 1)
    term = Period(starts_on, starts_on + timedelta(length))
    joins_on = starts_on + timedelta(length - left)

    priced = prorate(
        Charge(unit_minor=int(row["price"]), seats=int(row["seats"])),
        rest_of_term(term, months=12, anchor=1, joins_on=joins_on),
        calculation=PLAIN.calculation,
        currency=Currency("USD", 2, int(row["step"])),
    )

    assert priced.amount_minor == recompute(priced.trace) == int(row["amount"])


@pytest.mark.parametrize("row", table("pricing", "Tax"), ids=str)
def test_tax(row):
    rule = TaxRule(
        "VAT",
        Fraction(row["rate"]),
        reverse_charge=True,
        seller_country="IE",
        union=frozenset({"IE", "DE"}),
    )

    line = tax_on(
        int(row["net"]),
        rule=rule,
        country="DE",
        tax_id_verified=row["verified abroad"] == "yes",
        step_minor=int(row["step"]),
    )

    assert line.tax_minor == int(row["tax"])


@pytest.mark.parametrize("row", table("lifecycle", "After the renewal day"), ids=str)
def test_stages(row):
    facts = StageFacts(
        renews_on=date(2026, 12, 10),
        months=int(row["months"]),
        tries_automatically=row["automatic"] == "yes",
        plan_conflicted=False,
        open_attempt=False,
        imported_as_of=maybe_day(row["imported as of"]),
        ended_on=None,
    )

    stage = stage_on(
        facts,
        as_of=day(row["day"]),
        finished_through=day(row["finished"]),
        policy=POLICIES[row["policy"]],
    )

    assert stage == row["stage"]


@pytest.mark.parametrize("row", table("lifecycle", "Tries to be paid"), ids=str)
def test_cards(row):
    assert card_valid_on(row["valid through"], day(row["day"])) is (row["valid"] == "yes")


@pytest.mark.parametrize("row", table("lifecycle", "Renewing by hand"), ids=str)
def test_the_window(row):
    renews_on = day(row["renews on"])
    stage = StageFacts(
        renews_on=renews_on,
        months=12,
        tries_automatically=False,
        plan_conflicted=False,
        open_attempt=False,
        imported_as_of=None,
        ended_on=None,
    )
    as_of = day(row["day"])
    standing = a_standing(
        stage=stage_on(stage, as_of=as_of, finished_through=None, policy=PLAIN),
        term=Period(renews_on.replace(year=renews_on.year - 1), renews_on),
    )

    assert verdict_on(Action.RENEW, standing, policy=PLAIN, as_of=as_of).allowed is (
        row["allowed"] == "yes"
    )


@pytest.mark.parametrize("row", table("lifecycle", "Routes"), ids=str)
def test_routes(row):
    facts = RouteFacts(
        automatic=row["automatic"] == "yes",
        method_valid=row["method valid"] == "yes",
        renewable_online=row["on line"] == "yes",
        has_partner=row["partner"] == "yes",
    )

    assert route_of(facts) == row["route"]


def test_every_source_names_a_heading_that_exists():
    named = set()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"Source: docs/explanation/([\w-]+)\.md, «(.+?)»", text))
    assert len(named) >= 15

    missing = [
        (page, heading)
        for page, heading in sorted(named)
        if f"\n## {heading}\n" not in (EXPLANATION / f"{page}.md").read_text(encoding="utf-8")
    ]
    assert missing == []
