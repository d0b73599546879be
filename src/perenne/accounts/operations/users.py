"""Users who sign in: open one, change its password, end its sessions, remember its devices."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from perenne.accounts.memberships import Membership, kind_of, memberships_of
from perenne.accounts.models import KnownDevice, User
from perenne.catalog.queries import regions
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic


def open_user(email: str, *, password: str | None = None) -> User:
    """The user who signs in with this address; a new one with the password if there is none.

    The address counts as verified: whoever comes here had a mail that was sent to it.
    """
    address = email.lower()
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User(id=new_id("usr"), email=address)
        user.set_password(password)
        user.save()
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user


def user_of_demo(one: Membership, *, now: datetime) -> User:
    """The user behind somebody of the demo, opened without a password if there is none yet."""
    if one.user is not None:
        return User.objects.get(pk=one.user)
    with atomic("demo_user"):
        user = open_user(one.email)
        kind = kind_of(one.key)
        assert kind is not None
        kind.join(one.member.id, user.pk)
        fact = user_fact(
            user, one, kind="person.joined", now=now, subject=one.member.id, member=one.key
        )
        journal.record_all([fact], at=now)
    return user


def change_password(user: User, password: str, *, now: datetime) -> None:
    """Set the password; every other session of the user ends by it.

    The caller has validated it.
    """
    with atomic("password"):
        user.set_password(password)
        user.save(update_fields=["password"])
        fact = user_fact(user, None, kind="password.changed", now=now, tells=True)
        journal.record_all([fact], at=now)


def record_second_factor(user: User, what: str, *, now: datetime) -> None:
    """Tell that the ways of confirming a sign-in changed; ``what`` is the library's name of it."""
    with atomic("second_factor"):
        fact = user_fact(user, None, kind="second_factor.changed", now=now, tells=True, what=what)
        journal.record_all([fact], at=now)


def record_sign_in(user: User, device: str, *, browser: str, now: datetime) -> bool:
    """Record that the user signed in; whether the device was new to them.

    The user is told of a new device, but not of the first one ever.

    Args:
        device: the token in the browser's cookie.
        browser: its name and system, for the mail.
    """
    with atomic("sign_in"):
        knows_others = KnownDevice.objects.filter(user=user).exists()
        _, is_new = KnownDevice.objects.get_or_create(
            user=user, token_hash=device_hash(device), defaults={"first_seen_at": now}
        )
        fact = user_fact(
            user,
            None,
            kind="user.signed_in",
            now=now,
            tells=is_new and knows_others,
            browser=browser,
            is_new_device=is_new,
        )
        journal.record_all([fact], at=now)
    return is_new


def is_known_device(email: str, device: str) -> bool:
    """Whether somebody signed in with this address in this browser before."""
    return (
        bool(device)
        and KnownDevice.objects.filter(
            user__email=email.lower(), token_hash=device_hash(device)
        ).exists()
    )


def device_hash(device: str) -> str:
    """What is kept of a device's token."""
    return hashlib.sha256(device.encode()).hexdigest()


def end_sessions(users: Sequence[str]) -> int:
    """End every session of these users at once; return how many there were."""
    sessions = UserSession.objects.filter(user_id__in=users)
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return len(keys)


def end_sessions_of_the_left(users: Sequence[str]) -> int:
    """End the sessions of those users who can act in no capacity any more."""
    return end_sessions([user for user in users if not memberships_of(user)])


def user_fact(
    user: User,
    one: Membership | None,
    *,
    kind: str,
    now: datetime,
    subject: str = "",
    tells: bool = False,
    **facts: object,
) -> Fact:
    """A fact about a user; it belongs to the company if they act for that one alone."""
    own = [one] if one else memberships_of(user.pk)
    only = own[0] if len(own) == 1 else None
    region = None if only is None else regions().get(only.region)
    return Fact(
        kind=kind,
        subject=subject or user.pk,
        company="" if only is None else only.member.company_id or "",
        region="" if only is None else only.region,
        business_day=now.date() if region is None else today(now, region.zone),
        actor=f"user:{user.pk}" if only is None else only.key,
        facts=facts,
        tells=tells,
    )
