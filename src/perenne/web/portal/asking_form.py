"""The form of a contact request."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perenne.accounts.queries import Member
from perenne.platform.ids import new_id
from perenne.platform.words import LOCALES
from perenne.rules.asking import TOPIC_OF_ACTION, PreferredTime, Topic
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.operations.making import Asking
from perenne.support.words import say

MESSAGE_MAX = 4_000
REASON = r"^[a-z_]{1,30}\.[a-z_]{1,60}$"
FORM_KEY = r"^form_[0-9a-z]{26}$"


class MessageField(forms.CharField):
    """What somebody writes: some text, and not a book."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            required=required,
            max_length=MESSAGE_MAX,
            error_messages={"required": gettext_lazy("Write what you would like to say.")},
        )
        self.validators = [one for one in self.validators if not hasattr(one, "limit_value")]

    def validate(self, value: str) -> None:
        """Say by how much a text is too long.

        Raises:
            ValidationError: if it is empty where it must not be, or too long.
        """
        super().validate(value)
        if len(value) > MESSAGE_MAX:
            raise forms.ValidationError(
                ngettext(
                    "It has %(n)d character; at most %(most)d can be sent.",
                    "It has %(n)d characters; at most %(most)d can be sent.",
                    len(value),
                )
                % {"n": len(value), "most": MESSAGE_MAX}
            )


class AskForm(forms.Form):
    """What somebody asks; the subscription is named by its number, as pages show it."""

    topic = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("“%(value)s” is none of these; choose one."),
        }
    )
    subscription = forms.CharField(required=False, max_length=60)
    message = MessageField()
    phone = forms.RegexField(
        r"^[0-9+() .\-/#x]{5,40}$",
        required=False,
        error_messages={
            "invalid": gettext_lazy(
                "This is not a telephone number; write one like +886 2 5550 100."
            )
        },
    )
    preferred_time = forms.ChoiceField()
    language = forms.ChoiceField()
    wants_vendor = forms.BooleanField(required=False)
    action = forms.ChoiceField(required=False)
    reason = forms.RegexField(REASON, required=False)
    form_key = forms.RegexField(FORM_KEY)

    def __init__(self, *given: Any, member: Member, locale: str, **named: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **named)
        self.member = member
        self.subscription_id: str | None = None
        choices = {
            "topic": [(one.value, say(f"topic.{one}", locale)) for one in Topic],
            "preferred_time": [(one.value, say(f"time.{one}", locale)) for one in PreferredTime],
            "language": [(one, say(f"language.{one}", locale)) for one in LOCALES],
            "action": [(one, one) for one in TOPIC_OF_ACTION],
        }
        for name, offered in choices.items():
            cast("forms.ChoiceField", self.fields[name]).choices = offered

    def clean_subscription(self) -> str:
        """The number of a subscription that the member sees, or none.

        Raises:
            ValidationError: if it is none of theirs.
        """
        code = str(self.cleaned_data["subscription"]).strip()
        if not code:
            return ""
        seen = subscriptions_visible_to(self.member).filter(code__iexact=code)
        self.subscription_id = seen.values_list("pk", flat=True).first()
        if self.subscription_id is None:
            raise forms.ValidationError(
                _(
                    "“%(code)s” is none of the subscriptions that you see. Leave it empty if your "
                    "question is about none of them."
                )
                % {"code": code}
            )
        return code

    def asking(self) -> Asking:
        """What a valid form asks."""
        said = self.cleaned_data
        return Asking(
            topic=Topic(said["topic"]),
            message=said["message"],
            form_key=said["form_key"],
            language=said["language"],
            subscription_id=self.subscription_id,
            action=said["action"],
            reason_code=said["reason"],
            preferred_time=PreferredTime(said["preferred_time"]),
            phone=said["phone"],
            wants_vendor=said["wants_vendor"],
        )


def new_form_key() -> str:
    """What makes a form's second submission the same request as its first."""
    return new_id("form")
