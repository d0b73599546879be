"""Builds charge requests; each is an attempt of its own unless the test names it."""

from __future__ import annotations

import itertools
from datetime import date

from perenne.billing.gateways.protocol import ChargeRequest

_NUMBERS = itertools.count(1)


def a_charge(
    *,
    amount_minor: int = 42_000,
    currency: str = "USD",
    method_token: str = "card:4242:2027-05:M00001",
    on: date = date(2026, 12, 1),
    key: str | None = None,
) -> ChargeRequest:
    number = next(_NUMBERS)
    return ChargeRequest(
        idempotency_key=key or f"key_{number}",
        amount_minor=amount_minor,
        currency=currency,
        method_token=method_token,
        attempt_id=f"att_{number}",
        description="Fjord CAD LT, 1 year",
        business_day=on,
    )
