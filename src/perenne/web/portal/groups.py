"""Groups of a company: who belongs, what they use, and what an edit would do before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.seats.errors import SeatsRefusedError
from perenne.seats.models import Group
from perenne.seats.moment import may_assign
from perenne.seats.operations.grouping import (
    GroupEdit,
    GroupOutlook,
    change_group,
    end_group,
    group_outlook,
    make_group,
)
from perenne.seats.queries import (
    GroupView,
    company_of_seats_visible_to,
    group_view,
    group_views,
    groups_visible_to,
    overview,
    product_names,
)
from perenne.web.context import page_locale
from perenne.web.portal.seats import told
from perenne.web.requests import MemberRequest, sent_codes
from perenne.web.seat_reasons import explain_seats

NAME_MAX = 80


class GroupsView(View):
    """GET lists the groups; POST checks or makes a new one."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """All groups, and the form of a new one for administrators."""
        return _list_page(request)

    def post(self, request: MemberRequest) -> HttpResponse:
        """Show what a new group would do, or make it."""
        sent = _sent(request)
        edit = GroupEdit(
            name=sent.name,
            when_short=sent.when_short,
            add_people=sent.people,
            add_products=sent.products,
        )
        if not sent.name:
            return _list_page(request, sent=sent, problem=_("A group needs a name."), status=422)
        try:
            if request.POST.get("step") != "do":
                outlook = group_outlook(None, edit, by=request.member, now=request.now)
                return _list_page(request, sent=sent, outlook=outlook)
            made, done = make_group(edit, by=request.member, now=request.now)
        except SeatsRefusedError as refused:
            return _list_page(request, sent=sent, refused=refused, status=422)
        messages.success(request, told(done))
        return redirect("group", made)


class GroupPage(View):
    """GET shows one group; POST checks or makes an edit, or ends the group."""

    def get(self, request: MemberRequest, group_id: str) -> HttpResponse:
        """The group as it is."""
        return _group_page(request, _group(request, group_id))

    def post(self, request: MemberRequest, group_id: str) -> HttpResponse:
        """Show what an edit would do, make it, or end the group."""
        group = _group(request, group_id)
        sent = _sent(request)
        edit = _edit(group_view(group), sent)
        step = request.POST.get("step")
        try:
            if step == "end":
                messages.success(
                    request, told(end_group(group.pk, by=request.member, now=request.now))
                )
                return redirect("groups")
            if step != "do":
                outlook = group_outlook(group.pk, edit, by=request.member, now=request.now)
                return _group_page(request, group, sent=sent, outlook=outlook)
            done = change_group(group.pk, edit, by=request.member, now=request.now)
        except SeatsRefusedError as refused:
            return _group_page(request, group, sent=sent, refused=refused, status=422)
        messages.success(request, told(done))
        return redirect("group", group.pk)


@dataclass(frozen=True, slots=True)
class Sent:
    """A group as the form says it."""

    name: str
    when_short: str
    people: tuple[str, ...]
    products: tuple[str, ...]


def _sent(request: MemberRequest) -> Sent:
    when_short = request.POST.get("when_short", "")
    return Sent(
        name=request.POST.get("name", "").replace("\x00", "").strip()[:NAME_MAX],
        when_short=when_short if when_short in ("queue", "deny") else "queue",
        people=sent_codes(request, "person"),
        products=sent_codes(request, "product"),
    )


def _edit(before: GroupView, sent: Sent) -> GroupEdit:
    """What is different in what was sent."""
    return GroupEdit(
        name=sent.name if sent.name and sent.name != before.name else None,
        when_short=sent.when_short if sent.when_short != before.when_short else None,
        add_people=tuple(one for one in sent.people if one not in before.people),
        remove_people=tuple(one for one in before.people if one not in sent.people),
        add_products=tuple(one for one in sent.products if one not in before.products),
        remove_products=tuple(one for one in before.products if one not in sent.products),
    )


def _group(request: MemberRequest, group_id: str) -> Group:
    return get_object_or_404(groups_visible_to(request.member), pk=group_id)


def _list_page(
    request: MemberRequest,
    *,
    sent: Sent = Sent("", "queue", (), ()),
    outlook: GroupOutlook | None = None,
    refused: SeatsRefusedError | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "groups": group_views(groups_visible_to(request.member)),
        "problem": problem,
        **_form(request, sent, outlook, refused),
    }
    return render(request, "web/groups.html", context, status=status)


def _group_page(
    request: MemberRequest,
    group: Group,
    *,
    sent: Sent | None = None,
    outlook: GroupOutlook | None = None,
    refused: SeatsRefusedError | None = None,
    status: int = 200,
) -> HttpResponse:
    view = group_view(group)
    shown = sent or Sent(view.name, view.when_short, view.people, view.products)
    context = {"group": view, **_form(request, shown, outlook, refused)}
    return render(request, "web/group.html", context, status=status)


def _form(
    request: MemberRequest,
    sent: Sent,
    outlook: GroupOutlook | None,
    refused: SeatsRefusedError | None,
) -> dict[str, object]:
    company = get_object_or_404(company_of_seats_visible_to(request.member)).pk
    locale = page_locale()
    found = overview(company, now=request.now)
    names = product_names(locale)
    refusals = () if refused is None else refused.refusals
    stands_against = refusals or (() if outlook is None else outlook.refusals)
    offered = dict.fromkeys((*found.given, *sent.products))
    return {
        "sent": sent,
        "everybody": found.people,
        "choices": [(code, names.get(code, code)) for code in offered],
        "names": names,
        "may_assign": may_assign(request.member),
        "reasons": explain_seats(stands_against, member=request.member, locale=locale),
        "outlook": None if outlook is None or stands_against else _shown(outlook, names),
    }


def _shown(outlook: GroupOutlook, names: Mapping[str, str]) -> dict[str, object]:
    """How many seats change hands, and what is short, by product."""
    decision = outlook.decision
    missing: Sequence[tuple[str, int]] = list(decision.missing().items())
    return {
        "given": len(decision.given),
        "released": len(decision.released),
        "missing": [(names.get(code, code), count) for code, count in missing],
    }
