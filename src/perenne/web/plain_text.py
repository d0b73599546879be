"""Fields for names and addresses that people type, cleaned the same way everywhere."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Controls, and marks that turn the direction of what follows, have no place in a name.
_REFUSED = ("Cc", "Cs", "Co", "Cn")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
NAME_MAX = 200


class PlainNameField(forms.CharField):
    """A name: composed (NFC), on one line, without what cannot be seen."""

    def __init__(self, *, label: Any, autocomplete: str = "off") -> None:  # noqa: ANN401 - lazy text
        super().__init__(
            label=label,
            max_length=NAME_MAX,
            widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        )

    def clean(self, value: Any) -> str:  # noqa: ANN401 - Django's
        """The name as it is stored.

        Raises:
            ValidationError: if it is empty, too long, or has characters that no name has.
        """
        name = unicodedata.normalize("NFC", str(super().clean(value)))
        if any(unicodedata.category(one) in _REFUSED or one in _TURNING for one in name):
            raise ValidationError(_("Write the name with letters, digits and signs only."))
        if not any(unicodedata.category(one)[0] in "LN" for one in name):
            raise ValidationError(_("Write a name."))
        return name
