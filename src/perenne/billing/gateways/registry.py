"""Chooses the payment gateway by configuration; nobody else names a gateway's class."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from perenne.billing.gateways.sandbox import SandboxGateway

if TYPE_CHECKING:
    from perenne.billing.gateways.protocol import PaymentGateway


class GatewaySettings(Protocol):
    """The part of the settings that says which gateway is in use."""

    @property
    def PERENNE_MODE(self) -> str:  # noqa: N802 - a setting's name
        """``demo`` or ``live``."""

    @property
    def PERENNE_HOME(self) -> Path:  # noqa: N802 - a setting's name
        """The directory under which the demo's neighbours keep their books."""


class GatewayNotConfiguredError(Exception):
    """No gateway can charge cards in this installation."""


def gateway_for(settings: GatewaySettings) -> PaymentGateway:
    """Give this process its gateway: the sandbox in demo mode, and the same one each time.

    Raises:
        GatewayNotConfiguredError: in live mode, where no provider is set up.
    """
    if settings.PERENNE_MODE != "demo":
        raise GatewayNotConfiguredError(
            "No payment provider is set up; cards and direct debits cannot be charged."
        )
    return _sandbox(Path(settings.PERENNE_HOME), os.getpid())


@cache
def _sandbox(home: Path, _process_id: int) -> SandboxGateway:
    # Per process, because a forked worker must not share its parent's connections.
    return SandboxGateway(home)
