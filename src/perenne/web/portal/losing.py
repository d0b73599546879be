"""Who loses a seat when seats become fewer: by name, with the last use, to be chosen until then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.queries import Member
from perenne.renewals.changes.preview import WarningCode
from perenne.renewals.changes.queries import ChangeState, ChangeView
from perenne.renewals.losing import Reduction, losing_then, reductions_ahead
from perenne.renewals.operations.choosing_losers import choose_losers, may_choose
from perenne.rules.seats import HeldSeat, Losses, losing_order
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.moment import moment_at
from perenne.seats.queries import (
    Named,
    may_see_seats,
    people_named,
    product_names,
    seated_subscriptions_visible_to,
)
from perenne.web.context import page_locale
from perenne.web.refusals import Explained
from perenne.web.requests import MemberRequest, sent_codes
from perenne.web.seat_reasons import explain_seats


@dataclass(frozen=True, slots=True)
class ShownSeat:
    """Somebody's seat: whether they lose it, and whether somebody chose that."""

    person: str
    name: str
    email: str
    last_used_on: date | None
    assigned_on: date
    loses: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownReduction:
    """A day with fewer seats than people, in words."""

    subscription: str
    code: str
    product: str
    on: date
    seats_left: int
    seats: tuple[ShownSeat, ...]

    @property
    def losing(self) -> tuple[ShownSeat, ...]:
        """Those who lose theirs."""
        return tuple(seat for seat in self.seats if seat.loses)


def shown_reductions(
    found: Sequence[Reduction], *, member: Member, locale: str
) -> list[ShownReduction]:
    """Put reductions into words; everybody who holds a seat, in the order of the rule."""
    if not found or member.company_id is None:
        return []
    people, products = people_named(member.company_id), product_names(locale)
    return [
        ShownReduction(
            subscription=one.subscription,
            code=one.code,
            product=products.get(one.product, one.product),
            on=one.on,
            seats_left=one.seats_left,
            seats=tuple(_shown(seat, one.losses, people) for seat in losing_order(one.held)),
        )
        for one in found
    ]


def _shown(seat: HeldSeat, losing: Losses, people: Mapping[str, Named]) -> ShownSeat:
    return ShownSeat(
        person=seat.person,
        name=people[seat.person].name,
        email=people[seat.person].email,
        last_used_on=seat.last_used_on,
        assigned_on=seat.assigned_on,
        loses=seat in losing.lost,
        is_chosen=seat.person in losing.chosen,
    )


def losing_by(view: ChangeView, *, member: Member) -> dict[str, tuple[ShownSeat, ...]]:
    """Who would lose a seat by a change that is not executed yet, by subscription."""
    is_ahead = view.state in (ChangeState.PREVIEWED, ChangeState.PLANNED)
    warned = WarningCode.PEOPLE_LOSE_SEATS in view.preview.warnings
    if not (is_ahead and warned and may_see_seats(member)) or view.kind == "return":
        return {}
    people = people_named(view.company_id)
    first, *others = view.preview.items
    items = [first] if view.kind == "switch" else view.preview.items
    found = {}
    for item in items:
        if item.before is None:
            continue
        seats_left = item.after.seats if view.kind == "renew" else item.after.planned_seats
        losing = losing_then(
            item.subscription,
            merges=[one.subscription for one in others] if view.kind == "switch" else (),
            seats_left=seats_left,
            on=item.before.renews_on,
        )
        found[item.subscription] = tuple(_shown(seat, losing, people) for seat in losing.lost)
    return found


class LosingView(View):
    """GET shows who loses a seat on a day; POST chooses other people, or leaves it to the rule."""

    def get(self, request: MemberRequest, subscription_id: str) -> HttpResponse:
        """Everybody with a seat, and who would lose it."""
        return _page(request, subscription_id)

    def post(self, request: MemberRequest, subscription_id: str) -> HttpResponse:
        """Choose, as often as wanted until the day."""
        found = get_object_or_404(
            seated_subscriptions_visible_to(request.member), pk=subscription_id
        )
        people = sent_codes(request, "person") if request.POST.get("step") == "choose" else ()
        try:
            on = date.fromisoformat(request.POST.get("on", ""))
        except ValueError as error:
            raise Http404 from error
        try:
            choose_losers(found.pk, people, on=on, by=request.member, now=request.now)
        except SeatsRefusedError as refused:
            reasons = explain_seats(refused.refusals, member=request.member, locale=page_locale())
            return _page(request, found.pk, reasons=reasons, chosen=people, status=422)
        messages.success(
            request,
            _("Chosen. You can choose others until the day itself.")
            if people
            else _("Left to the rule: who used it least."),
        )
        return redirect("losing", found.pk)


def _page(
    request: MemberRequest,
    subscription_id: str,
    *,
    reasons: Sequence[Explained] = (),
    chosen: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    found = get_object_or_404(seated_subscriptions_visible_to(request.member), pk=subscription_id)
    day = moment_at(found.company_id, actor=request.member.actor, now=request.now).day
    ahead = reductions_ahead([found.pk], day=day)
    context = {
        "code": found.code,
        "reductions": shown_reductions(ahead, member=request.member, locale=page_locale()),
        "may_choose": may_choose(request.member, found.company_id),
        "reasons": reasons,
        "chosen": chosen,
    }
    return render(request, "web/losing.html", context, status=status)
