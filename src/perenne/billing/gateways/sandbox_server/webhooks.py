"""Delivers the sandbox's events to whoever listens, with the mishaps that webhooks have."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from perenne.billing.gateways.sandbox_server.http import Reply, json_reply
from perenne.billing.gateways.sandbox_server.scripts import Fault
from perenne.billing.gateways.sandbox_server.signing import SignedEvent, forged, signed

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.charging import Committing
    from perenne.billing.gateways.sandbox_server.outbox import Endpoint, Event, Outbox

# Deliveries under way at one time; a gateway does not wait for one customer's server.
_CONCURRENT = 8
_TIMEOUT_S = 10
_IDLE_S = 60
# Far outside of what any receiver tolerates.
_OLD_S = 3_600
_NOTHING = json_reply(200, {})


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Sends what is due, again and again, until the task is cancelled."""

    outbox: Outbox
    commit: Committing
    secret: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Deliver for ever; ``woken`` cuts the wait for the next event short."""
        # A proxy in the environment is meant for the world outside, not for this machine.
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
            while True:
                self.outbox.has_news = False
                due = self.outbox.due(limit=_CONCURRENT)
                endpoint = self.outbox.endpoint()
                if due and endpoint is not None:
                    await asyncio.gather(*(self._deliver(http, endpoint, event) for event in due))
                else:
                    await self._sleep()

    async def _sleep(self) -> None:
        self.woken.clear()
        next_ms = self.outbox.next_try_ms()
        wait_ms = _IDLE_S * 1_000 if next_ms is None else next_ms - time.time_ns() // 1_000_000
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), max(wait_ms, 1) / 1_000)

    async def _deliver(self, http: httpx.AsyncClient, endpoint: Endpoint, event: Event) -> None:
        now_s = int(time.time())
        true = signed(event, endpoint.format, secret=self.secret, at_s=now_s)
        if not event.tries and event.fault == Fault.WEBHOOK_FORGED:
            await _taken(http, endpoint, forged(event, endpoint.format, at_s=now_s))
        if not event.tries and event.fault == Fault.WEBHOOK_OLD:
            at_s = now_s - _OLD_S
            old = signed(event, endpoint.format, secret=self.secret, at_s=at_s)
            await _taken(http, endpoint, old)
        is_taken = await _taken(http, endpoint, true)
        if is_taken and event.fault == Fault.WEBHOOK_TWICE:
            await _taken(http, endpoint, true)
        await self.commit(lambda: self._noted(event, is_taken=is_taken))

    def _noted(self, event: Event, *, is_taken: bool) -> Reply:
        if is_taken:
            self.outbox.mark_delivered(event)
        else:
            self.outbox.mark_failed(event)
        return _NOTHING


async def _taken(http: httpx.AsyncClient, endpoint: Endpoint, event: SignedEvent) -> bool:
    try:
        answer = await http.post(endpoint.url, content=event.body, headers=dict(event.headers))
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return answer.is_success
