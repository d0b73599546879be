"""The pages that a payer sees at the sandbox: entering a method, and confirming a payment.

Like a real gateway's, they belong to whoever has their address. They work without JavaScript.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from iso4217 import Currency

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.fields import InvalidRequestError
from perenne.billing.gateways.sandbox_server.http import Reply
from perenne.billing.gateways.sandbox_server.page_words import behaviours_in, words_in
from perenne.billing.gateways.sandbox_server.setup_fields import read_entered_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perenne.billing.gateways.sandbox_server.book import Book, Charge
    from perenne.billing.gateways.sandbox_server.charging import Committing
    from perenne.billing.gateways.sandbox_server.http import Request
    from perenne.billing.gateways.sandbox_server.setup_book import Setup

_SETUP = re.compile(r"/setup/([^/]+)")
_AUTHENTICATION = re.compile(r"/authenticate/([^/]+)")
# Stripe puts the session's id where this stands in a success address.
_SESSION_MARK = "{CHECKOUT_SESSION_ID}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0 .25rem}"
    "select,input{font:inherit;width:100%;padding:.4rem;box-sizing:border-box}"
    "button{font:inherit;margin:1.5rem .5rem 0 0;padding:.5rem 1.5rem}"
)


@dataclass(frozen=True, slots=True)
class Pages:
    """``/setup/ID`` and ``/authenticate/ID``."""

    book: Book
    commit: Committing

    def has(self, path: str) -> bool:
        """Whether the path is one of these pages."""
        return bool(_SETUP.fullmatch(path) or _AUTHENTICATION.fullmatch(path))

    def get(self, request: Request) -> Reply:
        """Show a page as it stands now."""
        if (asked := _SETUP.fullmatch(request.path)) is not None:
            return _setup_page(self.book.setups.setup(asked[1]))
        return self._authentication_page(request)

    async def post(self, request: Request) -> Reply:
        """Do what a button of the page asks for."""
        sent = _form(request)
        if (asked := _SETUP.fullmatch(request.path)) is not None:
            setup_id = asked[1]
            return await self.commit(lambda: self._enter(setup_id, sent))
        return await self.commit(lambda: self._authenticate(request, sent))

    def _enter(self, setup_id: str, sent: Mapping[str, str]) -> Reply:
        setup = self.book.setups.setup(setup_id)
        if setup is None or setup.state != "open":
            return _setup_page(setup)
        if sent.get("action") == "cancel":
            # At Stripe a payer who goes back may still come again.
            if not setup.id.startswith("cs_"):
                self.book.setups.cancel(setup)
            return _see_other(setup.cancel_url)
        try:
            form = read_entered_form(setup, sent)
        except InvalidRequestError as error:
            return _setup_page(setup, problem=str(error))
        self.book.setups.complete(
            setup, kind=form.kind, last4=form.last4, valid_through=form.valid_through
        )
        return _see_other(setup.success_url.replace(_SESSION_MARK, setup.id))

    def _authenticate(self, request: Request, sent: Mapping[str, str]) -> Reply:
        charge = self._charge(request)
        action = sent.get("action")
        if charge is not None and charge.waits_for_payer and action in {"confirm", "refuse"}:
            is_confirmed = action == "confirm"
            outcome = ChargeOutcome.SUCCEEDED if is_confirmed else ChargeOutcome.DECLINED
            self.book.settle(charge.id, outcome=outcome)
        return self._authentication_page(request)

    def _authentication_page(self, request: Request) -> Reply:
        charge = self._charge(request)
        words = words_in(dict(request.query).get("locale", "en"))
        if charge is None:
            return _page(words, "authenticate", f"<p>{words['setup.missing']}</p>", status=404)
        amount = _shown_amount(charge)
        content = f"<p>{escape(words[f'charge.{charge.outcome}'].format(amount=amount))}</p>"
        if charge.waits_for_payer:
            content += _form_of(_button(words, "confirm") + _button(words, "refuse"))
        return _page(words, "authenticate", content)

    def _charge(self, request: Request) -> Charge | None:
        asked = _AUTHENTICATION.fullmatch(request.path)
        return None if asked is None else self.book.charge(asked[1])


def _shown_amount(charge: Charge) -> str:
    try:
        exponent = Currency(charge.currency).exponent
    except ValueError:
        exponent = None
    return f"{charge.currency} {Decimal(charge.amount_minor).scaleb(-(exponent or 0))}"


def _setup_page(setup: Setup | None, *, problem: str = "") -> Reply:
    if setup is None:
        words = words_in("en")
        return _page(words, "title", f"<p>{words['setup.missing']}</p>", status=404)
    words = words_in(setup.locale)
    if setup.state != "open":
        url = setup.success_url if setup.state == "completed" else setup.cancel_url
        said = words[f"setup.{setup.state}"]
        link = f'<a href="{escape(url)}" rel="noreferrer">{words["back"]}</a>'
        return _page(words, "title", f"<p>{said}</p><p>{link}</p>")
    kinds = [(kind, words[kind]) for kind in setup.kinds.split(",")]
    content = f"<p>{words['sandbox']}</p>"
    if problem:
        content += f'<p role="alert">{escape(words["refused"].format(problem=problem))}</p>'
    content += _form_of(
        _select(words, "kind", kinds)
        + _select(words, "last4", behaviours_in(words))
        + f'<label for="valid_through">{words["valid_through"]}</label>'
        '<input type="month" id="valid_through" name="valid_through" value="2030-12" '
        'pattern="20[0-9]{2}-[0-9]{2}">' + _button(words, "save") + _button(words, "cancel")
    )
    return _page(words, "title", content, status=422 if problem else 200)


def _form(request: Request) -> dict[str, str]:
    try:
        return dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True))
    except ValueError:
        raise InvalidRequestError((("body", "is not a form in UTF-8"),)) from None


def _form_of(content: str) -> str:
    return f'<form method="post">{content}</form>'


def _select(words: Mapping[str, str], name: str, choices: list[tuple[str, str]]) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(shown)}</option>' for value, shown in choices
    )
    return (
        f'<label for="{name}">{words[name]}</label><select id="{name}" name="{name}">'
        f"{options}</select>"
    )


def _button(words: Mapping[str, str], action: str) -> str:
    return f'<button name="action" value="{action}">{words[action]}</button>'


def _page(words: Mapping[str, str], title: str, content: str, *, status: int = 200) -> Reply:
    html = (
        f'<!doctype html><html lang="{words["lang"]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words[title]}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{words[title]}</h1>{content}</main></body></html>"
    )
    return Reply(status, html.encode(), _HEADERS, content_type="text/html; charset=utf-8")


def _see_other(url: str) -> Reply:
    return Reply(303, b"", {"Location": url, **_HEADERS})
