"""Renewals as one writes them first: one transaction each, object by object, through the ORM.

Each reads what it needs, prices it, calls the gateway, saves every row by itself, and commits.
"""

from dataclasses import dataclass
from fractions import Fraction

from django.apps import apps
from django.db import models, transaction

from bench.book import DAY
from bench.limit import BELONGS, TABLES
from bench.running import InstantGateway
from perenne.billing.gateways.protocol import ChargeOutcome, ChargeRequest
from perenne.billing.models import InvoiceSeries, PaymentAttempt
from perenne.catalog.models import Price
from perenne.renewals.models import PlanRevision
from perenne.rules.money import round_half_up
from perenne.subscriptions.models import Subscription, Term


@dataclass(frozen=True, slots=True)
class Renewal:
    """What our run wrote for a subscription, as objects to be created again."""

    subscription: str
    objects: list[tuple[type[models.Model], dict[str, object]]]


def renewals(count: int) -> list[Renewal]:
    """The first renewals that a run wrote."""
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    written = [by_table[table] for table in TABLES]
    attempts = PaymentAttempt.objects.order_by("subscription_id").values_list(
        "pk", "subscription_id"
    )[:count]
    return [
        Renewal(
            subscription,
            [(model, _fields(row)) for model in written for row in _rows(model, attempt)],
        )
        for attempt, subscription in attempts
    ]


def _rows(model: type[models.Model], attempt: str) -> list[models.Model]:
    table = model._meta.db_table
    query = f"select t.* from {table} t where {BELONGS[table]}"
    return list(model._base_manager.raw(query, {"keys": [attempt]}))


def _fields(row: models.Model) -> dict[str, object]:
    """All values but a number that the database counts itself."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not isinstance(field, models.AutoField)
    }


def renew(what: list[Renewal]) -> None:
    """Lock, read, price, collect, create, save, commit: one after the other."""
    gateway = InstantGateway()
    for one in what:
        with transaction.atomic():
            _renew(one, gateway)


def _renew(one: Renewal, gateway: InstantGateway) -> None:
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("company", "contract", "region")
        .get(pk=one.subscription)
    )
    plan = PlanRevision.objects.select_related("offer", "payment_method").get(
        subscription=subscription, revision=subscription.plan_revision
    )
    term = Term.objects.filter(subscription=subscription).latest("renews_on")
    gross_minor = _gross_minor(subscription, plan, term)
    attempt = next(fields for model, fields in one.objects if model is PaymentAttempt)
    assert gross_minor == attempt["gross_minor"], "priced as the run has priced it"
    _collect(subscription, plan, attempt, gateway)
    counter, _ = InvoiceSeries.objects.select_for_update().get_or_create(
        seller="Fjord Software", series="limit"
    )
    counter.last_number += 1
    counter.save()
    for model, fields in one.objects:
        model(**fields).save(force_insert=True)
    subscription.renews_on = term.renews_on.replace(year=term.renews_on.year + 1)
    subscription.plan_revision += 1
    subscription.version += 1
    subscription.save()


def _gross_minor(subscription: Subscription, plan: PlanRevision, term: Term) -> int:
    """The price in force on the first day, times seats, with tax."""
    price = (
        Price.objects.filter(
            offer_id=plan.offer_id,
            price_list__region_id=subscription.region_id,
            price_list__valid_from__lte=term.renews_on,
        )
        .order_by("-price_list__valid_from", "-price_list__version")
        .first()
    )
    assert price is not None, "the demo vendor sells it"
    net = price.renewal_minor * (plan.seats or term.seats)
    rate = Fraction(str(subscription.region.tax["rate"]))
    return net + round_half_up(net * rate, step=subscription.region.billing_step_minor)


def _collect(
    subscription: Subscription,
    plan: PlanRevision,
    attempt: dict[str, object],
    gateway: InstantGateway,
) -> None:
    assert plan.payment_method is not None, "everybody in this book pays by card"
    answer = gateway.charge(
        ChargeRequest(
            idempotency_key=str(attempt["id"]),
            amount_minor=int(str(attempt["gross_minor"])),
            currency=str(attempt["currency"]),
            method_token=plan.payment_method.token,
            attempt_id=str(attempt["id"]),
            description=f"renewal {subscription.pk}",
            business_day=DAY,
        )
    )
    assert answer.outcome is ChargeOutcome.SUCCEEDED
