"""Whose change it is to decide, whatever page or program it came through."""

from perenne.accounts.queries import Member
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.models import Change
from perenne.rules.actions import MATRIX_ROWS, Action
from perenne.rules.permissions import roles_with
from perenne.rules.refusals import RoleMissing
from perenne.rules.verdict import Verdict


def require_decider(change: Change, member: Member) -> None:
    """Let only those decide whom the permission matrix names, for their own company.

    Raises:
        ChangeRefusedError: if it is not this member's to decide.
    """
    row = MATRIX_ROWS[Action(change.kind)]
    if member.company_id != change.company_id or not member.may(row):
        refused = Verdict((RoleMissing(roles_with(row)[0]),))
        raise ChangeRefusedError(dict.fromkeys(change.subjects, refused))
