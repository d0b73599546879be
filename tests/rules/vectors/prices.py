"""Discounts, quantity levels and tiers, renewal prices and uplifts."""

from itertools import pairwise

from perenne.rules.calculation import Base, CalculationPolicy
from perenne.rules.discounts import AmountOff, PercentOff
from perenne.rules.money import Currency, RemainderTo, Rounding, allocate
from perenne.rules.tiers import Tariff, Tier, tier_index, tiered
from perenne.rules.trace import StepCode, recompute, rounding_step, step
from perenne.rules.uplift import uplifted
from tests.rules.vectors.amounts import (
    CENTS,
    amount,
    fraction,
    in_cents_of,
    part_of,
    percent,
    to_places,
)
from tests.rules.vectors.running import Unrounded, adapts

ADOBE = "Adobe VIP Marketplace"
WHOLE = part_of(1, 1)
ADOBE_LEVELS = {"01": 1, "02": 10, "03": 50, "04": 100}
# The unit is cut to three places, and then multiplied.
CUT_UNIT = CalculationPolicy(
    name="cut unit", base=Base.UNIT_THEN_QUANTITY, rounding=Rounding.TRUNCATE
)


def amount_off(text, price):
    currency = in_cents_of(text, price)
    return AmountOff(int(fraction(text) * 10**currency.exponent)), currency


@adapts(ADOBE, "discount.percent")
def percent_off(given):
    discount = PercentOff(percent(given["discount_percent"]))
    return {"net": amount(given["list_price"], WHOLE, discount=discount)}


@adapts(ADOBE, "discount.fixed")
def fixed_amount_off(given):
    discount, currency = amount_off(given["discount_amount"], given["list_price"])
    return {"net": amount(given["list_price"], WHOLE, discount=discount, currency=currency)}


@adapts(ADOBE, "discount.fixed_then_prorate")
def fixed_amount_off_then_prorated(given):
    off = fraction(given["discount_amount"])
    exponent = max(3, in_cents_of(given["list_price"], given["discount_amount"]).exponent)
    in_thousandths = Currency("XXX", exponent, 10 ** (exponent - 3))
    charge = {
        "discount": AmountOff(int(off * 10**exponent)),
        "calculation": CUT_UNIT,
        "currency": in_thousandths,
    }
    part = part_of(given["days"], given["year_days"])
    line = amount(given["list_price"], part, quantity=given["quantity"], **charge)
    return {
        "discounted_yearly": amount(given["list_price"], WHOLE, **charge),
        "unit_net_3dp": amount(given["list_price"], part, **charge),
        "line_total": to_places(line, 2),
    }


def level_of(thresholds, quantity):
    """Levels whose thresholds are the quantities from which they apply."""
    ascending = sorted(thresholds.items(), key=lambda item: item[1])
    ends = [above - 1 for (_, below), (_, above) in pairwise(ascending)]
    index = tier_index([Tier(end, 0) for end in [*ends, None]], quantity)
    return ascending[index][0]


@adapts(ADOBE, "price_level.boundary")
def price_level(given):
    return {"level": level_of(given.get("level_thresholds", ADOBE_LEVELS), given["quantity"])}


@adapts(ADOBE, "price_level.linked_membership")
def price_level_of_linked_customers(given):
    total = sum(quantity for name, quantity in given.items() if name.endswith("_qty"))
    thresholds = given.get("level_thresholds", ADOBE_LEVELS)
    return {"total": total, "level": level_of(thresholds, total)}


def tiered_amount(tiers, quantity, tariff):
    """What so many cost, in the unit of the prices; nothing costs nothing."""
    if not quantity:
        return fraction(0)
    scale = 10 ** in_cents_of(*(price for _, price in tiers)).exponent
    priced = [Tier(up_to, int(fraction(price) * scale)) for up_to, price in tiers]
    return fraction(tiered(priced, quantity, tariff=tariff).amount_minor) / scale


@adapts("Polar", "tiers.graduated")
def graduated(given):
    return {"cents": tiered_amount(given["tiers_cents"], given["qty"], Tariff.GRADUATED)}


@adapts("Polar", "tiers.graduated_plus_base")
def graduated_plus_base(given):
    seats = tiered_amount(given["tiers"], given["seats"], Tariff.GRADUATED)
    return {"total": fraction(given["base"]) + seats}


@adapts("Polar", "tiers.volume")
def volume(given):
    return {"total": tiered_amount(given["tiers"], given["seats"], Tariff.VOLUME)}


@adapts("Autodesk", "renewal.price_vs_new")
def renewal_price(given):
    discount = PercentOff(percent(given["renewal_discount_percent"]))
    return {"renewal_3y": amount(given["new_3y_price"], WHOLE, discount=discount)}


@adapts("Autodesk", "renewal.term_comparison")
def three_terms_or_one(given):
    three = amount(given["renewal_1y"], WHOLE, quantity=3)
    return {"saving": three - amount(given["renewal_3y"], WHOLE)}


@adapts("Microsoft new commerce (NCE)", "renewal.line")
def renewal_line(given):
    return {"amount": amount(given["monthly_price"], WHOLE, quantity=given["quantity"])}


def raised(price, uplift_percent, *, years=1):
    currency = in_cents_of(price)
    paid_minor = int(fraction(price) * 10**currency.exponent)
    raised_to = uplifted(paid_minor, uplift=percent(uplift_percent), years=years, currency=currency)
    return fraction(raised_to.unit_minor) / 10**currency.exponent


@adapts("ServiceNow", "renewal.uplift")
def uplift(given):
    return {"price": raised(given["basis_price"], given["uplift_percent"])}


@adapts("ServiceNow", "renewal.uplift_per_year")
def uplift_per_year(given):
    price = raised(given["basis_price"], given["uplift_percent"], years=given["term_years"])
    return {"price": price}


@adapts("ServiceNow", "renewal.uplift_max")
def greatest_candidate(given):
    return {"price": max(amount(price, WHOLE) for price in given["candidates"])}


@adapts("IBM", "coterm.daily_cost_uplift")
def daily_cost_with_uplift(given):
    whole = fraction(given["old_cost"]) * 100
    trace = (
        step(StepCode.PAID, amount_minor=int(whole)),
        step(StepCode.DAYS, days=given["new_days"], of=given["old_days"]),
        step(StepCode.UPLIFT, share=str(1 + percent(given["uplift_percent"]))),
        rounding_step(Rounding.HALF_UP, step_minor=CENTS.billing_step_minor),
    )
    return {"new_cost": fraction(recompute(trace)) / 100}


@adapts("CSP marketplace platform", "rounding.markup")
def markup(given):
    factor = 1 + percent(given["markup_percent"])
    unit = fraction(given["cost"]) * factor
    return {
        "unit": Unrounded(unit),
        "total": to_places(unit * given["quantity"], 2),
        "total_if_unit_rounded": to_places(unit, 2) * given["quantity"],
    }


@adapts("CSP marketplace platform", "rounding.unit_then_quantity")
def unit_times_quantity(given):
    shown = amount(given["unit"], WHOLE)
    return {
        "total": amount(given["unit"], WHOLE, quantity=given["quantity"]),
        "shown_unit": shown,
        "shown_product": shown * given["quantity"],
    }


@adapts("Kill Bill", "coterm.one_invoice")
def one_invoice(given):
    return {"total": sum(amount(price, WHOLE) for price in given["prices"])}


@adapts("Salesforce Revenue Cloud", "rounding.remainder_strategy")
def remainder(given):
    """Given to the first part, or to the last: it is the same amount."""
    cents = int(fraction(given["total"]) * 100)
    first, *_, last = allocate(cents, [1] * given["parts"], remainder=RemainderTo.FIRST)
    return {"part": fraction(last) / 100, "remainder": fraction(first - last) / 100}
