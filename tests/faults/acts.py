"""What workers do: each act is a thing that an operator, a customer or the schedule does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from perenne.billing.events import receive_event
from perenne.billing.gateways.event import EventSubject, GatewayEvent
from perenne.billing.models import LIVE_STATES, PaymentAttempt
from perenne.billing.refund_calls import reconcile_refunds
from perenne.daily.advancing import advance
from perenne.daily.errors import DayRefusedError
from perenne.daily.queries import marks
from perenne.daily.running import ACTOR, run_to
from perenne.importing.book import import_book
from perenne.importing.catalogue import import_catalogue
from perenne.notices.delivery import deliver_waiting
from perenne.notices.telling import tell_waiting_facts
from perenne.platform.clock import moment_of
from perenne.platform.ids import new_id
from perenne.renewals.changes.undoing import undo_change
from perenne.renewals.errors import ChangeError
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.hearing import hear_of_charges
from perenne.renewals.operations.reconciling import reconcile, reconcile_keys
from perenne.renewals.operations.running import assist
from perenne.subscriptions.models import Subscription
from tests.faults.giving_back import correct_invoices, pay_credit_out, return_a_renewal
from tests.faults.office import (
    ask_people,
    enter_a_method,
    keep_the_bank_book,
    manage_people,
    take_up_what_is_parked,
    void_an_invoice,
)
from tests.faults.paper import book_in, catalogue_in
from tests.faults.quoting import (
    accept_quotes,
    decline_quotes,
    send_quotes,
    take_quotes_back,
)
from tests.faults.seating import (
    give_seats,
    let_somebody_leave,
    seat_by_group,
    take_seats_back,
)
from tests.support.builders import contract_manager_of
from tests.support.changing import at, change

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
    occasion = Occasion(scene.day, "reconciler", moment_of(scene.day))
    for region in marks():
        reconcile(region, occasion=occasion)
        reconcile_refunds(region, occasion=occasion)
    return None


def hear_from_the_gateway(scene: Scene) -> object:
    """As an event does that names charges."""
    keys = PaymentAttempt.objects.filter(state__in=LIVE_STATES).values_list(
        "idempotency_key", flat=True
    )
    now = moment_of(scene.day)
    for key in set(keys):
        event = GatewayEvent(
            gateway="sandbox", event_id=new_id("evt"), about=EventSubject.CHARGE, attempt_id=key
        )
        receive_event(event, now=now)
    hear_of_charges(now=now)
    # Also while somebody awaits an answer.
    return reconcile_keys(sorted(set(keys)), occasion=Occasion(scene.day, "gateway", now))


def hand_over_mails(scene: Scene) -> object:
    """What people are told, and the post."""
    tell_waiting_facts(now=moment_of(scene.day))
    return deliver_waiting(now=moment_of(scene.day))


def renew_by_customer(scene: Scene) -> object:
    """A contract manager renews what is due, in the window or already tried by the run."""
    return [
        _wished(scene, "renew", [identity])
        for name in ("by hand", "card", "broke")
        for identity in scene.book.of(name)[:1]
    ]


def renew_two_with_one_charge(scene: Scene) -> object:
    """A customer renews two subscriptions at once: two attempts, one key, one charge."""
    return _wished(scene, "renew", scene.book.of("pair"))


def turn_automatic_off(scene: Scene) -> object:
    """A customer turns automatic renewal off, unless a payment is under way."""
    return [
        _wished(scene, "auto_renew", [identity], on=False)
        for identity in scene.book.of("undecided")
    ]


def undo_a_change(scene: Scene) -> object:
    """A customer turns automatic renewal on, and thinks better of it."""
    (subscription,) = Subscription.objects.select_related("company").filter(
        pk__in=scene.book.of("by hand")[:1]
    )
    now = moment_of(scene.day)
    try:
        planned = change(at(now), "auto_renew", subscription, on=True)
        member = contract_manager_of(subscription.company)
        return undo_change(planned.id, member=member, now=now).state
    except ChangeError as refused:
        return str(refused)


def _wished(scene: Scene, kind: str, identities: list[str], **choices: object) -> str:
    """What came of a change that was shown and committed, or why it was refused."""
    found = Subscription.objects.select_related("company").in_bulk(identities)
    try:
        subjects = [found[identity] for identity in identities]
        return str(change(at(moment_of(scene.day)), kind, *subjects, **choices).state)
    except ChangeError as refused:
        return str(refused)


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
        undo_a_change,
        correct_invoices,
        pay_credit_out,
        return_a_renewal,
        send_quotes,
        accept_quotes,
        decline_quotes,
        take_quotes_back,
        manage_people,
        ask_people,
        enter_a_method,
        keep_the_bank_book,
        void_an_invoice,
        take_up_what_is_parked,
        give_seats,
        take_seats_back,
        seat_by_group,
        let_somebody_leave,
        take_in_a_book,
        publish,
    )
}
