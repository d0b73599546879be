"""Whether a subscription may be renewed by hand, and if not, every reason."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, TypeAlias

from perenne.rules.calendar import Period
from perenne.rules.lifecycle import Stage, StageFacts, end_after, may_renew_in, stage_on
from perenne.rules.plans import PlanProblem
from perenne.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class WindowNotOpen:
    """Renewing by hand is not possible yet."""

    code: ClassVar[str] = "renewal.window_not_open"
    opens_on: date


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """The term after the running one is already sold."""

    code: ClassVar[str] = "renewal.already_done"
    renews_on: date


@dataclass(frozen=True, slots=True)
class InProgress:
    """A payment for this renewal is under way; its outcome is not known yet."""

    code: ClassVar[str] = "renewal.in_progress"


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """It did not expire, but can no longer be renewed."""

    code: ClassVar[str] = "renewal.window_closed"
    last_day: date


@dataclass(frozen=True, slots=True)
class Expired:
    """It has expired, which is final: buy again."""

    code: ClassVar[str] = "stage.expired"
    last_day: date


@dataclass(frozen=True, slots=True)
class ManagedByPartner:
    """The partner who sold it renews it."""

    code: ClassVar[str] = "route.partner"


@dataclass(frozen=True, slots=True)
class ManagedBySales:
    """The vendor's sales team renews it."""

    code: ClassVar[str] = "route.sales"


@dataclass(frozen=True, slots=True)
class RoleMissing:
    """Only a contract manager decides about renewals."""

    code: ClassVar[str] = "role.missing"
    role: str = "contract_manager"


@dataclass(frozen=True, slots=True)
class OfferRetired:
    """The offer is no longer sold for a term that begins then."""

    code: ClassVar[str] = "offer.retired"


@dataclass(frozen=True, slots=True)
class PriceMissing:
    """The offer has no price in the region."""

    code: ClassVar[str] = "price.missing"


@dataclass(frozen=True, slots=True)
class MethodMissing:
    """There is nothing to pay with."""

    code: ClassVar[str] = "payment.method_missing"


@dataclass(frozen=True, slots=True)
class MethodUnsupported:
    """The payment method cannot be charged at once."""

    code: ClassVar[str] = "payment.method_unsupported"
    kind: str


Refusal: TypeAlias = (
    WindowNotOpen
    | WindowClosed
    | AlreadyDone
    | InProgress
    | Expired
    | ManagedByPartner
    | ManagedBySales
    | RoleMissing
    | OfferRetired
    | PriceMissing
    | MethodMissing
    | MethodUnsupported
)

_CHARGED_AT_ONCE = ("card", "direct_debit", "invoice")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed, or refused for reasons in the order in which to read them."""

    refusals: tuple[Refusal, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalAsked:
    """What a renewal by hand depends on; ``problem`` is that of the wanted offer and seats.

    ``term`` is the last one sold: if it has not begun, the running one is renewed already.
    """

    stage: StageFacts
    term: Period
    finished_through: date | None
    has_partner: bool
    renewable_online: bool
    may_decide: bool
    method_kind: str | None
    problem: PlanProblem | None


def may_renew(asked: RenewalAsked, *, policy: Policy, as_of: date) -> Verdict:
    """Decide whether the customer can renew on line on ``as_of``.

    The window opens ``renewal_window_opens_days`` before ``renews_on``, that day included, and
    lasts through the last day of the last renewable stage. Expired is final.

    Source: docs/explanation/lifecycle.md, «Renewing by hand».
    """
    stage = stage_on(
        asked.stage, as_of=as_of, finished_through=asked.finished_through, policy=policy
    )
    if stage is Stage.EXPIRED:
        return Verdict((Expired(last_day=_last_day_of_access(asked, policy)),))
    refusals: list[Refusal] = []
    if asked.stage.open_attempt:
        refusals.append(InProgress())
    refusals += _timing(asked, stage, policy=policy, as_of=as_of)
    refusals += _route(asked)
    refusals += _sellable(asked)
    # How it is paid matters only to those who could renew it here.
    if asked.renewable_online:
        refusals += _payable(asked)
    return Verdict(tuple(refusals))


def _last_day_of_access(asked: RenewalAsked, policy: Policy) -> date:
    end = end_after(asked.term.renews_on, months=asked.stage.months, policy=policy)
    return (asked.stage.ended_on or end) - timedelta(1)


def _timing(asked: RenewalAsked, stage: Stage, *, policy: Policy, as_of: date) -> list[Refusal]:
    if as_of < asked.term.starts_on:
        return [AlreadyDone(asked.term.renews_on)]
    opens_on = asked.term.renews_on - timedelta(policy.renewal_window_opens_days)
    if as_of < opens_on:
        return [WindowNotOpen(opens_on)]
    if not may_renew_in(stage, policy):
        return [WindowClosed(asked.term.last_day)]
    return []


def _route(asked: RenewalAsked) -> list[Refusal]:
    refusals: list[Refusal] = []
    if not asked.renewable_online:
        refusals.append(ManagedByPartner() if asked.has_partner else ManagedBySales())
    if not asked.may_decide:
        refusals.append(RoleMissing())
    return refusals


def _sellable(asked: RenewalAsked) -> list[Refusal]:
    refusals: list[Refusal] = []
    if asked.problem is PlanProblem.OFFER_RETIRED:
        refusals.append(OfferRetired())
    elif asked.problem is not None:
        refusals.append(PriceMissing())
    return refusals


def _payable(asked: RenewalAsked) -> list[Refusal]:
    if asked.method_kind is None:
        return [MethodMissing()]
    if asked.method_kind not in _CHARGED_AT_ONCE:
        return [MethodUnsupported(asked.method_kind)]
    return []
