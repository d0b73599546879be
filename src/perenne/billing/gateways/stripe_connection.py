"""Asks Stripe through its SDK and hands back the words of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import stripe

from perenne.billing.gateways.answers import unreadable
from perenne.billing.gateways.protocol import GatewayRejectedError
from perenne.billing.gateways.stripe_errors import meaning_of
from perenne.billing.gateways.stripe_http import BoundedClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from perenne.billing.gateways.protocol import GatewayError

STRIPE_API = "https://api.stripe.com"
# What an installation does is nobody's business but its vendor's.
stripe.enable_telemetry = False


class Told(NamedTuple):
    """What Stripe said: an object, or the error with which a payment was declined."""

    body: str
    is_card_error: bool


class StripeConnection:
    """The SDK's client with one key; asks once, in bounded time, from any thread."""

    def __init__(self, key: str, *, api_base: str, timeout_s: int) -> None:
        self._http = BoundedClient(timeout_s=timeout_s)
        # The attempt is ours to repeat, with its key and when we know that it is still wanted.
        self.client = stripe.StripeClient(
            key, http_client=self._http, base_addresses={"api": api_base}, max_network_retries=0
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, call: Callable[[], stripe.StripeObject]) -> str:
        """Make a call that is not declined; the body of its answer.

        Raises:
            GatewayUnavailableError: if nobody knows what became of it.
            GatewayRejectedError: if Stripe refused it.
        """
        told = self.ask_for_money(call)
        if told.is_card_error:
            raise GatewayRejectedError("Stripe refused the card", code="card_error")
        return told.body

    def ask_for_money(self, call: Callable[[], stripe.StripeObject]) -> Told:
        """Make a call that may be declined; raises as ``ask`` does."""
        refusal: GatewayError
        try:
            answer = call()
        except stripe.CardError as error:
            return Told(error.http_body or "", is_card_error=True)
        except stripe.StripeError as error:
            refusal = meaning_of(error)
        else:
            # Whatever is not a JSON object comes as something else.
            response = getattr(answer, "last_response", None)
            if response is not None:
                return Told(response.body, is_card_error=False)
            refusal = unreadable("it is no object")
        # Outside of the handler, so that no log shows Stripe's own words as the cause.
        raise refusal
