"""The words of values on pages: roles, stages, routes, payment methods."""

from collections.abc import Iterable
from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from perenne.platform.words import line_steps_text, tax_steps_text
from perenne.renewals.changes.preview import WarningCode
from perenne.renewals.queries import MethodView, Outlook
from perenne.rules.actions import Action
from perenne.rules.lifecycle import Stage
from perenne.rules.plans import PlanProblem
from perenne.rules.routes import Route
from perenne.rules.trace import StepCode


def role_text(role: str) -> str:
    """A role as people call it."""
    return {
        "contract_manager": _("contract manager"),
        "payer": _("payer"),
        "approver": _("approver"),
        "primary_admin": _("primary administrator"),
        "secondary_admin": _("secondary administrator"),
        "viewer": _("viewer"),
        "named_user": _("named user"),
        "specialist": _("renewals specialist"),
        "sales": _("sales"),
        "catalogue": _("catalogue"),
        "finance": _("finance"),
        "support": _("support"),
        "operator": _("operator"),
        "partner": _("partner"),
    }[role]


def roles_text(roles: Iterable[str]) -> str:
    """Roles as a list in the page's language; '' if there are none."""
    return pgettext("between the items of a list", ", ").join(role_text(role) for role in roles)


def role_meaning(role: str) -> str:
    """What a role opens, in one sentence."""
    return {
        "payer": _("Sees and pays invoices. Never becomes the owner by paying."),
        "approver": _("Approves or declines what is addressed to them."),
        "primary_admin": _("Looks after people, roles and seats, and sees everything."),
        "secondary_admin": _("Looks after people and seats."),
        "viewer": _("Sees everything, changes nothing."),
        "named_user": _("Sees what is assigned to them."),
    }[role]


def action_text(action: Action, is_automatic: bool) -> str:  # noqa: FBT001 - what it is now
    """An action as its button says it; automatic renewal is turned the other way."""
    if action is Action.AUTO_RENEW:
        return _("Turn automatic renewal off") if is_automatic else _("Turn automatic renewal on")
    return {
        Action.RENEW: _("Renew"),
        Action.CHANGE_TERM: _("Change the term"),
        Action.ADD_SEATS: _("Add seats"),
        Action.REDUCE_SEATS: _("Reduce seats"),
        Action.ALIGN: _("Align dates"),
        Action.SWITCH: _("Switch to a collection"),
        Action.TRADE_IN: _("Trade in"),
        Action.BUSINESS_PLAN: _("Business plan"),
        Action.PAYMENT_METHOD: _("Change the payment method"),
        Action.BUY_AGAIN: _("Buy again"),
        Action.RETURN: _("Return"),
        Action.CHANGE_PARTNER: _("Change the partner"),
        Action.ASSISTED: _("Ask for help"),
    }[action]


def stage_text(stage: Stage) -> str:
    """A stage of life."""
    match stage:
        case Stage.ACTIVE:
            return _("Active")
        case Stage.PAST_DUE:
            return _("Renewal not complete")
        case Stage.GRACE:
            return _("Grace period")
        case Stage.SUSPENDED:
            return _("Suspended")
        case Stage.EXPIRED:
            return _("Expired")
        case _ as unknown:
            assert_never(unknown)


def stage_tone(stage: Stage) -> str:
    """The tone in which a stage is shown, beside its word."""
    if stage is Stage.ACTIVE:
        return ""
    return "over" if stage is Stage.EXPIRED else "warn"


def route_text(outlook: Outlook) -> str:
    """Who renews it, and how."""
    if outlook.stage is Stage.EXPIRED:
        return _("Expired: buy again")
    match outlook.route:
        case Route.AUTO:
            return _("Renews by itself")
        case Route.MANUAL if outlook.renews_automatically:
            return _("Automatic renewal cannot be paid")
        case Route.MANUAL:
            return _("Renew by hand")
        case Route.PARTNER:
            organisation = outlook.contact.organisation if outlook.contact else ""
            return _("Renewed by %(partner)s") % {"partner": organisation}
        case Route.SALES:
            return _("Renewed with sales")
        case _ as unknown:
            assert_never(unknown)


def method_text(method: MethodView | None, *, shows_digits: bool) -> str:
    """How the renewal is paid; which card it is only where ``shows_digits``."""
    if method is None:
        return _("none yet")
    if method.kind == "card" and not shows_digits:
        return _("card")
    words = {
        "card": _("card •%(last4)s, valid through %(month)s"),
        "direct_debit": _("direct debit"),
        "invoice": _("invoice, 30 days"),
        "bank_transfer": _("bank transfer"),
    }[method.kind]
    return words % {"last4": method.last4, "month": method.valid_through}


def warning_text(warning: WarningCode) -> str:
    """What else follows from a change."""
    return {
        WarningCode.ENDS_TODAY: _("It ends today: no term that is left covers the day."),
        WarningCode.AUTOMATIC_RENEWAL_OFF: _("Automatic renewal is turned off."),
        WarningCode.EXPIRES_UNLESS_RENEWED: _("It expires unless it is renewed by hand."),
        WarningCode.PLAN_DROPPED: _("What was decided for the renewal day is dropped."),
        WarningCode.MERGED_COME_BACK: _(
            "The subscriptions that it had taken in are themselves again."
        ),
        WarningCode.PEOPLE_LOSE_SEATS: _(
            "More people hold seats than are left; those who use them least lose theirs, "
            "unless others are chosen."
        ),
        WarningCode.INVOICE_LOWERED: _(
            "What is not paid yet is not owed any more; only what was paid goes back."
        ),
        WarningCode.ALIGNMENT_DROPPED: _(
            "Its next term was to end on a common day. With another length it is whole again; "
            "you can align it later."
        ),
    }[warning]


def problem_text(problem: PlanProblem) -> str:
    """Why the plan on file cannot be executed."""
    match problem:
        case PlanProblem.OFFER_RETIRED:
            return _("This way of use is no longer sold; it cannot be renewed.")
        case PlanProblem.PRICE_MISSING:
            return _("The planned offer has no price in your region.")
        case PlanProblem.SEATS_MINIMUM:
            return _("The plan has no seat left; at least one is needed.")
        case _ as unknown:
            assert_never(unknown)


def steps_text(outlook: Outlook, locale: str) -> list[str]:
    """How the price at renewal was calculated, step by step, tax last."""
    if outlook.renewal is None:
        return []
    code, renewal = outlook.currency.code, outlook.renewal
    steps = line_steps_text(renewal.line.trace, code, locale=locale)
    # The amount before tax is the result of the steps above.
    taxed = [step for step in renewal.tax.trace if step.code is not StepCode.GIVEN]
    return steps + tax_steps_text(taxed, code, locale=locale)
