"""`perenne user` and `perenne invite`: let the first people in; nobody has a default password."""

import click
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation

from perenne.accounts.errors import InvitationError
from perenne.accounts.memberships import Membership, memberships_with
from perenne.accounts.models import STAFF_ROLES, Invitation
from perenne.accounts.operations.inviting import invite, secret_of
from perenne.accounts.operations.staff import add_staff
from perenne.cli.home import needs_home
from perenne.notices.jobs import send_soon
from perenne.platform.clock import clock

_ACTOR = "command"


@click.group("user")
def user_group() -> None:
    """People of the vendor who sign in."""


@user_group.command("create-admin")
@click.argument("email")
@click.option("--name", required=True, help="As it shall be shown.")
@click.option(
    "--role",
    type=click.Choice(STAFF_ROLES),
    default="operator",
    show_default=True,
    help="What they may do: docs/reference/permissions.md.",
)
@needs_home
def create_admin_command(email: str, name: str, role: str) -> None:
    """List a member of staff with EMAIL, and print the link with which they set a password."""
    address = _checked(email)
    if not any(one.member.is_staff for one in memberships_with(address)):
        add_staff(email=address, name=name, role=role, actor=_ACTOR, now=clock().now())
    staff = [one for one in memberships_with(address) if one.member.is_staff]
    _print_link(_invite(staff, address))


@click.command("invite")
@click.argument("email")
@click.option("--mail", "mails", is_flag=True, help="Send the link instead of printing it.")
@needs_home
def invite_command(email: str, mails: bool) -> None:
    """Invite whoever is on file with EMAIL: a person, a partner's person or staff."""
    invitation = _invite(memberships_with(_checked(email)), email)
    if not mails:
        _print_link(invitation)
        return
    send_soon()
    click.echo(f"The link goes to {invitation.email}; a running worker sends it.")


def _checked(email: str) -> str:
    try:
        with translation.override("en"):
            validate_email(email)
    except ValidationError as error:
        raise click.BadParameter(f"{email!r} is no e-mail address", param_hint="EMAIL") from error
    return email.lower()


def _invite(found: list[Membership], email: str) -> Invitation:
    """Invite the one who has not joined yet.

    Raises:
        UsageError: if nobody is on file with this address, or everybody has joined.
    """
    if not found:
        raise click.UsageError(f"nobody is on file with {email}: import or add them first")
    waiting = [one for one in found if one.user is None and one.is_active]
    if not waiting:
        raise click.UsageError(f"{email} signs in already; a lost password is reset on the page")
    if len(waiting) > 1:
        where = ", ".join(one.organisation for one in waiting)
        click.echo(f"{email} is on file at {where}; the first is invited now", err=True)
    try:
        return invite([waiting[0].key], actor=_ACTOR, now=clock().now())[0]
    except InvitationError as error:
        raise click.UsageError(f"{email} cannot be invited: {error.code}") from error


def _print_link(invitation: Invitation) -> None:
    click.echo(f"{settings.PERENNE_BASE_URL}/invitation/{secret_of(invitation)}/")
    click.echo(
        f"The link works once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC, "
        f"for whoever has it.",
        err=True,
    )
