"""Who can mend a refusal, and what to do next: no reason is a dead end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from perenne.rules import refusals as why
from perenne.rules.refusals import Refusal


class Fixer(StrEnum):
    """Whose move it is."""

    YOU = "you"
    ADMIN = "admin"
    PARTNER = "partner"
    VENDOR = "vendor"
    NOBODY = "nobody"

    @property
    def rank(self) -> int:
        """Most fixable first."""
        return tuple(Fixer).index(self)


class Step(StrEnum):
    """Something to do next; surfaces turn it into a link, a contact or an instruction."""

    RENEW = "renew"
    BUY_AGAIN = "buy_again"
    TURN_ON_AUTOMATIC = "turn_on_automatic"
    TURN_OFF_AUTOMATIC = "turn_off_automatic"
    CHANGE_TERM = "change_term"
    UNIFY_METHOD = "unify_method"
    ADD_METHOD = "add_method"
    UPDATE_METHOD = "update_method"
    EDIT_PLAN = "edit_plan"
    TAKE_BACK = "take_back"
    ADJUST_SEATS = "adjust_seats"
    SWITCH = "switch"
    TRADE_IN = "trade_in"
    VIEW_QUOTE = "view_quote"
    REQUEST_QUOTE = "request_quote"
    VIEW_RECEIPT = "view_receipt"
    PAY_INVOICE = "pay_invoice"
    VIEW_CALENDAR = "view_calendar"
    VIEW_SUBSCRIPTIONS = "view_subscriptions"
    VIEW_PLANS = "view_plans"
    COVER_ALL = "cover_all"
    SEND_FOR_APPROVAL = "send_for_approval"
    ASK_ROLE_HOLDERS = "ask_role_holders"
    ASK_CONTACT = "ask_contact"
    REMIND_ME = "remind_me"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Whose move it is and the steps that help, best first; never empty."""

    fixer: Fixer
    steps: tuple[Step, ...]


def remedy_of(refusal: Refusal) -> Remedy:  # noqa: PLR0911 - one family each
    """Say who can mend it and how.

    Source: docs/explanation/verdicts.md, «Who can fix it».
    """
    if isinstance(refusal, why.RenewalRefusal):
        return _of_renewal(refusal)
    if isinstance(refusal, why.LifeRefusal):
        return _of_life(refusal)
    if isinstance(refusal, why.RouteRefusal):
        return _of_route(refusal)
    if isinstance(refusal, why.OfferRefusal):
        return _of_offer(refusal)
    if isinstance(refusal, why.PaymentRefusal):
        return _of_payment(refusal)
    if isinstance(refusal, why.AlignRefusal):
        return _of_align(refusal)
    return _of_move(refusal)


def _of_renewal(refusal: why.RenewalRefusal) -> Remedy:
    match refusal:
        case why.WindowNotOpen():
            return Remedy(Fixer.NOBODY, (Step.REMIND_ME, Step.REQUEST_QUOTE))
        case why.WindowClosed():
            return Remedy(Fixer.YOU, (Step.BUY_AGAIN, Step.ASK_CONTACT))
        case why.AlreadyDone():
            return Remedy(Fixer.NOBODY, (Step.VIEW_RECEIPT, Step.REMIND_ME))
        case why.PlanConflicted():
            return Remedy(Fixer.YOU, (Step.EDIT_PLAN, Step.ASK_CONTACT))
        case why.HeldByQuote():
            return Remedy(Fixer.YOU, (Step.VIEW_QUOTE,))
        case why.ChangePending():
            return Remedy(Fixer.YOU, (Step.EDIT_PLAN, Step.TAKE_BACK))
        case _ as unknown:
            assert_never(unknown)


def _of_life(refusal: why.LifeRefusal) -> Remedy:
    match refusal:
        case why.InProgress():
            return Remedy(Fixer.NOBODY, (Step.LOOK_AGAIN,))
        case why.Expired():
            return Remedy(Fixer.YOU, (Step.BUY_AGAIN, Step.ASK_CONTACT))
        case why.Suspended(unpaid_invoice=None):
            return Remedy(Fixer.YOU, (Step.RENEW, Step.ASK_CONTACT))
        case why.Suspended():
            return Remedy(Fixer.YOU, (Step.PAY_INVOICE, Step.ASK_CONTACT))
        case why.PastDue():
            return Remedy(Fixer.YOU, (Step.RENEW, Step.UPDATE_METHOD))
        case _ as unknown:
            assert_never(unknown)


def _of_route(refusal: why.RouteRefusal) -> Remedy:
    match refusal:
        case why.ManagedByPartner():
            return Remedy(Fixer.PARTNER, (Step.ASK_CONTACT,))
        case why.ManagedBySales():
            return Remedy(Fixer.VENDOR, (Step.ASK_CONTACT,))
        case why.RoleMissing():
            return Remedy(Fixer.ADMIN, (Step.ASK_ROLE_HOLDERS,))
        case why.ApprovalRequired():
            return Remedy(Fixer.ADMIN, (Step.SEND_FOR_APPROVAL,))
        case _ as unknown:
            assert_never(unknown)


def _of_offer(refusal: why.OfferRefusal) -> Remedy:  # noqa: C901, PLR0911 - one case a reason
    match refusal:
        case why.RegionNotEnabled() | why.OfferNotSelfService() | why.PriceMissing():
            return Remedy(Fixer.VENDOR, (Step.ASK_CONTACT,))
        case why.OfferRetired():
            return Remedy(Fixer.YOU, (Step.TRADE_IN, Step.SWITCH, Step.ASK_CONTACT))
        case why.SingleTerm():
            return Remedy(Fixer.VENDOR, (Step.REQUEST_QUOTE,))
        case why.AutoRenewalOff():
            return Remedy(Fixer.YOU, (Step.TURN_ON_AUTOMATIC, Step.ASK_CONTACT))
        case why.SeatsMinimum():
            return Remedy(Fixer.YOU, (Step.ADJUST_SEATS, Step.TURN_OFF_AUTOMATIC))
        case why.SeatsMaximum():
            return Remedy(Fixer.YOU, (Step.ADJUST_SEATS, Step.REQUEST_QUOTE))
        case why.ReturnWindowClosed():
            return Remedy(Fixer.VENDOR, (Step.TURN_OFF_AUTOMATIC, Step.ASK_CONTACT))
        case why.BoughtSince():
            return Remedy(Fixer.YOU, (Step.VIEW_SUBSCRIPTIONS, Step.ASK_CONTACT))
        case _ as unknown:
            assert_never(unknown)


def _of_payment(refusal: why.PaymentRefusal) -> Remedy:
    match refusal:
        case why.MethodMissing():
            return Remedy(Fixer.YOU, (Step.ADD_METHOD,))
        case why.MethodUnsupported():
            return Remedy(Fixer.YOU, (Step.ADD_METHOD, Step.REQUEST_QUOTE))
        case why.MethodExpires():
            return Remedy(Fixer.YOU, (Step.UPDATE_METHOD,))
        case why.InvoiceOverdue():
            return Remedy(Fixer.YOU, (Step.PAY_INVOICE,))
        case _ as unknown:
            assert_never(unknown)


def _of_align(refusal: why.AlignRefusal) -> Remedy:
    match refusal:
        case why.TermDiffers():
            return Remedy(Fixer.YOU, (Step.CHANGE_TERM, Step.ASK_CONTACT))
        case why.PaymentDiffers():
            return Remedy(Fixer.YOU, (Step.UNIFY_METHOD, Step.ASK_CONTACT))
        case why.TermNotBegun():
            return Remedy(Fixer.NOBODY, (Step.VIEW_CALENDAR,))
        case why.DatesEqual():
            return Remedy(Fixer.NOBODY, (Step.VIEW_CALENDAR,))
        case why.OnlyOne():
            return Remedy(Fixer.NOBODY, (Step.VIEW_SUBSCRIPTIONS,))
        case why.AlignNotSelfService():
            return Remedy(Fixer.VENDOR, (Step.ASK_CONTACT,))
        case _ as unknown:
            assert_never(unknown)


def _of_move(refusal: why.MoveRefusal) -> Remedy:
    match refusal:
        case why.CampaignNotOpen():
            return Remedy(Fixer.NOBODY, (Step.REMIND_ME, Step.SWITCH))
        case why.CampaignEnded() | why.CampaignUsed() | why.CampaignNotForThese():
            return Remedy(Fixer.VENDOR, (Step.SWITCH, Step.ASK_CONTACT))
        case why.NoCollection() | why.ConsumerPlan():
            return Remedy(Fixer.VENDOR, (Step.ASK_CONTACT,))
        case why.BelowThreshold():
            return Remedy(Fixer.YOU, (Step.VIEW_PLANS, Step.ASK_CONTACT))
        case why.IncompleteCover():
            return Remedy(Fixer.YOU, (Step.COVER_ALL,))
        case _ as unknown:
            assert_never(unknown)
