"""Give and take the roles of a company's people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import PersonRole
from perenne.accounts.operations.companies import Setting, locked, person_of
from perenne.accounts.queries import Member, role_facts
from perenne.platform import journal
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.rules.roles import ADMINISTRATORS, RoleRefusal, grant_refusals, revoke_refusals


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A wish that a person holds a role, or no longer does."""

    person: str
    role: str
    is_held: bool


def change_roles(changes: Sequence[RoleChange], *, by: Member, now: datetime) -> int:
    """Carry out changes at the company of ``by``, all or none; return how many were needed.

    In the order given, so that a primary administrator can be exchanged in one call. What is so
    already is left alone.

    Raises:
        RoleRefusedError: if the rules refuse one of them.

    Source: docs/explanation/roles.md, «Giving and taking roles».
    """
    assert by.company_id is not None, "roles are given by people of the company"
    with atomic("roles"):
        setting = locked(by.company_id, actor=by.actor, now=now)
        facts = role_facts(by.company_id)
        done: list[Fact] = []
        for change in changes:
            person_of(setting, change.person)
            if (change.person in facts.who(change.role)) is change.is_held:
                continue
            refusals: tuple[RoleRefusal, ...]
            if change.is_held:
                refusals = grant_refusals(facts, person=change.person, role=change.role, by=by.id)
            else:
                refusals = revoke_refusals(facts, person=change.person, role=change.role)
            if refusals:
                raise RoleRefusedError(refusals)
            facts = facts.after(change.person, change.role, is_held=change.is_held)
            done.append(_write(change, setting))
        journal.record_all(done, at=now)
    return len(done)


def _write(change: RoleChange, setting: Setting) -> Fact:
    tells = change.role in ADMINISTRATORS
    if change.is_held:
        PersonRole.objects.create(person_id=change.person, role=change.role)
        return setting.fact(
            kind="role.granted", subject=change.person, tells=tells, role=change.role
        )
    PersonRole.objects.filter(person_id=change.person, role=change.role).delete()
    return setting.fact(kind="role.revoked", subject=change.person, tells=tells, role=change.role)
