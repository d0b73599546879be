"""The reference of reason codes is what the code says, and every reason has words."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import date

import pytest

from perenne.renewals.wording import Naming, fixer_text, reason_text, step_text
from perenne.rules import refusals as why
from perenne.rules import seat_refusals as of_seats
from perenne.rules.remedies import Fixer, Step, remedy_of
from perenne.rules.seat_remedies import SeatStep, remedy_of_seats
from perenne.seats.wording import SeatNaming, seat_reason_text, seat_step_text
from tests.support.paths import ROOT

SEAT_REASONS = [
    one for one in vars(of_seats).values() if inspect.isclass(one) and "code" in vars(one)
]
REASONS = [one for one in vars(why).values() if inspect.isclass(one) and "code" in vars(one)]
DAY = date(2027, 2, 7)
SAMPLES = {
    "why": "offer.retired",
    "access": "multi_user",
    "successor": "named_user",
    "held_by": ("Ana Diaz",),
    "holders": ("Bo Chen",),
    "groups": ("Design", "Build"),
    "quote": "Q-1042",
    "number": "R-000001",
    "last4": "4242",
}


def sample(reason):
    """The reason with plausible facts."""
    facts = {}
    for field in dataclasses.fields(reason):
        is_day = field.name.endswith(("_on", "until", "last_day", "since")) or field.name == "on"
        is_number = field.name.endswith(
            ("months", "_min", "_max", "_minor", "_least", "missing", "chosen", "losing")
        )
        fallback = DAY if is_day else 12 if is_number else "Bo Chen"
        facts[field.name] = SAMPLES.get(field.name, fallback)
    return reason(**facts)


def row(reason):
    remedy = (remedy_of_seats if reason in SEAT_REASONS else remedy_of)(sample(reason))
    names = ", ".join(f"`{field.name}`" for field in dataclasses.fields(reason)) or "–"
    steps = ", ".join(f"`{step.value}`" for step in remedy.steps)
    first = reason.__doc__.splitlines()[0]
    return f"| `{reason.code}` | {first} | {names} | {remedy.fixer.value} | {steps} |"


def naming(locale):
    return Naming(
        locale=locale,
        product="Draft LT",
        partner="Nordlicht IT",
        contact="Kate Moore",
        region="US",
        currency="USD",
    )


def test_codes_are_unique():
    codes = [reason.code for reason in REASONS + SEAT_REASONS]

    assert len(REASONS) == 42
    assert len(SEAT_REASONS) == 14
    assert len(codes) == len(set(codes))


def test_the_reference_lists_every_reason_as_it_is():
    page = (ROOT / "docs" / "reference" / "reason-codes.md").read_text(encoding="utf-8")

    assert [line for line in page.splitlines() if line.startswith("| `")] == [
        row(reason) for reason in REASONS + SEAT_REASONS
    ]


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_every_reason_has_words_of_its_own_in_both_languages(reason):
    en, zh = (reason_text(sample(reason), naming(locale)) for locale in ("en", "zh-Hant"))

    assert en.endswith(".")
    assert zh.endswith("。")
    assert en != zh
    assert "None" not in en + zh


@pytest.mark.parametrize("step", [*Step, *Fixer], ids=str)
def test_every_step_has_words_in_both_languages(step):
    text = step_text if isinstance(step, Step) else fixer_text
    en, zh = (text(step, naming(locale)) for locale in ("en", "zh-Hant"))

    assert "" not in (en, zh)
    assert en != zh
    assert "{" not in en + zh


def seat_naming(locale):
    return SeatNaming(locale=locale, people={"Bo Chen": "Bo Chen"}, products={})


@pytest.mark.parametrize("reason", SEAT_REASONS, ids=lambda reason: reason.code)
def test_every_reason_about_seats_has_words_of_its_own_in_both_languages(reason):
    en, zh = (seat_reason_text(sample(reason), seat_naming(one)) for one in ("en", "zh-Hant"))

    assert en.endswith(".")
    assert zh.endswith("。")
    assert en != zh
    assert "None" not in en + zh


@pytest.mark.parametrize("step", SeatStep, ids=str)
def test_every_step_about_seats_has_words_in_both_languages(step):
    en, zh = (seat_step_text(step, seat_naming(locale)) for locale in ("en", "zh-Hant"))

    assert "" not in (en, zh)
    assert en != zh
