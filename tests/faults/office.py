"""What people do at their desks while workers die: people, requests, methods, bank money."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError

from perenne.accounts.errors import InvitationError, RoleRefusedError
from perenne.accounts.memberships import membership
from perenne.accounts.models import Invitation, Person, RoleHandover
from perenne.accounts.operations.handing_over import decline_handover, propose_handover
from perenne.accounts.operations.inviting import NewPerson, add_people, join, secret_of
from perenne.accounts.operations.profiles import change_profile
from perenne.accounts.operations.roles import RoleChange, change_roles
from perenne.accounts.operations.staff import add_staff
from perenne.accounts.operations.users import (
    change_password,
    record_second_factor,
    record_sign_in,
    user_of_demo,
)
from perenne.accounts.queries import person_member
from perenne.billing.bank import lock_free_line, set_line_aside, unmatched_lines
from perenne.billing.errors import BooksError
from perenne.billing.events import receive_event
from perenne.billing.gateways.event import EventSubject, GatewayEvent
from perenne.billing.gateways.protocol import HostedPage
from perenne.billing.method_models import MethodSetup
from perenne.billing.method_setups import Visitor, begin_setup, hear_of_setups
from perenne.billing.models import Invoice
from perenne.platform.clock import moment_of
from perenne.platform.ids import new_id
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.operations.parking import unpark
from perenne.renewals.operations.receiving import take_in
from perenne.renewals.operations.voiding import void_invoice
from perenne.rules.actions import Action
from perenne.subscriptions.models import Subscription
from perenne.support.operations.colleagues import ColleagueAsking, ask_colleagues
from perenne.support.operations.handing_on import hand_on_lost
from perenne.support.operations.making import make
from perenne.support.operations.overdue import tell_overdue
from perenne.support.operations.reminding import remind_owners
from tests.support.asking import asking
from tests.support.builders import contract_manager_of
from tests.support.hosted_pages import enter
from tests.support.money import a_bank_line

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from perenne.accounts.models import Company
    from perenne.accounts.queries import Member
    from perenne.billing.bank import StatementLine
    from tests.faults.acts import Scene

# Subscriptions of which nobody else decides: one whose invoice is paid by bank, one that is void.
PAID, VOID = "paid by bank", "void"
_PASSWORD = "a horse that is correct, a battery"
_LONG_AFTER = timedelta(30)


def manage_people(scene: Scene) -> object:
    """Somebody is listed, joins, signs in, and gets a role; another becomes one of the demo's."""
    now = moment_of(scene.day)
    company = _company(scene)
    by = contract_manager_of(company)
    new = [NewPerson(name, f"{new_id('new')}@new.example", "en") for name in ("Mia", "Nils")]
    mia, nils = add_people(new, by=by, now=now)
    _join(mia, by=by, now=now)
    one = membership(f"person:{nils.pk}")
    assert one is not None
    user_of_demo(one, now=now)
    add_staff(
        email=f"{new_id('stf')}@fjord.example", name="Ola", role="finance", actor="cli", now=now
    )
    return mia.pk


def _join(person: Person, *, by: Member, now: datetime) -> None:
    key = f"person:{person.pk}"
    invitation = Invitation.objects.get(member=key, accepted_at=None, revoked_at=None)
    with suppress(InvitationError):
        user, _ = join(secret_of(invitation), user=None, password=_PASSWORD, now=now)
        record_sign_in(user, new_id("dev"), browser="Chromium", now=now)
        change_password(user, f"{_PASSWORD} more", now=now)
        record_second_factor(user, "totp", now=now)
        change_profile(key, user, name="Mia Berg", locale="zh-Hant", now=now)
        change_roles([RoleChange(person.pk, "payer", is_held=True)], by=by, now=now)
    with suppress(RoleRefusedError):
        propose_handover(person.pk, by=by, now=now)
    for proposal in RoleHandover.objects.filter(company=person.company, outcome=""):
        with suppress(RoleRefusedError):
            decline_handover(proposal.pk, by=by, now=now)


def ask_people(scene: Scene) -> object:
    """A customer asks, once a day however often the form is sent; nobody answers."""
    now = moment_of(scene.day)
    company = _company(scene)
    member = contract_manager_of(company)
    form = f"form_{scene.day:%Y%m%d}"
    made = make(asking(form_key=form), member=member, now=now - timedelta(hours=20))
    viewer = Person.objects.filter(company=company, roles__role="viewer").get()
    wish = ColleagueAsking(
        subscription_id=Subscription.objects.filter(company=company).order_by("pk")[0].pk,
        action=Action.ADD_SEATS,
        message="Five more, please.",
        form_key=form,
    )
    ask_colleagues(wish, member=person_member(viewer), now=now)
    remind_owners(now=now)
    hand_on_lost(now=now)
    # Of a day that is far ahead, every promise is overdue.
    tell_overdue(region=company.region_id, day=scene.day + _LONG_AFTER, now=now)
    return made


def enter_a_method(scene: Scene) -> object:
    """A payer enters a card on the gateway's page, whose event comes twice."""
    now = moment_of(scene.day)
    member = contract_manager_of(_company(scene))
    with suppress(BooksError):
        setup = begin_setup(
            Visitor(member, "en"), back_to="https://portal.example/{setup}", now=now
        )
        row = MethodSetup.objects.get(pk=setup)
        enter(HostedPage(row.url, row.setup_id))
    for open_setup in MethodSetup.objects.filter(outcome="").exclude(setup_id=""):
        for _ in range(2):
            receive_event(
                GatewayEvent(
                    gateway="sandbox",
                    event_id=new_id("evt"),
                    about=EventSubject.SETUP,
                    object_id=open_setup.setup_id,
                ),
                now=now,
            )
    return hear_of_setups(now=now)


def keep_the_bank_book(scene: Scene) -> object:
    """The statement of the day: an invoice is paid, and a line is nobody's."""
    occasion = _by_finance(scene)
    told = [a_bank_line(100, text="a gift"), *_payments_of(scene)]
    lines = [replace(one, reference=f"{scene.day} {number}") for number, one in enumerate(told)]
    with suppress(IntegrityError):
        # The file of a day is one file, however often somebody hands it in.
        digest = f"statement of {scene.day}"
        take_in(lines, account="main", file="bank.csv", digest=digest, occasion=occasion)
    for waiting in unmatched_lines():
        with suppress(BooksError), atomic("aside"):
            lock_free_line(waiting.id)
            set_line_aside(waiting.id, reason="a gift", occasion=occasion)
    return None


def _payments_of(scene: Scene) -> list[StatementLine]:
    unpaid = _invoices(scene, PAID).filter(allocations=None)
    return [a_bank_line(one.gross_minor, text=str(one), currency=one.currency) for one in unpaid]


def void_an_invoice(scene: Scene) -> object:
    """Staff void what should never have been invoiced."""
    for invoice in _invoices(scene, VOID):
        with suppress(BooksError):
            void_invoice(invoice.pk, occasion=_by_finance(scene))
    return None


def take_up_what_is_parked(scene: Scene) -> object:
    """Staff take up what was given up; nothing was mended, so that it is given up again."""
    return [unpark(one, occasion=_by_finance(scene)) for one in scene.book.of("lies")]


def _invoices(scene: Scene, name: str) -> QuerySet[Invoice]:
    return Invoice.objects.filter(lines__order__subscription__in=scene.book.of(name)).order_by(
        "number"
    )


def _company(scene: Scene) -> Company:
    (identity,) = scene.book.of(PAID)
    return Subscription.objects.select_related("company").get(pk=identity).company


def _by_finance(scene: Scene) -> Occasion:
    return Occasion(scene.day, "staff:fin", moment_of(scene.day))
