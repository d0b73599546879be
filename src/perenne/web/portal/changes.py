"""Changes of a subscription: choose, check what was previewed, commit, see what came of it."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from perenne.billing.queries import methods_of
from perenne.catalog.queries import seller_details
from perenne.platform.restore_gate import GateShutError
from perenne.renewals.changes.committing import commit_change
from perenne.renewals.changes.previewing import preview_change
from perenne.renewals.changes.queries import ChangeState, change_view, changes_visible_to
from perenne.renewals.changes.undoing import undo_change
from perenne.renewals.errors import (
    ChangedSinceError,
    ChangeError,
    ChangeRefusedError,
    InvalidChoicesError,
    NotUndoableError,
    PreviewExpiredError,
)
from perenne.renewals.mistake_words import mistake_text
from perenne.renewals.queries import outlooks
from perenne.renewals.standings import stands
from perenne.renewals.verdicts import verdicts_of
from perenne.rules.actions import Action
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.context import page_locale
from perenne.web.portal.forms import FORMS, Choices
from perenne.web.portal.rows import row_of
from perenne.web.portal.shown import shown_change
from perenne.web.refusals import ask_url, explain, refused_texts
from perenne.web.requests import MemberRequest
from perenne.web.words import action_text


class ActionView(View):
    """GET offers the choices of an action, or says why it is closed; POST previews them."""

    def get(self, request: MemberRequest, subscription_id: str, action: str) -> HttpResponse:
        """Choose."""
        return self._page(request, subscription_id, _action(action), data=None)

    def post(self, request: MemberRequest, subscription_id: str, action: str) -> HttpResponse:
        """Preview what was chosen, and go on to check it."""
        return self._page(request, subscription_id, _action(action), data=request.POST)

    def _page(
        self,
        request: MemberRequest,
        subscription_id: str,
        action: Action,
        *,
        data: Mapping[str, object] | None,
    ) -> HttpResponse:
        found = get_object_or_404(subscriptions_visible_to(request.member), pk=subscription_id)
        locale = page_locale()
        stand = stands([found.pk], member=request.member, now=request.now)[found.pk]
        form = FORMS[action](
            data, stand=stand, methods=methods_of(stand.facts.company), locale=locale
        )
        if data is not None and form.is_valid():
            change = self._preview(request, action, form)
            if change is not None:
                return redirect("change", change)
        outlook = outlooks([found.pk], now=request.now)[0]
        verdict = verdicts_of(stand, [action])[action]
        return render(
            request,
            "web/action.html",
            {
                "row": row_of(outlook, locale, request.member),
                "title": action_text(action, stand.facts.plan.renews_automatically),
                "verdict": verdict,
                "ask": ask_url(found.pk, action=action),
                "reasons": explain(
                    verdict, outlook, action=action, member=request.member, locale=locale
                ),
                "form": form,
            },
        )

    def _preview(self, request: MemberRequest, action: Action, form: Choices) -> str | None:
        sent = {
            "kind": action.value,
            "subscriptions": [form.stand.facts.id],
            **form.wish(),
        }
        try:
            return preview_change(sent, member=request.member, now=request.now).change
        except InvalidChoicesError as error:
            place = error.place if error.place in form.fields else None
            form.add_error(place, mistake_text(error.mistake, locale=page_locale()))
        except ChangeRefusedError as error:
            tell_error(request, error)
        return None


def _action(action: str) -> Action:
    if action not in FORMS:
        raise Http404
    return Action(action)


def change(request: MemberRequest, change_id: str) -> HttpResponse:
    """The check page of a preview, or what came of a commit."""
    found = get_object_or_404(changes_visible_to(request.member), pk=change_id)
    view = change_view(found, now=request.now)
    return render(
        request,
        "web/change.html",
        {
            "change": view,
            "shown": shown_change(view, page_locale(), member=request.member),
            "is_to_check": view.state is ChangeState.PREVIEWED,
            "is_expired": view.state is ChangeState.EXPIRED,
            "bank": seller_details(found.region).bank if view.transfer else (),
        },
    )


@require_POST
def commit(request: MemberRequest, change_id: str) -> HttpResponse:
    """Do exactly what was shown, or say what has changed."""
    found = get_object_or_404(changes_visible_to(request.member), pk=change_id)
    try:
        commit_change(
            found.pk, request.POST.get("shown", ""), member=request.member, now=request.now
        )
    except ChangeError as error:
        tell_error(request, error)
    except GateShutError:
        messages.error(
            request,
            _(
                "Nothing can be bought or changed just now: this system was restored from a backup "
                "and is being compared with the payments. Nothing was charged; try again later."
            ),
        )
    return redirect("change", found.pk)


@require_POST
def undo(request: MemberRequest, change_id: str) -> HttpResponse:
    """Take a planned change back."""
    found = get_object_or_404(changes_visible_to(request.member), pk=change_id)
    try:
        undo_change(found.pk, member=request.member, now=request.now)
    except (NotUndoableError, ChangeRefusedError):
        messages.error(request, _("It can no longer be taken back."))
    return redirect("change", found.pk)


def tell_error(request: MemberRequest, error: ChangeError) -> None:
    """Say on the next page why a change did not happen."""
    match error:
        case PreviewExpiredError():
            messages.error(request, _("This was shown too long ago. Choose again."))
        case ChangedSinceError():
            messages.error(
                request, _("Something has changed since this was shown. Check it again.")
            )
        case ChangeRefusedError():
            for reason in refused_texts(error, now=request.now, locale=page_locale()):
                messages.error(request, reason)
        case _:
            messages.error(request, _("This is not possible as chosen."))
