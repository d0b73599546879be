"""The words of refusals about people and roles, and of invitations that cannot be used."""

from typing import assert_never

from django.utils.translation import gettext as _

from perenne.accounts.errors import InvitationError
from perenne.rules.roles import (
    AlreadyManages,
    HandoverClosed,
    HandoverOpen,
    LastContractManager,
    LastPrimaryAdmin,
    ManagerRemains,
    NotHere,
    OnlyHandedOver,
    OwnRoles,
    RoleRefusal,
    SecondPersonNeeded,
)


def role_refusal_text(refusal: RoleRefusal) -> str:  # noqa: C901, PLR0911 - one case a refusal
    """Say why, and what can be done instead."""
    match refusal:
        case LastPrimaryAdmin():
            return _(
                "This is the only primary administrator. Make somebody else primary "
                "administrator first."
            )
        case LastContractManager():
            return _(
                "This is the only contract manager. The role must be handed over first; if the "
                "person has left the company, say so below."
            )
        case OnlyHandedOver():
            return _(
                "The contract manager's role is neither given nor taken: a contract manager hands "
                "it over."
            )
        case OwnRoles():
            return _("You cannot give a role to yourself. Ask another primary administrator.")
        case NotHere():
            return _("This person is not active at your company.")
        case AlreadyManages():
            return _("This person is contract manager already.")
        case ManagerRemains():
            return _(
                "There is a contract manager. Only they can hand the role over; administrators "
                "name somebody when none is left."
            )
        case HandoverOpen():
            return _("Another hand-over waits for its answer. It must be withdrawn first.")
        case HandoverClosed():
            return _("This hand-over was answered or withdrawn, or its time is over.")
        case SecondPersonNeeded():
            return _("A second person must confirm this: not the one who proposed it.")
        case _ as unknown:
            assert_never(unknown)


def invitation_text(error: InvitationError) -> str:
    """Say what is wrong with an invitation."""
    return {
        "invitation.invalid": _("The link is not valid, or it was replaced by a newer one."),
        "invitation.used": _("The invitation was accepted already. Just sign in."),
        "invitation.expired": _("The link is too old. Ask for a new invitation."),
        "invitation.other_user": _(
            "The invitation is for somebody else than who is signed in. Sign out first."
        ),
        "invitation.unknown": _("This person is not active at your company."),
        "invitation.joined": _("This person signs in already."),
        "person.listed": _("Somebody with this address is listed already."),
    }[error.code]
