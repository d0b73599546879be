"""The home of a company: what needs somebody, and what comes."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import redirect, render

from perenne.renewals.verdicts import verdicts
from perenne.rules.actions import Action
from perenne.rules.lifecycle import Stage
from perenne.rules.routes import Route
from perenne.web.context import page_locale, places_of
from perenne.web.portal.rows import SubscriptionRow, rows_visible_to, strips_of
from perenne.web.requests import MemberRequest

_SOON_DAYS = 90
_SHOWN = 8


def home(request: MemberRequest) -> HttpResponse:
    """Sentences about what needs the member; partners and staff go to their own first page."""
    if request.member.company_id is None or not request.member.may("account.see"):
        return redirect(next((route for route, _title in places_of(request.member)), "profile"))
    locale = page_locale()
    rows = rows_visible_to(request.member, now=request.now, locale=locale)
    needing = sorted(
        (row for row in rows if _needs_somebody(row)), key=lambda row: row.outlook.renews_on
    )
    by_itself = [row for row in rows if _comes_by_itself(row)]
    today = rows[0].outlook.as_of if rows else request.now.date()
    return render(
        request,
        "web/home.html",
        {
            "rows": rows,
            "company": rows[0].outlook.company_name if rows else "",
            "needing": needing[:_SHOWN],
            "renewable": _renewable(needing[:_SHOWN], request),
            "more": max(len(needing) - _SHOWN, 0),
            "needing_count": len(needing),
            "by_itself": sorted(by_itself, key=lambda row: row.outlook.renews_on)[:_SHOWN],
            "next_decision": _next_decision(rows),
            "strips": strips_of(rows, today=today, locale=locale),
            "contacts": _contacts(rows),
        },
    )


def _renewable(rows: Sequence[SubscriptionRow], request: MemberRequest) -> set[str]:
    """Those that the member may renew at once."""
    ids = [row.outlook.subscription_id for row in rows]
    found = verdicts(ids, member=request.member, now=request.now)
    return {identity for identity, answers in found.items() if answers[Action.RENEW].allowed}


def _needs_somebody(row: SubscriptionRow) -> bool:
    if row.is_over:
        return False
    if row.outlook.stage is not Stage.ACTIVE:
        return True
    return row.days_left <= _SOON_DAYS and (
        row.outlook.route is not Route.AUTO or bool(row.problem)
    )


def _comes_by_itself(row: SubscriptionRow) -> bool:
    is_soon = row.outlook.stage is Stage.ACTIVE and row.days_left <= _SOON_DAYS
    return is_soon and not _needs_somebody(row)


def _next_decision(rows: Sequence[SubscriptionRow]) -> SubscriptionRow | None:
    living = [row for row in rows if row.outlook.stage is Stage.ACTIVE]
    return min(living, key=lambda row: row.outlook.renews_on, default=None)


def _contacts(rows: Sequence[SubscriptionRow]) -> list[object]:
    return list(dict.fromkeys(row.outlook.contact for row in rows if row.outlook.contact))
