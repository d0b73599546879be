"""The names of all fail points, as they stand in the source."""

from __future__ import annotations

import ast
from functools import cache

from tests.support.paths import ROOT


@cache
def named_points() -> tuple[str, ...]:
    """Every name given to ``fp``, and the commit of every ``atomic``, in order."""
    found: set[str] = set()
    for path in sorted((ROOT / "src" / "perenne").rglob("*.py")):
        found |= set(points_in(path.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def points_in(text: str) -> list[str]:
    """The fail points of one module."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func
        first = node.args[0]
        if not (isinstance(called, ast.Name) and isinstance(first, ast.Constant)):
            continue
        if called.id == "fp":
            found.append(str(first.value))
        elif called.id == "atomic":
            found.append(f"{first.value}.committing")
    return found
