"""The first password of somebody who was invited."""

from typing import Any

from allauth.account.forms import SetPasswordForm

from perenne.accounts.models import User
from perenne.web.signing_in.forms import Ours


class FirstPasswordForm(Ours, SetPasswordForm):
    """A password, twice; judged with the address that it will belong to."""

    def __init__(self, user: User, data: Any = None) -> None:  # noqa: ANN401 - Django's
        super().__init__(user=user, data=data)
