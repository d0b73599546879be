"""Who has which seat at a company: the door for its people, and what pages show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from perenne.accounts.models import Company
from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.platform.bulk import select
from perenne.rules.permissions import Scope
from perenne.seats.book import Holding, SeatBook, Wait, seat_book
from perenne.seats.models import Group
from perenne.seats.moment import moment_at
from perenne.seats.wording import SeatNaming
from perenne.subscriptions.models import Subscription


def may_see_seats(member: Member) -> bool:
    """Whether somebody sees who has which seat at their company."""
    return member.company_id is not None and Scope.OWN in member.scopes("usage.see")


def company_of_seats_visible_to(member: Member) -> QuerySet[Company]:
    """The company whose people and seats ``member`` may see: their own, or none."""
    if not may_see_seats(member):
        return Company.objects.none()
    return Company.objects.filter(pk=member.company_id)


def seated_subscriptions_visible_to(member: Member) -> QuerySet[Subscription]:
    """Subscriptions whose people ``member`` may see, by code; prices are behind another door."""
    if not may_see_seats(member):
        return Subscription.objects.none()
    return Subscription.objects.filter(company_id=member.company_id).order_by("code")


def groups_visible_to(member: Member) -> QuerySet[Group]:
    """The company's groups that have not ended, by name."""
    if not may_see_seats(member):
        return Group.objects.none()
    return Group.objects.filter(company_id=member.company_id, ended_on=None).order_by("name", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSeats:
    """The seats of a product at a company; ``subscriptions`` have them, by their ids."""

    product: str
    owned: int
    held: int
    waiting: int
    subscriptions: tuple[str, ...]

    @property
    def free(self) -> int:
        """How many can be given."""
        return self.owned - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeats:
    """A person with their seats, groups and places in the queue."""

    id: str
    name: str
    email: str
    holdings: tuple[Holding, ...]
    groups: tuple[str, ...]
    waits: tuple[Wait, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A company's seats on a day: what it has, and what its people have, by name.

    ``given`` is what people can be given: what is owned, and what collections contain.
    """

    day: date
    given: tuple[str, ...]
    products: tuple[ProductSeats, ...]
    people: tuple[PersonSeats, ...]


_PEOPLE = """
select p.id, p.name, p.email,
       (select coalesce(array_agg(g.name order by g.name), '{}') from seats_groupmember m
        join seats_group g on g.id = m.group_id and g.ended_on is null
        where m.person_id = p.id and m.left_on is null) as groups
from accounts_person p
where p.company_id = %s
  and (p.deactivated_at is null
       or exists (select 1 from subscriptions_assignment a
                  where a.person_id = p.id and a.released_on is null))
order by lower(p.name), p.id
"""


def overview(company: str, *, now: datetime) -> Overview:
    """Everybody at a company with what they have, in a constant number of queries."""
    day = moment_at(company, actor="", now=now).day
    book = seat_book(company, on=day)
    return Overview(
        day=day,
        given=tuple(sorted(book.owned_products)),
        products=_products(book),
        people=tuple(_people(company, book)),
    )


def _products(book: SeatBook) -> tuple[ProductSeats, ...]:
    held: dict[str, int] = {}
    for one in book.holdings:
        held[one.product] = held.get(one.product, 0) + 1
    free: dict[str, int] = {}
    places: dict[str, list[str]] = {}
    for source in book.sources:
        free[source.product] = free.get(source.product, 0) + source.free
        places.setdefault(source.product, []).append(source.subscription)
    waiting = [wait.product for wait in book.waits]
    return tuple(
        ProductSeats(
            product=product,
            owned=free.get(product, 0) + held.get(product, 0),
            held=held.get(product, 0),
            waiting=waiting.count(product),
            subscriptions=tuple(places.get(product, ())),
        )
        for product in sorted({*free, *held, *waiting})
    )


def _people(company: str, book: SeatBook) -> list[PersonSeats]:
    holdings: dict[str, list[Holding]] = {}
    waits: dict[str, list[Wait]] = {}
    for holding in book.holdings:
        holdings.setdefault(holding.person, []).append(holding)
    for wait in book.waits:
        waits.setdefault(wait.person, []).append(wait)
    return [
        PersonSeats(
            id=row["id"],
            name=row["name"],
            email=row["email"],
            holdings=tuple(holdings.get(row["id"], ())),
            groups=tuple(row["groups"]),
            waits=tuple(waits.get(row["id"], ())),
        )
        for row in select(_PEOPLE, [company])
    ]


def product_names(locale: str) -> Mapping[str, str]:
    """What the reader calls each product, by its code."""
    names = current_catalogue().product_names
    return {code: known.get(locale, code) for code, known in names.items()}


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody is called; the address tells people of one name apart."""

    name: str
    email: str


def people_named(company: str) -> Mapping[str, Named]:
    """A company's people by their ids."""
    rows = select("select id, name, email from accounts_person where company_id = %s", [company])
    return {row["id"]: Named(row["name"], row["email"]) for row in rows}


def seat_naming(member: Member, locale: str) -> SeatNaming:
    """What a company's people are called, and the products."""
    people = people_named(member.company_id) if member.company_id else {}
    names = {identity: one.name for identity, one in people.items()}
    return SeatNaming(locale=locale, people=names, products=product_names(locale))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group with its people's ids and its products' codes, in the orders of joining."""

    id: str
    name: str
    source: str
    when_short: str
    people: tuple[str, ...]
    products: tuple[str, ...]


_GROUPS = """
select g.id, g.name, g.source, g.when_short,
       (select coalesce(array_agg(m.person_id order by m.id), '{}') from seats_groupmember m
        where m.group_id = g.id and m.left_on is null) as people,
       (select coalesce(array_agg(c.product_id order by c.id), '{}') from seats_groupproduct c
        where c.group_id = g.id and c.carried_until is null) as products
from seats_group g where g.id = any(%s) order by lower(g.name), g.id
"""


def group_views(groups: QuerySet[Group]) -> list[GroupView]:
    """Groups with what belongs to them, by name."""
    return [
        GroupView(
            id=row["id"],
            name=row["name"],
            source=row["source"],
            when_short=row["when_short"],
            people=tuple(row["people"]),
            products=tuple(row["products"]),
        )
        for row in select(_GROUPS, [list(groups.values_list("pk", flat=True))])
    ]


def group_view(group: Group) -> GroupView:
    """One group with what belongs to it."""
    (view,) = group_views(Group.objects.filter(pk=group.pk))
    return view
