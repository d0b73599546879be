"""Why an action is not possible: one value a reason, with the facts that words are made of.

Source: docs/reference/reason-codes.md.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class WindowNotOpen:
    """Renewing by hand is not possible yet."""

    code: ClassVar[str] = "renewal.window_not_open"
    opens_on: date


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """It did not expire, but can no longer be renewed."""

    code: ClassVar[str] = "renewal.window_closed"
    last_day: date


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """The term after the running one is already sold."""

    code: ClassVar[str] = "renewal.already_done"
    renews_on: date


@dataclass(frozen=True, slots=True)
class PlanConflicted:
    """What was decided for the renewal day is no longer possible; ``why`` is a reason code."""

    code: ClassVar[str] = "renewal.plan_conflicted"
    why: str


@dataclass(frozen=True, slots=True)
class HeldByQuote:
    """An open quote holds the renewal as it was quoted."""

    code: ClassVar[str] = "renewal.held_by_quote"
    quote: str
    until: date


@dataclass(frozen=True, slots=True)
class InProgress:
    """A payment is under way; its outcome is not known yet."""

    code: ClassVar[str] = "renewal.in_progress"


@dataclass(frozen=True, slots=True)
class ManagedByPartner:
    """The partner who sold it makes its changes."""

    code: ClassVar[str] = "route.partner"


@dataclass(frozen=True, slots=True)
class ManagedBySales:
    """The vendor's sales team makes its changes."""

    code: ClassVar[str] = "route.sales"


@dataclass(frozen=True, slots=True)
class Expired:
    """It has expired, which is final: buy again."""

    code: ClassVar[str] = "stage.expired"
    last_day: date


@dataclass(frozen=True, slots=True)
class Suspended:
    """It may not be used until it is renewed or paid."""

    code: ClassVar[str] = "stage.suspended"
    since: date
    # The number of the invoice that suspended a running term; None after its renewal day.
    unpaid_invoice: str | None = None


@dataclass(frozen=True, slots=True)
class PastDue:
    """Its renewal day has come and the renewal on file is not complete."""

    code: ClassVar[str] = "stage.past_due"
    renews_on: date


@dataclass(frozen=True, slots=True)
class RegionNotEnabled:
    """The vendor does not offer it on line in this region."""

    code: ClassVar[str] = "region.not_enabled"
    region: str


@dataclass(frozen=True, slots=True)
class OfferNotSelfService:
    """The product is changed by people, not on line."""

    code: ClassVar[str] = "offer.not_self_service"
    product: str


@dataclass(frozen=True, slots=True)
class OfferRetired:
    """The offer is no longer sold for a term that begins then; ``successor`` is a way of use."""

    code: ClassVar[str] = "offer.retired"
    retired_on: date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class SingleTerm:
    """It is sold for one term length only."""

    code: ClassVar[str] = "offer.single_term"
    months: int


@dataclass(frozen=True, slots=True)
class AutoRenewalOff:
    """Only subscriptions that renew automatically have this."""

    code: ClassVar[str] = "auto_renewal.off"


@dataclass(frozen=True, slots=True)
class MethodMissing:
    """There is nothing to pay with."""

    code: ClassVar[str] = "payment.method_missing"


@dataclass(frozen=True, slots=True)
class MethodUnsupported:
    """The payment method cannot be charged at once."""

    code: ClassVar[str] = "payment.method_unsupported"
    kind: str


@dataclass(frozen=True, slots=True)
class MethodExpires:
    """The card is no longer valid when it will be needed."""

    code: ClassVar[str] = "payment.expires_before_renewal"
    last4: str
    needed_on: date


@dataclass(frozen=True, slots=True)
class TermDiffers:
    """Only subscriptions of the same term length can be aligned."""

    code: ClassVar[str] = "align.term_differs"
    months: int
    others_months: int


@dataclass(frozen=True, slots=True)
class PaymentDiffers:
    """Only subscriptions with the same payment method can be aligned."""

    code: ClassVar[str] = "align.payment_differs"


@dataclass(frozen=True, slots=True)
class TermNotBegun:
    """A term of another length is sold and has not begun; then it can be aligned."""

    code: ClassVar[str] = "align.term_not_begun"
    begins_on: date


@dataclass(frozen=True, slots=True)
class DatesEqual:
    """All that it could be aligned with renew on the same day already."""

    code: ClassVar[str] = "align.dates_equal"
    renews_on: date


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """The company has no other subscription to align it with."""

    code: ClassVar[str] = "align.only_one"


@dataclass(frozen=True, slots=True)
class AlignNotSelfService:
    """Only what was sold on line can be aligned on line."""

    code: ClassVar[str] = "align.not_self_service"


@dataclass(frozen=True, slots=True)
class SeatsMinimum:
    """At least so many seats have to stay."""

    code: ClassVar[str] = "seats.minimum"
    seats_min: int


@dataclass(frozen=True, slots=True)
class SeatsMaximum:
    """At most so many seats can be owned."""

    code: ClassVar[str] = "seats.maximum"
    seats_max: int


@dataclass(frozen=True, slots=True)
class CampaignNotOpen:
    """The campaign has not begun."""

    code: ClassVar[str] = "campaign.not_open"
    opens_on: date


@dataclass(frozen=True, slots=True)
class CampaignEnded:
    """The campaign is over, or will be before the renewal day."""

    code: ClassVar[str] = "campaign.ended"
    last_day: date


@dataclass(frozen=True, slots=True)
class CampaignUsed:
    """Each seat has it once, and these had it."""

    code: ClassVar[str] = "campaign.used"


@dataclass(frozen=True, slots=True)
class CampaignNotForThese:
    """No campaign was ever made for seats of this kind."""

    code: ClassVar[str] = "campaign.not_for_these"
    access: str


@dataclass(frozen=True, slots=True)
class NoCollection:
    """No collection contains the product."""

    code: ClassVar[str] = "switch.no_collection"
    product: str


@dataclass(frozen=True, slots=True)
class BelowThreshold:
    """The company has fewer seats, or subscriptions, than the plan asks for."""

    code: ClassVar[str] = "plan.below_threshold"
    at_least: int
    have: int


@dataclass(frozen=True, slots=True)
class IncompleteCover:
    """The plan covers all eligible seats or none."""

    code: ClassVar[str] = "plan.incomplete_cover"
    eligible: int
    chosen: int


@dataclass(frozen=True, slots=True)
class ConsumerPlan:
    """The plan is for companies."""

    code: ClassVar[str] = "plan.consumer"


@dataclass(frozen=True, slots=True)
class ReturnWindowClosed:
    """What was bought last could be returned until a day; None if nothing was bought here."""

    code: ClassVar[str] = "return.window_closed"
    last_day: date | None


@dataclass(frozen=True, slots=True)
class BoughtSince:
    """Aligned dates come back together, and for one of them something was bought since."""

    code: ClassVar[str] = "return.bought_since"
    subscription: str


@dataclass(frozen=True, slots=True)
class RoleMissing:
    """Only people with another role decide about this."""

    code: ClassVar[str] = "role.missing"
    role: str = "contract_manager"
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalRequired:
    """The company has somebody approve what costs more than a limit."""

    code: ClassVar[str] = "approval.required"
    approver: str
    limit_minor: int


@dataclass(frozen=True, slots=True)
class ChangePending:
    """Another change is already decided for the renewal day."""

    code: ClassVar[str] = "change.pending"
    on: date


@dataclass(frozen=True, slots=True)
class PriceMissing:
    """The offer has no price in the region."""

    code: ClassVar[str] = "price.missing"
    offer: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceOverdue:
    """An invoice is not paid though its day has passed."""

    code: ClassVar[str] = "invoice.overdue"
    number: str


# Families of reasons that are worded and mended alike; together they are all there are.
RenewalRefusal: TypeAlias = (
    WindowNotOpen | WindowClosed | AlreadyDone | PlanConflicted | HeldByQuote | ChangePending
)
LifeRefusal: TypeAlias = InProgress | Expired | Suspended | PastDue
RouteRefusal: TypeAlias = ManagedByPartner | ManagedBySales | RoleMissing | ApprovalRequired
OfferRefusal: TypeAlias = (
    RegionNotEnabled
    | OfferNotSelfService
    | OfferRetired
    | SingleTerm
    | PriceMissing
    | AutoRenewalOff
    | SeatsMinimum
    | SeatsMaximum
    | ReturnWindowClosed
    | BoughtSince
)
PaymentRefusal: TypeAlias = MethodMissing | MethodUnsupported | MethodExpires | InvoiceOverdue
AlignRefusal: TypeAlias = (
    TermDiffers | PaymentDiffers | TermNotBegun | DatesEqual | OnlyOne | AlignNotSelfService
)
MoveRefusal: TypeAlias = (
    CampaignNotOpen
    | CampaignEnded
    | CampaignUsed
    | CampaignNotForThese
    | NoCollection
    | BelowThreshold
    | IncompleteCover
    | ConsumerPlan
)
Refusal: TypeAlias = (
    RenewalRefusal
    | LifeRefusal
    | RouteRefusal
    | OfferRefusal
    | PaymentRefusal
    | AlignRefusal
    | MoveRefusal
)
