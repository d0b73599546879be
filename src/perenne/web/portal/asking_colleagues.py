"""Ask the company's own contract managers: a short form, filled in where a role was missing."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.renewals.queries import outlooks
from perenne.rules.actions import Action
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError
from perenne.support.operations.colleagues import (
    ColleagueAsking,
    ask_colleagues,
    colleagues_who_decide,
)
from perenne.support.words import say
from perenne.web.contact_words import explain
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import FORM_KEY, REASON, MessageField, new_form_key
from perenne.web.portal.rows import row_of
from perenne.web.requests import MemberRequest


class ColleagueForm(forms.Form):
    """What somebody would like their contract managers to do, and why they cannot themselves."""

    subscription = forms.CharField(max_length=60)
    action = forms.ChoiceField(choices=[(one.value, one.value) for one in Action])
    reason = forms.RegexField(REASON, required=False)
    message = MessageField()
    form_key = forms.RegexField(FORM_KEY)


class ColleagueAskView(View):
    """GET shows the form and who gets it; POST tells them by mail."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The form, filled in with the action that was refused."""
        action = _action(request.GET.get("action", ""))
        initial = {
            "subscription": request.GET.get("subscription", ""),
            "action": action.value,
            "reason": request.GET.get("reason", ""),
            "message": say(f"wish.{action}", page_locale()),
            "form_key": new_form_key(),
        }
        return _page(request, ColleagueForm(initial=initial))

    def post(self, request: MemberRequest) -> HttpResponse:
        """Send it; what was sent twice by mistake is told once."""
        form = ColleagueForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=422)
        said = form.cleaned_data
        found = get_object_or_404(subscriptions_visible_to(request.member), pk=said["subscription"])
        asking = ColleagueAsking(
            subscription_id=found.pk,
            action=Action(said["action"]),
            message=said["message"],
            form_key=said["form_key"],
            reason_code=said["reason"],
        )
        try:
            ask_colleagues(asking, member=request.member, now=request.now)
        except ContactRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, explain(refusal, page_locale()))
            return _page(request, form, status=422)
        messages.success(request, _("They are told by mail, and find it under «Requests»."))
        return redirect("subscription", found.pk)


def _page(request: MemberRequest, form: ColleagueForm, *, status: int = 200) -> HttpResponse:
    locale = page_locale()
    seen = subscriptions_visible_to(request.member)
    found = get_object_or_404(seen, pk=form["subscription"].value() or "")
    action = _action(form["action"].value() or "")
    context = {
        "form": form,
        "row": row_of(outlooks([found.pk], now=request.now)[0], locale, request.member),
        "wanted": say(f"action.{action}", locale),
        "colleagues": colleagues_who_decide(request.member),
        "problem": form.errors.get("message", [""])[0],
    }
    return render(request, "web/ask_colleagues.html", context, status=status)


def _action(code: str) -> Action:
    if code not in list(Action):
        raise Http404
    return Action(code)
