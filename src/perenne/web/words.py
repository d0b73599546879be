"""The words of values: roles, stages, routes, payment methods, steps of a price."""

from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from perenne.platform.calculation_words import calculation_step_text
from perenne.platform.display import money_text
from perenne.renewals.queries import MethodView, Outlook
from perenne.rules.lifecycle import Stage
from perenne.rules.plans import PlanProblem
from perenne.rules.prices import PriceClass
from perenne.rules.routes import Route
from perenne.rules.trace import Step, StepCode

_MONTHS_A_YEAR = 12


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
    }[role]


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


def term_text(months: int) -> str:
    """A term length: 1 month, 1 year, 3 years."""
    if months % _MONTHS_A_YEAR:
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    years = months // _MONTHS_A_YEAR
    return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}


def access_text(access: str) -> str:
    """How the product is used."""
    return _("named user") if access == "named_user" else _("multi-user access")


def method_text(method: MethodView | None) -> str:
    """How the renewal is paid."""
    if method is None:
        return _("none yet")
    words = {
        "card": _("card •%(last4)s, valid through %(month)s"),
        "direct_debit": _("direct debit"),
        "invoice": _("invoice, 30 days"),
        "bank_transfer": _("bank transfer"),
    }[method.kind]
    return words % {"last4": method.last4, "month": method.valid_through}


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


def step_text(step: Step, currency: str, locale: str) -> str:  # noqa: C901, PLR0911 - one case a code
    """One step of how an amount was calculated."""

    def money(name: str) -> str:
        return money_text(int(step[name]), currency, locale=locale)

    match step.code:
        case StepCode.PRICE_LIST:
            return _("Price list %(region)s of %(day)s, version %(version)s") % {
                "region": step["region"],
                "day": step["valid_from"],
                "version": step["version"],
            }
        case StepCode.GIVEN:
            return _("Amount in the list: %(amount)s") % {"amount": money("amount_minor")}
        case StepCode.DERIVED:
            return _("Multiplied by %(factor)s, as published") % {"factor": step["factor"]}
        case StepCode.SHARE:
            return _("Renewal share %(share)s of the new price") % {"share": step["share"]}
        case StepCode.PRICE_CLASS:
            words = {
                PriceClass.NEW.value: _("New price per seat: %(amount)s"),
                PriceClass.RENEWAL.value: _("Renewal price per seat: %(amount)s"),
            }
            return words[str(step["price_class"])] % {"amount": money("unit_minor")}
        case StepCode.SEATS:
            return _("Times %(seats)s seats") % {"seats": step["seats"]}
        case StepCode.DAYS:
            return _("%(days)s of %(of)s days") % {"days": step["days"], "of": step["of"]}
        case StepCode.TAX:
            return _("%(name)s at %(rate)s") % {"name": step["name"], "rate": step["share"]}
        case StepCode.REVERSE_CHARGE:
            return _("Reverse charge: the customer accounts for the tax")
        case StepCode.RESULT:
            return _("= %(amount)s") % {"amount": money("amount_minor")}
        case (
            StepCode.CALCULATION
            | StepCode.DISCOUNT
            | StepCode.UPLIFT
            | StepCode.DAILY_RATE
            | StepCode.PERIODS
            | StepCode.PLUS
            | StepCode.ROUNDING
            | StepCode.PAID
            | StepCode.RETURNED
            | StepCode.CREDITED
        ):
            return calculation_step_text(step, money=money, locale=locale)
        case _ as unknown:
            assert_never(unknown)


def steps_text(outlook: Outlook, locale: str) -> list[str]:
    """How the price at renewal was calculated, step by step, tax last.

    A derived list begins with an amount in its source's currency, which is not shown as money.
    """
    if outlook.renewal is None:
        return []
    code = outlook.currency.code
    line = outlook.renewal.line.trace
    derived = any(step.code is StepCode.DERIVED for step in line)
    shown = [step for step in line if not (derived and step.code is StepCode.GIVEN)]
    steps = [step_text(step, code, locale) for step in shown]
    taxed = [step for step in outlook.renewal.tax.trace if step.code is not StepCode.GIVEN]
    return steps + [step_text(step, code, locale) for step in taxed]
