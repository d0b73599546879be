"""Opens and uses the sandbox's hosted page, as a payer's browser does."""

from __future__ import annotations

import itertools

import httpx

from perenne.billing.gateways.protocol import HostedPage, MethodKind, SetupRequest

_NUMBERS = itertools.count(1)


def a_setup(
    *,
    kinds: tuple[MethodKind, ...] = (MethodKind.CARD,),
    currency: str = "USD",
    locale: str = "en",
) -> SetupRequest:
    number = next(_NUMBERS)
    return SetupRequest(
        idempotency_key=f"setup_{number}",
        company_id=f"com_{number}",
        company_name="Atelier Nord",
        email="ana@atelier-nord.example",
        locale=locale,
        currency=currency,
        kinds=kinds,
        success_url=f"https://portal.example/methods/{number}?done",
        cancel_url=f"https://portal.example/methods/{number}",
    )


def enter(
    page: HostedPage, *, kind: str = "card", last4: str = "4242", valid_through: str = "2030-12"
) -> str:
    """Save a method; the address to which the payer is sent."""
    return _send(
        page, {"action": "save", "kind": kind, "last4": last4, "valid_through": valid_through}
    )


def leave(page: HostedPage) -> str:
    """Go back without a method; the address to which the payer is sent."""
    return _send(page, {"action": "cancel"})


def _send(page: HostedPage, form: dict[str, str]) -> str:
    answer = httpx.post(page.url, data=form, trust_env=False)
    return answer.headers.get("Location", "")
