"""What is wrong with a file, all of it at once.

PerenneError
└── ImportRefusedError   nothing was written; `problems` has each mistake with its place
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from perenne.platform.errors import PerenneError

SHOWN = 200
_VALUE_SHOWN = 80


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where, what was found, and the reason with its remedy. ``line`` 0: the file."""

    file: str
    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f" {self.column}:" if self.column else ""
        value = f" {_shown(self.value)}" if self.value else ""
        return f"{place}:{column}{value} {self.reason}"


def _shown(value: str) -> str:
    """A value as it can be printed safely: control and bidi characters become escapes."""
    escaped = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in value
    )
    cut = escaped if len(escaped) <= _VALUE_SHOWN else f"{escaped[:_VALUE_SHOWN]}…"
    return f"“{cut}”"


class Problems:
    """Collects mistakes: the first ones in full, the rest as a number."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem) -> None:
        """Keep a mistake, or count it where enough are kept already."""
        self.count += 1
        if len(self.found) < SHOWN:
            self.found.append(problem)

    def refuse_if_any(self) -> None:
        """Stop here if there are mistakes.

        Raises:
            ImportRefusedError: with all of them.
        """
        if self.count:
            raise ImportRefusedError(sorted(self.found), count=self.count)


class ImportRefusedError(PerenneError):
    """The import was refused as a whole; nothing was written."""

    code = "import.refused"

    def __init__(self, problems: Sequence[Problem], *, count: int) -> None:
        self.problems = tuple(problems)
        self.count = count
        lines = [str(problem) for problem in problems]
        if count > len(lines):
            lines.append(f"… and {count - len(lines)} more")
        lines.append(f"{count} mistake{'s' if count > 1 else ''}; nothing was imported")
        super().__init__("\n".join(lines))

    def to_json(self) -> dict[str, Any]:
        """The mistakes for a program."""
        return {"count": self.count, "problems": [asdict(problem) for problem in self.problems]}
