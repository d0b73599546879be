"""When a contract manager is reminded of a renewal."""

from collections.abc import Sequence
from datetime import date, timedelta


def reminders_due(
    *,
    starts_on: date,
    renews_on: date,
    imported_as_of: date | None,
    as_of: date,
    reminder_days: Sequence[int],
) -> tuple[int, ...]:
    """Name the reminders whose day has come, latest last; none once the term has ended.

    A reminder exists only if its day lies after ``starts_on`` and, for an imported
    subscription, not before the import's as-of day.

    Source: docs/explanation/time.md, «Reminders».
    """
    if as_of >= renews_on:
        return ()
    return tuple(
        days
        for days in sorted(reminder_days, reverse=True)
        if starts_on < (day := renews_on - timedelta(days)) <= as_of
        and (imported_as_of is None or day >= imported_as_of)
    )
