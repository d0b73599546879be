"""Reads the sandbox's outbox and signs webhooks, as the sandbox would or as a forger does."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.billing.gateways.signatures import standard_signature

if TYPE_CHECKING:
    from pathlib import Path

    from perenne.billing.gateways.sandbox_answers import EventAnswer
    from tests.support.local_process import LocalProcess

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it arrives."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outbox:
    """The events of one sandbox, in the words of one of its wire formats."""

    server: LocalProcess
    words: str

    def events_about(self, object_id: str) -> list[EventAnswer]:
        """The events of a charge or set-up, in the order in which they happened."""
        gateway = SandboxGateway(self.server.home)
        events: list[EventAnswer] = []
        while more := gateway.events_after(events[-1].seq if events else 0):
            events += more
        gateway.close()
        return [event for event in events if event.object_id == object_id]

    def webhook(self, event: EventAnswer, *, at: datetime = NOW, forged: bool = False) -> Webhook:
        """The event as it would be sent at a moment."""
        params = {"format": self.words, "at": str(int(at.timestamp()))}
        address = f"http://127.0.0.1:{self.server.port}/v1/events/{event.id}/webhook"
        answer = httpx.get(
            address, params=params | ({"forged": "1"} if forged else {}), trust_env=False
        ).json()
        return Webhook(answer["body"].encode("ascii"), answer["headers"])

    def signed(self, body: bytes, *, event_id: str = "evt_x", at: datetime = NOW) -> Webhook:
        """Any body, signed with the gateway's own secret."""
        return signed(
            body, words=self.words, secret=secret_of(self.server.home), event_id=event_id, at=at
        )


def secret_of(home: Path) -> str:
    """The secret that the sandbox of a home signs with."""
    return (home / "gateway" / "webhook-secret").read_text("ascii")


def signed(body: bytes, *, words: str, secret: str, event_id: str, at: datetime) -> Webhook:
    """Any body, signed with any secret."""
    at_s = int(at.timestamp())
    if words == "stripe":
        digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
        return Webhook(body, {"Stripe-Signature": f"t={at_s},v1={digest}"})
    signature = standard_signature(secret, event_id=event_id, signed_at_s=at_s, body=body)
    return Webhook(
        body,
        {
            "webhook-id": event_id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": signature,
        },
    )


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)
