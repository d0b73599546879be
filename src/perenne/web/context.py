"""What every page shows around its content."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from perenne.platform.clock import demo_clock_stands_on
from perenne.seats.queries import may_see_seats
from perenne.web.permissions import works_requests
from perenne.web.requests import PageRequest
from perenne.web.words import role_text


def page(request: HttpRequest) -> dict[str, Any]:
    """Navigation, the member, and the day at which a demo's clock stands."""
    member = getattr(cast("PageRequest", request), "member", None)
    context: dict[str, Any] = {
        "member": member,
        "page_locale": page_locale(),
        "is_demo": settings.PERENNE_MODE == "demo",
    }
    if member is None:
        return context
    places = [("subscriptions", _("Subscriptions")), ("calendar", _("Calendar"))]
    places.insert(0, ("home", _("Home")))
    if may_see_seats(member):
        places.append(("seats", _("People and seats")))
    places.append(("requests", _("Requests")))
    if member.partner_id is not None:
        places = []
    if member.is_staff:
        places = [("mailbox", _("Mailbox"))]
        if member.roles & {"finance", "support", "operator"}:
            places.insert(0, ("runs", _("Business days")))
        if member.roles & {"finance", "sales", "specialist"}:
            places.append(("subscriptions", _("Subscriptions")))
    if works_requests(member):
        places.insert(0, ("desk-requests", _("Requests")))
    match = request.resolver_match
    here = match.url_name if match else ""
    context["places"] = [
        {"url": reverse(name), "title": title, "here": name == here} for name, title in places
    ]
    context["roles"] = ", ".join(role_text(role) for role in sorted(member.roles))
    context["clock_stands_on"] = demo_clock_stands_on() if settings.PERENNE_MODE == "demo" else None
    return context


def page_locale() -> str:
    """The page's language as display and data name it: en or zh-Hant."""
    return "zh-Hant" if (get_language() or "en").lower().startswith("zh") else "en"
