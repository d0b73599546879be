"""Prices as texts and cents, and parts of them as days of a period, in the terms of our rules."""

from datetime import date, timedelta
from fractions import Fraction

from perenne.rules.calculation import EXACT_FRACTION, CalculationPolicy
from perenne.rules.calendar import Period
from perenne.rules.discounts import Discount
from perenne.rules.money import Currency, Rounding, rounded
from perenne.rules.proration import Charge, Prorated, prorate
from perenne.rules.shares import PartOfTerm
from perenne.rules.trace import StepCode, exact_amount, step

CENTS = Currency("XXX", 2, 1)
_DAY = date(2001, 1, 1)


def fraction(number):
    """A decimal text, a whole number or a share like 1/2, exact."""
    return Fraction(str(number))


def percent(number):
    """10 or "3.472" per cent as a share."""
    return fraction(number) / 100


def to_places(value, places, *, rule=Rounding.HALF_UP):
    """Rounded to decimals."""
    return rounded(Fraction(value), rule=rule, step=Fraction(1, 10**places))


def day(text):
    return date.fromisoformat(text)


def after(last_day):
    """The first day that is not covered, of a day that is covered as the last."""
    return day(last_day) + timedelta(1)


def in_cents_of(*prices):
    """A currency whose minor units can hold the prices, billed in hundredths."""
    decimals = max(2, *(len(str(price).partition(".")[2]) for price in prices))
    return Currency("XXX", decimals, 10 ** (decimals - 2))


def part_of(days, of):
    """So many days of a term of so many."""
    term = Period(_DAY, _DAY + timedelta(int(of)))
    return PartOfTerm(
        term=term, months=12, anchor=1, starts_on=_DAY, renews_on=_DAY + timedelta(int(days))
    )


def charged(
    price,
    part,
    *,
    quantity=1,
    discount: Discount | None = None,
    calculation: CalculationPolicy = EXACT_FRACTION,
    currency: Currency | None = None,
) -> tuple[Prorated, Currency]:
    """A price in major units for a part of a term, by a calculation policy."""
    currency = currency or in_cents_of(price)
    unit_minor = fraction(price) * 10**currency.exponent
    assert unit_minor.denominator == 1
    charge = Charge(unit_minor=unit_minor.numerator, seats=quantity, discount=discount)
    return prorate(charge, part, calculation=calculation, currency=currency), currency


def amount(price, part, **given):
    """The same, as an amount in major units."""
    priced, currency = charged(price, part, **given)
    return Fraction(priced.amount_minor, 10**currency.exponent)


def amount_of_days(price, days, of, **given):
    """A price for so many days of so many."""
    return amount(price, part_of(days, of), **given)


def cents_of_days(cents, days, of, **given):
    """A price in cents for so many days of so many, in cents."""
    return amount_of_days(fraction(cents) / 100, days, of, currency=CENTS, **given) * 100


def exact_of_days(number, days, of):
    """Anything for so many days of so many, not rounded."""
    parts = step(StepCode.DAYS, days=int(days), of=int(of))
    whole = fraction(number)
    given = step(StepCode.GIVEN, amount_minor=whole.numerator)
    return exact_amount((given, parts)) / whole.denominator


def daily_rate(priced: Prorated, currency: Currency):
    """The price of one day, in major units, from the trace of an amount."""
    start, rate = (
        next(one for one in priced.trace if one.code is code)
        for code in (StepCode.GIVEN, StepCode.DAILY_RATE)
    )
    one_day = step(StepCode.DAILY_RATE, **{**dict(rate.facts), "days": 1})
    return exact_amount((start, one_day)) / 10**currency.exponent
