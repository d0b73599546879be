"""The laws of the book, as a test asks after what it has done."""

from __future__ import annotations

from perenne.daily.invariants import breaches


def broken_laws() -> list[tuple[str, object]]:
    """Each law that the book breaks, with examples; none if all went well."""
    return [(one.code, breach.examples) for one, breach in breaches() if breach]
