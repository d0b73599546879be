"""Entering a payment method on the gateway's own page."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.support.charges import a_charge
from tests.support.hosted_pages import a_setup, enter, leave

from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    GatewayRejectedError,
    MethodDetails,
    MethodKind,
    SetupUnfinishedError,
)

if TYPE_CHECKING:
    from perenne.billing.gateways.protocol import PaymentGateway


class Names(HTMLParser):
    """Collects the names of the fields of a page, and its language."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "html":
            self.language = told["lang"] or ""
        if tag in {"input", "select", "textarea"}:
            self.fields.append((tag, told["name"] or ""))


class SetupContract:
    """Needs the fixture ``gateway``."""

    def test_is_a_card_entered_on_the_hosted_page_chargeable(self, gateway: PaymentGateway):
        request = a_setup()
        page = gateway.begin_setup(request)

        went_to = enter(page, last4="4242", valid_through="2031-07")
        method = gateway.finish_setup(page.setup_id)

        assert went_to == request.success_url
        assert method == MethodDetails(
            company_id=request.company_id,
            kind=MethodKind.CARD,
            last4="4242",
            valid_through="2031-07",
            token=method.token,
        )
        charged = gateway.charge(a_charge(method_token=method.token))
        assert charged.outcome is ChargeOutcome.SUCCEEDED

    def test_is_a_direct_debit_entered_on_the_hosted_page_chargeable(self, gateway: PaymentGateway):
        page = gateway.begin_setup(
            a_setup(kinds=(MethodKind.CARD, MethodKind.DIRECT_DEBIT), currency="EUR")
        )

        enter(page, kind="direct_debit", last4="4242")
        method = gateway.finish_setup(page.setup_id)

        assert (method.kind, method.last4, method.valid_through) == ("direct_debit", "4242", "")
        charged = gateway.charge(a_charge(currency="EUR", method_token=method.token))
        assert charged.outcome is ChargeOutcome.PENDING

    def test_can_a_method_be_fetched_again(self, gateway: PaymentGateway):
        page = gateway.begin_setup(a_setup())
        enter(page)

        assert gateway.finish_setup(page.setup_id) == gateway.finish_setup(page.setup_id)

    def test_does_the_page_keep_the_method_that_was_entered_first(self, gateway: PaymentGateway):
        page = gateway.begin_setup(a_setup())
        enter(page, last4="4242")
        first = gateway.finish_setup(page.setup_id)

        enter(page, last4="0002")

        assert gateway.finish_setup(page.setup_id) == first

    def test_is_there_no_method_before_it_was_entered(self, gateway: PaymentGateway):
        page = gateway.begin_setup(a_setup())

        with pytest.raises(SetupUnfinishedError) as unfinished:
            gateway.finish_setup(page.setup_id)

        assert unfinished.value.code == "setup_open"

    def test_does_going_back_leave_no_method(self, gateway: PaymentGateway):
        request = a_setup()
        page = gateway.begin_setup(request)

        went_to = leave(page)

        assert went_to == request.cancel_url
        with pytest.raises(SetupUnfinishedError) as unfinished:
            gateway.finish_setup(page.setup_id)
        assert unfinished.value.code in {"setup_cancelled", "setup_open"}

    @pytest.mark.parametrize("setup_id", ["", "set_none", "cs_test_none", "../book", "\x00", "付"])
    def test_is_a_page_that_was_never_opened_refused(self, gateway: PaymentGateway, setup_id: str):
        with pytest.raises(GatewayRejectedError):
            gateway.finish_setup(setup_id)

    def test_does_the_same_key_open_one_page_only(self, gateway: PaymentGateway):
        request = a_setup()

        pages = {gateway.begin_setup(request) for _ in range(3)}

        assert len(pages) == 1

    def test_does_a_second_method_of_a_company_leave_the_first(self, gateway: PaymentGateway):
        first = a_setup()
        second = replace(first, idempotency_key=f"{first.idempotency_key}_again")
        tokens = []
        for request in (first, second):
            page = gateway.begin_setup(request)
            enter(page)
            tokens.append(gateway.finish_setup(page.setup_id).token)

        charged = [gateway.charge(a_charge(method_token=token)).outcome for token in tokens]

        assert len(set(tokens)) == 2
        assert charged == [ChargeOutcome.SUCCEEDED] * 2

    def test_does_the_page_ask_for_a_card_number(self, gateway: PaymentGateway):
        page = gateway.begin_setup(a_setup())
        names = Names()
        names.feed(httpx.get(page.url, trust_env=False).text)

        assert sorted(names.fields) == [
            ("input", "valid_through"),
            ("select", "kind"),
            ("select", "last4"),
        ]

    @pytest.mark.parametrize(("locale", "language"), [("en", "en"), ("zh-Hant", "zh-Hant")])
    def test_does_the_page_speak_the_payers_language(
        self, gateway: PaymentGateway, locale: str, language: str
    ):
        page = gateway.begin_setup(a_setup(locale=locale))
        names = Names()
        names.feed(httpx.get(page.url, trust_env=False).text)

        assert names.language == language
