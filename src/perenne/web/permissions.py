"""Which row of the matrix each route and method belongs to. What is not listed is denied.

A page is listed by the action it is for, and nothing else: who may, what waits for a feature and
whether somebody must confirm who they are, is read from ``rules/matrix.py``::

    "seat-addition": pages("seats.add", of="subscription"),

``of`` names the kind of object in the address; the test that walks every route makes one of each
(tests/web/walk.py). Objects are guarded once more by the ``…_visible_to`` doors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from perenne.accounts.queries import Member
from perenne.rules.permissions import ANYBODY, may
from perenne.web import security_log
from perenne.web.no_permission import missing_role
from perenne.web.requests import PageRequest
from perenne.web.second_step import second_step_missing


class Who(StrEnum):
    """Who may use a route; almost always whom the matrix names."""

    MATRIX = "whom the matrix names"
    ANYONE = "anyone"
    DEMO_STAFF = "the vendor's staff, in a demo"
    USER = "anyone who signed in, whatever they act as"
    MEMBER = "anyone who acts as somebody"
    SIGNED = "a machine that signs what it sends; the view looks at the signature"


@dataclass(frozen=True, slots=True)
class Entry:
    """One method of one route.

    ``shows_secrets``: even to look, somebody must have confirmed who they are.
    """

    action: str = ""
    of: str = ""
    who: Who = Who.MATRIX
    shows_secrets: bool = False


Methods = Mapping[str, Entry]


def reads(action: str, *, of: str = "") -> Methods:
    """A page to look at."""
    return {"GET": Entry(action, of)}


def writes(action: str, *, of: str = "") -> Methods:
    """A change without a page of its own."""
    return {"POST": Entry(action, of)}


def pages(action: str, *, of: str = "", shows_secrets: bool = False) -> Methods:
    """A page with its form: GET asks, POST does."""
    return {
        "GET": Entry(action, of, shows_secrets=shows_secrets),
        "POST": Entry(action, of, shows_secrets=shows_secrets),
    }


def open_to(who: Who, *methods: str, of: str = "") -> Methods:
    """A route that has no row in the matrix."""
    return {method: Entry(of=of, who=who) for method in methods or ("GET", "POST")}


_SIGN_IN = pages("sign_in")
_OWN = pages("self.manage")
# What is asked for here is worth more than a session that somebody left open.
_SECRETS = pages("self.manage", shows_secrets=True)

ROUTES: Mapping[str, Methods] = {
    "healthz": open_to(Who.ANYONE, "GET"),
    "set_language": open_to(Who.ANYONE, "POST"),
    # Signing in
    "sign-in": _SIGN_IN,
    "sign-out": open_to(Who.ANYONE, "POST"),
    "account_login": _SIGN_IN,
    "account_request_login_code": _SIGN_IN,
    "account_confirm_login_code": _SIGN_IN,
    "account_inactive": reads("sign_in"),
    "account_reset_password": _SIGN_IN,
    "account_reset_password_done": reads("sign_in"),
    "account_reset_password_from_key": pages("sign_in", of="reset link"),
    "account_reset_password_from_key_done": reads("sign_in"),
    "mfa_authenticate": _SIGN_IN,
    "mfa_login_webauthn": _SIGN_IN,
    "invitation": pages("sign_in", of="invitation link"),
    # The own profile
    "memberships": open_to(Who.USER),
    "confirm": open_to(Who.USER),
    "profile": _OWN,
    "account_change_password": _SECRETS,
    "account_set_password": _SECRETS,
    "usersessions_list": _OWN,
    "session-end": writes("self.manage", of="session"),
    "mfa_index": reads("self.manage"),
    "mfa_activate_totp": _SECRETS,
    "mfa_deactivate_totp": _SECRETS,
    "mfa_view_recovery_codes": {"GET": Entry("self.manage", shows_secrets=True)},
    "mfa_download_recovery_codes": {"GET": Entry("self.manage", shows_secrets=True)},
    "mfa_generate_recovery_codes": _SECRETS,
    "mfa_list_webauthn": reads("self.manage"),
    "mfa_add_webauthn": _SECRETS,
    "mfa_remove_webauthn": pages("self.manage", of="passkey", shows_secrets=True),
    "mfa_edit_webauthn": pages("self.manage", of="passkey", shows_secrets=True),
    # People and roles
    "people": reads("person.invite"),
    "person-addition": pages("person.invite"),
    "person": reads("person.invite", of="person"),
    "person-invitation": writes("person.invite", of="person"),
    "person-roles": pages("role.change", of="person"),
    "person-leaving": pages("person.deactivate", of="person"),
    "person-return": writes("person.deactivate", of="person"),
    "handover": pages("contract_manager.hand_over"),
    # Everybody may be asked to take the role over; the door opens only what is addressed to them.
    "handover-answer": pages("self.manage", of="handover"),
    # The portal
    # Whoever has no overview of an account is led to their own first page.
    "home": open_to(Who.MEMBER, "GET"),
    "subscriptions": reads("subscriptions.see"),
    "subscription": reads("subscriptions.see", of="subscription"),
    # Whoever sees a subscription may ask why something is closed: the verdict asks the matrix.
    "action": pages("subscriptions.see", of="action"),
    # To send what was chosen asks what it would cost; it is paid, and confirmed, on the next page.
    "align": {"GET": Entry("dates.align"), "POST": Entry("quote.request", of="alignment")},
    "change": reads("subscriptions.see", of="change"),
    # Committing accepts what was quoted; whose the action is, the operation asks once more.
    "change-commit": writes("quote.accept", of="change"),
    "change-undo": writes("term.change", of="change"),
    "calendar": reads("subscriptions.see"),
    "calendar-export": reads("calendar.feed"),
    "calendar-feed-new": writes("calendar.feed"),
    "calendar-feed-end": writes("calendar.feed"),
    "calendar-feed": open_to(Who.ANYONE, "GET", of="calendar feed link"),
    "payment-methods": reads("payment_method.manage"),
    "payment-method-new": writes("payment_method.manage"),
    "method-setup": reads("payment_method.manage", of="method setup"),
    "method-setup-check": writes("payment_method.manage", of="method setup"),
    "invoices": reads("invoices.see"),
    "invoice": reads("invoices.see", of="invoice"),
    "credit-note-pdf": reads("invoices.see", of="credit note"),
    "invoice-pdf": reads("invoices.see", of="invoice"),
    "receipt-pdf": reads("invoices.see", of="payment"),
    "gateway-webhook": open_to(Who.SIGNED, "POST"),
    # Asking a person
    # As with other actions: who sees the subscription is told why asking is closed to them.
    "assisted": reads("subscriptions.see", of="subscription"),
    "ask": pages("contact.make"),
    "ask-colleagues": pages("contact.make", of="wish"),
    "requests": reads("contact.make"),
    "request": pages("contact.make", of="request"),
    "request-receipt": reads("contact.make", of="request"),
    "desk-requests": reads("contact.work"),
    "desk-request": pages("contact.work", of="worked request"),
    # Seats. Who sees them is told why a choice of theirs is not taken: it needs one of two rows.
    "seats": {
        "GET": Entry("usage.see", of="seats"),
        "POST": Entry("seat.assign", of="seats"),
    },
    "seat-list": pages("seat.assign"),
    "groups": {
        "GET": Entry("usage.see", of="seats"),
        "POST": Entry("seat.assign", of="seats"),
    },
    "group": {
        "GET": Entry("usage.see", of="group"),
        "POST": Entry("seat.assign", of="group"),
    },
    "losing": pages("usage.see", of="seated subscription"),
    # Quotes. Who sees one is told why a step of it is closed to them: rules/quotes.py knows.
    "quotes": reads("invoices.see"),
    "quote": reads("invoices.see", of="quote"),
    "quote-version": reads("invoices.see", of="quote version"),
    "quote-pdf": reads("invoices.see", of="quote option"),
    "quote-new": open_to(Who.MEMBER, of="quote maker"),
    "quote-revise": open_to(Who.MEMBER, of="made quote"),
    "quote-send": open_to(Who.MEMBER, "POST", of="quote"),
    "quote-withdraw": open_to(Who.MEMBER, "POST", of="quote"),
    "quote-accept": writes("invoice.pay", of="quote"),
    "quote-decline": open_to(Who.MEMBER, "POST", of="quote"),
    "quote-link": open_to(Who.ANYONE, of="quote link"),
    "quote-link-pdf": open_to(Who.ANYONE, "GET", of="quote option link"),
    # The vendor
    "runs": reads("run.history"),
    "mailbox": open_to(Who.DEMO_STAFF, "GET"),
    "mail": open_to(Who.DEMO_STAFF, "GET", of="mail"),
    "mail-html": open_to(Who.DEMO_STAFF, "GET", of="mail"),
}


def entry_of(request: PageRequest) -> Entry | None:
    """The entry of the request's route and method; None if it has none."""
    assert request.resolver_match is not None
    method = "GET" if request.method == "HEAD" else request.method or ""
    return ROUTES.get(request.resolver_match.url_name or "", {}).get(method)


def is_open_to(member: Member, route: str) -> bool:
    """Whether a page may be shown in the navigation of this member."""
    entry = ROUTES[route].get("GET")
    if entry is None:
        return False
    if entry.who is Who.MATRIX:
        return member.may(entry.action)
    return entry.who is not Who.DEMO_STAFF or (member.is_staff and _is_demo())


def refusal_of(request: PageRequest) -> HttpResponse | None:
    """The answer to somebody who may not use the route; None if they may.

    Raises:
        Http404: if the route is not for them: who may not know of it learns nothing.
    """
    assert request.resolver_match is not None
    methods = ROUTES.get(request.resolver_match.url_name or "")
    if methods is None:
        raise Http404
    entry = entry_of(request)
    if entry is None:
        return HttpResponseNotAllowed(sorted(methods))
    if entry.who is not Who.MATRIX:
        return _refusal_outside_matrix(request, entry)
    if may([ANYBODY], entry.action):
        return None
    if request.member is None:
        return _to_sign_in(request)
    if not request.member.may(entry.action):
        security_log.denied(request)
        return missing_role(request, request.member, entry.action)
    return second_step_missing(request, request.member, is_own=entry.action == "self.manage")


def _refusal_outside_matrix(request: PageRequest, entry: Entry) -> HttpResponse | None:
    if entry.who in (Who.ANYONE, Who.SIGNED):
        return None
    if entry.who is Who.USER:
        return None if request.user.is_authenticated else _to_sign_in(request)
    if entry.who is Who.DEMO_STAFF and not _is_demo():
        raise Http404
    if request.member is None:
        return _to_sign_in(request)
    if entry.who is Who.MEMBER or request.member.is_staff:
        return second_step_missing(request, request.member, is_own=False)
    security_log.denied(request)
    raise Http404


def _to_sign_in(request: PageRequest) -> HttpResponse:
    """To the sign-in, or to the choice of whom to act as; back to the page afterwards."""
    where = reverse("memberships" if request.user.is_authenticated else "sign-in")
    if request.method not in ("GET", "HEAD"):
        return redirect(where)
    return redirect(f"{where}?{urlencode({'next': request.get_full_path()})}")


def _is_demo() -> bool:
    return bool(settings.PERENNE_MODE == "demo")
