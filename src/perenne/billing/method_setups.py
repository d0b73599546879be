"""Have payment methods entered on the gateway's own page; no card number ever comes here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from perenne.accounts.models import Company, Person
from perenne.accounts.queries import Member
from perenne.billing.errors import NoHostedPageError, NoProviderError
from perenne.billing.events import ABOUT_SETUPS, claim_events, mark_processed
from perenne.billing.gateways.configured import GatewayNotConfiguredError, configured_gateway
from perenne.billing.gateways.protocol import (
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
    MethodDetails,
    MethodKind,
    SetupRequest,
    SetupUnfinishedError,
)
from perenne.billing.method_models import MethodSetup
from perenne.billing.models import PaymentMethod
from perenne.catalog.queries import current_catalogue
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.faults import fp
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic

BATCH = 100
_DEBITED_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who goes to the gateway's page, in which language, and from which subscription's page."""

    member: Member
    locale: str
    subscription: str = ""


def begin_setup(visitor: Visitor, *, back_to: str, now: datetime) -> str:
    """Open the gateway's page for the member's company; return our id of the visit.

    Args:
        back_to: the absolute address of the account's page of a visit, with ``{setup}`` in it.

    Raises:
        NoProviderError: if this installation charges nothing.
        NoHostedPageError: if the gateway gave no page; nothing is lost, try again.

    Source: docs/explanation/money.md, «Payment methods».
    """
    try:
        gateway = configured_gateway()
    except GatewayNotConfiguredError as error:
        raise NoProviderError(str(error)) from error
    member = visitor.member
    assert member.company_id is not None
    company = Company.objects.get(pk=member.company_id)
    identity = new_id("stp")
    with atomic("method_setup.begun"):
        MethodSetup.objects.create(
            id=identity,
            company=company,
            subscription=visitor.subscription,
            actor=member.actor,
            started_at=now,
        )
    address = back_to.format(setup=identity)
    currency = current_catalogue().regions[company.region_id].currency.code
    wish = SetupRequest(
        idempotency_key=identity,
        company_id=company.pk,
        company_name=company.name,
        email=Person.objects.get(pk=member.id).email,
        locale=visitor.locale,
        currency=currency,
        kinds=_kinds(currency),
        success_url=address,
        cancel_url=address,
    )
    try:
        page = gateway.begin_setup(wish)
    except GatewayError as error:
        raise NoHostedPageError(str(error)) from error
    MethodSetup.objects.filter(pk=identity).update(setup_id=page.setup_id, url=page.url)
    return identity


def _kinds(currency: str) -> tuple[MethodKind, ...]:
    """Cards everywhere; accounts are debited where one scheme reaches them all."""
    debits = (MethodKind.DIRECT_DEBIT,) if currency == _DEBITED_CURRENCY else ()
    return (MethodKind.CARD, *debits)


def finish_setups(setups: Iterable[str], *, actor: str, now: datetime) -> None:
    """Ask the gateway what was entered on visits that are open, and keep it; each counts once.

    The gateway is asked outside transactions. Of a visit that it has no answer for, nothing is
    written: it may be asked again.
    """
    for setup in MethodSetup.objects.filter(pk__in=list(setups), outcome="").exclude(setup_id=""):
        try:
            details = configured_gateway().finish_setup(setup.setup_id)
        except SetupUnfinishedError as error:
            outcome = error.code.removeprefix("setup_")
            if outcome != "open":
                _end(setup.pk, outcome, now=now)
            continue
        except GatewayUnavailableError:
            continue
        except GatewayRejectedError:
            _end(setup.pk, "refused", now=now)
            continue
        fp("method_setup.answered")
        if details.company_id != setup.company_id:
            _end(setup.pk, "refused", now=now)
            continue
        _keep(setup.pk, details, actor=actor, now=now)


def _end(identity: str, outcome: str, *, now: datetime) -> None:
    MethodSetup.objects.filter(pk=identity, outcome="").update(outcome=outcome, ended_at=now)


def _keep(identity: str, details: MethodDetails, *, actor: str, now: datetime) -> None:
    with atomic("method_setup.kept"):
        setup = (
            MethodSetup.objects.select_for_update(of=("self",))
            .select_related("company")
            .get(pk=identity)
        )
        if setup.outcome:
            return
        method_id = new_id("pmt")
        method = PaymentMethod.objects.create(
            id=method_id,
            code=method_id,
            company_id=setup.company_id,
            kind=details.kind.value,
            last4=details.last4,
            valid_through=details.valid_through,
            token=details.token,
        )
        setup.outcome, setup.method, setup.ended_at = "completed", method, now
        setup.save(update_fields=["outcome", "method", "ended_at"])
        journal.record_all([_fact(setup, method, actor=actor, now=now)], at=now)


def _fact(setup: MethodSetup, method: PaymentMethod, *, actor: str, now: datetime) -> Fact:
    region = setup.company.region_id
    return Fact(
        kind="payment_method.added",
        subject=method.pk,
        company=setup.company_id,
        region=region,
        business_day=today(now, current_catalogue().regions[region].zone),
        actor=actor,
        facts={"kind": method.kind, "valid_through": method.valid_through, "setup": setup.pk},
        once_key=setup.pk,
    )


def hear_of_setups(*, now: datetime) -> int:
    """Finish the visits that waiting events of the gateway are about; return how many events.

    Source: docs/explanation/exactly-once.md, «Webhooks».
    """
    with atomic("setup_events.claim"):
        waiting = claim_events(ABOUT_SETUPS, limit=BATCH)
    named = {event.reference for event in waiting}
    known = MethodSetup.objects.filter(setup_id__in=named).values_list("pk", flat=True)
    finish_setups(list(known), actor="gateway", now=now)
    # Of which the gateway gave no answer is asked again.
    unanswered = set(
        MethodSetup.objects.filter(setup_id__in=named, outcome="").values_list(
            "setup_id", flat=True
        )
    )
    heard = [event for event in waiting if event.reference not in unanswered]
    with atomic("setup_events.processed"):
        mark_processed(heard, now=now)
    return len(heard)
