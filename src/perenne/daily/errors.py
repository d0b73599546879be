"""Errors of running a business day."""

from perenne.platform.errors import PerenneError


class DayRefusedError(PerenneError):
    """A business day that lies ahead of the region's calendar, or a clock that went back."""

    code = "day.refused"


class NoBookError(PerenneError):
    """There is nothing to run: no book was imported."""

    code = "day.no_book"
