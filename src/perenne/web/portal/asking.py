"""Ask a person: a form, filled in where something was refused, and sent once."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.decorators.http import require_safe

from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.queries import Outlook, outlooks
from perenne.renewals.verdicts import verdicts
from perenne.rules.actions import Action
from perenne.rules.asking import TOPIC_OF_ACTION, Topic
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError
from perenne.support.operations.making import make
from perenne.support.previewing import preview_for
from perenne.support.words import say
from perenne.web.contact_words import asked_from, who_answers
from perenne.web.contact_words import explain as explain_limit
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import AskForm, new_form_key
from perenne.web.portal.rows import row_of
from perenne.web.refusals import explain, refused_texts
from perenne.web.requests import MemberRequest
from perenne.web.words import action_text

_SUGGESTED = 50


class AskView(View):
    """GET shows the form; POST sends it, or says what is wrong and keeps what was written."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The form, filled in with the subscription, the action and the reason it came from."""
        about = _about(request, request.GET.get("subscription", ""))
        return _page(request, _filled_in(request, about), about)

    def post(self, request: MemberRequest) -> HttpResponse:
        """Send it; what was sent twice by mistake is one request."""
        form = AskForm(request.POST, member=request.member, locale=page_locale())
        if form.is_valid():
            try:
                made = make(form.asking(), member=request.member, now=request.now)
            except ContactRefusedError as refused:
                for refusal in refused.refusals:
                    messages.error(request, explain_limit(refusal, page_locale()))
            except ChangeRefusedError as refused:
                for reason in refused_texts(refused, now=request.now, locale=page_locale()):
                    messages.error(request, reason)
            else:
                return redirect("request-receipt", made)
        return _page(request, form, _about(request, form.subscription_id or ""), status=422)


@require_safe
def assisted(request: MemberRequest, subscription_id: str) -> HttpResponse:
    """The same form as an action of one subscription, or why it is closed to who looks."""
    found = get_object_or_404(subscriptions_visible_to(request.member), pk=subscription_id)
    outlook = outlooks([found.pk], now=request.now)[0]
    answers = verdicts([found.pk], member=request.member, now=request.now)
    action, verdict = Action.ASSISTED, answers[found.pk][Action.ASSISTED]
    if verdict.allowed:
        return _page(request, _filled_in(request, outlook), outlook)
    locale = page_locale()
    context = {
        "row": row_of(outlook, locale, request.member),
        "title": action_text(action, outlook.renews_automatically),
        "verdict": verdict,
        "reasons": explain(verdict, outlook, action=action, member=request.member, locale=locale),
    }
    return render(request, "web/action.html", context)


def _about(request: MemberRequest, subscription: str) -> Outlook | None:
    found = subscriptions_visible_to(request.member).filter(pk=subscription).first()
    return None if found is None else outlooks([found.pk], now=request.now)[0]


def _filled_in(request: MemberRequest, about: Outlook | None) -> AskForm:
    """The form with what the address tells; what makes no sense is left out."""
    locale = page_locale()
    action = request.GET.get("action", "")
    usual = TOPIC_OF_ACTION.get(action)
    topic = request.GET.get("topic", "")
    reason = request.GET.get("reason", "") if usual else ""
    initial = {
        "topic": topic if topic in list(Topic) else usual or "",
        "subscription": about.code if about else "",
        "message": _wish(action, topic, locale) if usual else "",
        "preferred_time": "any",
        "language": locale,
        "wants_vendor": action == Action.CHANGE_PARTNER,
        # Without a reason nothing was refused: the action only chose the first words.
        "action": action if reason else "",
        "reason": reason,
        "form_key": new_form_key(),
    }
    return AskForm(initial=initial, member=request.member, locale=locale)


def _page(
    request: MemberRequest, form: AskForm, about: Outlook | None, *, status: int = 200
) -> HttpResponse:
    locale = page_locale()
    expected = preview_for(
        request.member,
        subscription_id=about.subscription_id if about else None,
        now=request.now,
    )
    action, reason = (form[name].value() or "" for name in ("action", "reason"))
    context = {
        "form": form,
        "topics": [
            {
                "value": one.value,
                "text": say(f"topic.{one}", locale),
                "hint": say(f"topic.hint.{one}", locale),
            }
            for one in Topic
        ],
        "about": about,
        "product": about.product_names.get(locale, "") if about else "",
        "asked_from": asked_from(action, reason, locale) if action in TOPIC_OF_ACTION else "",
        "expected": expected,
        "who": who_answers(expected.kind, expected.name, locale) if expected else "",
        "suggested": _suggested(request),
        "problems": _problems(form),
    }
    return render(request, "web/ask.html", context, status=status)


def _suggested(request: MemberRequest) -> list[tuple[str, str]]:
    """Numbers to choose from, what renews soonest first; any other can be typed."""
    living = subscriptions_visible_to(request.member).filter(ended_on=None)
    ids = living.order_by("renews_on", "code").values_list("pk", flat=True)[:_SUGGESTED]
    return [
        (one.code, f"{one.product_names.get(page_locale(), '')} · {one.contract_code}")
        for one in outlooks(ids, now=request.now)
    ]


def _wish(action: str, topic: str, locale: str) -> str:
    """What somebody who was refused an action would write."""
    wishes = [f"wish.{action}"] + (["wish.quote"] if topic == Topic.QUOTE else [])
    return say("between", locale).join(say(one, locale) for one in wishes)


def _problems(form: forms.Form) -> list[dict[str, str]]:
    """What is wrong, field by field in the order of the page."""
    return [
        {"field": name, "text": str(text)} for name, texts in form.errors.items() for text in texts
    ]
