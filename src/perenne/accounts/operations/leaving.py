"""Deactivate people who leave a company, with all that they could do, and take them back."""

from collections.abc import Callable, Sequence
from datetime import datetime

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import Invitation, Person, PersonRole, RoleHandover
from perenne.accounts.operations.companies import Setting, locked, person_of
from perenne.accounts.operations.users import end_sessions_of_the_left
from perenne.accounts.queries import Member, role_facts
from perenne.platform import journal
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.rules.roles import ADMINISTRATORS, CONTRACT_MANAGER, leave_refusals

# What packages above take from people who leave, in the same transaction; each is called with the
# people's ids and the company's day, and says what it took, by a name for the journal.
Take = Callable[[Sequence[str], datetime], dict[str, object]]
_taken_by: list[Take] = []
# Whose leaving the others at the company are told of.
_TOLD = ADMINISTRATORS | {CONTRACT_MANAGER}


def also_take(take: Take) -> None:
    """Have something taken from everybody who leaves, such as their seats."""
    _taken_by.append(take)


def deactivate(people: Sequence[str], *, by: Member, now: datetime, has_left: bool = False) -> None:
    """Take roles, seats, sessions and open invitations from people, all or none.

    Args:
        has_left: they left the company, so that even the last contract manager may go.

    Raises:
        RoleRefusedError: if the rules refuse one of them.

    Source: docs/explanation/roles.md, «Leaving».
    """
    assert by.company_id is not None
    with atomic("leaving"):
        setting = locked(by.company_id, actor=by.actor, now=now)
        facts = role_facts(by.company_id)
        told: list[Fact] = []
        for identity in people:
            person = person_of(setting, identity)
            if refusals := leave_refusals(facts, person=identity, has_left=has_left):
                raise RoleRefusedError(refusals)
            held = sorted(person.roles.values_list("role", flat=True))
            for role in held:
                facts = facts.after(identity, role, is_held=False)
            told.append(_take_all(person, held, setting))
        journal.record_all(told, at=now)
        users = Person.objects.filter(pk__in=people, user__isnull=False)
        end_sessions_of_the_left(list(users.values_list("user_id", flat=True)))


def _take_all(person: Person, held: list[str], setting: Setting) -> Fact:
    PersonRole.objects.filter(person=person).delete()
    person.deactivated_at = setting.now
    person.save(update_fields=["deactivated_at"])
    Invitation.objects.filter(
        member=f"person:{person.pk}", accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=setting.now)
    RoleHandover.objects.filter(company=setting.company, outcome="", taker=person).update(
        outcome="withdrawn", decided_at=setting.now
    )
    taken: dict[str, object] = {}
    for take in _taken_by:
        taken |= take([person.pk], setting.now)
    return setting.fact(
        kind="person.deactivated",
        subject=person.pk,
        tells=bool(_TOLD & set(held)),
        roles=held,
        **taken,
    )


def reactivate(person: str, *, by: Member, now: datetime) -> None:
    """Take somebody back as a named user; other roles are given anew.

    Raises:
        RoleRefusedError: if nobody of the company has this id.
    """
    assert by.company_id is not None
    with atomic("leaving"):
        setting = locked(by.company_id, actor=by.actor, now=now)
        found = person_of(setting, person)
        if found.deactivated_at is None:
            return
        found.deactivated_at = None
        found.save(update_fields=["deactivated_at"])
        PersonRole.objects.get_or_create(person=found, role="named_user")
        journal.record_all([setting.fact(kind="person.reactivated", subject=found.pk)], at=now)
