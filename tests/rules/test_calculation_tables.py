"""The worked tables of the page on calculation policies are run through the rules."""

from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from perenne.rules.align_targets import days_kept, earliest_plus_term, latest
from perenne.rules.calculation import PRESETS, CalculationPolicy, calculation_of
from perenne.rules.calendar import Period, month_later
from perenne.rules.credits import PaidAmount, credit_at_most, credit_for_seats
from perenne.rules.discounts import AmountOff, PercentOff
from perenne.rules.local_days import begins_at, local_days_between
from perenne.rules.money import Currency, RemainderTo, Rounding, allocate, rounded
from perenne.rules.periods import Alignment, boundary_after, period_count, thirty_day_count
from perenne.rules.proration import Charge, prorate
from perenne.rules.returns import last_day_to_return
from perenne.rules.shares import days_paid, rest_of_term, stretch
from perenne.rules.tiers import Tariff, Tier, dearer_thresholds, tier_index, tiered
from perenne.rules.trace import recompute
from perenne.rules.uplift import capped, uplifted
from tests.rules.tables import table
from tests.support.paths import EXPLANATION

PAGE = "calculation-policies"
USD = Currency("USD", 2, 1)
TIERS = (Tier(10, 20000), Tier(50, 15000), Tier(None, 12000))


def rows(heading, *, nth=0):
    return pytest.mark.parametrize("row", table(PAGE, heading, nth=nth), ids=str)


def day(text):
    return date.fromisoformat(text)


def term_of(starts_on, months):
    return Period(starts_on, month_later(starts_on, months, anchor=starts_on.day))


def described(text):
    """A preset, or a base with its places, rounding and denominator."""
    if text in PRESETS:
        return PRESETS[text]
    base, *rest = text.split(", ")
    definition = {"name": "of the page", "base": base}
    if rest:
        places, rounding, denominator = rest
        definition |= {
            "places": int(places.split()[0]),
            "rate_rounding": rounding,
            "denominator": denominator,
        }
    return calculation_of(definition)


def test_the_fields_and_their_choices_are_those_of_the_record():
    default = CalculationPolicy(name="default")
    listed = {row["field"].strip("`"): row for row in table(PAGE, "What a policy says")}

    assert listed.keys() == {*CalculationPolicy.__slots__} - {"name"}
    for name, row in listed.items():
        value = getattr(default, name)
        if isinstance(value, str):
            assert row["choices"] == ", ".join(f"`{choice}`" for choice in type(value))
        if row["default"] != "–":
            assert str(value) == row["default"].strip("`")


def test_the_presets_are_those_that_are_listed():
    listed = table(PAGE, "Presets and your own")

    assert [row["preset"] for row in listed] == list(PRESETS)
    for row in listed:
        assert PRESETS[row["preset"]].base == row["base"]
        if row["denominator"] != "–":
            assert PRESETS[row["preset"]].denominator == row["denominator"]


def test_the_example_in_the_page_is_a_definition():
    text = (EXPLANATION / f"{PAGE}.md").read_text(encoding="utf-8")

    for line in ("base: daily_rate", "denominator: 365_or_366", "places: 9"):
        assert line in text
    assert described("daily_rate, 9 places, truncate, 365_or_366").places == 9


@rows("Bases")
def test_bases(row):
    priced = prorate(
        Charge(unit_minor=42000, seats=3),
        rest_of_term(
            term_of(day(row["term from"]), 12),
            months=12,
            anchor=day(row["term from"]).day,
            joins_on=day(row["joins on"]),
        ),
        calculation=described(row["policy"]),
        currency=USD,
    )

    assert priced.amount_minor == recompute(priced.trace) == int(row["amount"])


@rows("Denominators")
def test_denominators(row):
    months = int(row["months"])
    term = term_of(day(row["term from"]), months)
    part = rest_of_term(
        term, months=months, anchor=term.starts_on.day, joins_on=day(row["joins on"])
    )
    policy = calculation_of({"name": "of the page", "denominator": row["denominator"]})

    assert part.days == int(row["days"])
    assert days_paid(part, policy.denominator) == Fraction(row["of"])


@rows("Rounding by name")
def test_rounding_by_name(row):
    value, step = Fraction(row["value"]), Fraction(row["step"])

    for rule in Rounding:
        assert rounded(value, rule=rule, step=step) == Fraction(row[rule])


@rows("Splitting a total")
def test_splitting_a_total(row):
    weights, parts = (tuple(map(int, row[name].split())) for name in ("weights", "parts"))
    remainder = RemainderTo(row["remainder"])

    assert parts == allocate(int(row["total"]), weights, step=int(row["step"]), remainder=remainder)


@rows("Periods and their boundaries")
def test_boundaries(row):
    alignment = Alignment(row["alignment"])

    boundary = boundary_after(day(row["first day"]), int(row["months"]), alignment=alignment)

    assert boundary == day(row["next boundary"])


@rows("Periods and their boundaries", nth=1)
def test_counting_periods(row):
    counted = period_count(
        Period(day(row["first day"]), day(row["until"])),
        months_each=int(row["months each"]),
        alignment=Alignment(row["alignment"]),
    )

    shown = (int(row["whole"]), int(row["stub days"]), int(row["of"]))
    assert (counted.whole, counted.stub_days, counted.stub_of_days) == shown


@rows("Months of thirty days")
def test_months_of_thirty_days(row):
    first_day, until, anchor = day(row["first day"]), day(row["until"]), int(row["anchor"])

    assert thirty_day_count(first_day, until, anchor=anchor) == int(row["days"])


@rows("Discounts")
def test_discounts(row):
    off = row["off"]
    discount = PercentOff(Fraction(off)) if "/" in off else AmountOff(int(off))
    term = term_of(date(2026, 3, 1), 12)

    priced = prorate(
        Charge(unit_minor=int(row["price"]), seats=1, discount=discount),
        rest_of_term(term, months=12, anchor=1, joins_on=date(2026, 12, 1)),
        calculation=calculation_of({"name": "of the page", "order": row["order"]}),
        currency=USD,
    )

    assert priced.amount_minor == recompute(priced.trace) == int(row["amount"])


@rows("Stretching a term")
def test_stretching_a_term(row):
    renews_on = day(row["renews on"])

    priced = prorate(
        Charge(unit_minor=int(row["price"]), seats=int(row["seats"])),
        stretch(
            renews_on,
            months=int(row["months"]),
            anchor=renews_on.day,
            target=day(row["target"]),
        ),
        calculation=PRESETS["exact_fraction"],
        currency=USD,
    )

    assert priced.amount_minor == recompute(priced.trace) == int(row["amount"])


@rows("Days to align to")
def test_days_to_align_to(row):
    days = [day(text) for text in row["renewal days"].split()]

    assert latest(days) == day(row["latest"])
    after_earliest = earliest_plus_term(days, months=int(row["months"]))
    assert after_earliest == day(row["earliest and a term"])


@rows("Days to align to", nth=1)
def test_keeping_seat_days(row):
    kept = days_kept(
        days_left=int(row["days left"]),
        seats=int(row["seats"]),
        seats_after=int(row["seats after"]),
    )

    assert kept == int(row["days each"])


@rows("Quantity tiers")
def test_quantity_tiers(row):
    seats = int(row["seats"])

    assert tier_index(TIERS, seats) == int(row["tier"])
    for tariff in Tariff:
        priced = tiered(TIERS, seats, tariff=tariff)
        assert priced.amount_minor == recompute(priced.trace) == int(row[tariff])
    assert dearer_thresholds(TIERS) == ()


@rows("Credits")
def test_credits(row):
    paid = PaidAmount(paid_minor=int(row["paid"]), credited_minor=int(row["credited before"]))

    assert credit_at_most(int(row["asked"]), paid) == int(row["credit"])


@rows("Credits", nth=1)
def test_credits_for_seats(row):
    credit = credit_for_seats(
        PaidAmount(paid_minor=int(row["paid"]), credited_minor=int(row["credited before"])),
        seats_sold=int(row["seats"]),
        seats_back=int(row["back in all"]),
        step_minor=int(row["step"]),
    )

    assert credit.amount_minor == recompute(credit.trace) == int(row["credit"])


@rows("Returns")
def test_the_window_of_returns(row):
    last_day = last_day_to_return(
        ordered_on=day(row["ordered on"]),
        starts_on=day(row["starts on"]),
        window_days=int(row["window days"]),
    )

    assert last_day == day(row["last day"])


@rows("Uplift and cap")
def test_uplift_and_cap(row):
    cap = uplifted(
        int(row["paid"]),
        uplift=Fraction(row["uplift"]),
        years=int(row["years"]),
        currency=USD,
    )
    renewal = capped(int(row["list"]), cap)

    assert cap.unit_minor == recompute(cap.trace) == int(row["uplifted"])
    assert renewal.unit_minor == recompute(renewal.trace) == int(row["capped"])


@rows("Days in a time zone")
def test_days_between_moments(row):
    start, end = (datetime.fromisoformat(row[name]) for name in ("from", "to"))

    assert local_days_between(start, end, ZoneInfo(row["zone"])) == int(row["days"])


@rows("Days in a time zone", nth=1)
def test_the_moment_at_which_a_day_begins(row):
    assert begins_at(day(row["day"]), ZoneInfo(row["zone"])).isoformat() == row["begins at"]
