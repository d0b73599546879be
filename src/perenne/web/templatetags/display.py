"""Money and dates in templates, in the page's language."""

from datetime import date

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
