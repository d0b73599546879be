"""Renewals as one writes them first: one transaction each, object by object, through the ORM."""

from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction

from bench.limit import BELONGS, TABLES
from perenne.billing.models import InvoiceSeries, PaymentAttempt
from perenne.catalog.models import Price
from perenne.renewals.models import PlanRevision
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
    """Lock, read, create, save; prices are known already."""
    for one in what:
        with transaction.atomic():
            subscription = (
                Subscription.objects.select_for_update(of=("self",))
                .select_related("company", "contract", "region")
                .get(pk=one.subscription)
            )
            plan = PlanRevision.objects.select_related("offer", "payment_method").get(
                subscription=subscription, revision=subscription.plan_revision
            )
            term = Term.objects.filter(subscription=subscription).latest("renews_on")
            list(Price.objects.filter(offer_id=plan.offer_id)[:20])
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
