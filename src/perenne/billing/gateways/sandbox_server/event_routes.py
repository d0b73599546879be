"""The outbox over HTTP: who is told of events, what there was to tell, and signed copies of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.fields import InvalidRequestError, read_endpoint
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply, problem
from perenne.billing.gateways.sandbox_server.signing import forged, signed

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.charging import Committing
    from perenne.billing.gateways.sandbox_server.http import Request
    from perenne.billing.gateways.sandbox_server.outbox import Endpoint, Event, Outbox

_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_PAGE = 100
_SIGNED_COPY = re.compile(r"/v1/events/([^/]+)/webhook")


@dataclass(frozen=True, slots=True)
class EventRoutes:
    """``/v1/webhook`` and ``/v1/events``."""

    outbox: Outbox
    commit: Committing
    secret: str

    def has(self, path: str) -> bool:
        """Whether the path is one of these."""
        return path in {"/v1/webhook", "/v1/events"} or bool(_SIGNED_COPY.fullmatch(path))

    async def post(self, request: Request) -> Reply:
        """Deliver events to another address from now on."""
        if request.path != "/v1/webhook":
            return problem(404, "not_found", "there is nothing to post to here")
        endpoint = read_endpoint(request.body)

        def write() -> Reply:
            self.outbox.send_to(endpoint)
            return json_reply(200, _shown_endpoint(endpoint))

        return await self.commit(write)

    def get(self, request: Request) -> Reply:
        """Show the address, some events, or one event as its webhook would be sent now."""
        if request.path == "/v1/webhook":
            return json_reply(200, _shown_endpoint(self.outbox.endpoint()))
        asked = dict(request.query)
        if request.path == "/v1/events":
            since = _whole(asked, "since", default=0)
            events = self.outbox.events_after(since, limit=_PAGE)
            return json_reply(200, {"events": [_shown(event) for event in events]})
        copied = _SIGNED_COPY.fullmatch(request.path)
        event = None if copied is None else self.outbox.event(copied[1])
        if event is None:
            return problem(404, "event_not_found", "there is no such event")
        return self._signed_copy(event, asked)

    def _signed_copy(self, event: Event, asked: dict[str, str]) -> Reply:
        words = asked.get("format", "sandbox")
        if words not in {"sandbox", "stripe"}:
            raise InvalidRequestError((("format", "must be sandbox or stripe"),))
        at_s = _whole(asked, "at", default=int(time.time()))
        if "forged" in asked:
            webhook = forged(event, words, at_s=at_s)
        else:
            webhook = signed(event, words, secret=self.secret, at_s=at_s)
        return json_reply(
            200, {"headers": dict(webhook.headers), "body": webhook.body.decode("ascii")}
        )


def _whole(asked: dict[str, str], name: str, *, default: int) -> int:
    text = asked.get(name, str(default))
    if not _WHOLE.fullmatch(text):
        raise InvalidRequestError(((name, "must be a whole number"),))
    return int(text)


def _shown(event: Event) -> dict[str, object]:
    shown = event._asdict()
    names = ("seq", "id", "type", "object_id", "attempt_id", "created_at", "tries", "delivered_at")
    return {name: shown[name] for name in names}


def _shown_endpoint(endpoint: Endpoint | None) -> dict[str, object]:
    return {"url": "", "format": "sandbox"} if endpoint is None else dict(endpoint._asdict())
