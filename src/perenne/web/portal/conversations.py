"""The contact requests of a company: the list, the receipt, and the conversation of each."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.queries import Member
from perenne.renewals.queries import Contact, contacts
from perenne.rules.asking import RequestState
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.operations.closing import withdraw
from perenne.support.operations.conversing import reply
from perenne.support.queries import (
    RequestView,
    colleague_requests_visible_to,
    colleague_views,
    contact_requests_visible_to,
    conversation_of,
    in_order_of_work,
    request_views,
)
from perenne.web.contact_words import (
    RequestRow,
    colleague_row,
    explain,
    row_of,
    said_of,
    who_answers,
)
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import MessageField
from perenne.web.requests import MemberRequest

PAGE_SIZE = 50
COLLEAGUES_SHOWN = 20


def request_list(request: MemberRequest) -> HttpResponse:
    """Every request that the member may see: those that wait first."""
    seen = in_order_of_work(contact_requests_visible_to(request.member))
    page = Paginator(seen.values_list("pk", flat=True), PAGE_SIZE).get_page(request.GET.get("page"))
    locale = page_locale()
    views = request_views(page.object_list, now=request.now)
    rows = [row_of(view, locale=locale, now=request.now) for view in views]
    asked_colleagues = colleague_requests_visible_to(request.member)[:COLLEAGUES_SHOWN]
    context = {
        "page": page,
        "rows": rows,
        "contacts": _contacts(request.member),
        "colleagues": [
            colleague_row(one, locale=locale) for one in colleague_views(asked_colleagues)
        ],
    }
    return render(request, "web/requests.html", context)


def _contacts(member: Member) -> list[Contact]:
    living = subscriptions_visible_to(member).filter(ended_on=None)
    return contacts(living.values_list("pk", flat=True))


def receipt(request: MemberRequest, request_id: str) -> HttpResponse:
    """What was sent, its reference, and by when it is answered."""
    view = _view(request, request_id)
    first = conversation_of(view.id)[0]
    return render(
        request,
        "web/request_receipt.html",
        {
            "row": _row(request, view),
            "who": _who(view),
            "message": first.text,
        },
    )


class ConversationView(View):
    """GET shows what was said; POST adds to it, or withdraws the request."""

    def get(self, request: MemberRequest, request_id: str) -> HttpResponse:
        """Everything that both sides said and did."""
        return self._page(request, _view(request, request_id))

    def post(self, request: MemberRequest, request_id: str) -> HttpResponse:
        """Write again, or withdraw it."""
        view = _view(request, request_id)
        withdraws = request.POST.get("step") == "withdraw"
        try:
            if withdraws:
                withdraw(view.id, member=request.member, now=request.now)
                messages.success(request, _("Your request is withdrawn."))
            else:
                text = MessageField().clean(request.POST.get("message", ""))
                reply(view.id, text, member=request.member, now=request.now)
                messages.success(request, _("It is sent."))
        except ValidationError as error:
            written = request.POST.get("message", "")
            return self._page(request, view, written=written, problem=error.messages[0])
        except ContactRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, explain(refusal, page_locale()))
        except UnknownRequestError:
            messages.error(request, _("Only who asked, or a contract manager, can withdraw it."))
        return redirect("request", view.id)

    def _page(
        self, request: MemberRequest, view: RequestView, *, written: str = "", problem: str = ""
    ) -> HttpResponse:
        context = {
            "row": _row(request, view),
            "who": _who(view),
            "conversation": said_of(conversation_of(view.id), view, locale=page_locale()),
            "may_withdraw": _may_withdraw(request.member, view),
            "written": written,
            "problem": problem,
        }
        return render(request, "web/request.html", context, status=422 if problem else 200)


def _may_withdraw(member: Member, view: RequestView) -> bool:
    is_theirs = view.asker_id == member.id or "contract_manager" in member.roles
    return is_theirs and view.state is not RequestState.CLOSED


def _view(request: MemberRequest, request_id: str) -> RequestView:
    found = get_object_or_404(contact_requests_visible_to(request.member), pk=request_id)
    return request_views([found.pk], now=request.now)[0]


def _who(view: RequestView) -> str:
    owner = view.owner
    return who_answers(owner.kind, owner.organisation or owner.name, page_locale())


def _row(request: MemberRequest, view: RequestView) -> RequestRow:
    return row_of(view, locale=page_locale(), now=request.now)
