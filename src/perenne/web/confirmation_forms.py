"""The ways in which somebody shows who they are: password, code, or passkey."""

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys

from perenne.web.requests import UserRequest
from perenne.web.signing_in.forms import Ours

_PREFIX = "confirm"


class _Way(Ours):
    """One way; ``field`` tells which of them was used."""

    field = ""

    def is_chosen(self, data: Mapping[str, Any]) -> bool:
        """Whether this way was used."""
        return bool(data.get(f"{_PREFIX}-{self.field}"))


class PasswordWay(_Way, ReauthenticateForm):
    """By password."""

    field = "password"


class CodeWay(_Way, ReauthenticateByCodeForm):
    """By a code of the app, or a recovery code."""

    field = "code"


class PasskeyWay(_Way, ReauthenticateWebAuthnForm):
    """By a passkey."""

    field = "credential"

    def request_options(self) -> dict[str, Any]:
        """What the browser asks the passkey; the session remembers it."""
        return dict(passkeys.begin_authentication(self.user))


def confirmation_forms(request: UserRequest, *, data: Mapping[str, Any] | None) -> dict[str, Any]:
    """The ways that the user has; the one that was used is filled with what was sent."""
    user = request.user
    kinds: dict[str, type[PasswordWay | CodeWay | PasskeyWay]] = {}
    if user.has_usable_password():
        kinds["password"] = PasswordWay
    if is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]):
        kinds["code"] = CodeWay
    if is_mfa_enabled(user, [Authenticator.Type.WEBAUTHN]):
        kinds["passkey"] = PasskeyWay
    found = {}
    for name, kind in kinds.items():
        own = data if data is not None and data.get(f"{_PREFIX}-{kind.field}") else None
        found[name] = kind(own, user=user, prefix=_PREFIX)
    return found
