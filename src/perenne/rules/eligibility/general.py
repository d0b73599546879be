"""What stands against almost every action: the end of its life, its route, a missing role."""

from datetime import date

from perenne.rules import refusals as why
from perenne.rules.actions import MATRIX_ROWS, REPAIRS, Action
from perenne.rules.eligibility.standing import Standing
from perenne.rules.lifecycle import Stage, last_renewable_day
from perenne.rules.permissions import may, roles_with
from perenne.rules.policy import Policy
from perenne.rules.refusals import Refusal

_PAYS_AT_ONCE = ("card", "direct_debit", "invoice")


def role_refusals(action: Action, standing: Standing) -> list[Refusal]:
    """The permission matrix decides: contract managers; for help, everybody in the company."""
    row = MATRIX_ROWS[action]
    if may(standing.asker.roles, row):
        return []
    needed = roles_with(row)[0]
    return [why.RoleMissing(needed, standing.asker.holders.get(needed, ()))]


def route_refusals(standing: Standing) -> list[Refusal]:
    """What is not renewable on line is changed by whoever sold it."""
    if standing.renewable_online:
        return []
    return [why.ManagedByPartner() if standing.has_partner else why.ManagedBySales()]


def life_refusals(action: Action, standing: Standing) -> list[Refusal]:
    """A payment under way stops everything; a term that is over allows only what repairs it."""
    found: list[Refusal] = []
    if standing.in_progress:
        found.append(why.InProgress())
    if action in REPAIRS:
        return found
    if standing.stage is Stage.SUSPENDED:
        found.append(why.Suspended(standing.suspended_since or standing.term.renews_on))
    elif standing.stage in (Stage.PAST_DUE, Stage.GRACE):
        found.append(why.PastDue(standing.term.renews_on))
    return found


def region_refusals(action: Action, standing: Standing) -> list[Refusal]:
    """What the vendor offers on line differs by region."""
    if action.value in standing.actions_enabled:
        return []
    return [why.RegionNotEnabled(standing.region)]


def payment_refusals(standing: Standing, *, lasts: bool) -> list[Refusal]:
    """Whether its method can be charged at once, and ``lasts`` until the renewal day."""
    paying = standing.paying
    if paying is None:
        return [why.MethodMissing()]
    if paying.kind not in _PAYS_AT_ONCE:
        return [why.MethodUnsupported(paying.kind)]
    renews_on = standing.term.renews_on
    if lasts and not paying.is_valid_on(renews_on):
        return [why.MethodExpires(paying.last4, renews_on)]
    return []


def hand_payment_refusals(standing: Standing, policy: Policy, as_of: date) -> list[Refusal]:
    """Whether a renewal by hand can be paid: at once, or by bank transfer while there is time.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    paying = standing.paying
    if paying is None or paying.kind != "bank_transfer":
        return payment_refusals(standing, lasts=False)
    last_day = last_renewable_day(
        standing.term.renews_on,
        months=standing.months,
        tries_automatically=standing.automatic or bool(standing.plan_conflict),
        policy=policy,
    )
    return [] if as_of <= last_day else [why.MethodUnsupported(paying.kind)]


def overdue_refusals(standing: Standing) -> list[Refusal]:
    """Nothing more is sold to those who owe."""
    if standing.overdue_invoice is None:
        return []
    return [why.InvoiceOverdue(standing.overdue_invoice)]


def approval_refusals(standing: Standing, amount_minor: int) -> list[Refusal]:
    """What costs more than the company's limit is approved first."""
    approval = standing.approval
    if approval is None or amount_minor <= approval.limit_minor:
        return []
    return [why.ApprovalRequired(approval.approver, approval.limit_minor)]


def hold_refusals(standing: Standing) -> list[Refusal]:
    """What an open quote holds stays as it was quoted."""
    if standing.hold is None:
        return []
    return [why.HeldByQuote(standing.hold.quote, standing.hold.until)]


def pending_refusals(standing: Standing) -> list[Refusal]:
    """One change at a time: what is decided for the renewal day is executed or taken back."""
    return [why.ChangePending(standing.term.renews_on)] if standing.plan_changes else []
