"""Reads the worked tables of the explanation pages."""

from __future__ import annotations

import re

from tests.support.paths import EXPLANATION


def table(page: str, heading: str, *, nth: int = 0) -> list[dict[str, str]]:
    """The rows of a table under a heading, by column; the first one unless said otherwise."""
    text = (EXPLANATION / f"{page}.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(f"{heading}\n"))
    tables = re.findall(r"(?:^\|.*\n)+", f"{body}\n", flags=re.MULTILINE)
    lines = tables[nth].splitlines()
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(header, row, strict=True)) for row in rows]
