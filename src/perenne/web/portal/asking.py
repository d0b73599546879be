"""Ask a person: a form, filled in where something was refused, and sent once."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.asking import TOPIC_OF_ACTION, Topic
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError
from perenne.support.operations.making import make
from perenne.support.previewing import preview_for
from perenne.support.words import say
from perenne.web.contact_words import asked_from, explain, who_answers
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import AskForm, new_form_key
from perenne.web.requests import MemberRequest

_SUGGESTED = 50


class AskView(View):
    """GET shows the form; POST sends it, or says what is wrong and keeps what was written."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The form, filled in with the subscription, the action and the reason it came from."""
        about = self._about(request, request.GET.get("subscription", ""))
        action = request.GET.get("action", "")
        topic = TOPIC_OF_ACTION.get(action)
        locale = page_locale()
        asked_topic = request.GET.get("topic", "")
        initial = {
            "topic": topic or (asked_topic if asked_topic in list(Topic) else ""),
            "subscription": about.code if about else "",
            "message": say(f"wish.{action}", locale) if topic else "",
            "preferred_time": "any",
            "language": locale,
            "wants_vendor": action == "change_partner",
            "action": action if topic else "",
            "reason": request.GET.get("reason", "") if topic else "",
            "form_key": new_form_key(),
        }
        form = AskForm(initial=initial, member=request.member, locale=locale)
        return self._page(request, form, about)

    def post(self, request: MemberRequest) -> HttpResponse:
        """Send it; what was sent twice by mistake is one request."""
        form = AskForm(request.POST, member=request.member, locale=page_locale())
        if form.is_valid():
            try:
                made = make(form.asking(), member=request.member, now=request.now)
            except ContactRefusedError as refused:
                for refusal in refused.refusals:
                    messages.error(request, explain(refusal, page_locale()))
            else:
                return redirect("request-receipt", made)
        about = self._about(request, form.subscription_id or "")
        return self._page(request, form, about, status=422)

    def _about(self, request: MemberRequest, subscription: str) -> Outlook | None:
        found = subscriptions_visible_to(request.member).filter(pk=subscription).first()
        return None if found is None else outlooks([found.pk], now=request.now)[0]

    def _page(
        self, request: MemberRequest, form: AskForm, about: Outlook | None, *, status: int = 200
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
            "suggested": self._suggested(request),
            "problems": _problems(form),
        }
        return render(request, "web/ask.html", context, status=status)

    def _suggested(self, request: MemberRequest) -> list[tuple[str, str]]:
        """Numbers to choose from, what renews soonest first; any other can be typed."""
        living = subscriptions_visible_to(request.member).filter(ended_on=None)
        ids = living.order_by("renews_on", "code").values_list("pk", flat=True)[:_SUGGESTED]
        return [
            (one.code, f"{one.product_names.get(page_locale(), '')} · {one.contract_code}")
            for one in outlooks(ids, now=request.now)
        ]


def _problems(form: forms.Form) -> list[dict[str, str]]:
    """What is wrong, field by field in the order of the page."""
    return [
        {"field": name, "text": str(text)} for name, texts in form.errors.items() for text in texts
    ]
