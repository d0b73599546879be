"""The renewal calendar: the next twelve months as a strip, and every date as a list."""

from django.http import HttpResponse
from django.shortcuts import render

from perenne.rules.calendar import month_later
from perenne.web.context import page_locale
from perenne.web.permissions import is_open_to
from perenne.web.portal.calendar_feed import feed_address
from perenne.web.portal.rows import CALENDAR_MONTHS, rows_visible_to, strips_of
from perenne.web.requests import MemberRequest


def renewal_calendar(request: MemberRequest) -> HttpResponse:
    """What renews when, for how much."""
    locale = page_locale()
    rows = rows_visible_to(request.member, now=request.now, locale=locale)
    today = rows[0].outlook.as_of if rows else request.now.date()
    until = month_later(today.replace(day=1), CALENDAR_MONTHS, anchor=1)
    coming = sorted(
        (row for row in rows if not row.is_over and row.outlook.renews_on < until),
        key=lambda row: (row.outlook.renews_on, row.outlook.code),
    )
    return render(
        request,
        "web/calendar.html",
        {
            "strips": strips_of(rows, today=today, locale=locale),
            "coming": coming,
            "feed": feed_address(request.member),
            "may_feed": is_open_to(request.member, "calendar-export"),
            "may_align": is_open_to(request.member, "align"),
            "currency": rows[0].currency if rows else "",
        },
    )
