"""What workers do: each act is a thing that an operator, a customer or the schedule does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from perenne.billing.attempts import open_attempts
from perenne.billing.models import LIVE_STATES, PaymentAttempt
from perenne.daily.advancing import advance
from perenne.daily.errors import DayRefusedError
from perenne.daily.queries import marks
from perenne.daily.running import ACTOR, run_to
from perenne.importing.book import import_book
from perenne.importing.catalogue import import_catalogue
from perenne.notices.delivery import deliver_waiting
from perenne.platform.clock import moment_of
from perenne.platform.faults import fp
from perenne.platform.ids import new_id
from perenne.platform.writing import atomic
from perenne.renewals.errors import RenewalRefusedError
from perenne.renewals.facts import lock_renewal_facts, renewal_facts
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.renewals.operations.reconciling import reconcile, reconcile_keys
from perenne.renewals.operations.renew import Renewal, renew_by_hand
from perenne.renewals.operations.running import assist
from perenne.renewals.operations.trying import planned_try, send
from perenne.renewals.pricing import Pricer
from perenne.subscriptions.models import Subscription
from tests.faults.paper import book_in, catalogue_in
from tests.support.builders import contract_manager_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.books import Book


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when an act plays."""

    book: Book
    day: date


def run(scene: Scene) -> object:
    """The business day, missed ones first."""
    return run_to(scene.day, now=moment_of(scene.day))


def run_two_days_on(scene: Scene) -> object:
    """A clock that went ahead by two days."""
    day = scene.day + timedelta(2)
    return run_to(day, now=moment_of(day))


def run_two_days_back(scene: Scene) -> object:
    """A clock that went back by two days: refused, unless nothing has been run yet."""
    back = min(marks().values()) - timedelta(2)
    with suppress(DayRefusedError):
        return run_to(scene.day + timedelta(3), now=moment_of(back))
    return "refused"


def turn_the_clock(scene: Scene) -> object:
    """As ``perenne advance`` does."""
    return list(advance([scene.day]))


def help_the_run(scene: Scene) -> object:
    """As a worker does that was called to help."""
    for region in marks():
        assist(region, occasion=Occasion(scene.day, ACTOR, moment_of(scene.day)))
    return None


def ask_again(scene: Scene) -> object:
    """As the worker does every minute."""
    for region in marks():
        reconcile(region, occasion=Occasion(scene.day, "reconciler", moment_of(scene.day)))
    return None


def hear_from_the_gateway(scene: Scene) -> object:
    """As an event does that names charges."""
    keys = PaymentAttempt.objects.filter(state__in=LIVE_STATES).values_list(
        "idempotency_key", flat=True
    )
    occasion = Occasion(scene.day, "gateway", moment_of(scene.day))
    return reconcile_keys(sorted(set(keys)), occasion=occasion)


def hand_over_mails(scene: Scene) -> object:
    """The post."""
    return deliver_waiting(now=moment_of(scene.day))


def renew_by_customer(scene: Scene) -> object:
    """A contract manager renews what is due, in the window or already tried by the run."""
    answers = []
    for name in ("by hand", "card", "broke"):
        for identity in scene.book.of(name)[:1]:
            subscription = Subscription.objects.select_related("company").get(pk=identity)
            member = contract_manager_of(subscription.company)
            months = renewal_facts([identity])[0].plan.offer.months
            with suppress(RenewalRefusedError):
                wish = Renewal(identity, months, None, member)
                answers.append(renew_by_hand(wish, now=moment_of(scene.day)))
    return answers


def renew_two_with_one_charge(scene: Scene) -> object:
    """A customer's change of two subscriptions: two attempts, one key, one charge."""
    occasion = Occasion(scene.day, "person:ana", moment_of(scene.day))
    with atomic("renewal"):
        pricer = Pricer()
        tries = [
            planned_try(facts, pricer, retry_day=None)
            for facts in lock_renewal_facts(scene.book.of("pair"))
            if not facts.has_open_attempt and facts.term.starts_on <= scene.day
        ]
        attempts = open_attempts(
            tries, day=scene.day, actor=occasion.actor, now=occasion.now, together=new_id("chg")
        )
    fp("renewal.committed")
    return send(attempts, occasion=occasion)


def turn_automatic_off(scene: Scene) -> object:
    """A customer turns automatic renewal off, unless a payment is under way."""
    with transaction.atomic():
        for facts in lock_renewal_facts(scene.book.of("undecided")):
            if facts.has_open_attempt or facts.ended_on or not facts.plan.renews_automatically:
                continue
            revision = facts.plan.revision + 1
            append_revisions(
                [
                    Revision(
                        company=facts.company,
                        subscription=facts.id,
                        revision=revision,
                        renews_automatically=False,
                        offer=str(facts.plan.offer),
                        seats=facts.plan.seats,
                        method=facts.plan.method.id if facts.plan.method else None,
                    )
                ],
                decided_on=scene.day,
                actor="person:ana",
            )
            Subscription.objects.filter(pk=facts.id).update(plan_revision=revision)


def take_in_a_book(scene: Scene) -> object:
    """An import of customers of another region, whose first day lies after this world's last."""
    paper = book_in(Path(settings.PERENNE_HOME))
    as_of = scene.book.last_day + timedelta(1)
    return import_book(paper, now=moment_of(scene.day), as_of=as_of).new


def publish(scene: Scene) -> object:
    """New prices, far in the future."""
    paper = catalogue_in(Path(settings.PERENNE_HOME))
    return import_catalogue(paper, now=moment_of(scene.day)).published


ACTS: dict[str, Callable[[Scene], object]] = {
    act.__name__: act
    for act in (
        run,
        run_two_days_on,
        run_two_days_back,
        turn_the_clock,
        help_the_run,
        ask_again,
        hear_from_the_gateway,
        hand_over_mails,
        renew_by_customer,
        renew_two_with_one_charge,
        turn_automatic_off,
        take_in_a_book,
        publish,
    )
}
