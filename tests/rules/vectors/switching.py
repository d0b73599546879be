"""A switch credits what is left of the old price and charges what is left of the new one."""

from fractions import Fraction

from perenne.rules.calculation import EXACT_FRACTION
from perenne.rules.calendar import Period, month_later
from perenne.rules.credits import PaidAmount, credit_at_most
from perenne.rules.discounts import AmountOff, PercentOff
from perenne.rules.proration import Charge, prorate
from tests.rules.vectors.amounts import (
    CENTS,
    after,
    amount_of_days,
    cents_of_days,
    day,
    fraction,
    part_of,
    percent,
    to_places,
)
from tests.rules.vectors.running import adapts

POLAR_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def legs(old, new, left, period):
    """Credit and charge, each rounded; the net is their difference, as it is shown."""
    credit = amount_of_days(old, left, period)
    charge = amount_of_days(new, left, period)
    return {"credit": credit, "charge": charge, "net": charge - credit}


@adapts("Adobe VIP Marketplace", "switch.net_charge")
def discounted_switch(given):
    return legs(
        given["old_paid_yearly"],
        given["new_yearly_after_discount"],
        given["days_left"],
        given["year_days"],
    )


@adapts("Chargebee", "switch.net_charge")
@adapts("Polar", "switch.net_charge")
def switch_after_days_used(given):
    left = given["period"] - given["used"]
    return legs(given["old"], given["new"], left, given["period"])


@adapts("WooCommerce Subscriptions", "switch.net_charge")
def net_of_prices(given):
    more = fraction(given["new"]) - fraction(given["old"])
    return {"net": amount_of_days(_decimal(more), given["days_left"], given["month_days"])}


def _decimal(number):
    """A price as a text of cents."""
    cents = number * 100
    assert cents.denominator == 1
    return (
        f"{'-' if cents < 0 else ''}{abs(cents.numerator) // 100}.{abs(cents.numerator) % 100:02}"
    )


@adapts("Flexprice", "switch.net_charge")
def upgrade(given):
    days = Period(day(given["change"]), after(given["last_day"])).length_days
    shown = legs(given["old"], given["new"], days, given["period_days"])
    more = _decimal(fraction(given["new"]) - fraction(given["old"]))
    return {
        "days": days,
        "credit": -shown["credit"],
        "charge": shown["charge"],
        "net": shown["net"],
        "net_if_rounded_last": amount_of_days(more, days, given["period_days"]),
    }


@adapts("Flexprice", "switch.net_credit")
def downgrade(given):
    part = part_of(given["days"], given["period_days"])
    credit_minor, charge_minor = (
        prorate(
            Charge(unit_minor=int(fraction(price) * 100), seats=quantity),
            part,
            calculation=EXACT_FRACTION,
            currency=CENTS,
        ).amount_minor
        for price, quantity in (
            (given["old"], given["old_qty"]),
            (given["new"], given["new_qty"]),
        )
    )
    paid = PaidAmount(paid_minor=int(fraction(given["amount_paid"]) * 100))
    credit = Fraction(credit_at_most(credit_minor, paid), 100)
    charge = Fraction(charge_minor, 100)
    return {"credit": -credit, "charge": charge, "net": charge - credit}


@adapts("Flexprice", "items.remove")
def item_removed(given):
    return {"credit": -amount_of_days(given["price"], given["days"], given["period_days"])}


@adapts("Flexprice", "credit.cap_at_amount_paid")
def capped_credit(given):
    potential, paid, credited = (
        int(fraction(given[name]) * 100)
        for name in ("potential", "original_paid", "previous_credits")
    )
    of = PaidAmount(paid_minor=paid, credited_minor=credited)
    return {"credit": Fraction(credit_at_most(potential, of), 100)}


@adapts("Lago", "switch.credit")
def unused_month(given):
    return {"cents": cents_of_days(given["monthly_cents"], given["days_left"], given["month_days"])}


@adapts("Lago", "switch.month_to_year")
def month_to_year(given):
    days = Period(day(given["switch"]), day(given["next_anchor"])).length_days
    return {
        "days": days,
        "cents": cents_of_days(given["yearly_cents"], days, given["year_days"]),
    }


def net_and_tax(cents, days, of, tax_percent):
    """Both rounded from the exact net; the total is their sum, as it is shown."""
    exact = Fraction(cents) * days / of
    return to_places(exact, 0), to_places(exact * percent(tax_percent), 0)


@adapts("Lago", "switch.same_day_twice")
def charge_or_credit(given):
    net, tax = net_and_tax(
        given["price_cents"], given["days"], given["month_days"], given["tax_percent"]
    )
    return {"cents": net + tax}


@adapts("Lago", "rounding.components_must_foot")
def components(given):
    price, days, of = given["price_cents"], given["days_left"], given["days"]
    net, tax = net_and_tax(price, days, of, given["tax_percent"])
    naive = Fraction(price) * days / of * (1 + percent(given["tax_percent"]))
    return {"net": net, "tax": tax, "total": net + tax, "naive_total": to_places(naive, 0)}


def cycle_legs(old_cents, new_cents, cycle, change):
    """Of a cycle with its end, from the day of the change on."""
    return {
        "credit": cents_of_days(old_cents, cycle.days_left(change), cycle.length_days),
        "debit": cents_of_days(new_cents, cycle.days_left(change), cycle.length_days),
    }


def cycle_of(starts_on, interval):
    months = POLAR_MONTHS[interval]
    return Period(starts_on, month_later(starts_on, months, anchor=starts_on.day))


@adapts("Polar", "switch.same_interval")
def switch_in_a_month(given):
    cycle = cycle_of(day(given["cycle_start"]), given.get("interval", "month"))
    return cycle_legs(given["old_cents"], given["new_cents"], cycle, day(given["change"]))


@adapts("Polar", "switch.same_interval_year")
def switch_in_a_year(given):
    cycle = cycle_of(day(given["cycle_start"]), given.get("interval", "year"))
    return cycle_legs(given["old_cents"], given["new_cents"], cycle, day(given["change"]))


@adapts("Polar", "switch.own_cycle_per_subscription", "switch.several_in_one_cycle")
def switch_in_a_cycle(given):
    cycle = Period(*map(day, given["cycle"]))
    return cycle_legs(given["old_cents"], given["new_cents"], cycle, day(given["change"]))


def new_cycle_now(given, interval):
    """The old cycle is credited; a new one begins, and is charged whole."""
    cycle = cycle_of(day(given["cycle_start"]), interval)
    shown = cycle_legs(given["old_cents"], 0, cycle, day(given["change"]))
    return {"credit": shown["credit"], "debit": cents_of_days(given["new_cents"], 1, 1)}


@adapts("Polar", "switch.month_to_year")
def from_month_to_year(given):
    return new_cycle_now(given, "month")


@adapts("Polar", "switch.year_to_month")
def from_year_to_month(given):
    return new_cycle_now(given, "year")


def polar_discount(text):
    """A discount as "none", "50%" or "-2500" cents."""
    if text in (None, "none"):
        return None
    if str(text).endswith("%"):
        return PercentOff(percent(text[:-1]))
    return AmountOff(abs(int(text)))


@adapts("Polar", "discount.credit_uses_old_discount")
def discounted_legs(given):
    left, of = given["days_left"], given["days"]
    old, new = polar_discount(given["old_discount"]), polar_discount(given["new_discount"])
    return {
        "credit": cents_of_days(given["old_cents"], left, of, discount=old),
        "debit": cents_of_days(given["new_cents"], left, of, discount=new),
    }


@adapts("Polar", "seats.change_with_scheduled_plan_change")
def seats_before_a_scheduled_change(given):
    left = fraction(given["fraction_left"])
    more = given["seats_after"] - given["seats_before"]
    seats = cents_of_days(
        given["current_price_cents"], left.numerator, left.denominator, quantity=abs(more) or 1
    )
    signed = seats if more > 0 else -seats if more else Fraction(0)
    return {
        "proration": signed,
        "next_cycle": given["scheduled_price_cents"] * given["seats_after"],
    }
