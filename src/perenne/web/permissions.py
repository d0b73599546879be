"""Who may use which route. A route that is not listed is denied, and a test fails."""

from collections.abc import Mapping

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from perenne.accounts.queries import Member
from perenne.billing.queries import ROLES_THAT_SEE_INVOICES, STAFF_ROLES_THAT_SEE_INVOICES
from perenne.seats.queries import may_see_seats
from perenne.web.requests import PageRequest

ANYONE = "anyone"
DEMO = "anyone, in a demo"
MEMBER = "anyone who signed in"
PERSON = "people of a company"
CONTRACT_MANAGER = "contract managers"
INVOICES = (
    "contract managers, payers, primary administrators and viewers; finance, sales, specialists"
)
SEATS = "contract managers, administrators and viewers"
STAFF = "the vendor's staff"
RUN_HISTORY = "finance, support and operators"
# A machine: whoever can sign as the gateway does. Its view looks at the signature.
GATEWAY = "the payment gateway"
REQUEST_WORKERS = "partners, specialists, sales and support"

_RUN_HISTORY_ROLES = frozenset({"finance", "support", "operator"})
_REQUEST_WORKER_ROLES = frozenset({"specialist", "sales", "support"})

# Rows of the matrix in the design: see account overview, list subscriptions, calendar, renew,
# see invoices / PDF, assign/unassign seat (administrators change, the others read), run history,
# contact request: make, work. Objects are guarded once more by the `…_visible_to` doors.
ROUTES: Mapping[str, str] = {
    "healthz": ANYONE,
    "set_language": ANYONE,
    "sign-in": DEMO,
    "sign-out": ANYONE,
    "home": MEMBER,
    "subscriptions": MEMBER,
    "subscription": MEMBER,
    "action": PERSON,
    "align": PERSON,
    "change": MEMBER,
    "change-commit": CONTRACT_MANAGER,
    "change-undo": CONTRACT_MANAGER,
    "seats": SEATS,
    "groups": SEATS,
    "group": SEATS,
    "losing": SEATS,
    "calendar": MEMBER,
    "invoice-pdf": INVOICES,
    "receipt-pdf": INVOICES,
    "runs": RUN_HISTORY,
    "mailbox": STAFF,
    "mail": STAFF,
    "mail-html": STAFF,
    "gateway-webhook": GATEWAY,
    "assisted": PERSON,
    "ask": PERSON,
    "ask-colleagues": PERSON,
    "requests": PERSON,
    "request": PERSON,
    "request-receipt": PERSON,
    "desk-requests": REQUEST_WORKERS,
    "desk-request": REQUEST_WORKERS,
}


def works_requests(member: Member) -> bool:
    """Whether somebody answers contact requests; which ones is told by their door."""
    is_worker = member.is_staff and bool(member.roles & _REQUEST_WORKER_ROLES)
    return is_worker or member.partner_id is not None


def refusal_of(request: PageRequest) -> HttpResponse | None:
    """The answer to somebody who may not use the route; None if they may.

    Raises:
        Http404: if the route is not for them: who may not know of it learns nothing.
    """
    assert request.resolver_match is not None
    needed = ROUTES.get(request.resolver_match.url_name or "")
    member = request.member
    if needed in (ANYONE, GATEWAY) or (needed == DEMO and settings.PERENNE_MODE == "demo"):
        return None
    if needed is None or needed == DEMO:
        raise Http404
    if member is None:
        return redirect(f"{reverse('sign-in')}?next={request.path}")
    may = {
        MEMBER: True,
        PERSON: member.company_id is not None,
        CONTRACT_MANAGER: "contract_manager" in member.roles,
        INVOICES: bool(member.roles & _roles_that_see_invoices(member)),
        SEATS: may_see_seats(member),
        STAFF: member.is_staff,
        RUN_HISTORY: member.is_staff and bool(member.roles & _RUN_HISTORY_ROLES),
        REQUEST_WORKERS: works_requests(member),
    }
    if not may[needed]:
        raise Http404
    return None


def _roles_that_see_invoices(member: Member) -> frozenset[str]:
    return STAFF_ROLES_THAT_SEE_INVOICES if member.is_staff else ROLES_THAT_SEE_INVOICES
