"""Formulas of prices, discounts, tiers, taxes and parts of a term."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

from hypothesis import strategies as st

from tests.rules.references.writing import (
    all_days,
    cents,
    cut,
    days_within,
    half_up,
    months_after,
    number,
    percents,
    prices,
    quantities,
    refers,
    refers_to,
    texts,
    two_days,
)

ADOBE = "Adobe VIP Marketplace"
MICROSOFT = "Microsoft Partner Center (legacy licence based)"
NCE = "Microsoft new commerce (NCE)"
MONTH_LENGTHS = (28, 29, 30, 31)
YEAR_LENGTHS = (365, 366)


@refers(ADOBE, "discount.percent", list_price=prices, discount_percent=percents)
def percent_off(given):
    return {"net": half_up(number(given["list_price"]) * (100 - given["discount_percent"]) / 100)}


@refers(ADOBE, "discount.fixed", list_price=texts(50, 90, 2), discount_amount=texts(0, 50, 2))
def amount_off(given):
    return {"net": number(given["list_price"]) - number(given["discount_amount"])}


@refers_to(
    ADOBE,
    "discount.fixed_then_prorate",
    inputs=days_within(
        "days",
        "year_days",
        lengths=YEAR_LENGTHS,
        others={
            "list_price": texts(100, 900, 2),
            "discount_amount": texts(0, 100, 2),
            "quantity": quantities,
        },
    ),
)
def amount_off_then_prorated(given):
    yearly = number(given["list_price"]) - number(given["discount_amount"])
    unit = cut(yearly * given["days"] / given["year_days"], 3)
    return {
        "discounted_yearly": yearly,
        "unit_net_3dp": unit,
        "line_total": half_up(unit * given["quantity"]),
    }


@refers(ADOBE, "price_level.boundary", quantity=st.integers(1, 200))
def level(given):
    quantity = given["quantity"]
    return {"level": "04" if quantity > 99 else "03" if quantity > 49 else _low(quantity)}


def _low(quantity):
    return "02" if quantity > 9 else "01"


@refers(
    ADOBE,
    "price_level.linked_membership",
    owner_qty=quantities,
    member_qty=quantities,
    level_thresholds=st.lists(st.integers(2, 400), min_size=3, max_size=3, unique=True).map(
        lambda ends: dict(zip(("01", "02", "03", "04"), [1, *sorted(ends)], strict=True))
    ),
)
def linked_level(given):
    total = given["owner_qty"] + given["member_qty"]
    reached = [name for name, least in given["level_thresholds"].items() if least <= total]
    return {"total": total, "level": max(reached)}


@refers_to(
    ADOBE,
    "proration.add_to_coterm",
    inputs=two_days(
        "order_date",
        "anniversary_date",
        apart=st.integers(1, 365),
        others={"yearly_price": prices, "quantity": quantities},
    ),
)
def add_to_anniversary(given):
    order, anniversary = (
        date.fromisoformat(given[name]) for name in ("order_date", "anniversary_date")
    )
    covered = all_days(order, anniversary)
    leap = any((day.month, day.day) == (2, 29) for day in covered)
    daily = cut(number(given["yearly_price"]) / (366 if leap else 365), 9)
    line = half_up(daily * len(covered) * given["quantity"])
    return {"days": len(covered), "daily": daily, "line_total": line}


@refers_to(
    ADOBE,
    "rounding.truncate_vs_half_up",
    inputs=days_within("days", "year_days", lengths=YEAR_LENGTHS, others={"yearly_price": prices}),
)
def cut_or_half_up(given):
    exact = number(given["yearly_price"]) * given["days"] / given["year_days"]
    return {"published": cut(exact), "half_up": half_up(exact)}


@refers_to(
    "Autodesk",
    "coterm.align_to_latest",
    inputs=two_days(
        "own_end",
        "target_end",
        apart=st.integers(0, 365),
        others={"yearly_renewal_price": prices, "seats": quantities},
    ),
)
def align_to_latest(given):
    days = len(all_days(*(date.fromisoformat(given[k]) for k in ("own_end", "target_end"))))
    total = number(given["yearly_renewal_price"]) * days / 365 * given["seats"]
    return {"days": days, "total": half_up(total)}


@refers_to(
    "Autodesk",
    "proration.add_to_coterm",
    inputs=two_days(
        "add_date",
        "term_end_exclusive",
        apart=st.integers(1, 365),
        others={"yearly_price": prices, "seats": quantities},
    ),
)
def add_seats(given):
    added, end = (date.fromisoformat(given[k]) for k in ("add_date", "term_end_exclusive"))
    of = len(all_days(months_after(end, -12), end))
    days = len(all_days(added, end))
    return {
        "days": days,
        "total": half_up(number(given["yearly_price"]) * days / of * given["seats"]),
    }


@refers("Autodesk", "renewal.price_vs_new", new_3y_price=prices, renewal_discount_percent=percents)
def renewal_price(given):
    share = Fraction(100 - given["renewal_discount_percent"], 100)
    return {"renewal_3y": half_up(number(given["new_3y_price"]) * share)}


@refers("Autodesk", "renewal.term_comparison", renewal_1y=prices, renewal_3y=prices)
def term_comparison(given):
    return {"saving": 3 * number(given["renewal_1y"]) - number(given["renewal_3y"])}


@refers(
    "CSP marketplace platform",
    "rounding.markup",
    cost=prices,
    markup_percent=texts(0, 40, 3),
    quantity=quantities,
)
def markup(given):
    unit = number(given["cost"]) * (1 + number(given["markup_percent"]) / 100)
    return {
        "unit": unit,
        "total": half_up(unit * given["quantity"]),
        "total_if_unit_rounded": half_up(unit) * given["quantity"],
    }


@refers(
    "CSP marketplace platform",
    "rounding.unit_then_quantity",
    unit=texts(0, 9, 4),
    quantity=quantities,
)
def unit_times_quantity(given):
    unit = number(given["unit"])
    shown = half_up(unit)
    return {
        "total": half_up(unit * given["quantity"]),
        "shown_unit": shown,
        "shown_product": shown * given["quantity"],
    }


@refers(
    "IBM",
    "coterm.daily_cost_uplift",
    old_cost=prices,
    old_days=st.integers(1, 400),
    new_days=st.integers(0, 800),
    uplift_percent=percents,
)
def cost_with_uplift(given):
    daily = number(given["old_cost"]) / given["old_days"]
    uplift = 1 + Fraction(given["uplift_percent"], 100)
    return {"new_cost": half_up(daily * given["new_days"] * uplift)}


@refers_to(
    "Kill Bill",
    "coterm.first_stub_to_bill_day",
    inputs=st.builds(
        lambda start, length, used, price: {
            "price": price,
            "start": (start + timedelta(length - used)).isoformat(),
            "next_bill_date": (start + timedelta(length)).isoformat(),
            "full_period": [start.isoformat(), (start + timedelta(length)).isoformat()],
        },
        st.dates(date(2020, 1, 1), date(2026, 1, 1)),
        st.integers(28, 31),
        st.integers(0, 28),
        prices,
    ),
)
def first_stub(given):
    start, end = (date.fromisoformat(given[name]) for name in ("start", "next_bill_date"))
    whole = len(all_days(*map(date.fromisoformat, given["full_period"])))
    return {"amount": half_up(number(given["price"]) * len(all_days(start, end)) / whole)}


@refers("Kill Bill", "coterm.one_invoice", prices=st.lists(prices, min_size=1))
def one_invoice(given):
    return {"total": sum(map(number, given["prices"]))}


@refers_to(
    MICROSOFT,
    "proration.daily_rate_exact",
    inputs=days_within(
        "days",
        "year_days",
        lengths=YEAR_LENGTHS,
        others={"yearly_price": prices, "quantity": quantities},
    ),
)
def exact_daily(given):
    exact = number(given["yearly_price"]) * given["days"] / given["year_days"]
    return {"amount": half_up(exact * given["quantity"])}


@refers(
    MICROSOFT,
    "proration.daily_rate_rounded_2dp",
    yearly_price=prices,
    days=st.integers(0, 365),
    quantity=quantities,
)
def daily_of_two_places(given):
    daily = half_up(number(given["yearly_price"]) / 365)
    return {"amount": daily * given["days"] * given["quantity"]}


@refers_to(
    MICROSOFT,
    "proration.daily_rate_rounded_3dp",
    inputs=days_within(
        "days", "month_days", lengths=MONTH_LENGTHS, others={"monthly_price": prices}
    ),
)
def daily_of_three_places(given):
    price, days, of = number(given["monthly_price"]), given["days"], given["month_days"]
    return {"amount": half_up(half_up(price / of, 3) * days), "exact": half_up(price * days / of)}


@refers_to(
    MICROSOFT,
    "proration.month_actual_days",
    inputs=days_within(
        "days",
        "month_days",
        lengths=MONTH_LENGTHS,
        others={"monthly_price": prices, "quantity": quantities},
    ),
)
def unit_of_days(given):
    unit = half_up(number(given["monthly_price"]) * given["days"] / given["month_days"])
    return {"amount": unit * given["quantity"]}


@refers(NCE, "renewal.line", monthly_price=prices, quantity=quantities)
def renewal_line(given):
    return {"amount": number(given["monthly_price"]) * given["quantity"]}


@refers_to(
    NCE,
    "rounding.display_truncated_amount_exact",
    inputs=days_within(
        "days",
        "month_days",
        lengths=MONTH_LENGTHS,
        others={"monthly_price": prices, "quantity": quantities},
    ),
)
def unit_shown_cut(given):
    unit = number(given["monthly_price"]) * given["days"] / given["month_days"]
    return {"unit_shown": cut(unit), "amount": half_up(unit * given["quantity"])}


@refers_to(
    "Oracle Subscription Management",
    "period.partial_bill",
    inputs=days_within("days", "period_days", lengths=(30, 31), others={"price": prices}),
)
def partial_bill(given):
    return {"amount": half_up(number(given["price"]) * given["days"] / given["period_days"])}


tiers_of = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 30_000)), min_size=1, max_size=4
).map(
    lambda widths: [
        [None if index == len(widths) - 1 else sum(w for w, _ in widths[: index + 1]), price]
        for index, (_, price) in enumerate(widths)
    ]
)
priced_tiers = tiers_of.map(
    lambda tiers: [[end, f"{price // 100}.{price % 100:02}"] for end, price in tiers]
)


def price_of_seat(tiers, seat):
    return next(number(price) for end, price in tiers if end is None or seat <= end)


def graduated_sum(tiers, quantity):
    return sum(price_of_seat(tiers, seat) for seat in range(1, quantity + 1))


@refers("Polar", "tiers.graduated", qty=st.integers(0, 250), tiers_cents=tiers_of)
def graduated(given):
    return {"cents": graduated_sum(given["tiers_cents"], given["qty"])}


@refers(
    "Polar",
    "tiers.graduated_plus_base",
    seats=st.integers(0, 250),
    base=prices,
    tiers=priced_tiers,
)
def graduated_plus_base(given):
    return {"total": number(given["base"]) + graduated_sum(given["tiers"], given["seats"])}


@refers("Polar", "tiers.volume", seats=quantities, tiers=priced_tiers)
def volume(given):
    return {"total": price_of_seat(given["tiers"], given["seats"]) * given["seats"]}


@refers("Salesforce CPQ", "proration.daily_price", price=prices, days=st.just(365))
def daily_price(given):
    return {"daily": half_up(number(given["price"]) / 365, 4)}


@refers("Salesforce CPQ", "proration.monthly_price", price=prices, months=st.integers(1, 60))
def monthly_price(given):
    return {"monthly": half_up(number(given["price"]) / given["months"], 4)}


@refers(
    "Salesforce CPQ",
    "proration.effective_over_default_term",
    price=prices,
    default_term=st.integers(1, 36),
    effective_term=st.integers(0, 60),
)
def effective_term(given):
    share = Fraction(given["effective_term"], given["default_term"])
    return {"total": half_up(number(given["price"]) * share)}


@refers(
    "Salesforce Revenue Cloud",
    "rounding.remainder_strategy",
    total=prices,
    parts=st.integers(2, 36),
)
def remainder(given):
    part = cut(number(given["total"]) / given["parts"])
    return {"part": part, "remainder": number(given["total"]) - part * given["parts"]}


@refers("ServiceNow", "renewal.uplift", basis_price=prices, uplift_percent=percents)
def uplift(given):
    raised = number(given["basis_price"]) * (100 + given["uplift_percent"]) / 100
    return {"price": half_up(raised)}


@refers("ServiceNow", "renewal.uplift_max", candidates=st.lists(prices, min_size=1))
def greatest(given):
    return {"price": max(map(number, given["candidates"]))}


@refers(
    "ServiceNow",
    "renewal.uplift_per_year",
    basis_price=prices,
    uplift_percent=percents,
    term_years=st.integers(1, 5),
)
def uplift_per_year(given):
    share = 1 + Fraction(given["uplift_percent"], 100) * given["term_years"]
    return {"price": half_up(number(given["basis_price"]) * share)}


@refers_to(
    "Zuora",
    "proration.allowance",
    inputs=days_within(
        "days", "month_days", lengths=MONTH_LENGTHS, others={"allowance": st.integers(0, 900)}
    ),
)
def allowance(given):
    return {"value": Fraction(given["allowance"]) * given["days"] / given["month_days"]}


@refers_to(
    "Lago",
    "rounding.integer_division",
    inputs=days_within("days", "month_days", lengths=MONTH_LENGTHS, others={"price_cents": cents}),
)
def integer_division(given):
    return {"cents": given["price_cents"] * given["days"] // given["month_days"]}


@refers_to(
    "Lago",
    "rounding.components_must_foot",
    inputs=days_within(
        "days_left",
        "days",
        lengths=(7, 30, 31),
        others={"price_cents": cents, "tax_percent": percents | texts(0, 40, 2)},
    ),
)
def components(given):
    exact = Fraction(given["price_cents"] * given["days_left"], given["days"])
    rate = number(given["tax_percent"]) / 100
    net, tax = floor(exact + Fraction(1, 2)), floor(exact * rate + Fraction(1, 2))
    naive = floor(exact * (1 + rate) + Fraction(1, 2))
    return {"net": net, "tax": tax, "total": net + tax, "naive_total": naive}


@refers(
    "Lago",
    "rounding.partial_credits_bounded_by_invoice",
    items=st.lists(texts(1, 200, 2), min_size=1),
    tax_percent=percents,
)
def credits_of_an_invoice(given):
    factor = 1 + Fraction(given["tax_percent"], 100)
    whole = half_up(sum(map(number, given["items"])) * factor)
    separate = [half_up(number(item) * factor) for item in given["items"]]
    return {
        "invoice_total": whole,
        "separate_sum": sum(separate),
        "capped_sum": min(whole, sum(separate)),
    }
