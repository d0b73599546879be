"""Small books in which something of everything is due, with what must come of each case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from perenne.billing.models import PaymentMethod
from perenne.catalog.models import Region
from perenne.daily.models import FinishedDay
from perenne.platform.clock import moment_of, turn_demo_clock
from perenne.platform.ids import new_id
from perenne.renewals.facts import renewal_facts
from perenne.renewals.pricing import Pricer
from perenne.subscriptions.models import Subscription
from tests.faults.office import PAID, VOID
from tests.faults.quoting import BROKE, PAIR
from tests.faults.seating import SEATED, seats_to_give
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_person,
    a_specialist,
    a_subscription,
    an_assignment,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from perenne.accounts.models import Company
    from perenne.billing.sales import Sale

ONE_DAY = timedelta(1)
# Ordinary days, and days on which months of unequal length meet.
FIRST_DAYS = (date(2026, 12, 10), date(2027, 2, 28), date(2027, 12, 31), date(2028, 2, 29))
# Long enough that what nobody pays has expired.
DAYS_TO_THE_END = 9
REGIONS = ("US", "TW", "EU")
_LONGER = "LT/named_user/36"
OFFERS = ("LT/named_user/12", "LT/named_user/1", "DRAFT/named_user/12", "FUSE/named_user/12")


# Those of the latest book about which a customer has not decided: mutants race for them.
undecided: list[str] = []


@dataclass(frozen=True, slots=True)
class Case:
    """A subscription and its fate: one or several of ``renewed``, ``expired``, ``parked``…

    ``sale`` is what a renewal of it must sell, priced before anything ran.
    """

    name: str
    subscription: str
    fates: tuple[str, ...]
    sale: Sale


@dataclass
class Book:
    """A world's cases, from its first day on."""

    first_day: date
    cases: list[Case] = field(default_factory=list)

    def of(self, name: str) -> list[str]:
        """The subscriptions of the cases of one name."""
        return [case.subscription for case in self.cases if case.name == name]

    @property
    def last_day(self) -> date:
        """The day through which the drain runs."""
        return self.first_day + timedelta(DAYS_TO_THE_END)


def _card(last4: str) -> Callable[[Company], PaymentMethod]:
    return lambda company: a_card(company, last4=last4)


def _debit(company: Company) -> PaymentMethod:
    code = new_id("debit")
    return PaymentMethod.objects.create(
        id=new_id("pmt"),
        code=code,
        company=company,
        kind="direct_debit",
        token=f"direct_debit:::{code}",
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a case is made: how it pays, when it is due, and what must come of it."""

    name: str
    pays: Callable[[Company], PaymentMethod] | None
    fates: tuple[str, ...]
    due_in: tuple[int, ...] = (0, 0, 1)
    automatic: bool = True
    may_plan_longer: bool = True


ALWAYS = (
    _Kind("card", _card("4242"), ("renewed",)),
    _Kind("broke", _card("9995"), ("expired",)),
    _Kind("debit", _debit, ("renewed",)),
    _Kind("by hand", _card("4242"), ("renewed", "waits"), due_in=(20,), automatic=False),
    _Kind("reminded", None, ("waits",), due_in=(30, 31), automatic=False),
    # Renewed in its window, and given back: what was decided for the day after is then gone.
    _Kind(
        "returned",
        _card("4242"),
        ("renewed", "waits"),
        due_in=(20,),
        automatic=False,
        may_plan_longer=False,
    ),
)
SOMETIMES = (
    _Kind("card", _card("4242"), ("renewed",)),
    _Kind("invoice", lambda company: a_method(company, kind="invoice"), ("renewed",)),
    _Kind("lost card", _card("9987"), ("expired",)),
    _Kind("lies", _card("5011"), ("parked",)),
    _Kind("fails before", _card("5001"), ("renewed",)),
    _Kind("fails after", _card("5002"), ("renewed",)),
    _Kind("closes after", _card("5003"), ("renewed",)),
    _Kind("hangs after", _card("5004"), ("renewed",)),
    _Kind("slow", _card("5006"), ("renewed",)),
    _Kind("no method", None, ("expired",)),
    _Kind("not automatic", _card("4242"), ("expired",), automatic=False),
    _Kind("undecided", _card("4242"), ("renewed", "expired"), due_in=(1, 2)),
)
_FEWER = _Kind("fewer", _card("4242"), ("renewed",))
# Two that a customer renews with one charge.
_PAIR = _Kind("pair", _card("4242"), ("renewed", "waits"), due_in=(15,), automatic=False)
# Two that are quoted together: accepted or not, they are renewed. And one that nobody pays for.
_QUOTED = (
    _Kind(PAIR, _card("4242"), ("renewed",), due_in=(1,)),
    # The days of grace begin when the quote lets go, so the drain may end before them.
    _Kind(BROKE, _card("9995"), ("expired", "waits"), due_in=(1,)),
)


# One company is invoiced: one invoice is paid by bank, one should never have been.
_INVOICED = (_Kind(PAID, None, ("renewed",)), _Kind(VOID, None, ("renewed", "renewed, yet ended")))
# Seats that administrators give and take.
_SEATED = _Kind(SEATED, _card("4242"), ("waits",), automatic=False)


def a_book(rng: random.Random, *, has_all: bool = False, first_day: date | None = None) -> Book:
    """Write a book into the empty world: the same numbers give the same book."""
    book = Book(first_day=first_day or rng.choice(FIRST_DAYS))
    companies = [
        a_company(region=region) for region in [*rng.sample(REGIONS, 2), rng.choice(REGIONS)]
    ]
    kinds = [*ALWAYS, *(SOMETIMES if has_all else rng.sample(SOMETIMES, 4))]
    made = [(kind, _subscription(kind, rng.choice(companies), book, rng)) for kind in kinds]
    made.append((_FEWER, _reduced(rng.choice(companies), book)))
    made += [(_PAIR, one) for one in _pair(rng.choice(companies), book)]
    made += _quoted(rng.choice(companies), book)
    made += _invoiced(a_company(region=rng.choice(REGIONS)), book)
    a_specialist()
    made.append((_SEATED, seats_to_give(rng.choice(companies), book.first_day)))
    _open_calendar(book.first_day)
    facts = {one.id: one for one in renewal_facts([sub.pk for _, sub in made])}
    pricer = Pricer()
    for kind, subscription in made:
        known = facts[subscription.pk]
        sale = pricer.planned_sale(known)
        book.cases.append(Case(kind.name, subscription.pk, kind.fates, sale))
    undecided[:] = book.of("undecided")
    return book


def _subscription(kind: _Kind, company: Company, book: Book, rng: random.Random) -> Subscription:
    offer = rng.choice(OFFERS)
    subscription = a_subscription(
        renews_on=book.first_day + timedelta(rng.choice(kind.due_in)),
        company=company,
        offer=offer,
        seats=rng.randint(1, 5),
        renews_automatically=kind.automatic,
        pays_with=kind.pays(company) if kind.pays else None,
        next_offer=_LONGER if kind.may_plan_longer and rng.random() < 0.2 else "",
    )
    # A month end whose anchor lies beyond it: the clamp must not be carried over.
    if subscription.renews_on.month != (subscription.renews_on + ONE_DAY).month:
        Subscription.objects.filter(pk=subscription.pk).update(anchor_day=31)
    return subscription


def _pair(company: Company, book: Book) -> list[Subscription]:
    """Two subscriptions of one company that are paid with the same card."""
    card = a_card(company)
    return [
        a_subscription(
            renews_on=book.first_day + timedelta(_PAIR.due_in[0]), company=company, pays_with=card
        )
        for _ in range(2)
    ]


def _quoted(company: Company, book: Book) -> list[tuple[_Kind, Subscription]]:
    """Those that quotes are about; each quote covers all of one name."""
    made = []
    for kind, how_many in zip(_QUOTED, (2, 1), strict=True):
        assert kind.pays is not None
        method = kind.pays(company)
        for _ in range(how_many):
            subscription = a_subscription(
                renews_on=book.first_day + timedelta(kind.due_in[0]),
                company=company,
                renews_automatically=True,
                pays_with=method,
            )
            made.append((kind, subscription))
    return made


def _invoiced(company: Company, book: Book) -> list[tuple[_Kind, Subscription]]:
    """Two with invoices of their own, at a company whose people do things."""
    a_person(company, name="Vera Dahl", role="viewer")
    return [
        (
            kind,
            a_subscription(
                renews_on=book.first_day,
                company=company,
                renews_automatically=True,
                pays_with=a_method(company, kind="invoice"),
            ),
        )
        for kind in _INVOICED
    ]


def _reduced(company: Company, book: Book) -> Subscription:
    """Three people hold seats of which one is given up at the renewal."""
    subscription = a_subscription(
        renews_on=book.first_day,
        company=company,
        seats=3,
        next_seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    for name in ("Ulf", "Uma", "Uri"):
        person = a_person(company, name=name, role="named_user")
        an_assignment(subscription, person, assigned_on=subscription.terms.get().starts_on)
    return subscription


def _open_calendar(first_day: date) -> None:
    used = Subscription.objects.values_list("region_id").distinct()
    for region in Region.objects.filter(code__in=used):
        FinishedDay.objects.create(
            region=region,
            day=first_day - ONE_DAY,
            finished_at=moment_of(first_day),
            was_run=False,
            currency=region.currency,
        )
    turn_demo_clock(first_day)
