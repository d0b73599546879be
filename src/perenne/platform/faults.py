"""Named points at which a fault harness may strike; nothing happens there otherwise."""

from collections.abc import Callable


def _nothing(_name: str) -> None:
    """What a fail point does outside the harness."""


_strike: Callable[[str], None] = _nothing


def fp(name: str) -> None:
    """Mark a point between two effects, such as ``charge.sending``.

    Source: docs/explanation/exactly-once.md, «Fail points».
    """
    _strike(name)


def strike_with(strike: Callable[[str], None]) -> None:
    """Let the harness decide what happens at each point of this process."""
    global _strike  # noqa: PLW0603 - one hook a process, set once by the harness
    _strike = strike
