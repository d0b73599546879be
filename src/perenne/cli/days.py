"""Days as they are written in options: real ones, with room for a term around them."""

from datetime import datetime

import click

from perenne.importing.values import YEARS


class Day(click.DateTime):
    """A day like ``2026-12-10``, at its midnight, of the years that a book may have.

    Every command adds days to it, which the last ones of the calendar would not bear.
    """

    name = "day"

    def __init__(self) -> None:
        super().__init__(formats=["%Y-%m-%d"])

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it.

        Raises:
            click.BadParameter: if it is no day, or none of these centuries.
        """
        day: datetime = super().convert(value, param, ctx)
        if day.year not in YEARS:
            self.fail(f"{day.date()} is not between {YEARS[0]} and {YEARS[-1]}", param, ctx)
        return day


DAY = Day()
