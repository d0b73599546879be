"""Reads the worked tables of the explanation pages."""

from __future__ import annotations

import re

from tests.support.paths import EXPLANATION


def table(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under a heading, by column."""
    text = (EXPLANATION / f"{page}.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(f"{heading}\n"))
    lines = [line for line in body.splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(header, row, strict=True)) for row in rows]
