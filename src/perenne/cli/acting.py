"""Commands that somebody gives: who acts is named by the code of a person or member of staff."""

from collections.abc import Callable

import click

from perenne.accounts.models import Person, StaffMember
from perenne.accounts.queries import Member, person_member, staff_member
from perenne.platform.errors import PerenneError


class UnknownMemberError(PerenneError):
    """Nobody has this code."""

    code = "member.unknown"


def acting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option ``--by``, as ``code``."""
    option = click.option(
        "--by", "code", required=True, help="Who acts: the code of a person or member of staff."
    )
    return option(command)


def member_with(code: str) -> Member:
    """Who has this code.

    Raises:
        UnknownMemberError: if nobody has.
    """
    person = Person.objects.filter(code=code, deactivated_at=None).first()
    if person is not None:
        return person_member(person)
    staff = StaffMember.objects.filter(code=code).first()
    if staff is None:
        raise UnknownMemberError(f"{code} is not the code of a person or member of staff")
    return staff_member(staff, locale="en")
