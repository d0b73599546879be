"""Seats as a company's administrator looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perenne.accounts.models import Person
from perenne.rules.seating import Demand
from perenne.seats.models import WaitingPerson
from perenne.subscriptions.models import Assignment
from tests.support.builders import a_person, member_of

if TYPE_CHECKING:
    from perenne.accounts.models import Company
    from perenne.accounts.queries import Member
    from perenne.subscriptions.models import Subscription


def administrator_of(company: Company) -> Member:
    """The primary administrator, acting."""
    return member_of(Person.objects.get(company=company, roles__role="primary_admin"))


def named_users(company: Company, *names: str) -> list[Person]:
    """People who use products, by name."""
    return [a_person(company, name=name, role="named_user") for name in names]


def wishes(product: str, *people: Person) -> list[Demand]:
    """These people are to use a product."""
    return [Demand(person.pk, product) for person in people]


def holders(subscription: Subscription) -> list[str]:
    """Who holds a seat of it now, by name."""
    held = Assignment.objects.filter(subscription=subscription, released_on=None)
    return sorted(held.values_list("person__name", flat=True))


def queue(company: Company) -> list[str]:
    """Who waits, first come first."""
    waits = WaitingPerson.objects.filter(company=company, ended_at=None).order_by("pk")
    return list(waits.values_list("person__name", flat=True))
