"""Plays chapters, plants bugs, and tells what came of it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from tests.faults.chapters import Chapter, play
from tests.faults.planting import MUTANTS, Mutant, NotPlantedError, planting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.lane import Lane

# What needs a race may miss it once.
TRIES = 3
CAUGHT_AT_LEAST = 0.95
_FIRST_MUTANT_CHAPTER = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """When to begin no further chapter: enough worker runs, or no more time."""

    runs: int
    seconds: float | None


@dataclass
class Report:
    """What was done with a lane since ``began``, told while it happens."""

    lane: Lane
    seed: int
    began: float
    chapters: int = 0
    runs: int = 0
    findings: int = 0
    planted: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def play_chapters(self, limits: Limits, *, only: int | None = None) -> None:
        """Play the first chapters of the seed within limits, or a single one with its log."""
        numbers: Iterable[int] = count() if only is None else (only,)
        for number in numbers:
            if self.lane.crew.forked >= limits.runs or self._is_after(limits.seconds):
                break
            chapter = Chapter(self.seed, number)
            play(chapter, self.lane)
            self.chapters += 1
            self.findings += len(chapter.findings)
            if chapter.findings:
                _say(f"chapter {number} of seed {self.seed}:\n{chapter}")
                _say("\n".join(chapter.findings))
            if chapter.findings and only is not None:
                _say(self.lane.log_text()[-6000:])
        self.runs = self.lane.crew.forked

    def plant_mutants(self, *, named: str = "", seconds: float | None = None) -> None:
        """Plant one bug after the other, each in a world of its own, and see who is caught."""
        for number, mutant in enumerate(MUTANTS):
            if self._is_after(seconds):
                break
            if named in mutant.name:
                self.planted.append(mutant.name)
                found = self._caught(mutant, number)
                self.missed += [] if found else [mutant.name]
                _say(f"planted: {mutant.name}: {found[:160] or 'NOT CAUGHT'}")

    def _caught(self, mutant: Mutant, number: int) -> str:
        """The first finding; empty if nothing was found in several tries.

        Raises:
            NotPlantedError: if the bug does not fit the code any more; that proves nothing.
        """
        for again in range(TRIES):
            chapter = Chapter(
                self.seed,
                _FIRST_MUTANT_CHAPTER + number * TRIES + again,
                steps=list(mutant.steps),
                first_day=mutant.first_day,
                has_all=True,
                mutate=planting(mutant),
                spoil=mutant.spoil,
            )
            play(chapter, self.lane)
            broken = [one for one in chapter.findings if NotPlantedError.__name__ in one]
            if broken:
                raise NotPlantedError(broken[0])
            if chapter.findings:
                return chapter.findings[0].strip().partition("\n")[0]
        return ""

    def _is_after(self, seconds: float | None) -> bool:
        return seconds is not None and time.monotonic() - self.began > seconds

    def sum_up(self, *, must_kill_everywhere: bool) -> int:
        """Tell the figures; 1 if something is not as it must be."""
        points = self.lane.board.counts()
        spared = sorted(name for name, (_, killed) in points.items() if not killed)
        caught = len(self.planted) - len(self.missed)
        _say(
            f"faults: {self.runs} worker runs in {self.chapters} chapters, "
            f"{self.lane.crew.kills} kills, {self.lane.restarts} restarts of the database, "
            f"{self.findings} violations; workers were killed at {len(points) - len(spared)} of "
            f"{len(points)} points; {caught} of {len(self.planted)} planted bugs caught; "
            f"{time.monotonic() - self.began:.0f} s"
        )
        if must_kill_everywhere and spared:
            _say(f"nobody was killed at {', '.join(spared)}")
        is_well = (
            not self.findings
            # Of the few that a short run plants, one may be missed.
            and caught >= min(CAUGHT_AT_LEAST * len(self.planted), len(self.planted) - 1)
            and not (must_kill_everywhere and spared)
        )
        return 0 if is_well else 1


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
