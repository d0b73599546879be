"""What a renewal mail says of each subscription, in the words of its language."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from perenne.notices.words import WORDS
from perenne.platform.display import (
    date_text,
    money_text,
    month_text,
    percent_digits,
    zone_text,
)
from perenne.renewals.pricing import PricedTerm
from perenne.renewals.queries import Outlook
from perenne.rules.lifecycle import stage_calendar
from perenne.rules.policy import Policy
from perenne.rules.routes import Route

_MONTHS_OF_A_YEAR = 12
ONE_DAY = timedelta(1)


class Outcome(StrEnum):
    """What happens on the renewal day, in the order in which a mail tells it: trouble first."""

    FAILS = "fails"
    BLOCKED = "blocked"
    MANUAL = "manual"
    PARTNER = "partner"
    SALES = "sales"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Told:
    """One subscription in a mail, in words; empty texts are left out."""

    outcome: Outcome
    product: str
    seats: str
    contract: str
    code: str
    days: int
    days_text: str
    renews_on: str
    zone: str
    what_happens: str
    changes: str
    price: str
    price_label: str
    calculated: str
    lapse: str
    # For the table of a mail about several: what is to pay, and the few words that differ by row.
    gross_minor: int | None
    currency: str
    amount: str
    note: str
    contact: str
    link: str
    reminder_days: tuple[int, ...]
    opens_today: bool


def told(outlook: Outlook, *, days: int, locale: str, base_url: str) -> Told:
    """Put one subscription into words for a reminder ``days`` before it renews."""
    said = _Sayer(outlook, locale)
    return Told(
        outcome=said.outcome,
        product=outlook.product_names.get(locale, outlook.offer.product),
        seats=said.seats(outlook.seats_owned),
        contract=outlook.contract_code,
        code=outlook.code,
        days=days,
        days_text=said.counted("days", days),
        renews_on=said.renews_on,
        zone=zone_text(outlook.zone, locale=locale),
        what_happens=said.what_happens(),
        changes=said.changes(),
        price=said.price(),
        price_label=said.say(
            "label.list_price" if said.outcome is Outcome.PARTNER else "label.price"
        ),
        calculated=said.calculated(),
        lapse=said.lapse(),
        gross_minor=said.priced.gross_minor if said.priced else None,
        currency=outlook.currency.code,
        amount=said.gross(),
        note=said.note(),
        contact=said.contact(),
        link=f"{base_url}/subscriptions/{outlook.subscription_id}/",
        reminder_days=outlook.policy.reminder_days,
        opens_today=days == outlook.policy.renewal_window_opens_days,
    )


def outcome_of(outlook: Outlook) -> Outcome:
    """What happens on the renewal day if nobody changes anything before it."""
    if outlook.plan.problem is not None or outlook.plan.conflict:
        return Outcome.BLOCKED
    if outlook.renews_automatically and outlook.route is not Route.AUTO:
        return Outcome.FAILS
    return Outcome(outlook.route.value)


@lru_cache(maxsize=512)
def _last_days(
    renews_on: date, *, months: int, is_tried: bool, policy: Policy
) -> tuple[date, date]:
    """The last day on which an unrenewed subscription works, and on which it can be renewed."""
    stages = {rule.stage: rule for rule in policy.stages}
    works = renews = renews_on - ONE_DAY
    calendar = stage_calendar(renews_on, months=months, tries_automatically=is_tried, policy=policy)
    for (_, stage), (next_on, _) in pairwise(calendar):
        rule = stages.get(stage.value)
        if rule is None or rule.access == "full":
            works = next_on - ONE_DAY
        if rule is None or rule.renewable:
            renews = next_on - ONE_DAY
    return works, renews


class _Sayer:
    """Puts what is known of one subscription into the words of one language."""

    def __init__(self, outlook: Outlook, locale: str) -> None:
        self.outlook = outlook
        self.locale = locale
        self.words = WORDS[locale]
        self.outcome = outcome_of(outlook)
        self.renews_on = self.day(outlook.renews_on)
        self.last_day = self.day(outlook.term.last_day)

    @property
    def priced(self) -> PricedTerm | None:
        """The renewal with its price; none where it cannot be executed."""
        return None if self.outcome is Outcome.BLOCKED else self.outlook.renewal

    def say(self, key: str, **facts: object) -> str:
        """A sentence; what was typed by customers is only ever filled in, never read as words."""
        return self.words[key].format(**facts)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return date_text(day, locale=self.locale, weekday=True)

    def money(self, amount_minor: int) -> str:
        """An amount in the subscription's currency."""
        return money_text(amount_minor, self.outlook.currency.code, locale=self.locale)

    def counted(self, noun: str, count: int) -> str:
        """A number with its noun, singular for one."""
        return self.say(f"{noun}.{'one' if count == 1 else 'many'}", n=count)

    def seats(self, count: int) -> str:
        """A number of seats."""
        return self.counted("seats", count)

    def term(self, months: int) -> str:
        """A length of term."""
        if months % _MONTHS_OF_A_YEAR:
            return self.counted("months", months)
        return self.counted("years", months // _MONTHS_OF_A_YEAR)

    def what_happens(self) -> str:
        """What the renewal day brings, what to do about it, and what follows if nothing is done."""
        if self.outcome is Outcome.AUTO:
            kind = self.outlook.method.kind if self.outlook.method else "card"
            return self.say(
                f"auto.{kind}",
                renews_on=self.renews_on,
                amount=self.gross(),
                method=self.method(),
                last_day=self.last_day,
            )
        facts = {"last_day": self.last_day, "who": self.who(), "why": self.why_it_fails()}
        if self.outcome is Outcome.BLOCKED:
            return self.say(f"blocked.{self.problem()}", **facts)
        key = self.outcome.value
        if self.outcome is Outcome.FAILS:
            key = f"fails.{self.outlook.route.value}"
        return self.words["joint"].join((self.say(key, **facts), self.otherwise()))

    def otherwise(self) -> str:
        """What follows if it is not renewed: by the policy's stages, and the days of retries."""
        works, renews = _last_days(
            self.outlook.renews_on,
            months=self.outlook.offer.months,
            is_tried=self.outlook.renews_automatically,
            policy=self.outlook.policy,
        )
        if renews < self.outlook.renews_on:
            key = "ends"
        elif works < self.outlook.renews_on:
            key = "stops"
        else:
            key = "lasts" if works >= renews else "works_on"
        return self.say(
            f"otherwise.{key}",
            renews_on=self.renews_on,
            works=self.day(works),
            renews=self.day(renews),
        )

    def problem(self) -> str:
        """Which reason code stands against the plan; ``other`` for one without words."""
        problem = self.outlook.plan.problem
        code = self.outlook.plan.conflict if problem is None else problem.value
        return code if f"blocked.{code}" in self.words else "other"

    def changes(self) -> str:
        """What the plan changes, or the quote that it waits for; empty if it just goes on."""
        outlook = self.outlook
        if outlook.quote_last_day is not None:
            return self.say("held", number=outlook.quote, day=self.day(outlook.quote_last_day))
        if self.outcome is Outcome.BLOCKED:
            return ""
        now, planned = outlook.offer, outlook.plan.offer
        changed = []
        if planned.product != now.product:
            names = outlook.planned_product_names
            changed.append(names.get(self.locale, planned.product))
        if outlook.plan.seats != outlook.seats_owned:
            seats = self.seats(outlook.plan.seats)
            changed.append(self.say("instead", new=seats, old=self.seats(outlook.seats_owned)))
        if planned.months != now.months:
            term = self.term(planned.months)
            changed.append(self.say("instead", new=term, old=self.term(now.months)))
        return self.say("changes", what=self.words["comma"].join(changed)) if changed else ""

    def gross(self) -> str:
        """What is to be paid, tax included."""
        return "" if self.priced is None else self.money(self.priced.gross_minor)

    def price(self) -> str:
        """The whole price first, then what it is made of."""
        if self.priced is None:
            return ""
        term = self.term(self.outlook.plan.offer.months)
        return self.say("price", gross=self.gross(), term=term, tax=self.tax())

    def tax(self) -> str:
        """The tax within the price, or why there is none."""
        assert self.priced is not None
        tax = self.priced.tax
        if tax.reverse_charged:
            return self.words["tax.reverse_charge"]
        if not tax.tax_minor:
            return self.words["tax.none"]
        return self.say(
            "tax.included",
            amount=self.money(tax.tax_minor),
            rate=percent_digits(tax.rate, places=2),
        )

    def calculated(self) -> str:
        """The calculation in one line."""
        if self.priced is None:
            return ""
        line, tax = self.priced.line, self.priced.tax
        facts = {
            "seats": self.seats(line.seats),
            "unit": self.money(line.unit_minor),
            "net": self.money(line.net_minor),
            "tax": self.money(tax.tax_minor),
            "gross": self.gross(),
        }
        return self.say("calculated.taxed" if tax.tax_minor else "calculated", **facts)

    def lapse(self) -> str:
        """The price of buying again, each percentage with its base; empty where it is no more."""
        new = self.outlook.new
        if self.priced is None or new is None or self.outcome is Outcome.AUTO:
            return ""
        renewal_minor, new_minor = self.priced.line.net_minor, new.line.net_minor
        if new_minor <= renewal_minor:
            return ""
        more = Fraction(new_minor - renewal_minor, renewal_minor)
        less = Fraction(new_minor - renewal_minor, new_minor)
        return self.say(
            "lapse",
            new=self.money(new_minor),
            renewal=self.money(renewal_minor),
            more=percent_digits(more, places=1),
            less=percent_digits(less, places=1),
        )

    def note(self) -> str:
        """The few words that differ from row to row in a mail about several."""
        if self.outlook.quote:
            return self.say("note.held", number=self.outlook.quote)
        match self.outcome:
            case Outcome.AUTO:
                return self.method().strip()
            case Outcome.FAILS:
                return self.why_it_fails()
            case Outcome.BLOCKED:
                return self.say(f"note.{self.problem()}")
            case Outcome.MANUAL:
                last_day = date_text(self.outlook.term.last_day, locale=self.locale)
                return self.say("note.by", last_day=last_day)
            case Outcome.PARTNER | Outcome.SALES:
                return self.who()

    def method(self) -> str:
        """The payment method in a few words."""
        method = self.outlook.method
        if method is None:
            return self.words["method.none"]
        return self.say(f"method.{method.kind}", last4=method.last4)

    def why_it_fails(self) -> str:
        """Why the method on file will not pay the renewal."""
        method = self.outlook.method
        if method is None:
            return self.words["why.none"]
        if method.kind == "card":
            last_month = date.fromisoformat(f"{method.valid_through}-01")
            month = month_text(last_month, locale=self.locale)
            return self.say("why.card", last4=method.last4, month=month)
        return self.words["why.bank_transfer"]

    def who(self) -> str:
        """Who renews it with the customer, by name."""
        contact = self.outlook.contact
        return self.words["we"] if contact is None else contact.organisation or contact.name

    def contact(self) -> str:
        """Whom to ask, and how to reach them."""
        contact = self.outlook.contact
        if contact is None:
            return ""
        name = self.words["comma"].join(one for one in (contact.organisation, contact.name) if one)
        reach = " · ".join(one for one in (name, contact.email, contact.phone) if one)
        return self.say(f"contact.{contact.kind}", reach=reach)
