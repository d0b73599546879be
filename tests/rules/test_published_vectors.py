"""Worked examples that other vendors published come out of our rules.

Each row of the file that PERENNE_VECTORS names is one test; the counts are printed at the end.
"""

import json
from fractions import Fraction

import pytest

from tests.rules.vectors import ADAPTERS, Outcome, judge, rows, tally
from tests.rules.vectors.running import (
    COPY,
    NO_PRESET_TOPICS,
    Series,
    Unrounded,
    same,
)

ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.get("id", "row"))
def test_a_published_example(row, record_property):
    verdict = judge(row)

    record_property("published_vector", verdict.outcome.value)
    if verdict.outcome is Outcome.NO_PRESET:
        pytest.skip("; ".join(verdict.reasons))
    assert verdict.reasons == ()


def test_every_topic_of_our_copy_has_an_adapter_unless_it_is_no_price_of_ours():
    listed = {
        (row["system"], row["topic"])
        for row in json.loads(COPY.read_text(encoding="utf-8"))["vectors"]
        if not row["topic"].startswith(NO_PRESET_TOPICS)
    }

    assert listed == set(ADAPTERS)


def a_row(**given):
    row = {
        "system": "Salesforce CPQ",
        "topic": "proration.effective_over_default_term",
        "status": "reproduced",
        "inputs": {"price": "1200", "default_term": 12, "effective_term": 6},
        "expected": {"total": "600.00"},
    }
    return row | given


@pytest.mark.parametrize(
    ("given", "outcome", "said"),
    [
        ({}, Outcome.PASSED, ""),
        ({"expected": {"total": "600.01"}}, Outcome.FAILED, "expected 600.01, got 600"),
        ({"expected": {"total": "600", "tax": "1"}}, Outcome.FAILED, "does not give it"),
        ({"expected": {}}, Outcome.FAILED, "nothing is expected"),
        ({"inputs": {"price": "1200"}}, Outcome.FAILED, "cannot be run: KeyError"),
        ({"topic": "metrics.mrr"}, Outcome.NO_PRESET, "no preset for metrics.mrr"),
        ({"system": "Nobody"}, Outcome.NO_PRESET, "of Nobody"),
        ({"status": "published_inconsistent"}, Outcome.PASSED, ""),
        (
            {"status": "published_inconsistent", "expected": {"published_total": "601"}},
            Outcome.PASSED,
            "",
        ),
        (
            {"status": "published_inconsistent", "expected": {"published": "600.00"}},
            Outcome.FAILED,
            "contradicts its own inputs",
        ),
        (
            {
                "status": "published_inconsistent",
                "expected": {"published": "601", "total": "600.00"},
            },
            Outcome.PASSED,
            "",
        ),
    ],
)
def test_a_row_passes_fails_or_has_no_preset_and_says_why(given, outcome, said):
    verdict = judge(a_row(**given))

    assert verdict.outcome is outcome
    assert said in "; ".join(verdict.reasons)


def test_an_adapter_sees_neither_the_id_nor_what_is_expected(monkeypatch):
    seen = []
    key = ("Salesforce CPQ", "proration.effective_over_default_term")
    monkeypatch.setitem(ADAPTERS, key, lambda inputs: seen.append(inputs) or {"total": 600})

    judge(a_row(id="sf-6m"))

    assert seen == [{"price": "1200", "default_term": 12, "effective_term": 6}]


@pytest.mark.parametrize(
    ("given", "printed", "is_same"),
    [
        (Fraction(1, 3), "0.333", False),
        (Fraction(333, 1000), "0.333", True),
        (32000, 32000, True),
        ("04", "04", True),
        ("04", "4", False),
        (Unrounded(Fraction(1, 3)), "0.333", True),
        (Unrounded(Fraction(1, 3)), "0.334", False),
        (Unrounded(Fraction(700, 31)), "22.580645161290324", True),
        (Unrounded(Fraction(700, 31)), "22.58064516129033", False),
        (Series(lambda: iter("abc")), ["a", "b"], True),
        (Series(lambda: iter("abc")), ["b"], False),
        (Series(lambda: iter("abc")), [], False),
    ],
)
def test_numbers_are_the_same_by_value_and_texts_by_letter(given, printed, is_same):
    assert same(given, printed) is is_same


def test_the_counts_are_told():
    assert tally(["passed", "passed", "no-preset"]) == (
        "published vectors: 2 passed, 0 failed, 1 no-preset"
    )
