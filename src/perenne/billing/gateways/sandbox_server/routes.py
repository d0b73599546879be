"""What the sandbox gateway answers: which words, pages and wire format belong to which path."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server import fields, setup_fields
from perenne.billing.gateways.sandbox_server.calendar import settle_due_debits
from perenne.billing.gateways.sandbox_server.charging import Refusal
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply, problem

if TYPE_CHECKING:
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.charging import Till
    from perenne.billing.gateways.sandbox_server.event_routes import EventRoutes
    from perenne.billing.gateways.sandbox_server.http import Request
    from perenne.billing.gateways.sandbox_server.pages import Pages
    from perenne.billing.gateways.sandbox_server.speech import OwnSpeech
    from perenne.billing.gateways.sandbox_server.stripe_routes import StripeRoutes

_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
_CURSOR = re.compile(r"[0-9]{1,18}", re.ASCII)
_PAGE_MAX = 1000
_ONE_CHARGE = re.compile(r"/v1/charges/([^/]+)")
_SETTLEMENT = re.compile(r"/v1/charges/([^/]+)/settle")
_ONE_SETUP = re.compile(r"/v1/setups/([^/]+)")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The gateway of one ``PERENNE_HOME``, in its own words, in Stripe's, and as pages."""

    home: Path
    till: Till
    speech: OwnSpeech
    events: EventRoutes
    pages: Pages
    stripe: StripeRoutes

    async def answer(self, request: Request) -> Reply:
        """Answer one request; every mistake in it gets a problem document."""
        if request.path.startswith("/stripe/"):
            return await self.stripe.answer(request)
        try:
            if request.method == "POST":
                return await self._post(request)
            if request.method == "GET":
                return self._get(request)
        except fields.InvalidRequestError as error:
            return problem(422, "invalid_request", "nothing was done", fields=error.problems)
        except sqlite3.Error as error:
            return problem(503, "book_unavailable", f"the book cannot be read: {error}")
        reply = problem(405, "method_not_allowed", "only GET and POST are understood")
        return replace(reply, headers={"Allow": "GET, POST"})

    async def _post(self, request: Request) -> Reply:
        if self.pages.has(request.path):
            return await self.pages.post(request)
        if self.events.has(request.path):
            return await self.events.post(request)
        if request.path == "/v1/clock":
            return await settle_due_debits(self.till, fields.read_business_day(request.body))
        if (settlement := _SETTLEMENT.fullmatch(request.path)) is not None:
            return await self._settle(settlement[1], request.body)
        return await self._post_once(request)

    async def _post_once(self, request: Request) -> Reply:
        if request.path not in {"/v1/charges", "/v1/refunds", "/v1/setups"}:
            return problem(404, "not_found", "there is nothing to post to here")
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            detail = "the header Idempotency-Key needs 1 to 255 visible ASCII characters"
            return problem(400, "idempotency_key_missing", detail)
        if request.path == "/v1/charges":
            return await self.till.charge(key, fields.read_charge_order(request.body), self.speech)
        if request.path == "/v1/refunds":
            return await self.till.refund(key, fields.read_refund_order(request.body), self.speech)
        return await self._open_setup(key, setup_fields.read_setup_order(request.body))

    async def _open_setup(self, key: str, order: setup_fields.SetupOrder) -> Reply:
        def work() -> Reply:
            setup = self.till.book.setups.add_setup(order, prefix="set")
            return json_reply(200, self.speech.setup(setup, None))

        return await self.till.once(key, order, self.speech, work)

    async def _settle(self, charge_id: str, body: bytes) -> Reply:
        succeeds = fields.read_settlement(body)
        outcome = ChargeOutcome.SUCCEEDED if succeeds else ChargeOutcome.DECLINED

        def write() -> Reply:
            self.till.book.settle(charge_id, outcome=outcome)
            return self._one_charge(charge_id)

        return await self.till.commit(write)

    def _get(self, request: Request) -> Reply:
        if self.pages.has(request.path):
            return self.pages.get(request)
        if self.events.has(request.path):
            return self.events.get(request)
        if (one := _ONE_CHARGE.fullmatch(request.path)) is not None:
            return self._one_charge(one[1])
        if (one := _ONE_SETUP.fullmatch(request.path)) is not None:
            return self._one_setup(one[1])
        return self._get_whole(request)

    def _get_whole(self, request: Request) -> Reply:
        match request.path:
            case "/healthz":
                return json_reply(200, {"home": str(self.home)})
            case "/v1/book":
                return json_reply(200, self.till.book.counts())
            case "/v1/charges":
                return self._list(request)
            case "/v1/refunds":
                return self._list_refunds(request)
            case _:
                return problem(404, "not_found", "there is nothing here")

    def _one_charge(self, charge_id: str) -> Reply:
        charge = self.till.book.charge(charge_id)
        if charge is None:
            return self.speech.refused(Refusal.NO_CHARGE, "")
        return json_reply(200, self.speech.charge(charge))

    def _one_setup(self, setup_id: str) -> Reply:
        setups = self.till.book.setups
        setup = setups.setup(setup_id)
        if setup is None:
            return problem(404, "setup_not_found", "there is no such set-up")
        return json_reply(200, self.speech.setup(setup, setups.method(setup.method)))

    def _list(self, request: Request) -> Reply:
        asked = dict(request.query)
        if len(asked) == len(request.query) and set(asked) == {"attempt"}:
            charges = self.till.book.charges_of(asked["attempt"])
            return json_reply(200, {"charges": [self.speech.charge(charge) for charge in charges]})
        limit = asked.get("limit", str(_PAGE_MAX))
        since = asked.get("since", "")
        if len(asked) != len(request.query) or not set(asked) <= {"since", "limit"}:
            detail = "must be attempt, or since and limit, each once"
            raise fields.InvalidRequestError((("query", detail),))
        if not _CURSOR.fullmatch(since or "0"):
            problems = (("since", "must be empty or the cursor of a page"),)
            raise fields.InvalidRequestError(problems)
        if not (_CURSOR.fullmatch(limit) and 1 <= int(limit) <= _PAGE_MAX):
            raise fields.InvalidRequestError((("limit", f"must be from 1 to {_PAGE_MAX}"),))
        return self._page(int(since or "0"), limit=int(limit))

    def _list_refunds(self, request: Request) -> Reply:
        asked = dict(request.query)
        if set(asked) != {"charge", "refund"}:
            raise fields.InvalidRequestError((("query", "must be charge and refund"),))
        if self.till.book.charge(asked["charge"]) is None:
            return self.speech.refused(Refusal.NO_CHARGE, "")
        found = self.till.book.refunds_of(asked["charge"])
        shown = [one._asdict() for one in found if one.refund_id == asked["refund"]]
        return json_reply(200, {"refunds": shown})

    def _page(self, seq: int, *, limit: int) -> Reply:
        charges, last_seq = self.till.book.charges_after(seq, limit=limit + 1)
        has_more = len(charges) > limit
        if has_more:
            charges, last_seq = self.till.book.charges_after(seq, limit=limit)
        content: dict[str, object] = {
            "charges": [self.speech.charge(charge) for charge in charges],
            "cursor": str(last_seq),
            "has_more": has_more,
        }
        return json_reply(200, content)
