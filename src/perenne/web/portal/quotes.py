"""Quotes: the list, one quote with its options, and the steps that decide it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from perenne.billing.queries import methods_of
from perenne.catalog.queries import seller_details
from perenne.platform.restore_gate import GateShutError
from perenne.quotes.document import quote_content
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import day_of
from perenne.quotes.letter_words import hold_text
from perenne.quotes.models import Quote, QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.ending import decline_quote, withdraw_quote
from perenne.quotes.operations.sending import send_quote
from perenne.quotes.queries import (
    QuoteView,
    VersionView,
    quote_view,
    quotes_visible_to,
    version_view,
    versions_visible_to,
)
from perenne.quotes.words import say
from perenne.renewals.changes.queries import ChangeView, change_view
from perenne.renewals.errors import ChangedSinceError, ChangeError
from perenne.renewals.models import Change
from perenne.rules.asking import Topic
from perenne.rules.quotes import QuoteState, QuoteStep
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import MESSAGE_MAX
from perenne.web.portal.changes import tell_error
from perenne.web.portal.invoices import download
from perenne.web.quote_words import (
    days_left_text,
    explain_quote,
    maker_text,
    shown_options,
    state_text,
    state_tone,
)
from perenne.web.requests import MemberRequest

PAGE_SIZE = 50
PURCHASE_ORDER_MAX = 100


@require_safe
def quote_list(request: MemberRequest) -> HttpResponse:
    """The quotes that the member may see, newest first."""
    found = quotes_visible_to(request.member).select_related("company")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    locale = page_locale()
    rows = []
    for quote in page.object_list:
        view = quote_view(quote, member=request.member)
        current = view.current
        shown = shown_options(current, locale)
        rows.append(
            {
                "view": view,
                "options": shown,
                "codes": current.codes,
                "state": state_text(current.stored.state, locale),
                "tone": state_tone(current.stored.state),
                "maker": maker_text(quote, current.stored.author, locale),
            }
        )
    return render(request, "web/quotes.html", {"page": page, "rows": rows})


@require_safe
def quote_page(request: MemberRequest, number: str) -> HttpResponse:
    """One quote: what is offered, until when, and what can be done with it."""
    view = quote_view(_found(request, number), member=request.member)
    return render(request, "web/quote.html", _context(request, view, view.current))


@require_safe
def quote_version(request: MemberRequest, number: str, version: int) -> HttpResponse:
    """A version that is not the current one, to read; a draft is seen before it is sent."""
    quote = _found(request, number)
    seen = versions_visible_to(request.member).select_related("quote__company")
    stored = get_object_or_404(seen, quote=quote, version=version)
    view = quote_view(quote, member=request.member)
    return render(request, "web/quote.html", _context(request, view, version_view(stored)))


def _context(request: MemberRequest, view: QuoteView, shown: VersionView) -> dict[str, object]:
    locale = page_locale()
    day = day_of(view.quote.region_id, request.now)
    stored = shown.stored
    is_current = stored.pk == view.current.stored.pk
    is_draft = shown.state is QuoteState.DRAFT
    steps = view.steps if is_current else frozenset()
    change = _change(stored, request)
    is_open = shown.state is QuoteState.OPEN and shown.days_left(day) > 0
    return {
        "view": view,
        "shown": shown,
        "options": shown_options(shown, locale),
        "state": state_text(stored.state, locale),
        "tone": state_tone(stored.state),
        "maker": maker_text(view.quote, stored.author, locale),
        "left": days_left_text(shown, day) if shown.state is QuoteState.OPEN else "",
        "hold": hold_text(shown, locale) if shown.state is QuoteState.OPEN else "",
        "recipients": _recipients(shown, locale),
        "versions": [
            {"stored": one, "state": state_text(one.state, locale), "tone": state_tone(one.state)}
            for one in view.versions
        ],
        "is_current": is_current,
        "is_sent": stored.issued_on is not None,
        "may_send": is_draft and QuoteStep.SEND in view.steps,
        "may_accept": is_open and QuoteStep.ACCEPT in steps,
        "may_decline": QuoteStep.DECLINE in steps and not view.is_own,
        "may_withdraw": QuoteStep.WITHDRAW in steps or (is_draft and QuoteStep.SEND in view.steps),
        "may_revise": QuoteStep.REVISE in view.steps,
        "quote_topic": Topic.QUOTE.value,
        "methods": _methods(view.quote, locale) if QuoteStep.ACCEPT in steps else [],
        "change": change,
        "bank": seller_details(view.quote.region_id).bank if change and change.transfer else (),
    }


def _methods(quote: Quote, locale: str) -> list[dict[str, str]]:
    return [{"id": one.id, "text": one.text(locale)} for one in methods_of(quote.company_id)]


def _recipients(shown: VersionView, locale: str) -> list[dict[str, object]]:
    return [
        {
            "name": one.recipient.name,
            "email": one.recipient.email,
            "kind": say(f"kind.{one.recipient.kind}", locale),
            "answers": [
                {"stored": answer, "decision": say(f"decision.{answer.decision}", locale)}
                for answer in one.answers
            ],
            "decision": say(f"decision.{one.decision}", locale),
            "decides": one.recipient.kind == "approver",
        }
        for one in shown.recipients
    ]


def _change(stored: QuoteVersion, request: MemberRequest) -> ChangeView | None:
    """What came of accepting it."""
    change = Change.objects.filter(pk=stored.change).first()
    return None if change is None else change_view(change, now=request.now)


@require_POST
def accept(request: MemberRequest, number: str) -> HttpResponse:
    """Buy an option exactly as it was shown, or say what has changed."""
    quote = _found(request, number)
    wanted = Acceptance(
        number=quote.number,
        letter=request.POST.get("letter", ""),
        shown=request.POST.get("shown", ""),
        method=request.POST.get("method") or None,
        purchase_order=request.POST.get("purchase_order", "").strip()[:PURCHASE_ORDER_MAX],
    )
    _take(request, quote, lambda: _accept(request, wanted))
    return redirect("quote", quote.number)


def _accept(request: MemberRequest, wanted: Acceptance) -> None:
    accept_quote(wanted, member=request.member, now=request.now)


@require_POST
def decline(request: MemberRequest, number: str) -> HttpResponse:
    """Say no, with a reason if there is one to tell."""
    quote, reason = _found(request, number), _reason(request)
    done = _take(
        request,
        quote,
        lambda: decline_quote(quote.number, reason, member=request.member, now=request.now),
    )
    if done:
        messages.success(request, _("The quote is declined; who made it is told."))
    return redirect("quote", quote.number)


@require_POST
def withdraw(request: MemberRequest, number: str) -> HttpResponse:
    """Take it back."""
    quote, reason = _found(request, number), _reason(request)
    done = _take(
        request,
        quote,
        lambda: withdraw_quote(
            quote.number,
            reason,
            member=request.member,
            now=request.now,
            version=_version_named(request),
        ),
    )
    if done:
        messages.success(request, _("The quote is withdrawn; who had got it is told."))
    still_there = quotes_visible_to(request.member).filter(pk=quote.pk).exists()
    return redirect("quote", quote.number) if still_there else redirect("quotes")


@require_POST
def send(request: MemberRequest, number: str) -> HttpResponse:
    """Send the draft."""
    quote = _found(request, number)
    done = _take(
        request, quote, lambda: send_quote(quote.number, member=request.member, now=request.now)
    )
    if done:
        messages.success(request, _("The quote is sent."))
    return redirect("quote", quote.number)


def _take(request: MemberRequest, quote: Quote, step: Callable[[], object]) -> bool:
    """Take a step, or say on the next page why it was not taken."""
    try:
        step()
    except QuoteRefusedError as refused:
        currency = quote.versions.values_list("currency", flat=True)[0]
        for refusal in refused.refusals:
            messages.error(request, explain_quote(refusal, currency, page_locale()))
    except UnknownQuoteError as error:
        raise Http404 from error
    except ChangedSinceError:
        messages.error(
            request,
            _(
                "Something has changed since this was quoted, so it cannot be bought as shown. "
                "Have it quoted again."
            ),
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
    else:
        return True
    return False


def _version_named(request: MemberRequest) -> int:
    """The version whose page the form stood on.

    Raises:
        Http404: if it names none.
    """
    named = request.POST.get("version", "")
    if not (named.isascii() and named.isdigit()):
        raise Http404
    return int(named)


def _reason(request: MemberRequest) -> str:
    return request.POST.get("reason", "").strip()[:MESSAGE_MAX]


def _found(request: MemberRequest, number: str) -> Quote:
    return get_object_or_404(
        quotes_visible_to(request.member).select_related("company"), number=number
    )


@require_safe
def quote_pdf(request: MemberRequest, number: str, version: int, letter: str) -> HttpResponse:
    """An option as the file that the customer archives."""
    seen = versions_visible_to(request.member).filter(issued_on__isnull=False)
    stored = get_object_or_404(
        seen.select_related("quote__company"), quote__number=number, version=version
    )
    return pdf_response(version_view(stored), letter, request.GET.get("lang"))


def pdf_response(view: VersionView, letter: str, language: str | None) -> HttpResponse:
    """A file to keep, in the quote's language or another, named in it.

    Raises:
        Http404: if there is no such option.
    """
    option = view.option(letter)
    if option is None:
        raise Http404
    spoken = language if language in ("en", "zh-Hant") else None
    return download(quote_content(view, option, language=spoken))
