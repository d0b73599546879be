"""Prints at the end of a run how many published examples passed, failed, or have no preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what the tests recorded, on whichever worker they ran."""
    outcomes = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "published_vector"
    ]
    if outcomes:
        from tests.rules.vectors.running import tally

        terminalreporter.write_line(tally(outcomes))
