"""The secret part of links in mails: signed, for one purpose, made only when a mail leaves.

A mail is stored with the place of its secret and a *seal* that says what it is for, so that nobody
who reads the database can use the link.
"""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.core import signing

from perenne.accounts.models import User

INVITATION = "invitation"
RESET = "reset"
CALENDAR = "calendar"
# Where a stored mail has its secret; no address has such a part otherwise.
SECRET = "SECRET-OF-THIS-MAIL"  # noqa: S105 - the place of one, not one

_signer = signing.Signer(salt="perenne.accounts.links")


def secret_for(seal: str) -> str:
    """The secret of a seal such as ``invitation:inv_…``; a new one each time for a reset.

    Raises:
        ValueError: if the seal is none of ours.
    """
    purpose, _, identity = seal.partition(":")
    if purpose in (INVITATION, CALENDAR):
        return _signer.sign(seal)
    if purpose == RESET:
        user = User.objects.get(pk=identity)
        return f"{identity}-{EmailAwarePasswordResetTokenGenerator().make_token(user)}"
    raise ValueError(f"no link has the seal {seal!r}")


def invitation_of(secret: str) -> str | None:
    """The invitation's id that a link's secret names; None if it was not made by us."""
    return identity_of(secret, INVITATION)


def identity_of(secret: str, wanted: str) -> str | None:
    """What a link's secret of one purpose names; None if it was not made by us for it."""
    try:
        purpose, _, identity = _signer.unsign(secret).partition(":")
    except signing.BadSignature:
        return None
    return identity if purpose == wanted else None
