"""Prices of a part of a term: daily rates, exact shares, months, stubs."""

from datetime import timedelta
from fractions import Fraction

from perenne.rules.calculation import Base, CalculationPolicy, Denominator
from perenne.rules.calendar import Period, month_later
from perenne.rules.money import Rounding
from perenne.rules.periods import Alignment, boundary_after, period_count
from perenne.rules.shares import PartOfTerm, rest_of_term, stretch
from tests.rules.vectors.amounts import (
    after,
    amount,
    amount_of_days,
    charged,
    daily_rate,
    day,
    exact_of_days,
    fraction,
    part_of,
    to_places,
)
from tests.rules.vectors.running import Unrounded, adapts

MICROSOFT = "Microsoft Partner Center (legacy licence based)"
ADOBE_DAILY = CalculationPolicy(
    name="daily rate cut to nine places",
    base=Base.DAILY_RATE,
    denominator=Denominator.YEAR_365_OR_366,
    places=9,
    rate_rounding=Rounding.TRUNCATE,
)
BY_365 = CalculationPolicy(name="by 365", denominator=Denominator.YEAR_365)
UNIT_FIRST = CalculationPolicy(name="unit first", base=Base.UNIT_THEN_QUANTITY)
CUT = CalculationPolicy(name="cut", rounding=Rounding.TRUNCATE)


def rounded_daily(places, denominator):
    return CalculationPolicy(
        name="rounded daily rate", base=Base.DAILY_RATE, denominator=denominator, places=places
    )


@adapts("Adobe VIP Marketplace", "proration.add_to_coterm")
def add_to_anniversary(given):
    renews_on = day(given["anniversary_date"])
    year = Period(month_later(renews_on, -12, anchor=renews_on.day), renews_on)
    part = PartOfTerm(
        term=year,
        months=12,
        anchor=renews_on.day,
        starts_on=day(given["order_date"]),
        renews_on=renews_on,
    )
    priced, currency = charged(
        given["yearly_price"], part, quantity=given["quantity"], calculation=ADOBE_DAILY
    )
    return {
        "days": part.days,
        "daily": daily_rate(priced, currency),
        "line_total": Fraction(priced.amount_minor, 10**currency.exponent),
    }


@adapts("Adobe VIP Marketplace", "rounding.truncate_vs_half_up")
def cut_or_rounded(given):
    part = part_of(given["days"], given["year_days"])
    return {
        "published": amount(given["yearly_price"], part, calculation=CUT),
        "half_up": amount(given["yearly_price"], part),
    }


@adapts("Autodesk", "proration.add_to_coterm")
def add_seats(given):
    renews_on = day(given["term_end_exclusive"])
    term = Period(month_later(renews_on, -12, anchor=renews_on.day), renews_on)
    part = rest_of_term(term, months=12, anchor=renews_on.day, joins_on=day(given["add_date"]))
    total = amount(given["yearly_price"], part, quantity=given["seats"])
    return {"days": part.days, "total": total}


@adapts("Autodesk", "coterm.align_to_latest")
def align_to_latest(given):
    own, target = day(given["own_end"]), day(given["target_end"])
    part = stretch(own, months=12, anchor=own.day, target=target)
    price = given["yearly_renewal_price"]
    return {
        "days": part.days,
        "total": amount(price, part, quantity=given["seats"], calculation=BY_365),
    }


@adapts(MICROSOFT, "proration.daily_rate_exact")
def exact_daily_rate(given):
    part = part_of(given["days"], given["year_days"])
    return {"amount": amount(given["yearly_price"], part, quantity=given["quantity"])}


@adapts(MICROSOFT, "proration.daily_rate_rounded_2dp")
def daily_rate_of_two_places(given):
    part = part_of(given["days"], given.get("year_days", 365))
    return {
        "amount": amount(
            given["yearly_price"],
            part,
            quantity=given.get("quantity", 1),
            calculation=rounded_daily(2, Denominator.DAYS_OF_TERM),
        )
    }


@adapts(MICROSOFT, "proration.daily_rate_rounded_3dp")
def daily_rate_of_three_places(given):
    part = part_of(given["days"], given["month_days"])
    price, quantity = given["monthly_price"], given.get("quantity", 1)
    by_rate = rounded_daily(3, Denominator.DAYS_OF_TERM)
    return {
        "amount": amount(price, part, quantity=quantity, calculation=by_rate),
        "exact": amount(price, part, quantity=quantity),
    }


@adapts(MICROSOFT, "proration.month_actual_days")
def unit_of_actual_days(given):
    part = part_of(given["days"], given["month_days"])
    quantity = given.get("quantity", 1)
    return {
        "amount": amount(given["monthly_price"], part, quantity=quantity, calculation=UNIT_FIRST)
    }


@adapts("Microsoft new commerce (NCE)", "rounding.display_truncated_amount_exact")
def unit_shown_cut(given):
    part = part_of(given["days"], given["month_days"])
    price = given["monthly_price"]
    return {
        "unit_shown": amount(price, part, calculation=CUT),
        "amount": amount(price, part, quantity=given["quantity"]),
    }


@adapts("Salesforce CPQ", "proration.daily_price")
def daily_price(given):
    by_rate = rounded_daily(4, Denominator.DAYS_OF_TERM)
    priced, currency = charged(given["price"], part_of(1, given["days"]), calculation=by_rate)
    return {"daily": daily_rate(priced, currency)}


@adapts("Salesforce CPQ", "proration.monthly_price")
def monthly_price(given):
    return {"monthly": to_places(exact_of_days(given["price"], 1, given["months"]), 4)}


@adapts("Salesforce CPQ", "proration.effective_over_default_term")
def effective_term(given):
    total = amount_of_days(given["price"], given["effective_term"], given["default_term"])
    return {"total": total}


@adapts("Salesforce CPQ", "proration.month_round_up")
def started_months(given):
    covers = Period(day(given["start"]), after(given["end"]))
    return {"months": period_count(covers, months_each=1, alignment=Alignment.START).started}


PERIOD_MONTHS = {"month": 1, "quarter": 3, "semi-annual": 6, "half-year": 6, "year": 12}


@adapts("Salesforce Revenue Cloud", "proration.day_of_period_partial")
def by_day_of_period(given):
    """Periods begin on a day of the month; what lies before and after whole ones is a stub."""
    starts_on, until = day(given["start"]), after(given["end"])
    months, anchor = PERIOD_MONTHS[given["period"]], given["period_start_day"]
    boundary = month_later(starts_on, 0, anchor=anchor)
    if boundary > starts_on:
        boundary = month_later(boundary, -months, anchor=anchor)
    counts = []
    while boundary < until:
        following = month_later(boundary, months, anchor=anchor)
        used = (min(until, following) - max(starts_on, boundary)).days
        counts.append(Fraction(used, (following - boundary).days))
        boundary = following
    stubs = [count for count in counts if count < 1]
    if not given.get("allow_partial", True):
        stubs = [Fraction(1) for _ in stubs]
    count = sum(1 for one in counts if one == 1) + sum(stubs)
    quantity = given.get("quantity", 1)
    return {
        "stub": to_places(stubs[0] if stubs else 0, 6),
        "total": to_places(fraction(given["unit"]) * count * quantity, 2),
    }


@adapts("Zuora", "proration.allowance")
def allowance(given):
    share = exact_of_days(given["allowance"], given["days"], given["month_days"])
    return {"value": Unrounded(share)}


@adapts("Oracle Subscription Management", "period.partial_bill")
def partial_bill(given):
    return {"amount": amount_of_days(given["price"], given["days"], given["period_days"])}


@adapts("Stripe Billing", "proration.backdate")
def backdated(given):
    backdate, anchor = day(given["backdate"]), day(given["anchor"])
    interval_starts = month_later(anchor, -1, anchor=anchor.day)
    length = (anchor - interval_starts).days
    return {"fraction": to_places(exact_of_days(1, (anchor - backdate).days, length), 3)}


@adapts("Kill Bill", "coterm.first_stub_to_bill_day")
def first_stub(given):
    full = Period(*map(day, given["full_period"]))
    days = (day(given["next_bill_date"]) - day(given["start"])).days
    return {"amount": amount_of_days(given["price"], days, full.length_days)}


def yearly(covers):
    """Whole years, and a stub divided by its own year."""
    count = period_count(covers, months_each=12, alignment=Alignment.START)
    return count.whole + Fraction(count.stub_days, count.stub_of_days)


def leading_stub(start, first_bill):
    """The days before the first whole year, divided by the year that ends there."""
    year_starts = month_later(first_bill, -12, anchor=first_bill.day)
    return exact_of_days(1, (first_bill - start).days, (first_bill - year_starts).days)


@adapts("Kill Bill", "proration.annual_leading")
def annual_leading(given):
    first_bill = day(given["first_bill"])
    whole = 0
    while "target" in given and _years_later(first_bill, whole) <= day(given["target"]):
        whole += 1
    return {"cycles": to_places(leading_stub(day(given["start"]), first_bill) + whole, 9)}


def _years_later(first_day, years):
    return boundary_after(first_day, 12 * years, alignment=Alignment.START)


@adapts("Kill Bill", "proration.annual_trailing")
def annual_trailing(given):
    return {"cycles": to_places(yearly(Period(day(given["start"]), day(given["end"]))), 9)}


@adapts("Kill Bill", "proration.annual_double")
def annual_double(given):
    first_bill = day(given["first_bill"])
    leading = leading_stub(day(given["start"]), first_bill)
    return {"cycles": to_places(leading + yearly(Period(first_bill, day(given["end"]))), 9)}


BC_MONTHS = {"M": 1, "Q": 3, "Y": 12}


def formula_months(text):
    """A date formula such as 1M, 1Q or 1Y as months."""
    return int(text[:-1]) * BC_MONTHS[text[-1]]


def bc_alignment(given):
    return Alignment(given["align"].lower())


@adapts(
    "Business Central Subscription Billing",
    "period.end_date_align_end",
    "period.end_date_align_start",
)
def period_end(given):
    boundary = boundary_after(
        day(given["start"]), formula_months(given["period"]), alignment=bc_alignment(given)
    )
    return {"period_end": (boundary - timedelta(1)).isoformat()}


@adapts(
    "Business Central Subscription Billing",
    "period.partial_price_align_end",
    "period.partial_price_align_start",
)
def partial_period_price(given):
    """The price is for the base period; a billing line ends with the rhythm at the latest."""
    starts_on, alignment = day(given["start"]), bc_alignment(given)
    rhythm_ends = boundary_after(starts_on, formula_months(given["rhythm"]), alignment=alignment)

    def price_until(until):
        count = period_count(
            Period(starts_on, until),
            months_each=formula_months(given["base_period"]),
            alignment=alignment,
        )
        periods = count.whole + Fraction(count.stub_days, count.stub_of_days)
        return to_places(fraction(given["base_price"]) * periods, 3)

    bill_to = after(given["bill_to"])
    return {
        "unit_price": price_until(min(bill_to, rhythm_ends)),
        "simple_model": price_until(bill_to),
    }
