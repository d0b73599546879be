"""The list of subscriptions, and one of them with its price, its plan and its reasons."""

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from perenne.daily.queries import marks
from perenne.renewals.losing import reductions_ahead
from perenne.renewals.queries import Outlook, outlooks
from perenne.renewals.verdicts import verdicts
from perenne.rules.actions import Action
from perenne.rules.lifecycle import Stage, stage_calendar
from perenne.seats.queries import may_see_seats
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.context import page_locale
from perenne.web.portal.forms import FORMS
from perenne.web.portal.losing import ShownReduction, shown_reductions
from perenne.web.portal.rows import SubscriptionRow, row_of, rows_visible_to
from perenne.web.refusals import explain
from perenne.web.requests import MemberRequest
from perenne.web.words import action_text, stage_text, stage_tone

PAGE_SIZE = 50
# Renewing has a place of its own on the page.
_LISTED = {*FORMS, Action.ALIGN, Action.ASSISTED} - {Action.RENEW}


def subscription_list(request: MemberRequest) -> HttpResponse:
    """All of them, filtered by stage and product."""
    rows = rows_visible_to(request.member, now=request.now, locale=page_locale())
    stage, product = request.GET.get("stage", ""), request.GET.get("product", "")
    shown = [
        row
        for row in rows
        if (not stage or row.outlook.stage.value == stage)
        and (not product or row.outlook.offer.product == product)
    ]
    shown.sort(key=lambda row: (row.is_over, row.outlook.renews_on, row.outlook.code))
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "web/subscriptions.html",
        {
            "page": page,
            "total": len(rows),
            "stage": stage,
            "product": product,
            "stages": [(one.value, stage_text(one)) for one in Stage],
            "products": _products(rows),
            "shows_company": request.member.is_staff,
        },
    )


def _products(rows: Sequence[SubscriptionRow]) -> list[tuple[str, str]]:
    return sorted({(row.outlook.offer.product, row.product) for row in rows})


def subscription(request: MemberRequest, subscription_id: str) -> HttpResponse:
    """One subscription: facts, time-line, plan, prices, and every action with its reasons."""
    found = get_object_or_404(subscriptions_visible_to(request.member), pk=subscription_id)
    locale = page_locale()
    outlook = outlooks([found.pk], now=request.now)[0]
    found_verdicts = verdicts([found.pk], member=request.member, now=request.now)[found.pk]
    reasons = {
        action: explain(verdict, outlook, action=action, member=request.member, locale=locale)
        for action, verdict in found_verdicts.items()
    }
    return render(
        request,
        "web/subscription.html",
        {
            "row": row_of(outlook, locale, request.member),
            "verdict": found_verdicts[Action.RENEW],
            "reasons": reasons[Action.RENEW],
            "actions": [
                {
                    "code": action.value,
                    "href": (
                        reverse("align")
                        if action is Action.ALIGN
                        else reverse("action", args=[found.pk, action.value])
                    ),
                    "title": action_text(action, outlook.renews_automatically),
                    "verdict": verdict,
                    "reasons": reasons[action],
                }
                for action, verdict in found_verdicts.items()
                if action in _LISTED
            ],
            "life": [
                {"day": day, "stage": stage_text(stage), "tone": stage_tone(stage)}
                for day, stage in stage_calendar(
                    outlook.renews_on,
                    months=outlook.offer.months,
                    tries_automatically=outlook.renews_automatically,
                    policy=outlook.policy,
                )
            ],
            "sees_seats": may_see_seats(request.member),
            "reductions": _reductions(request, found.pk, outlook),
            "mark": marks().get(outlook.region),
        },
    )


def _reductions(request: MemberRequest, found: str, outlook: Outlook) -> list[ShownReduction]:
    """Who loses a seat of it, for those who may know."""
    if not may_see_seats(request.member):
        return []
    ahead = reductions_ahead([found], day=outlook.as_of)
    return shown_reductions(ahead, member=request.member, locale=page_locale())
