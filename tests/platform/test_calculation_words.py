"""Every step that a calculation adds has words in each language, with its facts in them."""

from fractions import Fraction

import pytest

from perenne.platform.calculation_words import calculation_step_text
from perenne.rules.trace import StepCode, step

STEPS = [
    (
        step(StepCode.CALCULATION, name="exact_fraction", version=1),
        "Every day of the term costs the same",
        "期限內每日價格相同",
    ),
    (
        step(StepCode.CALCULATION, name="by_the_day", version=2),
        "Calculation policy by_the_day, version 2",
        "計價規則 by_the_day，第 2 版",
    ),
    (
        step(StepCode.DISCOUNT, share="1/8"),
        "12.5 % off the price per seat",
        "每套折扣 12.5%",
    ),
    (
        step(StepCode.DISCOUNT, amount_minor=2000),
        "<2000> off the price per seat",
        "每套折抵 <2000>",
    ),
    (step(StepCode.UPLIFT, share="11/10"), "110 % of what was paid before", "先前付款金額的 110%"),
    (
        step(
            StepCode.DAILY_RATE,
            of=366,
            rule="truncate",
            places=9,
            finest_minor="1/10000000",
            days=23,
        ),
        "Price of a day: one of 366, cut off at 9 decimals; times 23 days",
        "每日價格：366 天中的一天，無條件捨去至小數第 9 位；乘以 23 天",
    ),
    (
        step(StepCode.PERIODS, whole=4, stub_days=5, stub_of=30, share_each="1/12"),
        "4 whole periods and 5 of 30 days of another, each 1/12 of the price",
        "4 個完整週期，另加一個週期 30 天中的 5 天，每個週期為價格的 1/12",
    ),
    (
        step(StepCode.PERIODS, whole=5, stub_days=0, stub_of=1, share_each="1/12"),
        "5 whole periods, each 1/12 of the price",
        "5 個完整週期，每個週期為價格的 1/12",
    ),
    (step(StepCode.PLUS), "Plus", "再加上"),
    (
        step(StepCode.ROUNDING, rule="half_up", step_minor=100),
        "Rounded half up to <100>",
        "四捨五入至 <100>",
    ),
    (
        step(StepCode.ROUNDING, rule="half_even", step_minor=1),
        "Rounded half to even to <1>",
        "四捨六入五成雙至 <1>",
    ),
    (
        step(StepCode.ROUNDING, rule="truncate", step_minor=1),
        "Cut off to <1>",
        "無條件捨去至 <1>",
    ),
    (step(StepCode.PAID, amount_minor=41425), "Amount paid: <41425>", "已付金額：<41425>"),
    (step(StepCode.RETURNED, seats=1, of=3), "1 of 3 seats", "3 套中的 1 套"),
    (
        step(StepCode.CREDITED, amount_minor=13808),
        "Less what was credited before: <13808>",
        "減去先前已折讓金額：<13808>",
    ),
]


@pytest.mark.parametrize(("one", "english", "chinese"), STEPS, ids=lambda value: str(value)[:40])
def test_a_step_says_what_it_does(one, english, chinese):
    def money(name):
        return f"<{one[name]}>"

    assert calculation_step_text(one, money=money, locale="en") == english
    assert calculation_step_text(one, money=money, locale="zh-Hant") == chinese
    assert calculation_step_text(one, money=money, locale="de") == english


def test_a_share_is_told_with_four_decimals_at_most():
    said = calculation_step_text(
        step(StepCode.DISCOUNT, share=str(Fraction(1, 3))), money=str, locale="en"
    )

    assert said == "33.3333 % off the price per seat"
