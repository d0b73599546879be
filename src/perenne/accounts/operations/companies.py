"""What every operation on the people of a company begins with: the lock, and the company's day."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import Company, Person
from perenne.catalog.queries import regions
from perenne.platform.clock import today
from perenne.platform.journal import Fact
from perenne.rules.roles import NotHere


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when something happens to a company's people, and who does it."""

    company: Company
    actor: str
    now: datetime

    def fact(self, *, kind: str, subject: str, tells: bool = False, **facts: Any) -> Fact:  # noqa: ANN401 - JSON
        """A fact of this company's day."""
        zone = regions()[self.company.region_id].zone
        return Fact(
            kind=kind,
            subject=subject,
            company=self.company.pk,
            region=self.company.region_id,
            business_day=today(self.now, zone),
            actor=self.actor,
            facts=facts,
            tells=tells,
        )


def locked(company: str, *, actor: str, now: datetime) -> Setting:
    """Lock the company: changes to its people happen one after the other.

    Rows that refer to the company can be written meanwhile: whoever writes them holds
    subscriptions, for which somebody who leaves waits with the company locked.
    """
    found = Company.objects.select_for_update(no_key=True).get(pk=company)
    return Setting(found, actor, now)


def person_of(setting: Setting, person: str) -> Person:
    """A person of the locked company.

    Raises:
        RoleRefusedError: if nobody of the company has this id.
    """
    found = Person.objects.filter(pk=person, company=setting.company).first()
    if found is None:
        raise RoleRefusedError([NotHere()])
    return found
