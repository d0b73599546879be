"""Passwords that are as good as none; the usual lists and lengths are Django's."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from perenne.accounts.models import User


class NotTheAddressValidator:
    """Refuse a password that is the e-mail address, or its part before the @."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Compare whatever the case.

        Raises:
            ValidationError: if it is one of them.
        """
        address = user.email.lower() if isinstance(user, User) else ""
        if address and password.lower() in {address, address.partition("@")[0]}:
            raise ValidationError(
                _("Your e-mail address is not a password."), code="password_is_address"
            )

    def get_help_text(self) -> str:
        """What the validator asks for."""
        return _("Your e-mail address is not a password.")
