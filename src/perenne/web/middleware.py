"""What every request carries: its moment, read once, and the member who acts."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from perenne.accounts.models import Person, StaffMember
from perenne.accounts.queries import Member, person_member, staff_member
from perenne.platform.clock import clock
from perenne.web.permissions import refusal_of
from perenne.web.requests import PageRequest

MEMBER_KEY = "member"
_Respond = Callable[[HttpRequest], HttpResponse]
_WITHOUT_CLOCK = ("/healthz", "/static/")


class MomentMiddleware:
    """Read the clock once a request, so that one page never straddles midnight."""

    def __init__(self, get_response: _Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the request its moment; the health check must not need the database."""
        if not request.path.startswith(_WITHOUT_CLOCK):
            cast("PageRequest", request).now = clock().now()
        return self.get_response(request)


class MemberMiddleware:
    """Find who acts, and let only those in whom the route's permission names."""

    def __init__(self, get_response: _Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Private pages are never kept by a cache."""
        page = cast("PageRequest", request)
        page.member = None
        if not request.path.startswith(_WITHOUT_CLOCK):
            page.member = member_of_session(request.session.get(MEMBER_KEY, ""))
        response = self.get_response(request)
        if page.member is not None:
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Stop at the door, before the view has looked at anything."""
        return refusal_of(cast("PageRequest", request))


def member_of_session(key: str) -> Member | None:
    """The member whom ``person:ID`` or ``staff:ID`` names; None if there is none any more."""
    kind, _, identity = key.partition(":")
    if kind == "person":
        person = Person.objects.filter(pk=identity).first()
        return None if person is None else person_member(person)
    if kind == "staff":
        staff = StaffMember.objects.filter(pk=identity).first()
        return None if staff is None else staff_member(staff, locale="en")
    return None
