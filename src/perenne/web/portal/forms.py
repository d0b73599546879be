"""What a customer chooses for each action, read from forms into wishes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from perenne.billing.queries import MethodChoice
from perenne.catalog.queries import current_catalogue
from perenne.platform.words import term_text
from perenne.renewals.standings import Stand
from perenne.rules.actions import Action

SEATS_MAX = 999_999


class SeatsField(forms.RegexField):
    """A number of seats, typed in plain digits."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's options
        super().__init__(
            regex=r"^[1-9][0-9]{0,5}$",
            label=_("Seats"),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            error_messages={"invalid": _("Write a whole number from 1 to 999999.")},
            **options,
        )

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - Django's contract
        """The number; None if nothing was typed where nothing is needed."""
        text = super().clean(value)
        return int(text) if text else None


class Choices(forms.Form):
    """Nothing to choose; the form of actions that need no more than a check."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        stand: Stand,
        methods: list[MethodChoice],
        locale: str,
    ) -> None:
        super().__init__(data)
        self.stand = stand
        self.methods = methods
        self.locale = locale
        self.prepare()

    def prepare(self) -> None:
        """Offer what this subscription can choose from."""

    def wish(self) -> dict[str, Any]:
        """What was chosen, as a wish without its kind and subscriptions."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

    def offer_terms(self) -> None:
        """The term lengths for which it is sold."""
        months = self.stand.standing.months_offered
        self.fields["months"] = forms.TypedChoiceField(
            label=_("Term"),
            coerce=int,
            choices=[(one, term_text(one, locale=self.locale)) for one in months],
            initial=self.stand.facts.plan.offer.months,
            widget=forms.RadioSelect,
        )

    def offer_methods(self) -> None:
        """The company's payment methods."""
        plan = self.stand.facts.plan
        self.fields["method"] = forms.ChoiceField(
            label=_("Payment method"),
            choices=[(one.id, one.text(self.locale)) for one in self.methods],
            initial=plan.method.id if plan.method else None,
            widget=forms.RadioSelect,
        )


class RenewChoices(Choices):
    """Term, seats and payment of the next term."""

    def prepare(self) -> None:
        """Term, seats, method."""
        self.offer_terms()
        self.fields["seats"] = SeatsField(initial=self.stand.facts.seats_planned)
        self.offer_methods()

    def wish(self) -> dict[str, Any]:
        """Seats are given by subscription; unchanged ones stay as the plan has them."""
        chosen = super().wish()
        seats = chosen.pop("seats")
        if seats != self.stand.facts.seats_planned:
            chosen["seats"] = {self.stand.facts.id: seats}
        return chosen


class AutoRenewChoices(Choices):
    """On if it is off, off if it is on."""

    def wish(self) -> dict[str, Any]:
        """The other way round."""
        return {"on": not self.stand.facts.plan.renews_automatically}


class TermChoices(Choices):
    """Another term length."""

    def prepare(self) -> None:
        """The lengths for which it is sold."""
        self.offer_terms()


class SeatsChoices(Choices):
    """How many seats more, or how many from the renewal day."""

    def prepare(self) -> None:
        """A number."""
        self.fields["seats"] = SeatsField()


class MethodChoices(Choices):
    """Another payment method."""

    def prepare(self) -> None:
        """The company's methods."""
        self.offer_methods()


class CollectionChoices(Choices):
    """A collection that contains the product."""

    def prepare(self) -> None:
        """Those that are sold here."""
        names = current_catalogue().product_names
        sold = [code for code, is_sold in self.stand.standing.collections.items() if is_sold]
        self.fields["collection"] = forms.ChoiceField(
            label=_("Collection"),
            choices=[(code, names[code].get(self.locale, code)) for code in sold],
            widget=forms.RadioSelect,
        )


class ReturnChoices(Choices):
    """How many seats of what was bought last."""

    def prepare(self) -> None:
        """A number, or all of them."""
        self.fields["seats"] = SeatsField(
            required=False, help_text=_("Of what was bought last. Empty: all of it.")
        )


class BuyChoices(Choices):
    """What is bought anew."""

    def prepare(self) -> None:
        """Term, seats, method."""
        self.offer_terms()
        self.fields["seats"] = SeatsField(initial=max(self.stand.facts.seats_owned, 1))
        self.offer_methods()


FORMS: Mapping[Action, type[Choices]] = {
    Action.RENEW: RenewChoices,
    Action.AUTO_RENEW: AutoRenewChoices,
    Action.CHANGE_TERM: TermChoices,
    Action.ADD_SEATS: SeatsChoices,
    Action.REDUCE_SEATS: SeatsChoices,
    Action.PAYMENT_METHOD: MethodChoices,
    Action.SWITCH: CollectionChoices,
    Action.TRADE_IN: Choices,
    Action.BUSINESS_PLAN: MethodChoices,
    Action.BUY_AGAIN: BuyChoices,
    Action.RETURN: ReturnChoices,
}
