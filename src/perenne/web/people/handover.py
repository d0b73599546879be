"""Handing the contract manager's role over: the state of it, and the answer."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import RoleHandover
from perenne.accounts.operations.handing_over import (
    accept_handover,
    decline_handover,
    propose_handover,
)
from perenne.accounts.queries import (
    Member,
    handovers_answered_by,
    handovers_seen_by,
    holders_visible_to,
    takers_visible_to,
)
from perenne.notices.jobs import send_soon
from perenne.web.people_words import role_refusal_text
from perenne.web.requests import MemberRequest

_PAST_SHOWN = 10


class TakerForm(forms.Form):
    """Who shall take the role: found by address, so that nobody picks a namesake."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of the person"))


class HandoverView(View):
    """GET shows who manages the contracts and what waits; POST proposes somebody."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The present state."""
        return _page(request, TakerForm())

    def post(self, request: MemberRequest) -> HttpResponse:
        """Propose; nothing changes until the other has answered."""
        form = TakerForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=400)
        taker = takers_visible_to(request.member).filter(email__iexact=form.cleaned_data["email"])
        found = taker.first()
        if found is None:
            form.add_error("email", _("Nobody active at your company has this address."))
            return _page(request, form, status=400)
        try:
            propose_handover(found.pk, by=request.member, now=request.now)
        except RoleRefusedError as refused:
            for refusal in refused.refusals:
                form.add_error(None, role_refusal_text(refusal))
            return _page(request, form, status=400)
        send_soon()
        messages.success(request, _("%(name)s was asked.") % {"name": found.name})
        return redirect("handover")


def _page(request: MemberRequest, form: TakerForm, *, status: int = 200) -> HttpResponse:
    member = request.member
    seen = handovers_seen_by(member).select_related("giver", "taker", "proposer", "decided_by")
    waiting = seen.filter(outcome="", expires_at__gt=request.now).first()
    managers = [person for person, _roles in holders_visible_to(member, ["contract_manager"])]
    is_manager = "contract_manager" in member.roles
    return render(
        request,
        "web/handover.html",
        {
            "managers": managers,
            "is_manager": is_manager,
            "can_propose": waiting is None and (is_manager or not managers),
            "waiting": waiting,
            "can_answer": waiting is not None and _answers(member, waiting),
            "is_mine": waiting is not None and waiting.proposer_id == member.id,
            "past": seen.exclude(outcome="")[:_PAST_SHOWN],
            "form": form,
        },
        status=status,
    )


def _answers(member: Member, waiting: RoleHandover) -> bool:
    return handovers_answered_by(member).filter(pk=waiting.pk).exists()


class HandoverAnswerView(View):
    """GET says what accepting means; POST accepts, declines or withdraws."""

    def get(self, request: MemberRequest, handover_id: str) -> HttpResponse:
        """What changes, and who asks."""
        found = self._found(request, handover_id)
        return render(
            request,
            "web/handover_answer.html",
            {
                "handover": found,
                "is_open": not found.outcome and request.now < found.expires_at,
                "is_mine": found.proposer_id == request.member.id,
            },
        )

    def post(self, request: MemberRequest, handover_id: str) -> HttpResponse:
        """Do what was chosen."""
        found = self._found(request, handover_id)
        accepts = request.POST.get("answer") == "accept"
        try:
            if accepts:
                accept_handover(found.pk, by=request.member, now=request.now)
            else:
                decline_handover(found.pk, by=request.member, now=request.now)
        except RoleRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, role_refusal_text(refusal))
            return redirect("handover-answer", found.pk)
        send_soon()
        if accepts:
            messages.success(
                request, _("%(name)s is contract manager now.") % {"name": found.taker.name}
            )
        else:
            messages.success(request, _("Everything stays as it was."))
        return redirect("home")

    def _found(self, request: MemberRequest, handover_id: str) -> RoleHandover:
        answered = handovers_answered_by(request.member).select_related(
            "giver", "taker", "proposer"
        )
        return get_object_or_404(answered, pk=handover_id)
