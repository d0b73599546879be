"""What verdicts depend on: how a subscription stands on a day, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from perenne.rules.calendar import Period
from perenne.rules.campaigns import Campaign
from perenne.rules.lifecycle import Stage
from perenne.rules.payments import card_valid_on
from perenne.rules.plans import PlanProblem
from perenne.rules.prices import OfferKey


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks: their roles, and the names of those who hold the company's own."""

    roles: frozenset[str]
    holders: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Paying:
    """How a subscription pays; a card has last digits and a last month, ``YYYY-MM``."""

    kind: str
    last4: str = ""
    valid_through: str = ""

    def is_valid_on(self, day: date) -> bool:
        """Whether it can be charged on a day, as far as its own dates say."""
        return self.kind != "card" or card_valid_on(self.valid_through, day)


@dataclass(frozen=True, slots=True)
class Hold:
    """An open quote that holds the renewal until a day, that day included."""

    quote: str
    until: date


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody approves what costs more than the limit, in minor units."""

    approver: str
    limit_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another living subscription of the company, as far as aligning looks at it.

    ``extends`` says that it may last longer: it is priced, and not retired by then.
    """

    id: str
    months: int
    method: str | None
    renews_on: date
    sold_online: bool
    may_move: bool
    extends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCover:
    """What the business plan looks at: active seats and subscriptions, and the plan that runs."""

    is_business: bool
    at_least: int
    counted: int
    eligible_seats: int
    covered_seats: int
    plan: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a subscription stands on a day, for somebody.

    ``term`` is the last one sold: if it has not begun, the running one is renewed already.
    ``targets_priced`` are the campaigns whose target is sold here. ``plan_problem`` is that of
    the offer and seats that would be renewed. ``bought_since`` is the number of a subscription
    whose dates were aligned with this one's and for which something was bought later;
    ``joins_others`` says that it becomes one with others on the renewal day.
    """

    # Where it is in its life.
    stage: Stage
    term: Period
    months: int
    offer: OfferKey
    last_day_of_access: date
    suspended_since: date | None
    in_progress: bool
    # Where and how it was sold.
    region: str
    actions_enabled: frozenset[str]
    sold_online: bool
    renewable_online: bool
    has_partner: bool
    # What is decided for the renewal day.
    automatic: bool
    plan_problem: PlanProblem | None
    plan_conflict: str
    plan_changes: bool
    hold: Hold | None
    # Who pays what how.
    method: str | None
    paying: Paying | None
    overdue_invoice: str | None
    renewal_minor: int
    approval: Approval | None
    # Who asks.
    asker: Asker
    # What could follow.
    seats_owned: int
    months_offered: tuple[int, ...]
    is_self_service: bool
    adds_seats: bool
    is_priced_now: bool
    retired_on: date | None
    successor_access: str
    peers: tuple[Peer, ...]
    collections: Mapping[str, bool]
    campaigns: tuple[Campaign, ...]
    targets_priced: frozenset[str]
    has_traded_in: bool
    cover: PlanCover
    # What was bought last: until when it can be returned, and what stands on it.
    returnable_until: date | None
    bought_since: str | None
    joins_others: bool
    # First day of the last term, if that has another length than the running one.
    term_begins_on: date | None = None
    # Why it cannot last longer than it does, in days of what it is.
    stretch_problem: PlanProblem | None = None
