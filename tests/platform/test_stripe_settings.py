"""Which Stripe account an installation names, and that no mistake repeats a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from perenne.platform.settings import SettingsError, StripeAccount, read_deployment

LIVE = {
    "PERENNE_MODE": "live",
    "PERENNE_SECRET_KEY": "x",
    "PERENNE_HOSTS": "portal.example",
    "PERENNE_HOME": "/tmp/perenne",
}
KEY, SECRET = "sk_test_51CANARY0123456789", "whsec_CANARY0123456789abcdef="
GOOD = {"PERENNE_STRIPE_KEY": KEY, "PERENNE_STRIPE_WEBHOOK_SECRET": SECRET}


def test_does_an_installation_without_stripe_start():
    assert read_deployment(LIVE).stripe is None


@pytest.mark.parametrize("key", [KEY, "rk_live_51CANARY0123456789"])
def test_which_account_is_used(key: str):
    assert read_deployment(LIVE | GOOD | {"PERENNE_STRIPE_KEY": key}).stripe == StripeAccount(
        key, SECRET
    )


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PERENNE_STRIPE_KEY": ""}, ["PERENNE_STRIPE_KEY"]),
        ({"PERENNE_STRIPE_WEBHOOK_SECRET": ""}, ["PERENNE_STRIPE_WEBHOOK_SECRET"]),
        ({"PERENNE_STRIPE_KEY": "pk_live_51CANARY0123456789"}, ["PERENNE_STRIPE_KEY"]),
        ({"PERENNE_STRIPE_KEY": f"{KEY}\n"}, ["PERENNE_STRIPE_KEY"]),
        ({"PERENNE_STRIPE_KEY": f"{KEY}é"}, ["PERENNE_STRIPE_KEY"]),
        (
            {"PERENNE_STRIPE_KEY": SECRET, "PERENNE_STRIPE_WEBHOOK_SECRET": KEY},
            ["PERENNE_STRIPE_KEY", "PERENNE_STRIPE_WEBHOOK_SECRET"],
        ),
        (
            {"PERENNE_STRIPE_KEY": "CANARY", "PERENNE_PORT": "no", "PERENNE_HOSTS": ""},
            ["PERENNE_PORT", "PERENNE_HOSTS", "PERENNE_STRIPE_KEY"],
        ),
    ],
)
def test_are_all_mistakes_named_at_once_and_no_secret_repeated(
    wrong: dict[str, str], named: list[str]
):
    with pytest.raises(SettingsError) as refusal:
        read_deployment(LIVE | GOOD | wrong)

    assert [problem.split()[0] for problem in refusal.value.problems] == named
    assert "CANARY" not in str(refusal.value)


def test_can_a_demo_charge_through_stripe():
    with pytest.raises(SettingsError) as refusal:
        read_deployment(LIVE | GOOD | {"PERENNE_MODE": "demo"})

    assert "a demo charges through the sandbox only" in str(refusal.value)


def test_does_a_deployment_show_its_secrets():
    deployment = read_deployment(LIVE | GOOD | {"PERENNE_SECRET_KEY": "CANARY"})

    assert deployment.home == Path("/tmp/perenne")
    assert "CANARY" not in repr(deployment)
    assert "CANARY" not in repr(deployment.stripe)
