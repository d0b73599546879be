"""The part of Stripe's API that our adapter uses, on the sandbox's book, below ``/stripe``."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from perenne.billing.gateways.sandbox_server import stripe_forms as forms
from perenne.billing.gateways.sandbox_server import stripe_objects as objects
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.book import Charge
    from perenne.billing.gateways.sandbox_server.charging import Till
    from perenne.billing.gateways.sandbox_server.http import Request
    from perenne.billing.gateways.sandbox_server.stripe_speech import StripeSpeech

_KEY = re.compile(r"Bearer (?:sk|rk)_test_[A-Za-z0-9]{8,200}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(r"[ -~]{0,255}", re.ASCII)
_ONE = re.compile(r"/stripe/v1/(payment_intents|checkout/sessions|customers)/([^/]+)")
_QUERY = re.compile(r"metadata\['(\w{1,40})'\]:'([^'\\]{1,100})'", re.ASCII)
_LIMIT_MAX = 100
_FOREVER = 1 << 40


@dataclass(frozen=True, slots=True)
class StripeRoutes:
    """Stripe's objects on the book of a ``Till``.

    ``search_lag_s`` is how old a charge must be before a search finds it: Stripe's index is late.
    """

    till: Till
    speech: StripeSpeech
    search_lag_s: int = 0

    async def answer(self, request: Request) -> Reply:
        """Answer one request with an object or with Stripe's error object."""
        try:
            self._demand_key(request)
            if request.method == "POST":
                return await self._post(request)
            if request.method == "GET":
                return self._get(request)
            raise _unknown(request)
        except forms.StripeProblem as problem:
            return self.speech.problem(problem)
        except sqlite3.Error as error:
            return self.speech.problem(
                forms.StripeProblem(f"{error}", code="", status=503, type="api_error")
            )

    def _demand_key(self, request: Request) -> None:
        if not _KEY.fullmatch(request.headers.get("authorization", "")):
            raise forms.StripeProblem("Invalid API Key provided", code="", status=401)
        if not _IDEMPOTENCY_KEY.fullmatch(request.headers.get("idempotency-key", "")):
            raise forms.StripeProblem("The idempotency key is not usable", code="")

    async def _post(self, request: Request) -> Reply:
        form = forms.read_form(request.body)
        key = request.headers.get("idempotency-key", "")
        book = self.till.book
        match request.path:
            case "/stripe/v1/payment_intents":
                speech = replace(self.speech, expand=tuple(form.listed("expand")))
                order = forms.read_intent(form, book)
                return await self.till.charge(key, order, speech)
            case "/stripe/v1/refunds":
                refund = forms.read_refund(form, book)
                return await self.till.refund(key, refund, self.speech)
            case "/stripe/v1/customers":
                customer = forms.read_customer(form)
                return await self.till.once(
                    key,
                    customer,
                    self.speech,
                    lambda: _ok(objects.customer_object(book.setups.add_customer(customer))),
                )
            case "/stripe/v1/checkout/sessions":
                return await self._open_session(form, key)
            case _:
                raise _unknown(request)

    async def _open_session(self, form: forms.Form, key: str) -> Reply:
        order = forms.read_session(form, self.till.book)

        def work() -> Reply:
            setup = self.till.book.setups.add_setup(order, prefix="cs_test")
            return _ok(objects.session_object(setup, None, address=self.speech.address))

        return await self.till.once(key, order, self.speech, work)

    def _get(self, request: Request) -> Reply:
        form = forms.Form(request.query)
        expand = form.listed("expand")
        match request.path:
            case "/stripe/v1/payment_intents":
                return self._list(form, expand)
            case "/stripe/v1/payment_intents/search":
                return self._search(form, expand)
            case "/stripe/v1/customers/search":
                return self._search_customers(form)
            case "/stripe/v1/refunds":
                return self._list_refunds(form)
            case _:
                return self._get_one(request, form, expand)

    def _get_one(self, request: Request, form: forms.Form, expand: list[str]) -> Reply:
        one = _ONE.fullmatch(request.path)
        if one is None:
            raise _unknown(request)
        form.finish()
        return _ok(self._one(one[1], unquote(one[2]), expand))

    def _one(self, noun: str, name: str, expand: list[str]) -> dict[str, object]:
        setups = self.till.book.setups
        if noun == "payment_intents":
            charge = forms.charge_of(name, self.till.book, param="id")
            return objects.intent_object(charge, expand=expand, address=self.speech.address)
        if noun == "customers":
            customer = setups.customer(name)
            if customer is None:
                raise forms.no_such("customer", name, "id")
            return objects.customer_object(customer)
        setup = setups.setup(name)
        if setup is None or not name.startswith("cs_test_"):
            raise forms.no_such("checkout.session", name, "id")
        method = setups.method(setup.method)
        address = self.speech.address
        return objects.session_object(setup, method, expand=expand, address=address)

    def _list(self, form: forms.Form, expand: list[str]) -> Reply:
        limit = form.whole("limit", least=1, most=_LIMIT_MAX, default=10)
        after, before = form.take("starting_after", ""), form.take("ending_before", "")
        created = _created(form)
        customer = form.take("customer", "")
        form.finish()
        beside = after or before
        name = "ending_before" if before else "starting_after"
        start = forms.charge_of(beside, self.till.book, param=name).id if beside else ""
        found = self.till.book.charges_beside(
            start, newer=bool(before), created=created, customer=customer, limit=limit + 1
        )
        page = found[:limit]
        # Whichever way a page lies, it is shown with the newest first.
        shown = self._shown(page[::-1] if before else page, expand)
        url = "/v1/payment_intents"
        return _ok(objects.list_object(url, shown, has_more=len(found) > limit))

    def _list_refunds(self, form: forms.Form) -> Reply:
        limit = form.whole("limit", least=1, most=_LIMIT_MAX, default=10)
        intent = form.take("payment_intent")
        form.finish()
        charge = forms.charge_of(intent, self.till.book, param="payment_intent")
        found = self.till.book.refunds_of(charge.id)
        shown = [objects.refund_object(refund) for refund in found[:limit]]
        has_more = len(found) > limit
        return _ok(objects.list_object("/v1/refunds", shown, has_more=has_more))

    def _search(self, form: forms.Form, expand: list[str]) -> Reply:
        name, value = _queried(form)
        if name != "attempt_id":
            raise forms.StripeProblem("The sandbox only searches by attempt_id.", param="query")
        found = self.till.book.charges_of(value)
        indexed = [charge for charge in found if self.speech.age_s(charge) >= self.search_lag_s]
        shown = self._shown(indexed, expand)
        return _ok(objects.search_object("/v1/payment_intents/search", shown))

    def _search_customers(self, form: forms.Form) -> Reply:
        name, value = _queried(form)
        if name != "company_id":
            raise forms.StripeProblem("The sandbox only searches by company_id.", param="query")
        found = self.till.book.setups.customers_of(value)
        shown = [objects.customer_object(customer) for customer in found]
        return _ok(objects.search_object("/v1/customers/search", shown))

    def _shown(self, charges: list[Charge], expand: list[str]) -> list[dict[str, object]]:
        inner = [name.removeprefix("data.") for name in expand]
        address = self.speech.address
        return [objects.intent_object(one, expand=inner, address=address) for one in charges]


def _queried(form: forms.Form) -> tuple[str, str]:
    query = _QUERY.fullmatch(form.take("query"))
    form.whole("limit", least=1, most=_LIMIT_MAX, default=10)
    form.finish()
    if query is None:
        raise forms.StripeProblem("The query cannot be understood.", param="query")
    return query[1], query[2]


def _created(form: forms.Form) -> tuple[int, int]:
    first, last = 0, _FOREVER
    for name, step in (("gte", 0), ("gt", 1)):
        bound = form.whole(f"created[{name}]", least=0, most=_FOREVER, default=0)
        first = max(first, bound + step if bound else 0)
    for name, step in (("lte", 0), ("lt", -1)):
        bound = form.whole(f"created[{name}]", least=0, most=_FOREVER, default=_FOREVER)
        last = min(last, bound + step)
    return first, last


def _ok(content: dict[str, object]) -> Reply:
    return json_reply(200, content)


def _unknown(request: Request) -> forms.StripeProblem:
    message = f"Unrecognized request URL ({request.method}: {request.path[:100]})."
    return forms.StripeProblem(message, code="", status=404)
