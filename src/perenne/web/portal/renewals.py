"""Renewing one subscription by hand: check, then pay what was shown."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.platform.display import date_text
from perenne.renewals.errors import RenewalRefusedError
from perenne.renewals.operations.renew import Answer, Renewal, renew_by_hand
from perenne.renewals.queries import Outlook, outlooks, verdicts_for
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.context import page_locale
from perenne.web.portal.rows import row_of
from perenne.web.refusals import explain
from perenne.web.requests import MemberRequest


class RenewalView(View):
    """GET shows what renewing would do; POST does exactly that, or says what has changed."""

    def get(self, request: MemberRequest, subscription_id: str) -> HttpResponse:
        """What will be bought, until when, for how much, paid how."""
        outlook = self._outlook(request, subscription_id)
        identity = outlook.subscription_id
        verdicts = verdicts_for([identity], member=request.member, now=request.now)
        if not verdicts[identity].allowed:
            return redirect("subscription", subscription_id)
        return render(request, "web/renew.html", {"row": row_of(outlook, page_locale())})

    def post(self, request: MemberRequest, subscription_id: str) -> HttpResponse:
        """Renew, unless the amount is no longer the one that was shown."""
        outlook = self._outlook(request, subscription_id)
        shown = request.POST.get("shown_minor", "")
        if outlook.renewal is None or shown != str(outlook.renewal.gross_minor):
            messages.error(request, _("The amount has changed since it was shown. Check it again."))
            return redirect("subscription", subscription_id)
        wish = Renewal(
            subscription_id=outlook.subscription_id,
            months=outlook.plan.offer.months,
            seats=outlook.plan.seats if outlook.plan.seats_explicit else None,
            member=request.member,
        )
        try:
            answer = renew_by_hand(wish, now=request.now)
        except RenewalRefusedError as refused:
            for refusal in refused.verdict.refusals:
                explained = explain(refusal, outlook, page_locale())
                messages.error(request, f"{explained.reason} {explained.next_step}")
        else:
            _tell(request, answer, outlook)
        return redirect("subscription", subscription_id)

    def _outlook(self, request: MemberRequest, subscription_id: str) -> Outlook:
        found = get_object_or_404(subscriptions_visible_to(request.member), pk=subscription_id)
        return outlooks([found.pk], now=request.now)[0]


def _tell(request: MemberRequest, answer: Answer, outlook: Outlook) -> None:
    if answer.state == "renewed" and outlook.renewal is not None:
        day = date_text(outlook.renewal.line.covers.last_day, locale=page_locale(), weekday=True)
        messages.success(request, _("Renewed. It is paid through %(day)s.") % {"day": day})
    elif answer.state == "declined":
        messages.error(
            request,
            _("The payment was declined; nothing has changed. Try again, or use another method."),
        )
    else:
        messages.info(
            request,
            _("The payment is being confirmed. You cannot pay twice; look again in some minutes."),
        )
