"""Invite people to sign in, and let them join with the link that they got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password

from perenne.accounts.errors import InvitationError
from perenne.accounts.links import INVITATION, invitation_of, secret_for
from perenne.accounts.memberships import Membership, kind_of, membership
from perenne.accounts.models import Invitation, Person, PersonRole, User
from perenne.accounts.operations.companies import locked
from perenne.accounts.operations.users import open_user
from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic

VALID_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to be listed at a company; a named user until given other roles."""

    name: str
    email: str
    locale: str


def add_people(people: Sequence[NewPerson], *, by: Member, now: datetime) -> list[Person]:
    """List people at the company of ``by`` and invite them, all or none.

    Raises:
        InvitationError: ``person.listed`` if one of the addresses is listed there already.
    """
    assert by.company_id is not None
    with atomic("people"):
        setting = locked(by.company_id, actor=by.actor, now=now)
        added = []
        for new in people:
            if Person.objects.filter(company=setting.company, email__iexact=new.email).exists():
                raise InvitationError("person.listed")
            identity = new_id("prs")
            person = Person.objects.create(
                id=identity,
                code=identity,
                company=setting.company,
                name=new.name,
                email=new.email,
                locale=new.locale,
            )
            PersonRole.objects.create(person=person, role="named_user")
            added.append(person)
        invite([f"person:{person.pk}" for person in added], actor=by.actor, now=now)
    return added


def invite(members: Sequence[str], *, actor: str, now: datetime) -> list[Invitation]:
    """Invite those on file to sign in, by keys such as ``person:prs_…``; earlier links end.

    Raises:
        InvitationError: ``invitation.unknown`` if one is not on file or not active,
            ``invitation.joined`` if one has joined already.
    """
    with atomic("invitations"):
        found = []
        for key in members:
            one = membership(key)
            if one is None or not one.is_active:
                raise InvitationError("invitation.unknown")
            if one.user is not None:
                raise InvitationError("invitation.joined")
            found.append(one)
        _revoke([one.key for one in found], now=now)
        invitations = [
            Invitation.objects.create(
                id=new_id("inv"),
                member=one.key,
                company_id=one.member.company_id,
                email=one.email,
                invited_at=now,
                invited_by=actor,
                expires_at=now + VALID_FOR,
            )
            for one in found
        ]
        facts = [
            _fact(one, kind="person.invited", actor=actor, now=now, tells=True, invitation=sent.pk)
            for one, sent in zip(found, invitations, strict=True)
        ]
        journal.record_all(facts, at=now)
    return invitations


def secret_of(invitation: Invitation) -> str:
    """What makes its link work; whoever has it can join."""
    return secret_for(f"{INVITATION}:{invitation.pk}")


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation whose link works: whom it is for, and whether they sign in already."""

    invitation: Invitation
    membership: Membership
    user: User | None


def read_invitation(secret: str, *, now: datetime) -> OpenInvitation:
    """What a link opens.

    Raises:
        InvitationError: ``invitation.invalid``, ``invitation.used`` or ``invitation.expired``.
    """
    return _read(secret, now=now, lock=False)


def join(
    secret: str, *, user: User | None, password: str = "", now: datetime
) -> tuple[User, Membership]:
    """Let somebody act in the capacity to which the link invites, once.

    Who has no user with the invited address gets one with the password; who has one must be
    signed in as that user.

    Raises:
        InvitationError: as ``read_invitation``; ``invitation.other_user`` if the address is that
            of somebody else than ``user``.
        ValidationError: if the password is not good enough.
    """
    with atomic("joining"):
        found = _read(secret, now=now, lock=True)
        joining = found.user
        if user != joining:
            raise InvitationError("invitation.other_user")
        if joining is None:
            validate_password(password, User(email=found.invitation.email))
            joining = open_user(found.invitation.email, password=password)
        kind = kind_of(found.membership.key)
        assert kind is not None
        kind.join(found.membership.member.id, joining.pk)
        found.invitation.accepted_at = now
        found.invitation.save(update_fields=["accepted_at"])
        fact = _fact(
            found.membership,
            kind="person.joined",
            actor=found.membership.key,
            now=now,
            invitation=found.invitation.pk,
        )
        journal.record_all([fact], at=now)
    return joining, found.membership


def _read(secret: str, *, now: datetime, lock: bool) -> OpenInvitation:
    identity = invitation_of(secret)
    rows = Invitation.objects.select_for_update() if lock else Invitation.objects
    invitation = rows.filter(pk=identity).first() if identity else None
    found = None if invitation is None else membership(invitation.member)
    if invitation is None or found is None or not found.is_active:
        raise InvitationError("invitation.invalid")
    if invitation.accepted_at is not None:
        raise InvitationError("invitation.used")
    is_bound = found.email.lower() == invitation.email.lower()
    if invitation.revoked_at is not None or found.user is not None or not is_bound:
        raise InvitationError("invitation.invalid")
    if now >= invitation.expires_at:
        raise InvitationError("invitation.expired")
    user = User.objects.filter(email=invitation.email.lower()).first()
    return OpenInvitation(invitation, found, user)


def _revoke(members: Sequence[str], *, now: datetime) -> None:
    Invitation.objects.filter(
        member__in=members, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=now)


def _fact(
    one: Membership, *, kind: str, actor: str, now: datetime, tells: bool = False, **facts: str
) -> Fact:
    region = regions().get(one.region)
    return Fact(
        kind=kind,
        subject=one.member.id,
        company=one.member.company_id or "",
        region=one.region,
        business_day=now.date() if region is None else today(now, region.zone),
        actor=actor,
        facts={"member": one.key, **facts},
        tells=tells,
    )
