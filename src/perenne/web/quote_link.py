"""The page behind a signed link: read a quote, ask, approve it or not, without an account."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from perenne.quotes.errors import QuoteRefusedError
from perenne.quotes.letter_words import hold_text
from perenne.quotes.operations.answering import Answer, answer_quote
from perenne.quotes.queries import Addressed, addressed_to
from perenne.quotes.words import say
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import MESSAGE_MAX
from perenne.web.portal.quotes import pdf_response
from perenne.web.quote_words import (
    days_left_text,
    explain_quote,
    maker_text,
    shown_options,
    state_text,
    state_tone,
)
from perenne.web.requests import PageRequest

_DECISIONS = ("approved", "declined", "asked")


def _addressed(request: PageRequest, token: str) -> Addressed:
    found = addressed_to(token, day_at=request.now)
    if found is None:
        raise Http404
    return found


class LinkView(View):
    """GET shows what is asked of the bearer; POST answers."""

    def get(self, request: PageRequest, token: str) -> HttpResponse:
        """What, how much, who asks, until when."""
        found = _addressed(request, token)
        return private(render(request, "web/quote_link.html", _context(request, found, token)))

    def post(self, request: PageRequest, token: str) -> HttpResponse:
        """Approve, decline or ask."""
        found = _addressed(request, token)
        decision = request.POST.get("decision", "")
        note = request.POST.get("note", "").strip()[:MESSAGE_MAX]
        if decision not in _DECISIONS or (decision == "asked" and not note):
            messages.error(request, _("Write what you would like to ask."))
            return redirect("quote-link", token)
        try:
            answer_quote(token, Answer(decision, note), now=request.now)
        except QuoteRefusedError as refused:
            currency = found.version.stored.currency
            for refusal in refused.refusals:
                messages.error(request, explain_quote(refusal, currency, page_locale()))
        else:
            messages.success(request, _("Your answer is sent to the contract managers."))
        return redirect("quote-link", token)


@require_safe
def link_pdf(request: PageRequest, token: str, letter: str) -> HttpResponse:
    """An option as a file."""
    found = _addressed(request, token)
    return private(pdf_response(found.version, letter, request.GET.get("lang")))


def private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody, found by no search engine, and its address told to no other site."""
    response["Cache-Control"] = "no-store, private"
    # Not "no-referrer": browsers then send forms without their origin, and those are refused.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _context(request: PageRequest, found: Addressed, token: str) -> dict[str, Any]:
    locale = page_locale()
    view = found.version
    stored = view.stored
    day = request.now.astimezone(view.zone).date()
    me = found.recipient
    return {
        "shown": view,
        "token": token,
        "company": stored.quote.company.name,
        "recipient": me.recipient,
        "options": shown_options(view, locale),
        "state": state_text(stored.state, locale),
        "tone": state_tone(stored.state),
        "maker": maker_text(stored.quote, stored.author, locale),
        "left": days_left_text(view, day) if found.is_open else "",
        "hold": hold_text(view, locale) if found.is_open else "",
        "is_open": found.is_open,
        "is_approver": me.recipient.kind == "approver",
        "decision": say(f"decision.{me.decision}", locale) if me.decision else "",
        "answers": [
            {"stored": one, "decision": say(f"decision.{one.decision}", locale)}
            for one in me.answers
        ],
        "most_minor": max(one.gross_minor for one in view.options),
    }
