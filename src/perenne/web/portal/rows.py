"""Outlooks prepared for templates: words, tones and amounts beside the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise

from perenne.accounts.queries import Member
from perenne.platform.words import access_text, term_text
from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.calendar import month_later
from perenne.rules.lifecycle import Stage
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.web.charts import MonthStrip, month_strips
from perenne.web.refusals import ask_text
from perenne.web.words import (
    method_text,
    problem_text,
    route_text,
    stage_text,
    stage_tone,
    steps_text,
)

CALENDAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription as a page shows it; amounts in minor units of ``currency``."""

    outlook: Outlook
    product: str
    planned_product: str
    stage: str
    tone: str
    route: str
    access: str
    term: str
    planned_term: str
    method: str
    problem: str
    steps: tuple[str, ...]
    days_left: int
    saving_percent: str
    ask: str

    @property
    def currency(self) -> str:
        """ISO 4217 code."""
        return self.outlook.currency.code

    @property
    def is_over(self) -> bool:
        """Whether it expired."""
        return self.outlook.stage is Stage.EXPIRED

    @property
    def card_ends_too_early(self) -> bool:
        """Whether automatic renewal waits for a card that will not be valid on its day."""
        o = self.outlook
        is_card = o.method is not None and o.method.kind == "card" and not o.method.valid_on_renewal
        return is_card and o.renews_automatically and not self.is_over

    @property
    def shows_price(self) -> bool:
        """Whether there is a price at renewal to show."""
        return self.outlook.renewal is not None and not self.is_over and not self.problem


def row_of(outlook: Outlook, locale: str, member: Member) -> SubscriptionRow:
    """Put one outlook into words; a card's last digits only for whom the matrix shows them to."""
    problem = outlook.plan.problem
    return SubscriptionRow(
        outlook=outlook,
        product=outlook.product_names.get(locale, outlook.offer.product),
        planned_product=outlook.planned_product_names.get(locale, outlook.plan.offer.product),
        stage=stage_text(outlook.stage),
        tone=stage_tone(outlook.stage),
        route=route_text(outlook),
        access=access_text(outlook.offer.access, locale=locale),
        term=term_text(outlook.offer.months, locale=locale),
        planned_term=term_text(outlook.plan.offer.months, locale=locale),
        method=method_text(outlook.method, shows_digits=member.may("payment_digits.see")),
        problem="" if problem is None else problem_text(problem),
        steps=tuple(steps_text(outlook, locale)),
        days_left=(outlook.renews_on - outlook.as_of).days,
        saving_percent=_saving(outlook),
        ask=ask_text(outlook),
    )


def _saving(outlook: Outlook) -> str:
    """How far renewing lies below the new price, in percent of the new price; '' if not."""
    renewal, new = outlook.renewal, outlook.new
    if renewal is None or new is None or new.line.net_minor <= renewal.line.net_minor:
        return ""
    share = Fraction(new.line.net_minor - renewal.line.net_minor, new.line.net_minor)
    per_mille = (share * 1000 + Fraction(1, 2)).__floor__()
    return f"{per_mille // 10}.{per_mille % 10}"


def rows_visible_to(member: Member, *, now: datetime, locale: str) -> list[SubscriptionRow]:
    """Every subscription that ``member`` may see, in a constant number of queries."""
    ids = subscriptions_visible_to(member).values_list("pk", flat=True)
    return [row_of(outlook, locale, member) for outlook in outlooks(ids, now=now)]


def strips_of(rows: Sequence[SubscriptionRow], *, today: date, locale: str) -> list[MonthStrip]:
    """The value that comes up for renewal in each of the next twelve months."""
    first = today.replace(day=1)
    months = [month_later(first, n, anchor=1) for n in range(CALENDAR_MONTHS + 1)]
    found = []
    for begins, ends in pairwise(months):
        due = [row for row in rows if not row.is_over and begins <= row.outlook.renews_on < ends]
        amount = sum(row.outlook.renewal.line.net_minor for row in due if row.outlook.renewal)
        found.append((begins, amount, len(due)))
    currency = rows[0].currency if rows else "USD"
    return month_strips(found, currency=currency, locale=locale)
