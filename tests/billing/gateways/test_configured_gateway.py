"""Which gateway an installation uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perenne.billing.gateways.configured import (
    GatewayNotConfiguredError,
    configured_gateway,
    configured_gateway_name,
)
from perenne.platform.settings import StripeAccount

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


def test_does_the_demo_charge_through_one_sandbox(settings: SettingsWrapper, tmp_path: Path):
    settings.PERENNE_MODE = "demo"
    settings.PERENNE_HOME = tmp_path

    assert configured_gateway_name() == "sandbox"
    assert configured_gateway() is configured_gateway()


def test_can_a_live_installation_charge_through_the_sandbox(settings: SettingsWrapper):
    settings.PERENNE_MODE = "live"
    settings.PERENNE_STRIPE_ACCOUNT = None

    with pytest.raises(GatewayNotConfiguredError, match="Set PERENNE_STRIPE_KEY"):
        configured_gateway()


def test_does_a_live_installation_charge_through_the_account_that_is_set(
    settings: SettingsWrapper,
):
    settings.PERENNE_MODE = "live"
    settings.PERENNE_STRIPE_ACCOUNT = StripeAccount("sk_test_0123456789", "whsec_0123456789")

    assert configured_gateway_name() == "stripe"
    assert configured_gateway() is configured_gateway()


def test_does_a_demo_use_an_account_that_is_set(settings: SettingsWrapper, tmp_path: Path):
    settings.PERENNE_MODE = "demo"
    settings.PERENNE_HOME = tmp_path
    settings.PERENNE_STRIPE_ACCOUNT = StripeAccount("sk_test_0123456789", "whsec_0123456789")

    assert configured_gateway_name() == "sandbox"
