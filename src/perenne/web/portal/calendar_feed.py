"""The renewal dates for calendar programs: an address that is secret, and a file to take away."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.feeds.events import Layer, feed_events
from perenne.feeds.operations import end_feed, make_feed
from perenne.feeds.queries import feed_of, feed_secret, open_feed
from perenne.feeds.rendering import render_calendar
from perenne.feeds.words import say
from perenne.web.context import page_locale
from perenne.web.requests import MemberRequest, PageRequest


def feed_address(member: Member) -> str:
    """The address of the member's feed; empty if there is none."""
    found = feed_of(member)
    if found is None:
        return ""
    return f"{settings.PERENNE_BASE_URL}{reverse('calendar-feed', args=[feed_secret(found)])}"


@require_POST
def make(request: MemberRequest) -> HttpResponse:
    """Make an address; the one before stops."""
    make_feed(request.member, locale=page_locale(), now=request.now)
    messages.success(request, _("The address is made. Copy it into your calendar program."))
    return redirect(f"{reverse('calendar')}#program")


@require_POST
def end(request: MemberRequest) -> HttpResponse:
    """Let the address stop."""
    if end_feed(request.member, now=request.now):
        messages.success(request, _("The address has stopped. Programs that had it get nothing."))
    return redirect("calendar")


@require_safe
def feed(request: PageRequest, secret: str) -> HttpResponse:
    """What a calendar program fetches, as whoever the address belongs to."""
    found = open_feed(secret)
    if found is None:
        raise Http404
    return _calendar(request, found.member, found.locale)


@require_safe
def export(request: MemberRequest) -> HttpResponse:
    """The same as a file, for who is signed in."""
    response = _calendar(request, request.member, page_locale())
    response["Content-Disposition"] = 'attachment; filename="renewals.ics"'
    return response


def _calendar(request: PageRequest, member: Member, locale: str) -> HttpResponse:
    """``?layers=renewals,quotes`` for some of them; what is none of ours is left out."""
    wanted = request.GET.get("layers", "").split(",")
    layers = [one for one in Layer if one in wanted] or list(Layer)
    events = feed_events(member, now=request.now, locale=locale, layers=layers)
    name = say("name", locale, vendor=current_catalogue().vendor_name)
    file = render_calendar(events, name=name, base_url=settings.PERENNE_BASE_URL, now=request.now)
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "no-store, private"
    return response
