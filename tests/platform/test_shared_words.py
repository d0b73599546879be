"""The words that pages and documents share say every step, in both languages."""

from datetime import date
from fractions import Fraction

import pytest

from perenne.platform.display import decimal_text, percent_digits, region_text
from perenne.platform.words import (
    LOCALES,
    access_text,
    language_of,
    line_steps_text,
    step_text,
    tax_steps_text,
    term_text,
)
from perenne.rules.calendar import Period
from perenne.rules.money import Currency
from perenne.rules.prices import GivenPrice, ListTerms, OfferKey, PriceClass, derive, price_line
from perenne.rules.tax import TaxRule, tax_on
from perenne.rules.trace import StepCode, step

A_STEP = {
    StepCode.PRICE_LIST: step(StepCode.PRICE_LIST, region="TW", valid_from="2020-01-01", version=3),
    StepCode.GIVEN: step(StepCode.GIVEN, amount_minor=46700),
    StepCode.DERIVED: step(StepCode.DERIVED, share="63/2", factor="63/2"),
    StepCode.SHARE: step(StepCode.SHARE, share="9/10"),
    StepCode.PRICE_CLASS: step(StepCode.PRICE_CLASS, price_class="renewal", unit_minor=42000),
    StepCode.SEATS: step(StepCode.SEATS, seats=1),
    StepCode.DAYS: step(StepCode.DAYS, days=120, of=365),
    StepCode.ROUNDING: step(StepCode.ROUNDING, rule="half_up", step_minor=1),
    StepCode.TAX: step(StepCode.TAX, share="19/100", name="VAT", country="DE"),
    StepCode.REVERSE_CHARGE: step(StepCode.REVERSE_CHARGE, country="FR"),
    StepCode.RESULT: step(StepCode.RESULT, amount_minor=38619),
}
SAID = {
    StepCode.PRICE_LIST: (
        "Price list TW of 1 Jan 2020, version 3",
        "價目表 TW，2020年1月1日起，第 3 版",
    ),
    StepCode.GIVEN: ("Amount in the list: US$467.00", "價目表金額：US$467.00"),
    StepCode.DERIVED: ("Multiplied by 31.5, as published", "依公告乘以 31.5"),
    StepCode.SHARE: ("Renewal share 9/10 of the new price", "續約價為新購價的 9/10"),
    StepCode.PRICE_CLASS: ("Renewal price per seat: US$420.00", "每套續約價：US$420.00"),
    StepCode.SEATS: ("Times 1 seat", "乘以 1 套"),
    StepCode.DAYS: ("120 of 365 days", "365 天中的 120 天"),
    StepCode.ROUNDING: ("Rounded half up to US$0.01", "四捨五入至 US$0.01"),
    StepCode.TAX: ("VAT at 19 %", "VAT，稅率 19%"),
    StepCode.REVERSE_CHARGE: (
        "Reverse charge: the customer accounts for the tax",
        "反向課稅：由客戶自行申報稅額",
    ),
    StepCode.RESULT: ("= US$386.19", "＝ US$386.19"),
}


@pytest.mark.parametrize("code", A_STEP)
def test_every_step_of_a_price_has_words_in_both_languages(code):
    said = tuple(step_text(A_STEP[code], "USD", locale=locale) for locale in LOCALES)

    assert said == SAID[code]


def test_a_derived_list_tells_the_amount_in_its_source_without_a_currency():
    dinar = Currency("KWD", 3, 10)
    lt = OfferKey("LT", "named_user", 12)
    terms = ListTerms("KW", dinar, date(2020, 1, 1), 1, lambda _months: Fraction(9, 10))
    _, listed = derive(
        {lt: GivenPrice(146700, None)}, terms, factor=Fraction("0.307"), source_exponent=2
    )
    covers = Period(date(2027, 1, 1), date(2028, 1, 1))
    line = price_line(listed.prices[lt], price_class=PriceClass.RENEWAL, seats=2, covers=covers)

    assert line_steps_text(line.trace, "KWD", locale="en") == [
        "Price list KW of 1 Jan 2020, version 1",
        "Amount in the list that this one is derived from: 1,467",
        "Multiplied by 0.307, as published",
        "Rounded half up to KWD 0.010",
        "Renewal share 9/10 of the new price",
        "Rounded half up to KWD 0.010",
        "Renewal price per seat: KWD 405.330",
        "Times 2 seats",
        "= KWD 810.660",
    ]


def test_the_steps_of_a_tax_begin_with_the_amount_before_tax():
    tax = tax_on(
        3969000,
        rule=TaxRule("營業稅", Fraction("0.05")),
        country="TW",
        tax_id_verified=True,
        step_minor=100,
    )

    assert tax_steps_text(tax.trace, "TWD", locale="zh-Hant") == [
        "未稅金額：NT$39,690",
        "營業稅，稅率 5%",
        "四捨五入至 NT$1",
        "＝ NT$1,985",
    ]


def test_a_rate_of_nothing_is_said_as_no_tax():
    none = step(StepCode.TAX, share="0", name="none", country="KW")

    assert step_text(none, "KWD", locale="en") == "No tax: the rate is 0 %"


@pytest.mark.parametrize(
    ("months", "english", "chinese"),
    [
        (1, "1 month", "1 個月"),
        (18, "18 months", "18 個月"),
        (12, "1 year", "1 年"),
        (36, "3 years", "3 年"),
    ],
)
def test_terms_are_told_in_years_where_they_are_whole(months, english, chinese):
    assert (term_text(months, locale="en"), term_text(months, locale="zh-Hant")) == (
        english,
        chinese,
    )


def test_a_language_that_we_do_not_have_is_english():
    assert language_of("ja") == "en"
    assert access_text("named_user", locale="ja") == "named user"


@pytest.mark.parametrize(
    ("value", "text"),
    [("63/2", "31.5"), ("1/3", "1/3"), ("0.307", "0.307"), ("100", "100"), ("1467", "1,467")],
)
def test_exact_numbers_are_decimals_where_these_end(value, text):
    assert decimal_text(Fraction(value), grouped=True) == text


@pytest.mark.parametrize(
    ("share", "text"), [("0.08875", "8.875"), ("1/5", "20"), ("1/3", "33.3333")]
)
def test_a_rate_is_told_in_per_cent(share, text):
    assert percent_digits(Fraction(share), places=4) == text


def test_countries_are_called_by_their_names():
    assert region_text("ES", locale="en") == "Spain"
    assert region_text("ES", locale="zh-Hant") == "西班牙"
    assert region_text("QX", locale="en") == "QX"
