"""Aligning dates: groups to align now, and what the other subscriptions need first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.queries import Member
from perenne.billing.queries import methods_of
from perenne.platform.display import date_text
from perenne.platform.words import term_text
from perenne.renewals.alignment import Alignment, Outside, Proposal, alignment_visible_to
from perenne.renewals.changes.previewing import preview_change
from perenne.renewals.errors import ChangeRefusedError, InvalidChoicesError
from perenne.renewals.mistake_words import mistake_text
from perenne.renewals.mistakes import NotADay, NotEnoughToAlign, NotKnown
from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.actions import Action
from perenne.rules.align_plan import GroupKey, Path, PlanStep, StepKind
from perenne.rules.align_targets import AlignMode
from perenne.web.context import page_locale
from perenne.web.portal.changes import tell_error
from perenne.web.portal.rows import SubscriptionRow, row_of
from perenne.web.portal.shown import ShownItem, shown_items
from perenne.web.refusals import Explained, explain
from perenne.web.requests import MemberRequest


class AlignForm(forms.Form):
    """The day and the mode; which subscriptions is asked by the boxes beside them."""

    target = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
    )
    mode = forms.ChoiceField(choices=[(mode.value, mode.value) for mode in AlignMode])


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A subscription of a group, and whether its box is ticked."""

    item: ShownItem
    days: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group in words; amounts in minor units."""

    proposal: Proposal
    method: str
    term: str
    parts: tuple[ShownPart, ...]
    modes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShownOutside:
    """A subscription outside of the groups: why, and the steps that would let it in."""

    row: SubscriptionRow
    reasons: tuple[Explained, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """Steps of several subscriptions that are previewed by one button."""

    text: str
    kind: str
    field: str
    value: str
    subscriptions: tuple[str, ...]


class AlignView(View):
    """GET shows the plan; POST previews an alignment, or steps that lead to one."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """Show what can be aligned."""
        return self._page(request, chosen=None)

    def post(self, request: MemberRequest) -> HttpResponse:
        """Preview what was chosen, and go on to check it."""
        chosen = request.POST.getlist("subscriptions")
        try:
            sent = _wish(request.POST, chosen)
            change = preview_change(sent, member=request.member, now=request.now).change
        except InvalidChoicesError as error:
            messages.error(request, mistake_text(error.mistake, locale=page_locale()))
        except ChangeRefusedError as error:
            tell_error(request, error)
        else:
            return redirect("change", change)
        return self._page(request, chosen=frozenset(chosen))

    def _page(self, request: MemberRequest, *, chosen: frozenset[str] | None) -> HttpResponse:
        alignment = alignment_visible_to(request.member, now=request.now)
        names = [one.subscription for one in alignment.outside]
        found = {one.subscription_id: one for one in outlooks(names, now=request.now)}
        words = _Words(page_locale(), _methods(request), request.member)
        return render(
            request,
            "web/align.html",
            {
                "groups": [words.group(one, chosen) for one in alignment.proposals],
                "outside": [
                    words.outside(one, found[one.subscription]) for one in alignment.outside
                ],
                "steps": words.buttons(alignment),
                "target": request.POST.get("target", ""),
                "mode": request.POST.get("mode", AlignMode.STRETCH.value),
            },
        )


def _wish(posted: QueryDict, chosen: Sequence[str]) -> Mapping[str, Any]:
    """The wish that was sent: an alignment, or one of the steps that lead to it.

    Raises:
        InvalidChoicesError: if it is none of these.
    """
    kind = posted.get("kind", "")
    if not chosen:
        raise InvalidChoicesError("subscriptions", NotEnoughToAlign())
    if kind == "payment_method":
        return {"kind": kind, "subscriptions": chosen, "method": posted.get("method", "")}
    if kind == "change_term":
        months = posted.get("months", "")
        if not months.isascii() or not months.isdigit():
            raise InvalidChoicesError("months", NotKnown(months))
        return {"kind": kind, "subscriptions": chosen, "months": int(months)}
    if kind != "align":
        raise InvalidChoicesError("kind", NotKnown(kind))
    form = AlignForm(posted)
    if not form.is_valid():
        place = next(iter(form.errors))
        sent = posted.get(place, "")
        raise InvalidChoicesError(place, NotADay(sent) if place == "target" else NotKnown(sent))
    target = form.cleaned_data["target"]
    wish = {"kind": "align", "subscriptions": chosen, "mode": form.cleaned_data["mode"]}
    return wish if target is None else wish | {"target": target.isoformat()}


def _methods(request: MemberRequest) -> dict[str, str]:
    company, locale = request.member.company_id, page_locale()
    return {one.id: one.text(locale) for one in methods_of(company)} if company else {}


@dataclass(frozen=True, slots=True)
class _Words:
    """Puts a plan into the page's language."""

    locale: str
    methods: Mapping[str, str]
    member: Member

    def group(self, proposal: Proposal, chosen: frozenset[str] | None) -> ShownGroup:
        """A proposal; every box is ticked until somebody has chosen."""
        items = shown_items(proposal.preview, self.locale)
        key = proposal.group.key
        return ShownGroup(
            proposal=proposal,
            method=self.methods.get(key.method, ""),
            term=term_text(key.months, locale=self.locale),
            parts=tuple(
                ShownPart(item, _days_added(item), chosen is None or item.subscription in chosen)
                for item in items
            ),
            modes=tuple((mode.value, mode_text(mode)) for mode in proposal.modes),
        )

    def outside(self, one: Outside, outlook: Outlook) -> ShownOutside:
        """One that is in no group."""
        return ShownOutside(
            row_of(outlook, self.locale, self.member),
            tuple(self._reasons(one, outlook)),
            tuple(self._steps(one.path)) if one.path else (),
        )

    def _reasons(self, one: Outside, outlook: Outlook) -> list[Explained]:
        return explain(
            one.verdict, outlook, action=Action.ALIGN, member=self.member, locale=self.locale
        )

    def _steps(self, path: Path) -> list[str]:
        found = [self._step(step, path.joins) for step in path.steps]
        if not found:
            found.append(_("Nothing to do: another subscription joins it."))
        on = self._day(path.possible_on)
        return [*found, _("Then it can be aligned, from %(day)s at the earliest.") % {"day": on}]

    def _step(self, step: PlanStep, joins: GroupKey) -> str:
        match step.kind:
            case StepKind.UNIFY_METHOD:
                method = self.methods.get(joins.method, "")
                return _("Pay with %(method)s; possible at once.") % {"method": method}
            case StepKind.CHANGE_TERM:
                term = term_text(joins.months, locale=self.locale)
                return _("Change the term to %(term)s, from the renewal on %(day)s.") % {
                    "term": term,
                    "day": self._day(step.on),
                }
            case StepKind.WAIT:
                return _("Wait until %(day)s for what is planned, or take that back.") % {
                    "day": self._day(step.on)
                }
            case _ as unknown:
                assert_never(unknown)

    def buttons(self, alignment: Alignment) -> list[ShownStep]:
        """Steps that can be decided today, those with the same outcome together."""
        found: dict[tuple[StepKind, str], list[str]] = defaultdict(list)
        for one in alignment.outside:
            for step in one.path.steps if one.path else ():
                if step.kind is not StepKind.WAIT:
                    joins = one.path.joins if one.path else None
                    assert joins is not None, "a step belongs to a path"
                    found[step.kind, _outcome(step.kind, joins)].append(one.subscription)
        return [self._button(kind, value, ids) for (kind, value), ids in found.items()]

    def _button(self, kind: StepKind, value: str, subscriptions: Sequence[str]) -> ShownStep:
        count = len(subscriptions)
        if kind is StepKind.UNIFY_METHOD:
            text = _("Pay %(count)s of them with %(method)s") % {
                "count": count,
                "method": self.methods.get(value, ""),
            }
            return ShownStep(text, "payment_method", "method", value, tuple(subscriptions))
        text = _("Change the term of %(count)s of them to %(term)s") % {
            "count": count,
            "term": term_text(int(value), locale=self.locale),
        }
        return ShownStep(text, "change_term", "months", value, tuple(subscriptions))

    def _day(self, day: date) -> str:
        return date_text(day, locale=self.locale)


def _outcome(kind: StepKind, joins: GroupKey) -> str:
    return joins.method if kind is StepKind.UNIFY_METHOD else str(joins.months)


def _days_added(item: ShownItem) -> int:
    """By how many days it lasts longer."""
    before = item.before
    assert before is not None, "what is aligned exists"
    return (item.after.snapshot.renews_on - before.snapshot.renews_on).days


def mode_text(mode: AlignMode) -> str:
    """A way of aligning."""
    match mode:
        case AlignMode.STRETCH:
            return _("Now: the earlier ones last longer, and you pay the added days today")
        case AlignMode.AT_RENEWAL:
            return _("At the next renewal: the next term of each ends on the common day")
        case _ as unknown:
            assert_never(unknown)
