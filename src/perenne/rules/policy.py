"""What a vendor may set: versioned settings, and which of them applies to a subscription."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from perenne.rules import answering
from perenne.rules.align_targets import AlignMode
from perenne.rules.answering import AnswerPolicy, answer_policy
from perenne.rules.calculation import PRESETS, CalculationPolicy, calculation_of
from perenne.rules.prices import PriceClass

STAGES = ("grace", "suspended")
SELECTORS = ("region", "channel", "months")


@dataclass(frozen=True, slots=True)
class ByMonths:
    """A number of days that may differ by term length."""

    default: int
    by_months: tuple[tuple[int, int], ...] = ()

    def of(self, months: int) -> int:
        """The days for a term of ``months``."""
        return dict(self.by_months).get(months, self.default)


@dataclass(frozen=True, slots=True)
class StageRule:
    """A stage after ``renews_on``: how long, with which access, renewable at which price."""

    stage: str
    days: ByMonths
    access: str
    renewable: bool
    price_class: PriceClass


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings in force for one subscription on one day."""

    renewal_window_opens_days: int
    renewal_shares: tuple[tuple[int, Fraction], ...]
    renewal_share_default: Fraction
    reminder_days: tuple[int, ...]
    stages: tuple[StageRule, ...]
    payment_retry_days: tuple[int, ...]
    payment_grace_days: int
    quote_hold_days: int
    transfer_days: int
    return_window_days: ByMonths
    switch_overlap_days: int
    calculation: CalculationPolicy
    add_seats_offers: str | tuple[str, ...]
    # What an agency partner earns of a net amount, and what a reseller does not pay of it.
    partner_share: Fraction = Fraction(0)
    resale_discount: Fraction = Fraction(0)
    invoice_due_days: int = 30
    align_modes: tuple[AlignMode, ...] = (AlignMode.STRETCH,)
    # How long a quote is valid if its maker names no day, the day of issue counted.
    quote_valid_days: int = 30

    def renewal_share(self, months: int) -> Fraction:
        """The renewal price as a share of the new price, for a term of ``months``."""
        return dict(self.renewal_shares).get(months, self.renewal_share_default)


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A version of a policy as it was published; ``settings`` as in the catalogue file."""

    code: str
    extends: str
    applies_to: Mapping[str, Sequence[str | int]]
    valid_from: date
    settings: Mapping[str, Any]


def policy_for(
    records: Sequence[PolicyRecord], *, region: str, channel: str, months: int, on: date
) -> Policy:
    """The policy in force: the one that names most of what it applies to, then the latest.

    Settings that it does not name come from the policy it extends, in the version of that day.

    Raises:
        ValueError: if none applies, or settings are missing.

    Source: docs/explanation/lifecycle.md, «Policies».
    """
    asked = {"region": region, "channel": channel, "months": months}
    applying = [
        record
        for record in records
        if record.valid_from <= on
        and all(asked[name] in wanted for name, wanted in record.applies_to.items())
    ]
    if not applying:
        raise ValueError(f"no policy applies to {asked} on {on}")
    chosen = max(applying, key=lambda record: (len(record.applies_to), record.valid_from))
    return _policy(_with_inherited(chosen, records, on=on))


def answer_policy_for(records: Sequence[PolicyRecord], *, region: str, on: date) -> AnswerPolicy:
    """The promise to those who ask in a region; policies of a channel or a term have no say.

    Raises:
        ValueError: if none applies.

    Source: docs/explanation/contact-requests.md, «By when».
    """
    applying = [
        record
        for record in records
        if record.valid_from <= on
        and set(record.applies_to) <= {"region"}
        and region in record.applies_to.get("region", [region])
    ]
    if not applying:
        raise ValueError(f"no policy applies to region {region} on {on}")
    chosen = max(applying, key=lambda record: (len(record.applies_to), record.valid_from))
    return answer_policy(_with_inherited(chosen, records, on=on))


def _with_inherited(
    record: PolicyRecord, records: Sequence[PolicyRecord], *, on: date
) -> dict[str, Any]:
    if not record.extends:
        return dict(record.settings)
    bases = [one for one in records if one.code == record.extends and one.valid_from <= on]
    if not bases:
        raise ValueError(f"policy {record.code} extends {record.extends}, which is not in force")
    base = max(bases, key=lambda one: one.valid_from)
    return _with_inherited(base, records, on=on) | dict(record.settings)


def _policy(settings: Mapping[str, Any]) -> Policy:
    shares = dict(settings["renewal_share"])
    offers = settings["add_seats_offers"]
    return Policy(
        renewal_window_opens_days=settings["renewal_window_opens_days"],
        renewal_shares=tuple(
            (int(months), Fraction(share))
            for months, share in shares.items()
            if months != "default"
        ),
        renewal_share_default=Fraction(shares["default"]),
        reminder_days=tuple(settings["reminder_days"]),
        stages=tuple(_stage(one) for one in settings["stages_after_end"]),
        payment_retry_days=tuple(settings["payment_retry_days"]),
        payment_grace_days=settings["payment_grace_days"],
        quote_hold_days=settings["quote_hold_days"],
        transfer_days=settings["transfer_days"],
        return_window_days=_by_months(settings["return_window_days"]),
        switch_overlap_days=settings["switch_overlap_days"],
        calculation=calculation_of(settings["calculation"]),
        add_seats_offers=offers if isinstance(offers, str) else tuple(offers),
        partner_share=Fraction(settings.get("partner_share", "0")),
        resale_discount=Fraction(settings.get("resale_discount", "0")),
        invoice_due_days=settings.get("invoice_due_days", 30),
        align_modes=tuple(AlignMode(one) for one in settings.get("align_modes", ("stretch",))),
        quote_valid_days=settings.get("quote_valid_days", 30),
    )


def _stage(given: Mapping[str, Any]) -> StageRule:
    return StageRule(
        stage=given["stage"],
        days=_by_months(given["days"]),
        access=given["access"],
        renewable=given["renewable"],
        price_class=PriceClass(given["price_class"]),
    )


def _by_months(given: int | Mapping[str, int]) -> ByMonths:
    if isinstance(given, int):
        return ByMonths(given)
    return ByMonths(
        given["default"],
        tuple((int(months), days) for months, days in given.items() if months != "default"),
    )


_REQUIRED = {
    "renewal_window_opens_days": int,
    "renewal_share": Mapping,
    "reminder_days": Sequence,
    "stages_after_end": Sequence,
    "payment_retry_days": Sequence,
    "payment_grace_days": int,
    "quote_hold_days": int,
    "transfer_days": int,
    "return_window_days": (int, Mapping),
    "switch_overlap_days": int,
    "calculation": (str, Mapping),
    "add_seats_offers": (str, Sequence),
}
_OPTIONAL = {
    "partner_share": str,
    "resale_discount": str,
    "invoice_due_days": int,
    "align_modes": list,
    "quote_valid_days": int,
}
_KNOWN: dict[str, Any] = {**_REQUIRED, **_OPTIONAL, **answering.SETTINGS}


def policy_problems(record: PolicyRecord) -> list[tuple[str, str]]:
    """What is wrong with a policy's settings: pairs of setting and reason; empty if nothing."""
    problems = [
        (name, "is not a setting of a policy") for name in record.settings if name not in _KNOWN
    ]
    if not record.extends:
        problems += [(name, "is missing") for name in _REQUIRED if name not in record.settings]
    problems += [
        (name, f"cannot select by {name!r}") for name in record.applies_to if name not in SELECTORS
    ]
    for name, value in record.settings.items():
        if name in _KNOWN:
            problems += [(name, reason) for reason in _setting_problems(name, value)]
    return problems


def _setting_problems(name: str, value: Any) -> list[str]:  # noqa: ANN401 - as read from a file
    if not isinstance(value, _KNOWN[name]) or isinstance(value, bool):
        return ["has the wrong type"]
    try:
        return _VALUE_CHECKS[name](value) if name in _VALUE_CHECKS else _not_negative(value)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        return [f"cannot be read: {error}"]


def _not_negative(value: Any) -> list[str]:  # noqa: ANN401 - as read from a file
    if isinstance(value, int) and value < 0:
        return ["is negative"]
    return []


def _share_problems(value: Mapping[str, str]) -> list[str]:
    if "default" not in value:
        return ["has no default"]
    shares = [Fraction(share) for share in value.values()]
    return [] if all(0 < share <= 1 for share in shares) else ["is not above 0 and at most 1"]


def _part_problems(value: str) -> list[str]:
    return [] if 0 <= Fraction(value) < 1 else ["is not a share from 0 to less than 1"]


def _days_problems(value: Sequence[Any]) -> list[str]:
    whole = [day for day in value if isinstance(day, int) and 0 <= day <= 365]  # noqa: PLR2004
    if len(whole) != len(value):
        return ["holds something else than days from 0 to 365"]
    return [] if len(set(value)) == len(value) else ["names a day twice"]


def _stages_problems(value: Sequence[Mapping[str, Any]]) -> list[str]:
    stages = [_stage(one) for one in value]
    names = [stage.stage for stage in stages]
    if any(name not in STAGES for name in names):
        return [f"has a stage that is none of {', '.join(STAGES)}"]
    if len(set(names)) != len(names):
        return ["names a stage twice"]
    if any(stage.access not in ("full", "none") for stage in stages):
        return ["has an access that is neither full nor none"]
    return []


def _modes_problems(value: list[Any]) -> list[str]:
    known = [mode.value for mode in AlignMode]
    if not value or any(one not in known for one in value):
        return [f"is not a list of {', '.join(known)}"]
    if AlignMode.STRETCH.value not in value:
        # What can be aligned is told by that mode: others are offered beside it.
        return [f"does not name {AlignMode.STRETCH.value}, which is always offered"]
    return [] if len(set(value)) == len(value) else ["names a mode twice"]


def _calculation_problems(value: str | Mapping[str, Any]) -> list[str]:
    """A definition was judged where it was read; a name that stands for none is a preset's."""
    if isinstance(value, Mapping) or value in PRESETS:
        return []
    return [f"is no calculation policy; use {', '.join(PRESETS)}, or one under `calculations`"]


_VALUE_CHECKS: dict[str, Callable[[Any], list[str]]] = {
    "renewal_share": _share_problems,
    "reminder_days": _days_problems,
    "payment_retry_days": _days_problems,
    "stages_after_end": _stages_problems,
    "calculation": _calculation_problems,
    "contact_hours": answering.hours_problems,
    "contact_answer_days": answering.at_least_one_problems,
    "contact_requests_a_day": answering.at_least_one_problems,
    "contact_messages_a_day": answering.at_least_one_problems,
    "partner_share": _part_problems,
    "resale_discount": _part_problems,
    "align_modes": _modes_problems,
    "quote_valid_days": answering.at_least_one_problems,
    "return_window_days": lambda value: _not_negative(_by_months(value).default),
}
