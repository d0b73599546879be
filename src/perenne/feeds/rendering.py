"""Events as an iCalendar file (RFC 5545, 7986)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from perenne.feeds.events import FeedEvent

# Programs ask again by themselves; what changes does so by days.
_REFRESH = timedelta(hours=12)


def render_calendar(
    events: Sequence[FeedEvent], *, name: str, base_url: str, now: datetime
) -> bytes:
    """The file; all-day events, which stand on the same date in every time zone.

    Args:
        base_url: of this installation, without a slash at its end.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Perenne//Renewals//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for one in events:
        calendar.add_component(_event(one, base_url=base_url, now=now))
    return bytes(calendar.to_ical())


def _event(one: FeedEvent, *, base_url: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one.uid}@{base_url.partition('://')[2]}")
    event.add("dtstamp", now)
    event.add("dtstart", one.day)
    event.add("dtend", one.day + timedelta(1))
    event.add("summary", one.title)
    event.add("description", one.note)
    event.add("url", f"{base_url}{one.path}")
    event.add("categories", [one.layer.value])
    # A date to know, not an hour that is taken.
    event.add("transp", "TRANSPARENT")
    if one.alarm_days is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.title)
        # Nine in the morning, so many days before.
        alarm.add("trigger", timedelta(hours=9) - timedelta(one.alarm_days))
        event.add_component(alarm)
    return event
