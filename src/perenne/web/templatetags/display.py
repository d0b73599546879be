"""Money and dates in templates, in the page's language."""

from collections.abc import Mapping
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from django import template

from perenne.platform import display
from perenne.web.context import page_locale

register = template.Library()


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """An amount in minor units with its currency."""
    return display.money_text(amount_minor, currency, locale=page_locale())


@register.filter
def day(value: date) -> str:
    """A day."""
    return display.date_text(value, locale=page_locale())


@register.filter
def weekday(value: date) -> str:
    """A day with its weekday."""
    return display.date_text(value, locale=page_locale(), weekday=True)


@register.filter
def mail_date(value: str) -> str:
    """The Date header of a mail as a day with its time; as it stands if it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return value
    return f"{display.date_text(moment.date(), locale=page_locale())} {moment:%H:%M} UTC"


@register.filter
def moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment with its weekday, on the clock of a zone that is named."""
    return display.moment_text(value, zone, locale=page_locale())


@register.filter
def named(code: str, names: Mapping[str, str]) -> str:
    """What a code is called; itself if nobody knows."""
    return names.get(code, code)


@register.filter
def of(found: Mapping[str, object], key: str) -> object:
    """What belongs to a key; None if nothing does."""
    return found.get(key)
