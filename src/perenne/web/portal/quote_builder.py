"""Make a quote, or the next version of one: what, which options, until when, for whom."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import validate_email
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from perenne.platform.words import LOCALES, term_text
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import makes_quotes
from perenne.quotes.models import Quote
from perenne.quotes.operations.drafting import (
    Choice,
    QuoteDraft,
    RecipientDraft,
    draft_quote,
    revise_quote,
)
from perenne.quotes.queries import VersionView, quotable_by, quote_view, quotes_visible_to
from perenne.renewals.changes.wishes import SEATS_MAX
from perenne.renewals.errors import ChangeRefusedError, InvalidChoicesError
from perenne.renewals.mistake_words import mistake_text
from perenne.renewals.queries import outlooks
from perenne.rules.quotes import LETTERS, RECIPIENTS_MAX
from perenne.support.words import say as say_support
from perenne.web.context import page_locale
from perenne.web.portal.asking_form import FORM_KEY, MESSAGE_MAX, new_form_key
from perenne.web.portal.rows import SubscriptionRow, row_of
from perenne.web.quote_words import explain_quote
from perenne.web.refusals import refused_texts
from perenne.web.requests import MemberRequest

TERMS = (1, 12, 36)
SUBJECTS_MAX = 100


class QuoteForm(forms.Form):
    """What is the same for all options; the options and recipients stand in numbered fields."""

    valid_through = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        error_messages={"invalid": gettext_lazy("Write the day as year-month-day.")},
    )
    message = forms.CharField(required=False, max_length=MESSAGE_MAX)
    language = forms.ChoiceField(choices=[(one, one) for one in LOCALES])
    form_key = forms.RegexField(FORM_KEY)

    def draft(self) -> QuoteDraft:
        """What was chosen.

        Raises:
            ValidationError: naming what is wrong with an option or a recipient.
        """
        given = self.cleaned_data
        return QuoteDraft(
            subscriptions=self._many("subscriptions"),
            choices=self._choices(),
            valid_through=given["valid_through"],
            message=given["message"],
            language=given["language"],
            recipients=self._recipients(),
            form_key=given["form_key"],
        )

    def _many(self, name: str) -> list[str]:
        found: list[str] = self.data.getlist(name)  # type: ignore[attr-defined]
        if not found:
            raise forms.ValidationError(_("Choose what shall be quoted."))
        return found

    def _one(self, name: str) -> str:
        return str(self.data.get(name, "")).strip()

    def _choices(self) -> list[Choice]:
        found = []
        for letter in LETTERS:
            months = self._one(f"months_{letter}")
            if months:
                found.append(Choice(months=_number(months, 120), seats=self._seats(letter)))
        if not found:
            raise forms.ValidationError(_("Choose a term for at least one option."))
        return found

    def _seats(self, letter: str) -> dict[str, int]:
        return {
            one: _number(seats, SEATS_MAX)
            for one in self._many("subscriptions")
            if (seats := self._one(f"seats_{letter}_{one}"))
        }

    def _recipients(self) -> list[RecipientDraft]:
        found = []
        for n in range(1, RECIPIENTS_MAX + 1):
            name, email = self._one(f"name_{n}"), self._one(f"email_{n}")
            if email or name:
                validate_email(email)
                is_approver = self._one(f"kind_{n}") == "approver"
                found.append(RecipientDraft(name or email, email, is_approver=is_approver))
        addresses = [one.email.lower() for one in found]
        if len(set(addresses)) < len(addresses):
            raise forms.ValidationError(_("An address stands there twice."))
        return found


def _number(text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise forms.ValidationError(
            _("%(text)s is not a number from 1 to %(most)d.") % {"text": text, "most": most}
        )
    return int(text)


class BuilderView(View):
    """GET offers the choices, filled in with the version before; POST drafts."""

    def get(self, request: MemberRequest, number: str = "") -> HttpResponse:
        """Choose."""
        quote = _quote(request, number)
        return _page(request, quote, _initial(request, quote))

    def post(self, request: MemberRequest, number: str = "") -> HttpResponse:
        """Draft it, and show what it would be."""
        quote = _quote(request, number)
        form = QuoteForm(request.POST)
        problems: list[str] = [str(text) for errors in form.errors.values() for text in errors]
        if not problems:
            try:
                wanted = form.draft()
                made = (
                    draft_quote(wanted, member=request.member, now=request.now)
                    if quote is None
                    else revise_quote(number, wanted, member=request.member, now=request.now)
                )
            except forms.ValidationError as error:
                problems = [str(one) for one in error.messages]
            except (QuoteRefusedError, UnknownQuoteError, ChangeRefusedError) as error:
                problems = _problems(error, request)
            except InvalidChoicesError as error:
                problems = [mistake_text(error.mistake, locale=page_locale())]
            else:
                messages.info(request, _("Check the draft, then send it."))
                return redirect("quote-version", made.quote.number, made.version)
        return _page(request, quote, request.POST.dict(), problems=problems)


def _problems(
    error: QuoteRefusedError | UnknownQuoteError | ChangeRefusedError, request: MemberRequest
) -> list[str]:
    if isinstance(error, QuoteRefusedError):
        return [explain_quote(one, "USD", page_locale()) for one in error.refusals]
    if isinstance(error, UnknownQuoteError):
        return [_("One of them cannot be quoted.")]
    return refused_texts(error, now=request.now, locale=page_locale())


def _quote(request: MemberRequest, number: str) -> Quote | None:
    """The quote that is revised; none if a new one is made.

    Raises:
        Http404: to who does not make quotes, or may not see it.
    """
    if not makes_quotes(request.member):
        raise Http404
    if not number:
        return None
    return get_object_or_404(quotes_visible_to(request.member), number=number)


def _initial(request: MemberRequest, quote: Quote | None) -> dict[str, Any]:
    """The fields of a new form: nothing is chosen but what one came from."""
    filled: dict[str, Any] = {"form_key": new_form_key(), "language": page_locale()}
    if quote is None:
        chosen = request.GET.getlist("subscription")
        return filled | {"subscriptions": chosen, "months_A": "12" if chosen else ""}
    view = quote_view(quote, member=request.member)
    return filled | _as_before(view.current)


def _as_before(before: VersionView) -> dict[str, Any]:
    filled: dict[str, Any] = {
        "subscriptions": list(before.subscriptions),
        "message": before.stored.message,
        "language": before.stored.language,
    }
    for stored in before.stored.options.all():
        filled[f"months_{stored.letter}"] = str(stored.choices.get("months", ""))
        for subscription, seats in stored.choices.get("seats", {}).items():
            filled[f"seats_{stored.letter}_{subscription}"] = str(seats)
    for n, one in enumerate(before.recipients[:RECIPIENTS_MAX], start=1):
        filled[f"name_{n}"] = one.recipient.name
        filled[f"email_{n}"] = one.recipient.email
        filled[f"kind_{n}"] = one.recipient.kind
    return filled


def _page(
    request: MemberRequest,
    quote: Quote | None,
    filled: dict[str, Any],
    *,
    problems: Sequence[str] = (),
) -> HttpResponse:
    locale = page_locale()
    quotable = quotable_by(request.member)
    if quote is not None:
        quotable = quotable.filter(company_id=quote.company_id)
    chosen = request.POST.getlist("subscriptions") or filled.get("subscriptions", [])
    ids = list(quotable.values_list("pk", flat=True)[:SUBJECTS_MAX])
    context = {
        "quote": quote,
        "rows": [
            _subject(row_of(outlook, locale, request.member), filled, chosen)
            for outlook in outlooks(ids, now=request.now)
        ],
        "options": [_option(letter, filled, locale) for letter in LETTERS],
        "recipients": [_recipient(n, filled) for n in range(1, RECIPIENTS_MAX + 1)],
        "languages": [(one, say_support(f"language.{one}", locale)) for one in LOCALES],
        "filled": filled,
        "problems": problems,
        "names_company": request.member.company_id is None,
    }
    return render(request, "web/quote_form.html", context, status=422 if problems else 200)


def _subject(row: SubscriptionRow, filled: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
    """A subscription that can be quoted, and the seats of each option."""
    identity = row.outlook.subscription_id
    return {
        "row": row,
        "is_chosen": identity in chosen,
        "seats": [
            {"letter": letter, "value": filled.get(f"seats_{letter}_{identity}", "")}
            for letter in LETTERS
        ],
    }


def _option(letter: str, filled: dict[str, Any], locale: str) -> dict[str, Any]:
    """An option, and the terms that it can have."""
    wanted = filled.get(f"months_{letter}")
    return {
        "letter": letter,
        "terms": [
            {
                "months": str(months),
                "text": term_text(months, locale=locale),
                "is_chosen": wanted == str(months),
            }
            for months in TERMS
        ],
    }


def _recipient(n: int, filled: dict[str, Any]) -> dict[str, Any]:
    """The row of one more recipient."""
    return {
        "n": n,
        "name": filled.get(f"name_{n}", ""),
        "email": filled.get(f"email_{n}", ""),
        "approves": filled.get(f"kind_{n}") == "approver",
    }
