"""Give an amount out in order, to each no more than it can take."""

from collections.abc import Sequence


def fill(amount_minor: int, limits: Sequence[int]) -> tuple[int, ...]:
    """What each gets of an amount: the first as much as it can take, then the next.

    What nobody can take is left: the parts never sum to more than the amount.

    Raises:
        ValueError: if the amount or a limit is negative.

    Source: docs/explanation/money.md, «Paying an invoice».
    """
    if amount_minor < 0 or any(limit < 0 for limit in limits):
        raise ValueError(f"nothing here may be negative: {amount_minor} for {limits}")
    parts = []
    left = amount_minor
    for limit in limits:
        part = min(left, limit)
        parts.append(part)
        left -= part
    return tuple(parts)
