"""Cuts, credits and taxes: where a cent goes."""

from fractions import Fraction

from perenne.rules.calculation import CalculationPolicy
from perenne.rules.calendar import Period
from perenne.rules.credits import PaidAmount, credit_at_most
from perenne.rules.money import Rounding
from perenne.rules.tax import TaxRule, tax_on
from tests.rules.vectors.amounts import CENTS, after, cents_of_days, day, fraction, percent
from tests.rules.vectors.running import adapts

CUT = CalculationPolicy(name="cut", rounding=Rounding.TRUNCATE)


@adapts("Lago", "rounding.integer_division")
def integer_division(given):
    price, days, of = given["price_cents"], given["days"], given["month_days"]
    return {"cents": cents_of_days(price, days, of, calculation=CUT)}


@adapts("Lago", "proration.whole_period_denominator")
def used_of_the_whole_period(given):
    whole, used = (
        Period(day(first), after(last)).length_days
        for first, last in (given["period"], given["used"])
    )
    return {"days": used, "cents": cents_of_days(given["price_cents"], used, whole)}


@adapts("Lago", "rounding.partial_credits_bounded_by_invoice")
def credits_of_an_invoice(given):
    rule = TaxRule("tax", percent(given["tax_percent"]))

    def gross(net_minor):
        tax = tax_on(
            net_minor,
            rule=rule,
            country="XX",
            tax_id_verified=False,
            step_minor=CENTS.billing_step_minor,
        )
        return net_minor + tax.tax_minor

    items = [int(fraction(item) * 100) for item in given["items"]]
    paid_minor, credited = gross(sum(items)), 0
    for item in items:
        of = PaidAmount(paid_minor=paid_minor, credited_minor=credited)
        credited += credit_at_most(gross(item), of)
    return {
        "invoice_total": Fraction(paid_minor, 100),
        "separate_sum": Fraction(sum(map(gross, items)), 100),
        "capped_sum": Fraction(credited, 100),
    }
