"""What the sign-in library asks us: words, mails, what to record, how guesses are counted."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perenne.accounts.models import User
from perenne.accounts.operations.users import (
    change_password,
    is_known_device,
    record_second_factor,
)
from perenne.accounts.sealing import opened, sealed
from perenne.catalog.models import Vendor
from perenne.notices.jobs import send_soon, write_sign_in_code
from perenne.web import security_log
from perenne.web.signing_in.sessions import begin, device_of

_log = logging.getLogger("perenne.web")

_SECOND_FACTOR_MAILS = (
    "totp_activated",
    "totp_deactivated",
    "recovery_codes_generated",
    "webauthn_added",
    "webauthn_removed",
)
# The library names a text by the template that it would render.
_MESSAGES = {
    "account/messages/login_code_sent.txt": gettext_lazy(
        "If somebody signs in with this address, a code is on its way."
    ),
    "account/messages/password_changed.txt": gettext_lazy("Your password was changed."),
    "account/messages/password_set.txt": gettext_lazy("Your password was set."),
    "usersessions/messages/sessions_logged_out.txt": gettext_lazy(
        "All your other sessions have ended."
    ),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app was added."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app was removed."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy(
        "New recovery codes were made. Keep them in a safe place."
    ),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey was removed."),
}


class SignInAdapter(DefaultAccountAdapter):
    """Signing in by invitation only, with mails from our outbox and facts in our journal."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("E-mail address and password do not match."),
        "enter_current_password": gettext_lazy("That is not your current password."),
        "incorrect_password": gettext_lazy("That is not your password."),
        "incorrect_code": gettext_lazy("That code is wrong, used or too old."),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait five minutes, then try again."
        ),
        "rate_limited": gettext_lazy("Too many attempts. Wait a minute, then try again."),
        "invalid_password_reset": gettext_lazy("The link is used or too old."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - theirs
        """Nobody opens an account alone."""
        return False

    def is_reauthentication_required(self, **_kwargs: Any) -> bool:  # noqa: ANN401 - theirs
        """The permission registry has asked before a view is called."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 - allauth's own
        """Leave a line for those who look for attacks."""
        security_log.sign_in_failed(request, credentials.get("email", ""))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ANN401 - allauth's own
        """Count guesses by address, and apart in a browser that its owner has signed in with.

        So nobody locks an owner out by guessing from elsewhere.
        """
        email = str(credentials.get("email", "")).lower()
        device = device_of(request)
        return f"{email}:{device}" if is_known_device(email, device) else email

    def post_login(
        self,
        request: HttpRequest,
        user: AbstractBaseUser,
        **kwargs: Any,  # noqa: ANN401 - allauth's own
    ) -> HttpResponse:
        """Choose whom they act as where there is one choice, and remember the device."""
        assert isinstance(user, User)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        begin(request, response, user)
        security_log.signed_in(request, user.pk)
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """With the fact that it was changed, in one transaction."""
        assert isinstance(user, User)
        change_password(user, password, now=self.request.now)
        send_soon()

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - theirs
        """Back to the profile."""
        return reverse("profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave the mail to a job, so that the answer takes the same time for any address."""
        if template_prefix == "account/email/login_code":
            write_sign_in_code.defer(email=email, code=context["code"])
            return
        _log.error("no mail is written for %s", template_prefix)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,  # noqa: ARG002 - theirs
        email: str | None = None,  # noqa: ARG002 - idem
    ) -> None:
        """Record what changed; the mail is written from the journal. Passwords did it already."""
        assert isinstance(user, User)
        what = template_prefix.rpartition("/")[2]
        if what in _SECOND_FACTOR_MAILS:
            record_second_factor(user, what, now=self.request.now)
            send_soon()

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it in our words, or not at all."""
        text = message or _MESSAGES.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of apps and recovery codes lie encrypted in the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That code is wrong, used or too old."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it."""
        return opened(encrypted_text)

    def get_totp_issuer(self) -> str:
        """How the app names us."""
        return Vendor.objects.values_list("name", flat=True).first() or "Perenne"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002, ANN401
        """A first name for a passkey."""
        count = user.authenticator_set.filter(type=type).count()  # type: ignore[attr-defined]
        return _("Passkey %(number)s") % {"number": count + 1}
