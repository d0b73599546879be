"""People and seats of a company: who has what, give, take back, and who waits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from perenne.renewals.entitlements import entitlements
from perenne.renewals.losing import reductions_ahead
from perenne.rules.entitlement import Entitlement
from perenne.rules.seating import Demand
from perenne.seats.deciding import Decision
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.moment import may_assign
from perenne.seats.operations.assigning import assign, stop_waiting, unassign
from perenne.seats.queries import (
    Overview,
    PersonSeats,
    company_of_seats_visible_to,
    overview,
    product_names,
    seated_subscriptions_visible_to,
)
from perenne.web.context import page_locale
from perenne.web.portal.losing import ShownReduction, shown_reductions
from perenne.web.refusals import Explained
from perenne.web.requests import MemberRequest, sent_codes
from perenne.web.seat_reasons import explain_seats

PAGE_SIZE = 50
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which people are shown: by a part of the name or address, by a product that they have."""

    text: str
    product: str

    def shows(self, person: PersonSeats) -> bool:
        """Whether somebody is shown."""
        words = f"{person.name} {person.email}".lower()
        has = {one.product for one in person.holdings} | {one.product for one in person.waits}
        return self.text.lower() in words and (not self.product or self.product in has)


class SeatsView(View):
    """GET shows products and people; POST gives a seat, takes one back, or ends a wait."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """Everybody, fifty a page."""
        return _page(request)

    def post(self, request: MemberRequest) -> HttpResponse:
        """Do what was asked for, or say why not."""
        does = _STEPS.get(request.POST.get("step", ""))
        if does is None:
            return _page(request, status=422)
        try:
            messages.success(request, does(request))
        except SeatsRefusedError as refused:
            reasons = explain_seats(refused.refusals, member=request.member, locale=page_locale())
            return _page(request, reasons=reasons, status=422)
        return redirect(request.get_full_path())


def _assign(request: MemberRequest) -> str:
    chosen, product = sent_codes(request, "person"), next(iter(sent_codes(request, "product")), "")
    done = assign(
        [Demand(person, product) for person in chosen if person],
        by=request.member,
        now=request.now,
        waits="waits" in request.POST,
    )
    return told(done)


def _take_back(request: MemberRequest) -> str:
    return told(unassign(sent_codes(request, "seat"), by=request.member, now=request.now))


def _stop_waiting(request: MemberRequest) -> str:
    waits = [int(one) for one in sent_codes(request, "wait") if _NUMBER.fullmatch(one)]
    stop_waiting(waits, by=request.member, now=request.now)
    return _("Nobody waits for it any more by your wish.")


_STEPS: dict[str, Callable[[MemberRequest], str]] = {
    "assign": _assign,
    "take_back": _take_back,
    "stop_waiting": _stop_waiting,
}


def told(done: Decision) -> str:
    """What became of seats, in a sentence each."""
    given, released, short = len(done.given), len(done.released), len(done.short)
    said = []
    if given:
        said.append(
            ngettext("%(n)s person has a new seat.", "%(n)s people have a new seat.", given)
            % {"n": given}
        )
    if released:
        said.append(
            ngettext("%(n)s seat was taken back.", "%(n)s seats were taken back.", released)
            % {"n": released}
        )
    if short:
        said.append(
            ngettext("%(n)s person waits for a seat.", "%(n)s people wait for a seat.", short)
            % {"n": short}
        )
    return " ".join(said) or _("No seat had to change hands.")


def _page(
    request: MemberRequest, *, reasons: Sequence[Explained] = (), status: int = 200
) -> HttpResponse:
    company = get_object_or_404(company_of_seats_visible_to(request.member)).pk
    found = overview(company, now=request.now)
    wanted = _Filter(request.GET.get("q", "").strip(), request.GET.get("product", ""))
    people = [one for one in found.people if wanted.shows(one)]
    names = product_names(page_locale())
    context = {
        "day": found.day,
        "products": [(names.get(one.product, one.product), one) for one in found.products],
        "choices": _choices(found),
        "page": Paginator(people, PAGE_SIZE).get_page(request.GET.get("page")),
        "everybody": found.people,
        "names": names,
        "old_seats": _old_seats(company, now=request.now),
        "q": wanted.text,
        "product": wanted.product,
        "may_assign": may_assign(request.member),
        "reasons": reasons,
        "chosen": sent_codes(request, "person"),
        "reductions": _reductions(request, found),
    }
    return render(request, "web/seats.html", context, status=status)


def _old_seats(company: str, *, now: datetime) -> dict[str, list[Entitlement]]:
    """By person, what is left of seats that became others: it can be used for some more days."""
    found: dict[str, list[Entitlement]] = {}
    for one in entitlements(company, now=now):
        if one.ways[0].is_overlap:
            found.setdefault(one.person, []).append(one)
    return found


def _choices(found: Overview) -> list[tuple[str, str]]:
    """What can be given: what is owned, and what a collection of it contains."""
    names = product_names(page_locale())
    return [(code, names.get(code, code)) for code in found.given]


def _reductions(request: MemberRequest, found: Overview) -> list[ShownReduction]:
    mine = seated_subscriptions_visible_to(request.member).values_list("pk", flat=True)
    held = {one.subscription for person in found.people for one in person.holdings}
    ahead = reductions_ahead([one for one in mine if one in held], day=found.day)
    return shown_reductions(ahead, member=request.member, locale=page_locale())
