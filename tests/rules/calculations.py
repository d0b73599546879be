"""Calculation policies and parts of terms of every kind, for properties."""

from datetime import date, timedelta

from hypothesis import strategies as st

from perenne.rules.calculation import DENOMINATORS, Base, CalculationPolicy, DiscountOrder
from perenne.rules.calendar import Period, month_later
from perenne.rules.discounts import AmountOff, PercentOff
from perenne.rules.money import Currency, RemainderTo, Rounding
from perenne.rules.periods import Alignment
from perenne.rules.proration import Charge
from perenne.rules.shares import rest_of_term

CURRENCIES = st.sampled_from(
    [
        Currency("USD", 2, 1),
        Currency("TWD", 2, 100),
        Currency("JPY", 0, 1),
        Currency("KWD", 3, 10),
    ]
)
MONTHS = st.sampled_from([1, 3, 12, 24, 36])
first_days = st.dates(date(2019, 1, 1), date(2032, 12, 31))
charges = st.builds(Charge, unit_minor=st.integers(0, 10**7), seats=st.integers(1, 500))
discounts = st.builds(PercentOff, st.fractions(0, 1)) | st.builds(AmountOff, st.integers(0, 10**7))


@st.composite
def policies(draw, bases=tuple(Base)):
    """Any policy that a catalogue could define."""
    base = draw(st.sampled_from(bases))
    fields = {"denominator": st.sampled_from(DENOMINATORS[base])} if DENOMINATORS[base] else {}
    if base is Base.DAILY_RATE:
        fields |= {"places": st.integers(0, 9), "rate_rounding": st.sampled_from(Rounding)}
    if base in (Base.WHOLE_PERIODS_PLUS_STUB, Base.STARTED_PERIODS_WHOLE):
        fields |= {
            "period_months": st.sampled_from([1, 3, 5]),
            "alignment": st.sampled_from(Alignment),
        }
    common = {
        "rounding": st.sampled_from(Rounding),
        "remainder": st.sampled_from(RemainderTo),
        "order": st.sampled_from(DiscountOrder),
    }
    chosen = draw(st.fixed_dictionaries(fields | common))
    return CalculationPolicy(name="drawn", base=base, **chosen)


@st.composite
def terms(draw):
    """A term as it is sold: months from a boundary of an anchor, which may be clamped."""
    months, anchor = draw(MONTHS), draw(st.integers(1, 31))
    starts_on = month_later(draw(first_days), 0, anchor=anchor)
    return Period(starts_on, month_later(starts_on, months, anchor=anchor)), months, anchor


@st.composite
def rests(draw):
    """The rest of a term that is joined on any of its days."""
    term, months, anchor = draw(terms())
    joins_on = term.starts_on + timedelta(draw(st.integers(0, term.length_days - 1)))
    return rest_of_term(term, months=months, anchor=anchor, joins_on=joins_on)
