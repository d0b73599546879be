"""What every request carries: its moment, read once, and the member who acts."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from perenne.accounts.memberships import membership
from perenne.accounts.queries import Member
from perenne.platform.clock import clock
from perenne.web.confirmation import confirmation_asked
from perenne.web.permissions import refusal_of
from perenne.web.requests import PageRequest
from perenne.web.signing_in.sessions import MEMBER_KEY, is_over, note_seen

__all__ = ["MEMBER_KEY", "MemberMiddleware", "MomentMiddleware"]

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
        is_private = False
        if not request.path.startswith(_WITHOUT_CLOCK):
            is_private = request.user.is_authenticated
            page.member = _acting(request)
        response = self.get_response(request)
        if is_private or response.has_header("Set-Cookie"):
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Stop at the door, before the view has looked at anything."""
        page = cast("PageRequest", request)
        return refusal_of(page) or confirmation_asked(page)


def _acting(request: HttpRequest) -> Member | None:
    """Whom the session acts as, if its user still may: what was taken bites at once."""
    if not request.user.is_authenticated:
        return None
    if is_over(request):
        logout(request)
        return None
    note_seen(request)
    one = membership(request.session.get(MEMBER_KEY, ""))
    if one is None or one.user != request.user.pk or not one.is_active:
        return None
    return one.member
