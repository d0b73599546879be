"""The words of the steps that a calculation policy, a discount, an uplift or a credit adds."""

from collections.abc import Callable
from fractions import Fraction

from perenne.rules.calculation import PRESETS
from perenne.rules.money import Rounding, round_half_up
from perenne.rules.trace import Step, StepCode

_ENGLISH = {
    "exact_fraction": "Every day of the term costs the same",
    "thirty_day_months": "Every month is taken for 30 days",
    "months_and_days": "Whole months, and the days of a month that is not whole",
    "started_months": "A month that has begun counts whole",
    "calculation": "Calculation policy {name}, version {version}",
    "discount.share": "{percent} % off the price per seat",
    "discount.amount": "{amount} off the price per seat",
    "uplift": "{percent} % of what was paid before",
    "daily_rate": "Price of a day: one of {of}, {rounded} at {places} decimals; times {days} days",
    "periods": "{whole} whole periods, each {share} of the price",
    "periods.stub": (
        "{whole} whole periods and {days} of {of} days of another, each {share} of the price"
    ),
    "plus": "Plus",
    "paid": "Amount paid: {amount}",
    "returned": "{seats} of {of} seats",
    "credited": "Less what was credited before: {amount}",
    "rounding.half_up": "Rounded half up to {step}",
    "rounding.half_even": "Rounded half to even to {step}",
    "rounding.truncate": "Cut off to {step}",
    "half_up": "rounded half up",
    "half_even": "rounded half to even",
    "truncate": "cut off",
}
_CHINESE = {
    "exact_fraction": "期限內每日價格相同",
    "thirty_day_months": "每個月以 30 天計",
    "months_and_days": "整月計價，未滿一個月的部分按日計價",
    "started_months": "未滿一個月以一個月計",
    "calculation": "計價規則 {name}，第 {version} 版",
    "discount.share": "每套折扣 {percent}%",
    "discount.amount": "每套折抵 {amount}",
    "uplift": "先前付款金額的 {percent}%",
    "daily_rate": "每日價格：{of} 天中的一天，{rounded}至小數第 {places} 位；乘以 {days} 天",
    "periods": "{whole} 個完整週期，每個週期為價格的 {share}",
    "periods.stub": (
        "{whole} 個完整週期，另加一個週期 {of} 天中的 {days} 天，每個週期為價格的 {share}"
    ),
    "plus": "再加上",
    "paid": "已付金額：{amount}",
    "returned": "{of} 套中的 {seats} 套",
    "credited": "減去先前已折讓金額：{amount}",
    "rounding.half_up": "四捨五入至 {step}",
    "rounding.half_even": "四捨六入五成雙至 {step}",
    "rounding.truncate": "無條件捨去至 {step}",
    "half_up": "四捨五入",
    "half_even": "四捨六入五成雙",
    "truncate": "無條件捨去",
}
# What has no words in a language fails here, at import, and not under a customer's hand.
assert _ENGLISH.keys() == _CHINESE.keys()
assert {*PRESETS, *Rounding} <= _ENGLISH.keys()


def calculation_step_text(step: Step, *, money: Callable[[str], str], locale: str) -> str:  # noqa: C901, PLR0911 - a case a code
    """One such step; ``money`` writes the amount of a fact."""

    def say(key: str, **facts: object) -> str:
        words: dict[str, str] = _CHINESE if locale == "zh-Hant" else _ENGLISH
        return words[key].format(**dict(step.facts) | facts)

    match step.code:
        case StepCode.CALCULATION:
            name = str(step["name"])
            return say(name if name in PRESETS else "calculation")
        case StepCode.DISCOUNT if step.get("share") is not None:
            return say("discount.share", percent=_percent(Fraction(step["share"])))
        case StepCode.DISCOUNT:
            return say("discount.amount", amount=money("amount_minor"))
        case StepCode.UPLIFT:
            return say("uplift", percent=_percent(Fraction(step["share"])))
        case StepCode.DAILY_RATE:
            return say("daily_rate", rounded=say(str(step["rule"])))
        case StepCode.PERIODS:
            key = "periods.stub" if step["stub_days"] else "periods"
            share, days, of = (step[name] for name in ("share_each", "stub_days", "stub_of"))
            return say(key, share=share, days=days, of=of)
        case StepCode.ROUNDING:
            return say(f"rounding.{step['rule']}", step=money("step_minor"))
        case StepCode.PAID | StepCode.CREDITED:
            return say(step.code.value, amount=money("amount_minor"))
        case _:
            return say(step.code.value)


def _percent(share: Fraction) -> str:
    """A share in per cent with as many of four decimals as it has."""
    whole, part = divmod(round_half_up(share * 10**6, step=1), 10**4)
    return f"{whole}.{part:04}".rstrip("0").rstrip(".")
