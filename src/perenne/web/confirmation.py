"""Confirming who one is before what costs money or opens doors: good for five minutes.

Whether a route needs it is in the matrix (``!``); a view never asks itself. A form that was sent
too late is not lost: the page that asks carries it on to its address.
"""

from typing import cast

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View

from perenne.platform.clock import SystemClock
from perenne.web.confirmation_forms import confirmation_forms
from perenne.web.permissions import entry_of
from perenne.web.public import too_many
from perenne.web.requests import PageRequest, UserRequest

VALID_FOR_S = 300
PREFIX = "confirm"
_CONFIRMED_AT = "confirmed_at"
_NEXT, _CARRIES = f"{PREFIX}-next", f"{PREFIX}-carries"


class HttpResponseSendAgain(HttpResponseRedirect):
    """Have the browser send the same form to another address."""

    status_code = 307


def confirm_now(request: HttpRequest) -> None:
    """Note that they have just shown who they are; the real time counts, not a demo's."""
    request.session[_CONFIRMED_AT] = SystemClock().now().timestamp()


def was_confirmed(request: HttpRequest) -> bool:
    """Whether they showed it within the last five minutes, by signing in or here."""
    at = float(request.session.get(_CONFIRMED_AT, 0.0))
    return 0 <= SystemClock().now().timestamp() - at < VALID_FOR_S


def confirmation_asked(request: PageRequest) -> HttpResponse | None:
    """The page that asks them to confirm; None if they need not, or just did."""
    entry, member = entry_of(request), request.member
    if entry is None or member is None or not entry.action:
        return None
    is_safe = request.method in ("GET", "HEAD")
    if is_safe and not entry.shows_secrets:
        return None
    if not member.needs_confirmation(entry.action) or was_confirmed(request):
        return None
    asks = f"{reverse('confirm')}?{urlencode({'next': request.path})}"
    if request.headers.get("HX-Request"):
        # A part of a page cannot ask: the browser goes to the page that does.
        return HttpResponse(status=204, headers={"HX-Redirect": asks})
    if is_safe or _has_secrets(request):
        return redirect(asks)
    return _page(cast("UserRequest", request), where=request.path, carries=True)


class ConfirmationView(View):
    """GET asks; POST checks, and goes where they were going, with the form if there was one."""

    def get(self, request: UserRequest) -> HttpResponse:
        """Ask."""
        return _page(request, where=_safe(request, request.GET.get("next", "")), carries=False)

    def post(self, request: UserRequest) -> HttpResponse:
        """Check, and go on."""
        where = _safe(request, request.POST.get(_NEXT, ""))
        carries = request.POST.get(_CARRIES) == "yes"
        if not is_confirmed_by_button(request):
            if not ratelimit.consume(request, action="reauthenticate", user=request.user):
                return too_many(request)
            forms = confirmation_forms(request, data=request.POST)
            chosen = next((form for form in forms.values() if form.is_chosen(request.POST)), None)
            if chosen is None or not chosen.is_valid():
                return _page(request, where=where, carries=carries, status=400)
        confirm_now(request)
        return HttpResponseSendAgain(where) if carries else redirect(where)


def is_confirmed_by_button(request: HttpRequest) -> bool:
    """Whether this session has nothing to show: that of a demo, where nobody has a password."""
    return settings.PERENNE_MODE == "demo" and bool(request.session.get("is_demo"))


def _page(request: UserRequest, *, where: str, carries: bool, status: int = 200) -> HttpResponse:
    by_button = is_confirmed_by_button(request)
    is_answer = request.method == "POST" and not by_button and request.path == reverse("confirm")
    forms = (
        {} if by_button else confirmation_forms(request, data=request.POST if is_answer else None)
    )
    kept = [
        (name, value)
        for name, values in (request.POST.lists() if carries else ())
        for value in values
        if name != "csrfmiddlewaretoken" and not name.startswith(f"{PREFIX}-")
    ]
    options = forms["passkey"].request_options() if "passkey" in forms else None
    return render(
        request,
        "web/confirm.html",
        {
            "forms": forms,
            "by_button": by_button,
            "kept": kept,
            "where": where,
            "carries": carries,
            "js_data": {"request_options": options} if options else None,
        },
        status=status,
    )


def _has_secrets(request: PageRequest) -> bool:
    """Passwords are not carried through a page; whoever sent them types them again."""
    return any("password" in name for name in request.POST)


def _safe(request: PageRequest, where: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        where, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return where if is_ours and where.startswith("/") else reverse("home")
