"""Moments and the calendar days on which they fall: a day is a day in a contract's time zone."""

from datetime import UTC, date, datetime, time, tzinfo


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The calendar day in ``zone`` on which an aware moment falls.

    Raises:
        ValueError: if the moment is naive; the machine's own zone must never decide.

    Source: docs/explanation/calculation-policies.md, «Days in a time zone».
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(zone).date()


def local_days_between(start_at: datetime, end_at: datetime, zone: tzinfo) -> int:
    """How many local days later ``end_at`` falls; a day of 23 or 25 hours is one day.

    Source: docs/explanation/calculation-policies.md, «Days in a time zone».
    """
    return (local_day(end_at, zone) - local_day(start_at, zone)).days


def begins_at(day: date, zone: tzinfo) -> datetime:
    """The UTC moment at which a local day begins; the earlier one where clocks are set back.

    Source: docs/explanation/calculation-policies.md, «Days in a time zone».
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
