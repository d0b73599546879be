"""Reads what is asked of the sandbox's hosted page, as strictly as charges are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.fields import (
    Fields,
    InvalidRequestError,
    json_object,
)
from perenne.billing.gateways.sandbox_server.scripts import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perenne.billing.gateways.sandbox_server.setup_book import Setup

KINDS = ("card", "direct_debit")
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """A well-formed wish to know somebody who pays."""

    company_id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SetupOrder:
    """A well-formed wish to have a method entered; ``customer`` is empty if nobody named one."""

    company_id: str
    kinds: tuple[str, ...]
    locale: str
    success_url: str
    cancel_url: str
    customer: str = ""


@dataclass(frozen=True, slots=True)
class EnteredForm:
    """What a payer sent with the hosted page's form."""

    kind: str
    last4: str
    valid_through: str


def read_setup_order(body: bytes) -> SetupOrder:
    """Read the body of ``POST /v1/setups``.

    Raises:
        InvalidRequestError: with all mistakes at once.
    """
    fields = Fields(json_object(body))
    order = SetupOrder(
        company_id=fields.text("company_id", most=100),
        kinds=fields.choices("kinds", KINDS),
        locale=fields.text("locale", most=20),
        success_url=fields.web_address("success_url"),
        cancel_url=fields.web_address("cancel_url"),
    )
    # The sandbox keeps no people, but what it is told must be sound all the same.
    fields.text("company_name", most=500)
    fields.text("email", most=320)
    fields.currency("currency")
    fields.finish()
    return order


def read_entered_form(setup: Setup, sent: Mapping[str, str]) -> EnteredForm:
    """Read what the payer chose on the page of ``setup``; a direct debit has no last month.

    Raises:
        InvalidRequestError: naming the first field that no button of the page sends.
    """
    kind, last4 = sent.get("kind", ""), sent.get("last4", "")
    valid_through = sent.get("valid_through", "")
    if kind not in setup.kinds.split(","):
        raise InvalidRequestError((("kind", "is not one of the kinds of this page"),))
    if last4 not in SCRIPTS:
        raise InvalidRequestError((("last4", "is not one of the behaviours of this page"),))
    if kind == "card" and not _MONTH.fullmatch(valid_through):
        raise InvalidRequestError((("valid_through", "must be a month like 2027-05"),))
    return EnteredForm(kind, last4, valid_through if kind == "card" else "")
