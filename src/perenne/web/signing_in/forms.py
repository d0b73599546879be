"""Forms of the sign-in library, with our words: it brings checks and fields, pages the rest."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from perenne.notices.jobs import write_reset_link, write_sign_in_code

_LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password again"),
    "code": _("Code"),
    "name": _("Name of the passkey"),
    "passwordless": _("Sign in with it alone, without a password"),
}
_HELP = {"password1": _("At least 12 characters. A few unrelated words are best.")}


class Ours(forms.Form):
    """Our labels and hints in place of the library's, and no text that vanishes in the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = _LABELS.get(name, field.label)
            field.help_text = _HELP.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Ours, account.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class CodeRequestForm(Ours, account.RequestLoginCodeForm):
    """The address to which a code is sent."""

    def clean_email(self) -> str:
        """Do as much work for an address that nobody has as for any other."""
        email: str = super().clean_email()
        if self._user is None:
            write_sign_in_code.defer(email="", code="")
        return email


class CodeForm(Ours, account.ConfirmLoginCodeForm):
    """The code from the mail."""


class ResetForm(Ours, account.ResetPasswordForm):
    """The address for which a new password is wanted."""

    def save(self, request: HttpRequest, **_kwargs: Any) -> str:  # noqa: ARG002, ANN401 - theirs
        """Leave it to a job whether there is such a user: the answer takes the same time."""
        email: str = self.cleaned_data["email"]
        write_reset_link.defer(email=email)
        return email


class NewPasswordForm(Ours, account.ResetPasswordKeyForm):
    """The new password after a reset."""


class ChangePasswordForm(Ours, account.ChangePasswordForm):
    """The present password and the new one."""


class SetPasswordForm(Ours, account.SetPasswordForm):
    """A first password."""


class SecondStepForm(Ours, AuthenticateForm):
    """The code of the app, or a recovery code."""


class ActivateAppForm(Ours, ActivateTOTPForm):
    """The first code of the app."""


class AddPasskeyForm(Ours, AddWebAuthnForm):
    """A passkey with its name."""


class RenamePasskeyForm(Ours, EditWebAuthnForm):
    """Another name."""
