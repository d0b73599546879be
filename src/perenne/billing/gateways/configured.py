"""Chooses the payment gateway by configuration; nobody else names a gateway's class."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.platform.errors import PerenneError

if TYPE_CHECKING:
    from perenne.billing.gateways.protocol import PaymentGateway
    from perenne.platform.settings import StripeAccount


class GatewayNotConfiguredError(PerenneError):
    """No gateway can charge cards in this installation."""

    code = "gateway_not_configured"


def configured_gateway() -> PaymentGateway:
    """Give this process its gateway, the same one each time: the demo's sandbox, or Stripe.

    Raises:
        GatewayNotConfiguredError: in live mode, where no provider is set up.
    """
    if settings.PERENNE_MODE == "demo":
        return demo_gateway()
    account: StripeAccount | None = settings.PERENNE_STRIPE_ACCOUNT
    if account is None:
        raise GatewayNotConfiguredError(
            "No payment provider is set up; cards and direct debits cannot be charged. "
            "Set PERENNE_STRIPE_KEY and PERENNE_STRIPE_WEBHOOK_SECRET."
        )
    # Per process, because a forked worker must not share its parent's connections.
    return _stripe(account, os.getpid())


def demo_gateway() -> SandboxGateway:
    """Give this process the sandbox of its home; only a demo has one running."""
    return _sandbox(Path(settings.PERENNE_HOME), os.getpid())


def configured_gateway_name() -> str:
    """Name the gateway whose charges are booked now, without asking it anything.

    Raises:
        GatewayNotConfiguredError: in live mode, where no provider is set up.
    """
    return configured_gateway().name


@cache
def _sandbox(home: Path, _process_id: int) -> SandboxGateway:
    return SandboxGateway(home)


@cache
def _stripe(account: StripeAccount, _process_id: int) -> PaymentGateway:
    # Half a second to import, and nothing in a demo needs it.
    from perenne.billing.gateways.stripe_gateway import StripeGateway

    return StripeGateway(account.key, account.webhook_secret)
