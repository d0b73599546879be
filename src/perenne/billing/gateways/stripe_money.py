"""Amounts as Stripe counts them: in minor units too, but not of ISO 4217 for every currency."""

from __future__ import annotations

from perenne.billing.gateways.protocol import GatewayRejectedError

# Currencies without decimals that Stripe counts in hundredths all the same.
_STRIPE_HAS_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Two decimals in ISO 4217, none at Stripe.
_STRIPE_HAS_WHOLE_UNITS = frozenset({"MGA"})


def stripe_amount(amount_minor: int, currency: str) -> int:
    """Count an amount of ours in Stripe's units.

    Raises:
        GatewayRejectedError: if Stripe has no unit that is small enough.
    """
    if currency in _STRIPE_HAS_HUNDREDTHS:
        return amount_minor * 100
    if currency in _STRIPE_HAS_WHOLE_UNITS:
        whole, rest = divmod(amount_minor, 100)
        if rest:
            raise GatewayRejectedError(
                f"Stripe collects {currency} in whole units only, not {amount_minor} hundredths",
                code="amount_not_whole",
            )
        return whole
    return amount_minor


def amount_minor_of(amount: int, currency: str) -> int:
    """Count an amount of Stripe's in our minor units; what it cannot have collected is cut off."""
    if currency in _STRIPE_HAS_HUNDREDTHS:
        return amount // 100
    return amount * 100 if currency in _STRIPE_HAS_WHOLE_UNITS else amount
