"""Formulas of switches, credits and charges in the middle of a cycle."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from tests.rules.references.amounts import MONTH_LENGTHS, YEAR_LENGTHS
from tests.rules.references.writing import (
    all_days,
    cents,
    days_of_calendar,
    days_within,
    half_up,
    months_after,
    number,
    percents,
    prices,
    refers,
    refers_to,
    two_days,
)

FLEXPRICE = "Flexprice"


def legs(old, new, left, of):
    credit, charge = (half_up(Fraction(price) * left / of) for price in (old, new))
    return {"credit": credit, "charge": charge, "net": charge - credit}


@refers_to(
    "Adobe VIP Marketplace",
    "switch.net_charge",
    inputs=days_within(
        "days_left",
        "year_days",
        lengths=YEAR_LENGTHS,
        others={"old_paid_yearly": prices, "new_yearly_after_discount": prices},
    ),
)
def discounted(given):
    old, new = number(given["old_paid_yearly"]), number(given["new_yearly_after_discount"])
    return legs(old, new, given["days_left"], given["year_days"])


used_of_period = days_within(
    "used", "period", lengths=MONTH_LENGTHS, others={"old": prices, "new": prices}
)


@refers_to("Chargebee", "switch.net_charge", inputs=used_of_period)
@refers_to("Polar", "switch.net_charge", inputs=used_of_period)
def after_days_used(given):
    left = given["period"] - given["used"]
    return legs(number(given["old"]), number(given["new"]), left, given["period"])


@refers_to(
    "WooCommerce Subscriptions",
    "switch.net_charge",
    inputs=days_within(
        "days_left", "month_days", lengths=MONTH_LENGTHS, others={"old": prices, "new": prices}
    ),
)
def net_of_prices(given):
    more = number(given["new"]) - number(given["old"])
    return {"net": half_up(more * given["days_left"] / given["month_days"])}


@refers_to(
    FLEXPRICE,
    "switch.net_charge",
    inputs=two_days(
        "change",
        "last_day",
        apart=st.integers(0, 30),
        others={"old": prices, "new": prices, "period_days": st.just(31)},
    ),
)
def upgrade(given):
    change, last = (date.fromisoformat(given[name]) for name in ("change", "last_day"))
    days, of = (last - change).days + 1, given["period_days"]
    old, new = number(given["old"]), number(given["new"])
    both = legs(old, new, days, of)
    return {
        "days": days,
        "credit": -both["credit"],
        "charge": both["charge"],
        "net": both["net"],
        "net_if_rounded_last": half_up((new - old) * days / of),
    }


@refers_to(
    FLEXPRICE,
    "switch.net_credit",
    inputs=days_within(
        "days",
        "period_days",
        lengths=MONTH_LENGTHS,
        others={
            "old": prices,
            "old_qty": st.integers(1, 9),
            "new": prices,
            "new_qty": st.integers(1, 9),
            "amount_paid": prices,
        },
    ),
)
def downgrade(given):
    share = Fraction(given["days"], given["period_days"])
    potential = half_up(number(given["old"]) * given["old_qty"] * share)
    credit = min(potential, number(given["amount_paid"]))
    charge = half_up(number(given["new"]) * given["new_qty"] * share)
    return {"credit": -credit, "charge": charge, "net": charge - credit}


@refers_to(
    FLEXPRICE,
    "items.remove",
    inputs=days_within("days", "period_days", lengths=MONTH_LENGTHS, others={"price": prices}),
)
def removed(given):
    return {"credit": half_up(-number(given["price"]) * given["days"] / given["period_days"])}


@refers(
    FLEXPRICE,
    "credit.cap_at_amount_paid",
    potential=st.integers(0, 400) | prices,
    original_paid=st.integers(0, 400) | prices,
    previous_credits=st.integers(0, 400) | prices,
)
def capped(given):
    potential, paid, before = (
        number(given[name]) for name in ("potential", "original_paid", "previous_credits")
    )
    return {"credit": max(Fraction(0), min(potential, paid - before))}


@refers_to(
    "Lago",
    "switch.credit",
    inputs=days_within(
        "days_left", "month_days", lengths=MONTH_LENGTHS, others={"monthly_cents": cents}
    ),
)
def unused_month(given):
    exact = Fraction(given["monthly_cents"] * given["days_left"], given["month_days"])
    return {"cents": half_up(exact, 0)}


@refers_to(
    "Lago",
    "switch.month_to_year",
    inputs=two_days(
        "switch",
        "next_anchor",
        apart=st.integers(1, 365),
        others={"yearly_cents": cents, "year_days": st.sampled_from(YEAR_LENGTHS)},
    ),
)
def month_to_year(given):
    days = len(all_days(*(date.fromisoformat(given[k]) for k in ("switch", "next_anchor"))))
    exact = Fraction(given["yearly_cents"] * days, given["year_days"])
    return {"days": days, "cents": half_up(exact, 0)}


@refers_to(
    "Lago",
    "switch.same_day_twice",
    inputs=days_within(
        "days",
        "month_days",
        lengths=MONTH_LENGTHS,
        others={"price_cents": cents, "tax_percent": percents, "case": st.just("a charge")},
    ),
)
def charge_with_tax(given):
    exact = Fraction(given["price_cents"] * given["days"], given["month_days"])
    tax = exact * given["tax_percent"] / 100
    return {"cents": half_up(exact, 0) + half_up(tax, 0)}


@refers_to(
    "Lago",
    "proration.whole_period_denominator",
    inputs=st.builds(
        lambda start, length, skipped, used, price: {
            "price_cents": price,
            "period": [start.isoformat(), (start + timedelta(length - 1)).isoformat()],
            "used": [
                (start + timedelta(skipped)).isoformat(),
                (start + timedelta(skipped + used - 1)).isoformat(),
            ],
        },
        days_of_calendar,
        st.integers(80, 92),
        st.integers(0, 40),
        st.integers(1, 40),
        cents,
    ),
)
def used_of_period(given):
    whole, used = (
        (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        for first, last in (given["period"], given["used"])
    )
    return {"days": used, "cents": half_up(Fraction(given["price_cents"] * used, whole), 0)}


def cycles(months, *, interval):
    """A cycle that begins on a day, and a change on one of its days."""

    def inputs(start, share, old, new):
        length = (months_after(start, months) - start).days
        drawn = {
            "old_cents": old,
            "new_cents": new,
            "cycle_start": start.isoformat(),
            "change": (start + timedelta(int(length * share))).isoformat(),
        }
        return drawn | ({"interval": interval} if interval else {})

    share = st.fractions(0, Fraction(999, 1000), max_denominator=1000)
    return st.builds(inputs, days_of_calendar, share, cents, cents)


def left_of_cycle(given, end):
    start, change = (date.fromisoformat(given[name]) for name in ("cycle_start", "change"))
    return Fraction((end - change).days, (end - start).days)


def cycle_end(given, months):
    return months_after(date.fromisoformat(given["cycle_start"]), months)


def both_legs(given, left):
    return {
        "credit": half_up(given["old_cents"] * left, 0),
        "debit": half_up(given["new_cents"] * left, 0),
    }


@refers_to("Polar", "switch.same_interval", inputs=cycles(1, interval="month"))
def within_a_month(given):
    return both_legs(given, left_of_cycle(given, cycle_end(given, 1)))


@refers_to("Polar", "switch.same_interval_year", inputs=cycles(12, interval="year"))
def within_a_year(given):
    return both_legs(given, left_of_cycle(given, cycle_end(given, 12)))


@refers_to("Polar", "switch.month_to_year", inputs=cycles(1, interval=None))
def month_then_year(given):
    left = left_of_cycle(given, cycle_end(given, 1))
    return {"credit": half_up(given["old_cents"] * left, 0), "debit": given["new_cents"]}


@refers_to("Polar", "switch.year_to_month", inputs=cycles(12, interval=None))
def year_then_month(given):
    left = left_of_cycle(given, cycle_end(given, 12))
    return {"credit": half_up(given["old_cents"] * left, 0), "debit": given["new_cents"]}


def given_cycle(drawn):
    start = date.fromisoformat(drawn.pop("cycle_start"))
    return drawn | {"cycle": [start.isoformat(), months_after(start, 1).isoformat()]}


@refers_to(
    "Polar",
    "switch.own_cycle_per_subscription",
    "switch.several_in_one_cycle",
    inputs=cycles(1, interval=None).map(given_cycle),
)
def within_a_given_cycle(given):
    start, end = map(date.fromisoformat, given["cycle"])
    change = date.fromisoformat(given["change"])
    return both_legs(given, Fraction(len(all_days(change, end)), len(all_days(start, end))))


polar_discounts = (
    st.just("none")
    | percents.map(lambda share: f"{share}%")
    | st.integers(0, 9000).map(lambda off: f"-{off}")
)


def less(price, discount):
    if discount == "none":
        return Fraction(price)
    if discount.endswith("%"):
        return Fraction(price * (100 - int(discount[:-1])), 100)
    return Fraction(max(0, price + int(discount)))


@refers_to(
    "Polar",
    "discount.credit_uses_old_discount",
    inputs=days_within(
        "days_left",
        "days",
        lengths=MONTH_LENGTHS,
        others={
            "old_cents": cents,
            "new_cents": cents,
            "old_discount": polar_discounts,
            "new_discount": polar_discounts,
        },
    ),
)
def discounted_legs(given):
    left = Fraction(given["days_left"], given["days"])
    return {
        "credit": half_up(less(given["old_cents"], given["old_discount"]) * left, 0),
        "debit": half_up(less(given["new_cents"], given["new_discount"]) * left, 0),
    }


@refers(
    "Polar",
    "seats.change_with_scheduled_plan_change",
    current_price_cents=cents,
    scheduled_price_cents=cents,
    seats_before=st.integers(1, 50),
    seats_after=st.integers(1, 50),
    fraction_left=st.sampled_from(["1/2", "1/3", "20/31", "1"]),
)
def seats_changed(given):
    more = given["seats_after"] - given["seats_before"]
    now = given["current_price_cents"] * more * Fraction(given["fraction_left"])
    return {
        "proration": half_up(now, 0),
        "next_cycle": given["scheduled_price_cents"] * given["seats_after"],
    }
