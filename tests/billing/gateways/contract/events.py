"""Webhooks: what is signed by the gateway and fresh is a hint to look, all else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.billing.gateways.contract.reading import a_refund
from tests.support.charges import a_charge
from tests.support.hosted_pages import a_setup, enter
from tests.support.webhooks import NOW, Outbox, Webhook, seconds

from perenne.billing.gateways.event import (
    EVENT_BYTES_MAX,
    EventForgedError,
    EventMalformedError,
    EventSubject,
    EventTooLargeError,
    EventTooOldError,
    GatewayEvent,
)

if TYPE_CHECKING:
    from tests.billing.gateways.contract.reading import Settling, Token

    from perenne.billing.gateways.protocol import ChargeResult, PaymentGateway


def read(gateway: PaymentGateway, webhook: Webhook) -> GatewayEvent:
    return gateway.read_event(webhook.body, webhook.headers, NOW)


def in_book(charge: ChargeResult) -> str:
    """The charge's id in the sandbox's book."""
    return charge.charge_id.replace("pi_", "ch_")


class EventContract:
    """Needs the fixtures ``gateway``, ``token``, ``settle`` and ``outbox``."""

    @pytest.fixture
    def webhook(self, gateway: PaymentGateway, token: Token, outbox: Outbox) -> Webhook:
        """A sound webhook about a charge."""
        charged = gateway.charge(a_charge(method_token=token("4242")))
        (event,) = outbox.events_about(in_book(charged))
        return outbox.webhook(event)

    @pytest.mark.parametrize("last4", ["4242", "0002", "3220"])
    def test_does_a_webhook_say_which_attempt_to_look_up(
        self, gateway: PaymentGateway, token: Token, outbox: Outbox, last4: str
    ):
        request = a_charge(method_token=token(last4))
        charged = gateway.charge(request)
        (event,) = outbox.events_about(in_book(charged))

        assert read(gateway, outbox.webhook(event)) == GatewayEvent(
            gateway=gateway.name,
            event_id=event.id,
            about=EventSubject.CHARGE,
            object_id=charged.charge_id,
            attempt_id=request.attempt_id,
        )

    def test_is_there_a_webhook_for_each_change_of_a_charge(
        self, gateway: PaymentGateway, token: Token, settle: Settling, outbox: Outbox
    ):
        request = a_charge(currency="EUR", method_token=token("4242", "direct_debit"))
        pending = gateway.charge(request)
        settle(pending.charge_id, succeeds=True)
        gateway.refund(a_refund(pending, "rfd_a", amount_minor=1))

        events = [
            read(gateway, outbox.webhook(event)) for event in outbox.events_about(in_book(pending))
        ]

        assert [(event.about, event.object_id, event.attempt_id) for event in events] == [
            (EventSubject.CHARGE, pending.charge_id, request.attempt_id),
            (EventSubject.CHARGE, pending.charge_id, request.attempt_id),
            (EventSubject.REFUND, pending.charge_id, request.attempt_id),
        ]
        assert len({event.event_id for event in events}) == 3

    def test_does_a_webhook_say_which_set_up_to_finish(
        self, gateway: PaymentGateway, outbox: Outbox
    ):
        page = gateway.begin_setup(a_setup())
        enter(page)
        (event,) = outbox.events_about(page.setup_id)

        assert read(gateway, outbox.webhook(event)) == GatewayEvent(
            gateway=gateway.name,
            event_id=event.id,
            about=EventSubject.SETUP,
            object_id=page.setup_id,
        )

    def test_are_the_names_of_headers_read_in_any_case(
        self, gateway: PaymentGateway, webhook: Webhook
    ):
        turned = {name.swapcase(): value for name, value in webhook.headers.items()}

        assert gateway.read_event(webhook.body, turned, NOW) == read(gateway, webhook)

    @pytest.mark.parametrize("late_s", [-300, 0, 300])
    def test_is_a_webhook_of_the_last_minutes_taken(
        self, gateway: PaymentGateway, webhook: Webhook, late_s: int
    ):
        assert gateway.read_event(webhook.body, webhook.headers, NOW + seconds(late_s)).event_id

    @pytest.mark.parametrize("late_s", [-301, 301, 86_400])
    def test_is_a_webhook_of_another_time_refused(
        self, gateway: PaymentGateway, webhook: Webhook, late_s: int
    ):
        with pytest.raises(EventTooOldError):
            gateway.read_event(webhook.body, webhook.headers, NOW + seconds(late_s))

    def test_is_a_webhook_signed_by_somebody_else_refused(
        self, gateway: PaymentGateway, token: Token, outbox: Outbox
    ):
        charged = gateway.charge(a_charge(method_token=token("4242")))
        (event,) = outbox.events_about(in_book(charged))

        with pytest.raises(EventForgedError):
            read(gateway, outbox.webhook(event, forged=True))

    @pytest.mark.parametrize("change", [b" ", b"}", b"\xff", b"\x00"])
    def test_is_a_changed_body_refused(
        self, gateway: PaymentGateway, webhook: Webhook, change: bytes
    ):
        with pytest.raises(EventForgedError):
            gateway.read_event(webhook.body + change, webhook.headers, NOW)

    def test_is_a_webhook_without_a_signature_refused(
        self, gateway: PaymentGateway, webhook: Webhook
    ):
        with pytest.raises(EventForgedError):
            gateway.read_event(webhook.body, {"Content-Type": "application/json"}, NOW)

    @pytest.mark.parametrize(
        "sign", ["", "x", ",", "é", "付", "\x00", "v1,", "t=1,v1=00", "9" * 99]
    )
    def test_is_a_broken_signature_refused(
        self, gateway: PaymentGateway, webhook: Webhook, sign: str
    ):
        for name in webhook.headers:
            headers = webhook.headers | {name: sign}
            if name.lower() != "content-type":
                with pytest.raises(EventForgedError):
                    gateway.read_event(webhook.body, headers, NOW)

    def test_is_a_webhook_that_is_too_large_refused(self, gateway: PaymentGateway, outbox: Outbox):
        largest = outbox.signed(b" " * EVENT_BYTES_MAX)
        larger = outbox.signed(b" " * (EVENT_BYTES_MAX + 1))

        with pytest.raises(EventMalformedError):
            read(gateway, largest)
        with pytest.raises(EventTooLargeError):
            read(gateway, larger)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"{}",
            b"<html></html>",
            b"[" * 100_000,
            b'{"id": 7}',
            b'{"id": "evt_x"}',
            b'{"id": "evt_x", "object": "event", "type": "x", "data": {"object": {}}}',
            b'{"id": "evt_x", "object": {"kind": "charge", "id": 7}, "attempt_id": ""}',
        ],
    )
    def test_is_nonsense_refused_although_it_is_signed(
        self, gateway: PaymentGateway, outbox: Outbox, body: bytes
    ):
        with pytest.raises(EventMalformedError):
            read(gateway, outbox.signed(body))

    def test_does_a_refusal_repeat_what_was_sent(self, gateway: PaymentGateway, outbox: Outbox):
        webhook = outbox.signed(b'{"id": "CANARY-1"}', event_id="CANARY-2")
        with pytest.raises(EventMalformedError) as malformed:
            read(gateway, webhook)
        with pytest.raises(EventForgedError) as forged:
            gateway.read_event(b"CANARY-3", webhook.headers, NOW)

        for refusal in (malformed, forged):
            assert "CANARY" not in repr(refusal.value)
            assert refusal.value.__cause__ is None
