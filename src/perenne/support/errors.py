"""Errors of contact requests."""

from perenne.platform.errors import PerenneError
from perenne.rules.asking import AskRefusal


class ContactRefusedError(PerenneError):
    """Asked for what stands against a limit, or for a step that somebody else made impossible."""

    code = "contact.refused"

    def __init__(self, refusals: tuple[AskRefusal, ...]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals


class UnknownRequestError(PerenneError):
    """A request, subscription or owner that is not there for who asks."""

    code = "contact.unknown"
