"""Reads rows, finds the adapter of each, and compares what it gives with what was published."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

Inputs = Mapping[str, Any]
Outputs = dict[str, Any]
Adapter = Callable[[Inputs], Outputs]

ADAPTERS: dict[tuple[str, str], Adapter] = {}
COPY = Path(__file__).parents[1] / "data" / "vectors.json"
# Figures of revenue reporting, and service after the end of a term: not prices of ours.
NO_PRESET_TOPICS = ("metrics.", "post_term.")
# Binary numbers are printed with 17 significant digits; the last one is their noise.
_BINARY_NOISE = Fraction(1, 2**52)


def adapts(system: str, *topics: str) -> Callable[[Adapter], Adapter]:
    """Register the adapter for topics of a system."""

    def register(adapter: Adapter) -> Adapter:
        for topic in topics:
            assert (system, topic) not in ADAPTERS
            ADAPTERS[system, topic] = adapter
        return adapter

    return register


@dataclass(frozen=True)
class Unrounded:
    """An exact value of which any number of places may have been printed."""

    value: Fraction


@dataclass(frozen=True)
class Series:
    """A sequence without end, of which any number of first items may have been printed."""

    items: Callable[[], Iterator[Any]]


class Outcome(StrEnum):
    """What became of a row."""

    PASSED = "passed"
    FAILED = "failed"
    NO_PRESET = "no-preset"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a row, and why."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


def rows() -> list[dict[str, Any]]:
    """The rows of the file that PERENNE_VECTORS names, or of our copy."""
    path = Path(os.environ.get("PERENNE_VECTORS") or COPY)
    return list(json.loads(path.read_text(encoding="utf-8"))["vectors"])


def judge(row: Mapping[str, Any]) -> Verdict:
    """Run a row through the adapter of its system and topic."""
    system, topic = row["system"], row["topic"]
    adapter = ADAPTERS.get((system, topic))
    if topic.startswith(NO_PRESET_TOPICS) or adapter is None:
        return Verdict(Outcome.NO_PRESET, (f"no preset for {topic} of {system}",))
    try:
        outputs = adapter(row["inputs"])
    except Exception as error:  # noqa: BLE001 - a row that cannot be run is a failed row
        return Verdict(Outcome.FAILED, (f"cannot be run: {error!r}",))
    is_reproduced = row["status"] == "reproduced"
    reasons = [] if row["expected"] else ["nothing is expected of it"]
    for name, value in row["expected"].items():
        if name.startswith("published") and not is_reproduced:
            others = {one: outputs[one] for one in row["expected"] if one in outputs}
            reasons += _printed(others or outputs, name, value)
        else:
            reasons += _differing(outputs, name, value)
    return Verdict(Outcome.FAILED if reasons else Outcome.PASSED, tuple(reasons))


def _differing(outputs: Outputs, name: str, expected: Any) -> list[str]:
    if name not in outputs:
        return [f"{name}: expected {expected}, the adapter does not give it"]
    if same(outputs[name], expected):
        return []
    return [f"{name}: expected {expected}, got {shown(outputs[name])}"]


def _printed(outputs: Outputs, name: str, printed: Any) -> list[str]:
    """A printed number that contradicts its own inputs must not come out."""
    alone = name.removeprefix("published").lstrip("_")
    given = [outputs[alone]] if alone in outputs else list(outputs.values())
    if any(same(one, printed) for one in given):
        return [f"{name}: {printed} contradicts its own inputs, and came out"]
    return []


def same(given: Any, expected: Any) -> bool:
    """Whether what the rules give is what was printed; numbers by value, texts by letter."""
    if isinstance(given, Series):
        return bool(expected) and list(islice(given.items(), len(expected))) == expected
    if isinstance(given, Unrounded):
        return _same_as_printed(given.value, expected)
    if isinstance(given, Fraction | int) and isinstance(expected, str):
        return bool(given == Fraction(expected))
    return bool(given == expected)


def _same_as_printed(value: Fraction, printed: str | int | Fraction) -> bool:
    if isinstance(printed, Fraction):
        return value == printed
    half_a_place = Fraction(1, 2 * 10 ** len(str(printed).partition(".")[2]))
    return abs(Fraction(printed) - value) <= max(half_a_place, abs(value) * _BINARY_NOISE)


def shown(given: Any) -> str:
    """A value as a person reads it."""
    if isinstance(given, Series):
        return f"{list(islice(given.items(), 3))}…"
    return str(given.value if isinstance(given, Unrounded) else given)


def tally(outcomes: Iterable[str]) -> str:
    """How many rows passed, failed, and have no preset."""
    counted = Counter(outcomes)
    return "published vectors: " + ", ".join(f"{counted[one]} {one}" for one in Outcome)
