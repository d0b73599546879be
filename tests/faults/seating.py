"""Seats: what administrators do to them, and that nobody waits beside a free one."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import Person
from perenne.accounts.operations.leaving import deactivate, reactivate
from perenne.platform.bulk import select
from perenne.platform.clock import moment_of
from perenne.seats.book import seat_book
from perenne.seats.deciding import decide
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.models import Group
from perenne.seats.operations.assigning import assign, unassign
from perenne.seats.operations.grouping import GroupEdit, change_group, end_group, make_group
from perenne.subscriptions.models import Assignment, Subscription
from tests.support.builders import a_card, a_subscription
from tests.support.seats import administrator_of, named_users, wishes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from perenne.accounts.models import Company
    from tests.faults.acts import Scene

SEATED = "seated"
_PEOPLE = ("Xan", "Yan", "Zoe", "Zed")
_PRODUCT = "LT"


def seats_to_give(company: Company, first_day: date) -> Subscription:
    """Two seats for four people, of a subscription that goes on for longer than the world."""
    named_users(company, *_PEOPLE)
    return a_subscription(
        renews_on=first_day + timedelta(20), company=company, seats=2, pays_with=a_card(company)
    )


def _company_and_people(scene: Scene) -> tuple[Company, list[Person]]:
    (identity,) = scene.book.of(SEATED)
    company = Subscription.objects.select_related("company").get(pk=identity).company
    people = Person.objects.filter(company=company, name__in=_PEOPLE).order_by("name")
    return company, list(people)


def give_seats(scene: Scene) -> object:
    """One person after the other gets a seat, or waits for one."""
    company, people = _company_and_people(scene)
    by, now = administrator_of(company), moment_of(scene.day)
    done = []
    for person in reversed(people):
        with suppress(SeatsRefusedError):
            done.append(len(assign(wishes(_PRODUCT, person), by=by, now=now, waits=True).given))
    return done


def take_seats_back(scene: Scene) -> object:
    """What nobody needs any more goes to those who wait."""
    company, people = _company_and_people(scene)
    held = Assignment.objects.filter(person__in=people, released_on=None).order_by("pk")
    done = []
    for seat in held.values_list("pk", flat=True):
        with suppress(SeatsRefusedError):
            found = unassign([seat], by=administrator_of(company), now=moment_of(scene.day))
            done.append(len(found.given))
    return done


def seat_by_group(scene: Scene) -> object:
    """A group of all; the next time it is of some; and then there is none."""
    company, people = _company_and_people(scene)
    by, now = administrator_of(company), moment_of(scene.day)
    everybody = [one.pk for one in people]
    edit = GroupEdit(name="Everybody", add_people=tuple(everybody), add_products=(_PRODUCT,))
    group = Group.objects.filter(company=company, ended_on=None).first()
    with suppress(SeatsRefusedError):
        if group is None:
            return len(make_group(edit, by=by, now=now)[1].given)
        if group.members.filter(left_on=None).count() == len(people):
            some = GroupEdit(remove_people=tuple(everybody[:2]))
            return len(change_group(group.pk, some, by=by, now=now).given)
        return len(end_group(group.pk, by=by, now=now).released)
    return None


def let_somebody_leave(scene: Scene) -> object:
    """Somebody leaves with what they have, and comes back with nothing."""
    company, people = _company_and_people(scene)
    by, now = administrator_of(company), moment_of(scene.day)
    with suppress(RoleRefusedError):
        deactivate([people[0].pk], by=by, now=now)
    return reactivate(people[0].pk, by=by, now=now)


def nobody_waits_beside_a_free_seat() -> Iterator[str]:
    """After the drain, the nightly run has seated whoever could be seated."""
    for row in select("select distinct company_id from seats_waitingperson where ended_at is null"):
        day = select("select max(day) as day from daily_finishedday")[0]["day"]
        for given in decide(seat_book(row["company_id"], on=day), granted_by="group").given:
            yield f"{given.person} waits beside a free seat of {given.subscription}"
