"""Sessions in templates: browsers by their names, moments in UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template

from perenne.platform import display
from perenne.web.context import page_locale
from perenne.web.signing_in.browsers import browser_text

register = template.Library()
_UTC = ZoneInfo("UTC")


@register.filter
def browser(user_agent: str) -> str:
    """What a browser calls itself."""
    return browser_text(user_agent)


@register.filter
def moment(value: datetime) -> str:
    """A moment; a user who acts for several companies has no zone of one."""
    return display.moment_text(value, _UTC, locale=page_locale())
