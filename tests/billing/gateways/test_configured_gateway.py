"""Which gateway an installation uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perenne.billing.gateways.configured import (
    GatewayNotConfiguredError,
    configured_gateway,
    configured_gateway_name,
)

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

    with pytest.raises(GatewayNotConfiguredError):
        configured_gateway()
