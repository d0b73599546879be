"""Payment methods: what the company pays with, and visits to the gateway's page to add one."""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from perenne.billing.errors import NoHostedPageError, NoProviderError
from perenne.billing.method_setups import Visitor, begin_setup, finish_setups
from perenne.billing.queries import method_setups_visible_to, methods_of
from perenne.rules.actions import Action
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.context import page_locale
from perenne.web.portal.rows import SubscriptionRow, rows_visible_to
from perenne.web.refusals import ask_url
from perenne.web.requests import MemberRequest


@require_safe
def methods(request: MemberRequest) -> HttpResponse:
    """The company's methods, what each pays for, and which ends too early."""
    locale = page_locale()
    assert request.member.company_id is not None
    rows = [
        row
        for row in rows_visible_to(request.member, now=request.now, locale=locale)
        if not row.is_over
    ]
    used = _by_method(rows)
    subscription = request.GET.get("subscription", "")
    return render(
        request,
        "web/payment_methods.html",
        {
            "methods": [
                {"text": one.text(locale), "used": used.get(one.id, [])}
                for one in methods_of(request.member.company_id)
            ],
            "without": used.get("", []),
            "subscription": subscription,
            "ask": _ask_href(subscription, rows),
        },
    )


def _ask_href(subscription: str, rows: Sequence[SubscriptionRow]) -> str:
    """The form to a person, about the subscription from which somebody came if they see it."""
    if any(row.outlook.subscription_id == subscription for row in rows):
        return ask_url(subscription, action=Action.PAYMENT_METHOD)
    return reverse("ask")


def _by_method(rows: Sequence[SubscriptionRow]) -> dict[str, list[SubscriptionRow]]:
    found: dict[str, list[SubscriptionRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.outlook.renews_on):
        found[row.outlook.method.id if row.outlook.method else ""].append(row)
    return found


@require_POST
def begin(request: MemberRequest) -> HttpResponse:
    """Open a page at the gateway, and lead there."""
    visitor = Visitor(request.member, page_locale(), request.POST.get("subscription", "")[:100])
    back_to = f"{settings.PERENNE_BASE_URL}{reverse('method-setup', args=['SETUP'])}"
    try:
        setup = begin_setup(visitor, back_to=back_to.replace("SETUP", "{setup}"), now=request.now)
    except NoProviderError:
        messages.error(request, _("No payment provider is set up here. Ask us for help."))
    except NoHostedPageError:
        messages.error(
            request,
            _("The payment provider does not answer just now. Nothing was changed; try again."),
        )
    else:
        return redirect(f"{reverse('method-setup', args=[setup])}?go=1")
    return redirect("payment-methods")


@require_safe
def visit(request: MemberRequest, setup_id: str) -> HttpResponse:
    """On the way to the gateway's page, or back from it: what has become of the visit."""
    setup = get_object_or_404(
        method_setups_visible_to(request.member).select_related("method"), pk=setup_id
    )
    from_page = subscriptions_visible_to(request.member).filter(pk=setup.subscription).first()
    use = reverse("action", args=[from_page.pk, Action.PAYMENT_METHOD.value]) if from_page else ""
    return render(
        request,
        "web/method_setup.html",
        {
            "setup": setup,
            "goes": bool(request.GET.get("go")) and not setup.outcome and bool(setup.url),
            "method": next(
                (
                    one.text(page_locale())
                    for one in methods_of(setup.company_id)
                    if one.id == setup.method_id
                ),
                "",
            ),
            "use": use,
            "subscription": from_page,
        },
    )


@require_POST
def check(request: MemberRequest, setup_id: str) -> HttpResponse:
    """Ask the gateway what was entered; it tells us by itself too, a moment later."""
    setup = get_object_or_404(method_setups_visible_to(request.member), pk=setup_id)
    finish_setups([setup.pk], actor=request.member.actor, now=request.now)
    return redirect("method-setup", setup.pk)
