"""Every price can be recomputed from its trace; tax and net make the gross."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.calendar import Period
from perenne.rules.money import Currency
from perenne.rules.prices import (
    GivenPrice,
    ListTerms,
    OfferKey,
    PriceClass,
    derive,
    price_in_force,
    price_line,
    publish,
)
from perenne.rules.tax import TaxRule, tax_on
from perenne.rules.trace import Step, StepCode, from_json, recompute, step, to_json

OFFER = OfferKey("LT", "named_user", 36)
YEAR = Period(date(2027, 1, 1), date(2028, 1, 1))
given_prices = st.builds(GivenPrice, st.integers(0, 10**8), st.none() | st.integers(0, 10**8))


def terms(**given_terms):
    return ListTerms(
        **{
            "region": "US",
            "currency": Currency("USD", 2, 1),
            "valid_from": date(2020, 1, 1),
            "version": 1,
            "renewal_share": lambda months: Fraction(1) if months == 1 else Fraction(9, 10),
        }
        | given_terms
    )


def test_three_years_of_lt_cost_1310_new_and_1179_renewed():
    unit = publish({OFFER: GivenPrice(131000)}, terms()).prices[OFFER]

    new = price_line(unit, price_class=PriceClass.NEW, seats=1, covers=YEAR)
    renewal = price_line(unit, price_class=PriceClass.RENEWAL, seats=10, covers=YEAR)

    assert (new.net_minor, renewal.net_minor) == (131000, 1179000)
    assert str(OFFER) == "LT/named_user/36"


@given(given_prices, st.integers(1, 999_999), st.sampled_from(PriceClass))
def test_a_line_can_be_recomputed_from_its_trace(given_price, seats, price_class):
    unit = publish({OFFER: given_price}, terms()).prices[OFFER]

    line = price_line(unit, price_class=price_class, seats=seats, covers=YEAR)

    assert recompute(line.trace) == line.net_minor
    assert from_json(to_json(line.trace)) == line.trace
    assert recompute(unit.new_trace) == unit.new_minor
    assert recompute(unit.renewal_trace) == unit.renewal_minor


@given(
    given_prices, st.fractions(0, 500).filter(bool), st.sampled_from([(2, 100), (0, 1), (3, 10)])
)
def test_a_derived_price_can_be_recomputed_and_billed(given_price, factor, billed):
    exponent, step_minor = billed

    _, published = derive(
        {OFFER: given_price},
        terms(currency=Currency("XXX", exponent, step_minor)),
        factor=factor,
        source_exponent=2,
    )

    unit = published.prices[OFFER]
    assert unit.new_minor % step_minor == unit.renewal_minor % step_minor == 0
    assert recompute(unit.new_trace) == unit.new_minor
    assert recompute(unit.renewal_trace) == unit.renewal_minor


def test_no_line_without_a_seat():
    unit = publish({OFFER: GivenPrice(100)}, terms()).prices[OFFER]
    with pytest.raises(ValueError, match="at least 1"):
        price_line(unit, price_class=PriceClass.NEW, seats=0, covers=YEAR)


def a_list(valid_from, version, **prices_minor):
    given = {
        OfferKey(code, "named_user", 12): GivenPrice(new) for code, new in prices_minor.items()
    }
    return publish(given, terms(valid_from=valid_from, version=version))


def test_the_price_in_force_is_the_latest_that_has_begun():
    lists = [
        a_list(date(2020, 4, 1), 1, LT=100, FUSE=10),
        a_list(date(2027, 4, 1), 2, LT=200),
        a_list(date(2027, 4, 1), 3, LT=300),
    ]

    def new_minor(product, day):
        found = price_in_force(lists, OfferKey(product, "named_user", 12), on=day)
        return None if found is None else found.new_minor

    assert new_minor("LT", date(2020, 3, 31)) is None
    assert new_minor("LT", date(2027, 3, 31)) == 100
    assert new_minor("LT", date(2027, 4, 1)) == 300
    assert new_minor("FUSE", date(2027, 4, 1)) == 10  # the later lists leave it as it was
    assert new_minor("MEDIA", date(2027, 4, 1)) is None


def test_a_result_that_the_steps_do_not_give_is_a_bug():
    trace = (step(StepCode.GIVEN, amount_minor=5), step(StepCode.RESULT, amount_minor=6))
    with pytest.raises(ValueError, match="the result says"):
        recompute(trace)
    half = (step(StepCode.GIVEN, amount_minor=5), step(StepCode.DAYS, days=1, of=2))
    with pytest.raises(ValueError, match="part of a minor unit"):
        recompute(half)
    assert Step(StepCode.SEATS, (("seats", 2),))["seats"] == 2


RULE = TaxRule(
    "VAT",
    None,
    by_country={"DE": Fraction("0.19"), "IE": Fraction("0.23")},
    reverse_charge=True,
    seller_country="IE",
    union=frozenset({"IE", "DE"}),
)


@pytest.mark.parametrize(
    ("country", "verified", "tax_minor", "reversed_"),
    [("DE", False, 1900, False), ("DE", True, 0, True), ("IE", True, 2300, False)],
)
def test_reverse_charge_is_for_verified_ids_abroad(country, verified, tax_minor, reversed_):
    line = tax_on(10000, rule=RULE, country=country, tax_id_verified=verified, step_minor=1)

    assert (line.tax_minor, line.reverse_charged) == (tax_minor, reversed_)
    assert recompute(line.trace) == tax_minor


def test_a_country_without_a_rate_is_a_mistake():
    with pytest.raises(ValueError, match="no rate for FR"):
        tax_on(1, rule=RULE, country="FR", tax_id_verified=False, step_minor=1)
