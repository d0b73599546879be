"""Errors of roles and of signing in.

PerenneError
├── RoleRefusedError       asked for a change of roles that the rules refuse
└── InvitationError        an invitation that cannot be used, or not be sent
"""

from collections.abc import Sequence

from perenne.platform.errors import PerenneError
from perenne.rules.roles import RoleRefusal


class RoleRefusedError(PerenneError):
    """The roles stay as they are; ``refusals`` has every reason."""

    code = "role.refused"

    def __init__(self, refusals: Sequence[RoleRefusal]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = tuple(refusals)


class InvitationError(PerenneError):
    """``code`` says what is wrong with it; pages have the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
