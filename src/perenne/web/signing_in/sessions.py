"""How a session begins, whom it acts as, in which browser, and when it is over."""

import re
import secrets
from datetime import timedelta
from typing import cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from perenne.accounts.memberships import Membership, memberships_of
from perenne.accounts.models import User
from perenne.accounts.operations.users import record_sign_in
from perenne.accounts.queries import Member
from perenne.notices.jobs import send_soon
from perenne.platform.clock import SystemClock
from perenne.web.confirmation import confirm_now
from perenne.web.requests import PageRequest
from perenne.web.signing_in.browsers import browser_text

MEMBER_KEY = "member"
IDLE_AT_MOST = timedelta(hours=12)
LASTS_AT_MOST = timedelta(days=7)
_BEGAN_AT, _SEEN_AT = "began_at", "seen_at"
# Not every look at a page is worth a write.
_SEEN_EVERY = timedelta(minutes=5)
_DEVICE_BYTES = 32
_DEVICE_FORM = re.compile(r"[\w-]{43}")
_DEVICE_LASTS_S = 400 * 24 * 3600


def begin(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """What happens at every sign-in, once the library has given the session a new key."""
    now = cast("PageRequest", request).now
    _start(request)
    confirm_now(request)
    own = memberships_of(user.pk)
    if len(own) == 1:
        act_as(request, response, own[0])
    device = device_of(request) or secrets.token_urlsafe(_DEVICE_BYTES)
    browser = browser_text(request.META.get("HTTP_USER_AGENT", ""))
    if record_sign_in(user, device, browser=browser, now=now):
        send_soon()
    response.set_cookie(
        settings.PERENNE_DEVICE_COOKIE,
        device,
        max_age=_DEVICE_LASTS_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def begin_demo(request: HttpRequest, response: HttpResponse, user: User, one: Membership) -> None:
    """Become somebody of the demo, with no password and therefore nothing confirmed."""
    request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["is_demo"] = True
    _start(request)
    UserSession.objects.create_from_request(request)
    act_as(request, response, one)


def _start(request: HttpRequest) -> None:
    now = SystemClock().now().timestamp()
    request.session[_BEGAN_AT] = now
    request.session[_SEEN_AT] = now


def act_as(request: HttpRequest, response: HttpResponse, one: Membership) -> None:
    """Let the session act in this capacity, in its language; the caller knows that it may."""
    request.session[MEMBER_KEY] = one.key
    if not one.member.is_staff:
        speak(response, one.member)


def speak(response: HttpResponse, member: Member) -> None:
    """Show pages in the member's language from now on."""
    language = "zh-hant" if member.locale == "zh-Hant" else "en"
    translation.activate(language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def device_of(request: HttpRequest) -> str:
    """The token of this browser; empty if it has none that we could have made."""
    device = request.COOKIES.get(settings.PERENNE_DEVICE_COOKIE, "")
    return device if _DEVICE_FORM.fullmatch(device) else ""


def is_over(request: HttpRequest) -> bool:
    """Whether the session has idled or lasted too long; the real time counts, not a demo's."""
    now = SystemClock().now().timestamp()
    began = float(request.session.get(_BEGAN_AT, 0.0))
    seen = float(request.session.get(_SEEN_AT, 0.0))
    return now - began > LASTS_AT_MOST.total_seconds() or now - seen > IDLE_AT_MOST.total_seconds()


def note_seen(request: HttpRequest) -> None:
    """Remember that the session is in use."""
    now = SystemClock().now()
    if now.timestamp() - request.session[_SEEN_AT] >= _SEEN_EVERY.total_seconds():
        request.session[_SEEN_AT] = now.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
