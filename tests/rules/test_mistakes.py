"""What is wrong with a wish has words in both languages, with every fact in them."""

from dataclasses import astuple
from datetime import date
from typing import get_args

import pytest

from perenne.platform.display import date_text
from perenne.renewals import mistakes as wrong
from perenne.renewals.mistake_words import mistake_text
from perenne.renewals.mistakes import Mistake

EVERY_MISTAKE = [
    wrong.NotReadable("Expected `int`, got `str`"),
    wrong.NotKnown("S999"),
    wrong.NotADay("2027-02-30"),
    wrong.NamedTwice(),
    wrong.OneAtATime(),
    wrong.SeveralCompanies(),
    wrong.SeveralCurrencies(),
    wrong.SeveralDays(),
    wrong.SeveralMethods(),
    wrong.NoTermSold(),
    wrong.NotChargeable(),
    wrong.CardNotValid(),
    wrong.AllCovered(),
    wrong.NoPlanSold(),
    wrong.MoreThanBought(5, 3),
    wrong.WholeOnly(7),
    wrong.NotEnoughToAlign(),
    wrong.ModeNotOffered("shorten", ("stretch", "at_renewal")),
    wrong.DayNotPossible(date(2026, 1, 2), date(2027, 7, 1), date(2028, 6, 3)),
    wrong.FewerThanLargest(2, 9),
    wrong.NotDivisible(5, 2),
    wrong.MoreThanOwned(12, 10),
]


def test_every_kind_of_mistake_is_in_the_table_with_a_code_of_its_own():
    kinds = set(get_args(Mistake))

    assert {type(one) for one in EVERY_MISTAKE} == kinds
    assert len({one.code for one in kinds}) == len(kinds)


@pytest.mark.parametrize("mistake", EVERY_MISTAKE, ids=lambda one: one.code)
@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_what_is_wrong_is_said_with_its_facts_in_the_readers_language(mistake, locale):
    text = mistake_text(mistake, locale=locale)

    assert text.endswith("." if locale == "en" else "。")
    assert all(fact in text for fact in _facts(mistake, locale))


def _facts(mistake, locale):
    for value in astuple(mistake):
        if isinstance(value, tuple):
            yield from value
        elif isinstance(value, date):
            yield date_text(value, locale=locale)
        else:
            yield str(value)
