"""By when somebody answers a contact request: business days, counted in business hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(1)
_WEEKDAYS = range(1, 8)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people work: local times of day, ISO weekdays (1 is Monday), and days off."""

    opens: time = time(9)
    closes: time = time(18)
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    closed_on: tuple[date, ...] = ()

    @property
    def length(self) -> timedelta:
        """The hours of one business day, on the wall clock."""
        midnight = date.min
        opened, closed = (datetime.combine(midnight, at) for at in (self.opens, self.closes))
        return closed - opened

    def include(self, day: date) -> bool:
        """Whether anybody works on ``day``."""
        return day.isoweekday() in self.weekdays and day not in self.closed_on


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """What a vendor promises to those who ask, and how often one person may ask in a day."""

    hours: BusinessHours = BusinessHours()
    business_days: int = 1
    requests_a_day: int = 10
    messages_a_day: int = 50


def answer_by(
    asked_at: datetime, *, zone: ZoneInfo, hours: BusinessHours, business_days: int
) -> datetime:
    """The moment by which a request asked at ``asked_at`` is answered, in UTC.

    A business day is as many hours as one lasts, wherever they begin: what is asked on Tuesday at
    14:00 is answered by Wednesday at 14:00. Outside business hours the count begins at the next
    opening. The wall clock of ``zone`` counts; seconds are rounded up to the whole minute.

    Raises:
        ValueError: if ``business_days`` is below 1.

    Source: docs/explanation/contact-requests.md, «By when».
    """
    if business_days < 1:
        raise ValueError(f"business_days must be at least 1, got {business_days}")
    return _after(hours.length * business_days, asked_at, zone=zone, hours=hours)


def remind_at(
    asked_at: datetime, *, zone: ZoneInfo, hours: BusinessHours, business_days: int
) -> datetime:
    """The moment at which a fifth of the promised business hours is left, in UTC.

    Raises:
        ValueError: if ``business_days`` is below 1.

    Source: docs/explanation/contact-requests.md, «By when».
    """
    if business_days < 1:
        raise ValueError(f"business_days must be at least 1, got {business_days}")
    used = hours.length * business_days * 4 // 5
    return _after(used, asked_at, zone=zone, hours=hours)


def _after(
    left: timedelta, asked_at: datetime, *, zone: ZoneInfo, hours: BusinessHours
) -> datetime:
    """The moment by which ``left`` of business time has passed."""
    at = _next_open(_whole_minute(asked_at).astimezone(zone).replace(tzinfo=None), hours)
    while (rest := datetime.combine(at.date(), hours.closes) - at) < left:
        left -= rest
        at = _next_open(datetime.combine(at.date(), hours.closes), hours)
    return (at + left).replace(tzinfo=zone).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _next_open(at: datetime, hours: BusinessHours) -> datetime:
    """``at`` itself within business hours, else the next opening; closing time is outside."""
    day = at.date()
    if hours.include(day) and at.time() < hours.closes:
        return max(at, datetime.combine(day, hours.opens))
    day += ONE_DAY
    while not hours.include(day):
        day += ONE_DAY
    return datetime.combine(day, hours.opens)


# Settings of a policy about answering; all may be left out.
SETTINGS: Mapping[str, type | tuple[type, ...]] = {
    "contact_hours": Mapping,
    "contact_answer_days": int,
    "contact_requests_a_day": int,
    "contact_messages_a_day": int,
}


def answer_policy(settings: Mapping[str, Any]) -> AnswerPolicy:
    """The promise in a policy's settings; what is not set is as by default."""
    usual = AnswerPolicy()
    return AnswerPolicy(
        hours=_hours(settings.get("contact_hours", {})),
        business_days=settings.get("contact_answer_days", usual.business_days),
        requests_a_day=settings.get("contact_requests_a_day", usual.requests_a_day),
        messages_a_day=settings.get("contact_messages_a_day", usual.messages_a_day),
    )


def _hours(given: Mapping[str, Any]) -> BusinessHours:
    usual = BusinessHours()
    return BusinessHours(
        opens=_time(given["opens"]) if "opens" in given else usual.opens,
        closes=_time(given["closes"]) if "closes" in given else usual.closes,
        weekdays=tuple(given.get("weekdays", usual.weekdays)),
        closed_on=tuple(date.fromisoformat(day) for day in given.get("closed_on", ())),
    )


def _time(text: str) -> time:
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone


def hours_problems(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with the business hours of a policy; empty if nothing."""
    unknown = sorted(set(given) - {"opens", "closes", "weekdays", "closed_on"})
    if unknown:
        return [f"has {', '.join(unknown)}, which is not known here"]
    if any(not isinstance(given[name], str) for name in ("opens", "closes") if name in given):
        return ['has a time that is not written in quotes, like "09:00"']
    if any(not isinstance(day, str) for day in _listed(given, "closed_on")):
        return ['has a day that is not written in quotes, like "2027-01-01"']
    hours = _hours(given)
    if hours.opens >= hours.closes:
        return ["closes before it opens"]
    if not hours.weekdays or any(day not in _WEEKDAYS for day in hours.weekdays):
        return ["has no weekdays, or others than 1 (Monday) to 7 (Sunday)"]
    return []


def _listed(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    listed: Sequence[Any] = given.get(name, ())
    return listed


def at_least_one_problems(value: int) -> list[str]:
    """What is wrong with a count that must not be nothing."""
    return [] if value >= 1 else ["is below 1"]
