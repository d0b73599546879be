"""Words that pages and documents share: languages, terms, ways of use, and the steps of a price.

They do not depend on the language of a request: a document is in its customer's.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import assert_never

from perenne.platform.calculation_words import calculation_step_text
from perenne.platform.display import (
    date_text,
    decimal_text,
    minor_exponent,
    money_text,
    percent_digits,
)
from perenne.rules.prices import PriceClass
from perenne.rules.trace import Step, StepCode, Trace

LOCALES = ("en", "zh-Hant")
_MONTHS_A_YEAR = 12

_ENGLISH = {
    "price_list": "Price list {region} of {day}, version {version}",
    "given": "Amount in the list: {amount}",
    "given.source": "Amount in the list that this one is derived from: {amount}",
    "derived": "Multiplied by {factor}, as published",
    "share": "Renewal share {share} of the new price",
    "share.resale": "{share} of it, for a partner who sells it on",
    "share.credited": "{share} of it, in all",
    "price_class.new": "New price per seat: {amount}",
    "price_class.renewal": "Renewal price per seat: {amount}",
    "seats.one": "Times {seats} seat",
    "seats.many": "Times {seats} seats",
    "days": "{days} of {of} days",
    "tax": "{name} at {rate} %",
    "tax.none": "No tax: the rate is 0 %",
    "reverse_charge": "Reverse charge: the customer accounts for the tax",
    "result": "= {amount}",
    "net": "Amount before tax: {amount}",
    "months.one": "{n} month",
    "months.many": "{n} months",
    "years.one": "{n} year",
    "years.many": "{n} years",
    "named_user": "named user",
    "multi_user": "multi-user access",
}
_CHINESE = {
    "price_list": "價目表 {region}，{day}起，第 {version} 版",
    "given": "價目表金額：{amount}",
    "given.source": "來源價目表金額：{amount}",
    "derived": "依公告乘以 {factor}",
    "share": "續約價為新購價的 {share}",
    "share.resale": "轉售合作夥伴支付其中的 {share}",
    "share.credited": "累計為其中的 {share}",
    "price_class.new": "每套新購價：{amount}",
    "price_class.renewal": "每套續約價：{amount}",
    "seats.one": "乘以 {seats} 套",
    "seats.many": "乘以 {seats} 套",
    "days": "{of} 天中的 {days} 天",
    "tax": "{name}，稅率 {rate}%",
    "tax.none": "無須加稅：稅率 0%",
    "reverse_charge": "反向課稅：由客戶自行申報稅額",
    "result": "＝ {amount}",
    "net": "未稅金額：{amount}",
    "months.one": "{n} 個月",
    "months.many": "{n} 個月",
    "years.one": "{n} 年",
    "years.many": "{n} 年",
    "named_user": "指名使用者",
    "multi_user": "多人共用授權",
}
_WORDS = {"en": _ENGLISH, "zh-Hant": _CHINESE}

# What has no words in a language fails here, at import, and not under a customer's hand.
assert _ENGLISH.keys() == _CHINESE.keys()


def language_of(locale: str) -> str:
    """The language in which somebody is written to; English where we have no other."""
    return locale if locale in LOCALES else "en"


def term_text(months: int, *, locale: str) -> str:
    """A term length: 1 month, 1 year, 3 years."""
    unit, n = ("months", months)
    if months % _MONTHS_A_YEAR == 0:
        unit, n = ("years", months // _MONTHS_A_YEAR)
    return _say(locale, f"{unit}.{'one' if n == 1 else 'many'}", n=n)


def access_text(access: str, *, locale: str) -> str:
    """How the product is used."""
    return _say(locale, access)


def line_steps_text(trace: Trace, currency: str, *, locale: str) -> list[str]:
    """How the amount of a line was calculated, one text a step.

    A derived list begins with the amount in its source, whose currency the trace does not name:
    it is written as a number alone.
    """
    derived = next((one for one in trace if one.code is StepCode.DERIVED), None)
    return [
        _source_text(one, derived, currency, locale)
        if derived is not None and one.code is StepCode.GIVEN
        else step_text(one, currency, locale=locale)
        for one in trace
    ]


def tax_steps_text(trace: Sequence[Step], currency: str, *, locale: str) -> list[str]:
    """How the tax on an amount was calculated, one text a step."""
    return [
        _say(locale, "net", amount=money_text(int(one["amount_minor"]), currency, locale=locale))
        if one.code is StepCode.GIVEN
        else step_text(one, currency, locale=locale)
        for one in trace
    ]


def step_text(step: Step, currency: str, *, locale: str) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a code
    """One step of how an amount was calculated."""

    def money(name: str) -> str:
        return money_text(int(step[name]), currency, locale=locale)

    match step.code:
        case StepCode.PRICE_LIST:
            day = date_text(date.fromisoformat(str(step["valid_from"])), locale=locale)
            facts = {"region": step["region"], "version": step["version"]}
            return _say(locale, "price_list", day=day, **facts)
        case StepCode.GIVEN:
            return _say(locale, "given", amount=money("amount_minor"))
        case StepCode.DERIVED:
            return _say(locale, "derived", factor=decimal_text(Fraction(step["factor"])))
        case StepCode.SHARE:
            name = step.get("name")
            return _say(locale, f"share.{name}" if name else "share", share=step["share"])
        case StepCode.PRICE_CLASS:
            kind = PriceClass(str(step["price_class"]))
            return _say(locale, f"price_class.{kind.value}", amount=money("unit_minor"))
        case StepCode.SEATS:
            number = "one" if step["seats"] == 1 else "many"
            return _say(locale, f"seats.{number}", seats=step["seats"])
        case StepCode.DAYS:
            return _say(locale, "days", days=step["days"], of=step["of"])
        case (
            StepCode.CALCULATION
            | StepCode.DISCOUNT
            | StepCode.UPLIFT
            | StepCode.DAILY_RATE
            | StepCode.PERIODS
            | StepCode.PLUS
            | StepCode.ROUNDING
            | StepCode.PAID
            | StepCode.RETURNED
            | StepCode.CREDITED
        ):
            return calculation_step_text(step, money=money, locale=locale)
        case StepCode.TAX if Fraction(step["share"]) == 0:
            return _say(locale, "tax.none")
        case StepCode.TAX:
            rate = percent_digits(Fraction(step["share"]), places=4)
            return _say(locale, "tax", name=step["name"], rate=rate)
        case StepCode.REVERSE_CHARGE:
            return _say(locale, "reverse_charge")
        case StepCode.RESULT:
            return _say(locale, "result", amount=money("amount_minor"))
        case _ as unknown:
            assert_never(unknown)


def _source_text(given: Step, derived: Step, currency: str, locale: str) -> str:
    """The amount that a derived list multiplied, in the source's own number of decimals.

    The exact share is the published factor, moved by the difference of the two exponents.
    """
    exact, factor = Fraction(derived["share"]), Fraction(derived["factor"])
    in_target = Fraction(int(given["amount_minor"]), 10 ** minor_exponent(currency))
    amount = in_target if factor == 0 else in_target * exact / factor
    return _say(locale, "given.source", amount=decimal_text(amount, grouped=True))


def _say(locale: str, key: str, **facts: object) -> str:
    words: dict[str, str] = _WORDS[language_of(locale)]
    return words[key].format(**facts)
