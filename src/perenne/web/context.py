"""What every page shows around its content."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from perenne.accounts.queries import Member
from perenne.platform.clock import demo_clock_stands_on
from perenne.quotes.facts import makes_quotes
from perenne.seats.queries import may_see_seats
from perenne.web.permissions import is_open_to
from perenne.web.requests import PageRequest
from perenne.web.words import roles_text


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
    context["sees_quotes"] = is_open_to(member, "quotes")
    context["sees_methods"] = is_open_to(member, "payment-methods")
    context["makes_quotes"] = makes_quotes(member)
    match = request.resolver_match
    here = match.url_name if match else ""
    context["places"] = [
        {"url": reverse(name), "title": title, "here": name == here}
        for name, title in places_of(member)
    ]
    context["member_roles"] = roles_text(sorted(member.roles))
    context["clock_stands_on"] = demo_clock_stands_on() if settings.PERENNE_MODE == "demo" else None
    return context


def places_of(member: Member) -> list[tuple[str, str]]:
    """The pages in the navigation, by route and title: those that the registry opens to them.

    The first is where somebody begins who has no home of a company.
    """
    known = [
        ("home", _("Home")),
        ("runs", _("Business days")),
        ("desk-requests", _("Requests")),
        ("mailbox", _("Mailbox")),
        ("subscriptions", _("Subscriptions")),
        ("calendar", _("Calendar")),
        ("quotes", _("Quotes")),
        ("invoices", _("Invoices")),
        ("payment-methods", _("Payment methods")),
        ("requests", _("Requests")),
        ("people", _("People")),
        ("seats", _("Seat assignments")),
        ("handover", _("Contract manager")),
    ]
    found = [(route, title) for route, title in known if is_open_to(member, route)]
    if not may_see_seats(member):
        # Their own use, or that of customers, is on other pages.
        found = [one for one in found if one[0] != "seats"]
    if member.company_id is None:
        return [one for one in found if one[0] not in ("home", "calendar")]
    # Administrators find it on the page of people.
    return [one for one in found if one[0] != "handover" or not is_open_to(member, "people")]


def page_locale() -> str:
    """The page's language as display and data name it: en or zh-Hant."""
    return "zh-Hant" if (get_language() or "en").lower().startswith("zh") else "en"
