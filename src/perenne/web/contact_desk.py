"""The desk of those who answer contact requests: what waits, and one of them to work."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.queries import Member
from perenne.rules.asking import OUTCOMES_OF_OWNER, Outcome, RequestState
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.models import ContactRequest
from perenne.support.operations.closing import close, reopen
from perenne.support.operations.conversing import answer
from perenne.support.operations.reassigning import possible_owners, reassign
from perenne.support.queries import (
    RequestView,
    contact_requests_worked_by,
    conversation_of,
    in_order_of_work,
    request_views,
)
from perenne.support.words import say
from perenne.web.contact_words import explain, reasons_text, row_of, said_of
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import MessageField
from perenne.web.requests import MemberRequest

PAGE_SIZE = 50


def desk(request: MemberRequest) -> HttpResponse:
    """Requests that the member works, overdue ones first: the own ones, or all of the role."""
    locale = page_locale()
    asked = {name: request.GET.get(name, "").strip() for name in ("whose", "state", "q")}
    worked = contact_requests_worked_by(request.member)
    waiting = worked.filter(state=RequestState.OPEN)
    shown = in_order_of_work(_filtered(worked, request.member, asked))
    page = Paginator(shown.values_list("pk", flat=True), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    views = request_views(page.object_list, now=request.now)
    return render(
        request,
        "web/desk.html",
        {
            "page": page,
            "rows": [row_of(one, locale=locale, now=request.now, for_owner=True) for one in views],
            "waiting": waiting.count(),
            "overdue": waiting.filter(answer_by__lt=request.now).count(),
            "states": [(one.value, say(f"state.{one}", locale)) for one in RequestState],
            "asked": asked,
            "is_filtered": any(asked.values()),
            "page_query": f"&{urlencode(asked)}",
        },
    )


def _filtered(
    worked: QuerySet[ContactRequest], member: Member, asked: dict[str, str]
) -> QuerySet[ContactRequest]:
    if asked["whose"] == "mine":
        worked = worked.filter(Q(staff_id=member.id) | Q(partner_id=member.partner_id or ""))
    if asked["state"] in list(RequestState):
        worked = worked.filter(state=asked["state"])
    if search := asked["q"]:
        worked = worked.filter(
            Q(reference__icontains=search)
            | Q(company__name__icontains=search)
            | Q(company__code__iexact=search)
            | Q(asked_by__name__icontains=search)
        )
    return worked


class DeskView(View):
    """GET shows one request with all that is known; POST takes a step."""

    def get(self, request: MemberRequest, request_id: str) -> HttpResponse:
        """Who asks what from where, what was said, and what can be done now."""
        return self._page(request, _view(request, request_id))

    def post(self, request: MemberRequest, request_id: str) -> HttpResponse:
        """Answer, close, hand over or reopen."""
        view = _view(request, request_id)
        step = _STEPS.get(request.POST.get("step", ""))
        if step is None:
            return self._page(request, view, problem=_("Choose what to do."))
        try:
            messages.success(request, step(request, view.id))
        except ValidationError as error:
            return self._page(request, view, problem=error.messages[0])
        except ContactRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, explain(refusal, page_locale()))
        still_theirs = contact_requests_worked_by(request.member).filter(pk=view.id).exists()
        return redirect("desk-request", view.id) if still_theirs else redirect("desk-requests")

    def _page(
        self, request: MemberRequest, view: RequestView, *, problem: str = ""
    ) -> HttpResponse:
        locale = page_locale()
        entries = conversation_of(view.id)
        sees = subscriptions_visible_to(request.member)
        context = {
            "row": row_of(view, locale=locale, now=request.now, for_owner=True),
            "conversation": said_of(entries, view, locale=locale, for_owner=True),
            "reasons": reasons_text(entries, locale),
            "sees_subscription": bool(view.about and sees.filter(pk=view.about.id).exists()),
            "outcomes": [(one.value, say(f"outcome.{one}", locale)) for one in OUTCOMES_OF_OWNER],
            "owners": [
                {"id": one.id, "name": one.name, "kind": say(f"owner.{one.kind}", locale)}
                for one in possible_owners(view.id, member=request.member)
            ],
            "is_closed": view.state is RequestState.CLOSED,
            "written": request.POST,
            "problem": problem,
        }
        return render(request, "web/desk_request.html", context, status=422 if problem else 200)


def _view(request: MemberRequest, request_id: str) -> RequestView:
    found = get_object_or_404(contact_requests_worked_by(request.member), pk=request_id)
    return request_views([found.pk], now=request.now)[0]


def _answer(request: MemberRequest, request_id: str) -> str:
    text = MessageField().clean(request.POST.get("message", ""))
    answer(request_id, text, member=request.member, now=request.now)
    return _("Your answer is sent.")


def _close(request: MemberRequest, request_id: str) -> str:
    chosen = request.POST.get("outcome", "")
    if chosen not in list(OUTCOMES_OF_OWNER):
        raise ValidationError(_("Choose how it ended."))
    text = MessageField(required=False).clean(request.POST.get("message", ""))
    close(request_id, Outcome(chosen), text, member=request.member, now=request.now)
    return _("The request is closed; who asked is told.")


def _hand_over(request: MemberRequest, request_id: str) -> str:
    text = MessageField(required=False).clean(request.POST.get("message", ""))
    try:
        owner = reassign(
            request_id,
            request.POST.get("owner", ""),
            text,
            member=request.member,
            now=request.now,
        )
    except UnknownRequestError as error:
        raise ValidationError(_("Choose to whom you hand it over.")) from error
    return _("%(name)s has it now, and is told.") % {"name": owner.name}


def _reopen(request: MemberRequest, request_id: str) -> str:
    reopen(request_id, member=request.member, now=request.now)
    return _("It is open again; who asked is told by when it is answered.")


_STEPS: dict[str, Callable[[MemberRequest, str], str]] = {
    "answer": _answer,
    "close": _close,
    "hand_over": _hand_over,
    "reopen": _reopen,
}
