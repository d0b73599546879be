"""Clients that are signed in, without going through the pages of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from perenne.accounts.memberships import kind_of, membership
from perenne.accounts.models import User
from perenne.accounts.operations.users import open_user
from perenne.platform.clock import SystemClock
from perenne.web.signing_in.sessions import MEMBER_KEY

if TYPE_CHECKING:
    from django.test import Client


def user_behind(key: str) -> User:
    """The user of a membership such as ``person:prs_…``; opened if it has none yet."""
    one = membership(key)
    assert one is not None, f"nobody is {key}"
    user = open_user(one.email)
    if one.user is None:
        kind = kind_of(key)
        assert kind is not None
        kind.join(one.member.id, user.pk)
    return user


def give_second_step(user: str) -> str:
    """Give a user an authenticator app and recovery codes; the app's secret."""
    secret = generate_totp_secret()
    owner = User.objects.get(pk=user)
    TOTP.activate(owner, secret)
    RecoveryCodes.activate(owner)
    return secret


def sign_in_as(client: Client, key: str, *, confirmed: bool = True) -> Client:
    """The client with a session that acts as this membership, as after signing in."""
    client.force_login(user_behind(key))
    session = client.session
    now = SystemClock().now().timestamp()
    session[MEMBER_KEY] = key
    session["began_at"] = session["seen_at"] = now
    if confirmed:
        session["confirmed_at"] = now
    session.save()
    return client
