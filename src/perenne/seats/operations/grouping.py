"""Make, change and end groups; the seats of their people follow in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from perenne.accounts.queries import Member
from perenne.platform import journal
from perenne.platform.ids import new_id
from perenne.platform.writing import atomic
from perenne.rules import seat_refusals as why
from perenne.rules.seat_refusals import SeatRefusal
from perenne.rules.seating import Demand
from perenne.seats.book import Holding, SeatBook, group_demands, seat_book
from perenne.seats.deciding import Decision, decide
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.models import Group, GroupMember, GroupProduct
from perenne.seats.moment import Moment, active_people, lock_seats, moment_of
from perenne.seats.writing import write

_GRANT = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEdit:
    """What is to become of a group; None and empty: as it is. ``when_short``: queue or deny."""

    name: str | None = None
    when_short: str | None = None
    add_people: tuple[str, ...] = ()
    remove_people: tuple[str, ...] = ()
    add_products: tuple[str, ...] = ()
    remove_products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOutlook:
    """What an edit would do to seats, and what stands against it."""

    decision: Decision
    refusals: tuple[SeatRefusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A group as it is, in the orders of joining and carrying; a new one has nobody."""

    id: str = ""
    source: str = "local"
    when_short: str = "queue"
    people: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """An edit, thought through."""

    people: tuple[str, ...]
    products: tuple[str, ...]
    decision: Decision
    refusals: tuple[SeatRefusal, ...] = field(default=())


def group_outlook(group: str | None, edit: GroupEdit, *, by: Member, now: datetime) -> GroupOutlook:
    """What an edit would do, without doing it; None: a group that is to be made.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator, or there is no such group.
    """
    at = moment_of(by, now)
    standing = _Standing() if group is None else _standing(group, at)
    plan = _plan(standing, edit, at, seat_book(at.company, on=at.day))
    return GroupOutlook(decision=plan.decision, refusals=plan.refusals)


def make_group(edit: GroupEdit, *, by: Member, now: datetime) -> tuple[str, Decision]:
    """Make a group with its people and products; return its id, and what became of seats.

    Raises:
        SeatsRefusedError: with every reason; nothing has happened.

    Source: docs/explanation/seats.md, «Groups».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        plan = _allowed(_plan(_Standing(), edit, at, book))
        group = Group.objects.create(
            id=new_id("grp"),
            company_id=at.company,
            name=edit.name or "",
            when_short=edit.when_short or "queue",
            made_on=at.day,
        )
        _write(group.pk, _Standing(), plan, at)
        journal.record_all([at.fact(kind="group.made", subject=group.pk, **_told(edit))], at=now)
    return group.pk, plan.decision


def change_group(group: str, edit: GroupEdit, *, by: Member, now: datetime) -> Decision:
    """Change a group; whoever joins gets seats, whoever leaves gives back what only it granted.

    Raises:
        SeatsRefusedError: with every reason; nothing has happened.

    Source: docs/explanation/seats.md, «Groups».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        standing = _standing(group, at)
        plan = _allowed(_plan(standing, edit, at, book))
        known = {"name": edit.name, "when_short": edit.when_short}
        changed = {name: value for name, value in known.items() if value is not None}
        if changed:
            Group.objects.filter(pk=group).update(**changed)
        _write(group, standing, plan, at)
        journal.record_all([at.fact(kind="group.changed", subject=group, **_told(edit))], at=now)
    return plan.decision


def end_group(group: str, *, by: Member, now: datetime) -> Decision:
    """End a group; its people give back what only it granted.

    Raises:
        SeatsRefusedError: if ``by`` is no administrator, or a directory decides about the group.

    Source: docs/explanation/seats.md, «Groups».
    """
    at = moment_of(by, now)
    with atomic("seats"):
        lock_seats(at.company)
        book = seat_book(at.company, on=at.day, lock=True)
        standing = _standing(group, at)
        edit = GroupEdit(remove_people=standing.people, remove_products=standing.products)
        plan = _allowed(_plan(standing, edit, at, book))
        _write(group, standing, plan, at)
        Group.objects.filter(pk=group).update(ended_on=at.day)
        journal.record_all([at.fact(kind="group.ended", subject=group)], at=now)
    return plan.decision


def _allowed(plan: _Plan) -> _Plan:
    if plan.refusals:
        raise SeatsRefusedError(plan.refusals)
    return plan


def _standing(group: str, at: Moment) -> _Standing:
    found = Group.objects.filter(pk=group, company=at.company, ended_on=None).first()
    if found is None:
        raise SeatsRefusedError([why.GroupGone()])
    people = found.members.filter(left_on=None).order_by("pk")
    products = found.products.filter(carried_until=None).order_by("pk")
    return _Standing(
        id=found.pk,
        source=found.source,
        when_short=found.when_short,
        people=tuple(people.values_list("person_id", flat=True)),
        products=tuple(products.values_list("product_id", flat=True)),
    )


def _plan(standing: _Standing, edit: GroupEdit, at: Moment, book: SeatBook) -> _Plan:
    people = _edited(standing.people, edit.add_people, edit.remove_people)
    products = _edited(standing.products, edit.add_products, edit.remove_products)
    wanted = [Demand(person, product) for person in people for product in products]
    others = {one for group, one in group_demands(at.company) if group != standing.id}
    affected = {*standing.people, *people}
    still = others | set(wanted)
    before = {Demand(p, product) for p in standing.people for product in standing.products}
    waiting = {wait.demand for wait in book.waits}
    decision = decide(
        book,
        # What it wanted before is met or waits already.
        [one for one in wanted if one not in before or one not in waiting],
        granted_by=_GRANT,
        released=[one for one in book.holdings if one.person in affected and _goes(one, still)],
        unwanted=[
            wait
            for wait in book.waits
            if wait.person in affected and wait.granted_by == _GRANT and wait.demand not in still
        ],
    )
    refusals = [*_refusals(standing, edit, at, book)]
    if (edit.when_short or standing.when_short) == "deny":
        refusals += _too_large(decision, before)
    return _Plan(people=people, products=products, decision=decision, refusals=tuple(refusals))


def _edited(
    present: Sequence[str], added: Iterable[str], removed: Sequence[str]
) -> tuple[str, ...]:
    kept = [one for one in present if one not in set(removed)]
    return tuple(dict.fromkeys([*kept, *added]))


def _goes(holding: Holding, still: set[Demand]) -> bool:
    """Whether only groups granted the seat, and none of them does any more."""
    return holding.granted_by == _GRANT and not any(
        Demand(holding.person, product) in still for product in holding.gives
    )


def _too_large(decision: Decision, before: set[Demand]) -> list[SeatRefusal]:
    fresh: dict[str, int] = {}
    for demand in decision.short:
        if demand not in before:
            fresh[demand.product] = fresh.get(demand.product, 0) + 1
    return [why.GroupTooLarge(product, missing) for product, missing in sorted(fresh.items())]


def _refusals(
    standing: _Standing, edit: GroupEdit, at: Moment, book: SeatBook
) -> Iterable[SeatRefusal]:
    if standing.source != "local" and (edit.name or edit.add_people or edit.remove_people):
        yield why.GroupIsSynced(Group.objects.values_list("name", flat=True).get(pk=standing.id))
    if edit.name is not None:
        same = Group.objects.filter(company=at.company, name__iexact=edit.name, ended_on=None)
        if same.exclude(pk=standing.id).exists():
            yield why.GroupNameTaken(edit.name)
    active = active_people(at.company, edit.add_people)
    for person in dict.fromkeys(edit.add_people):
        if person not in active:
            yield why.NobodyHere(person)
    for product in sorted(set(edit.add_products) - book.owned_products):
        yield why.NotOwned(product)


def _write(group: str, standing: _Standing, plan: _Plan, at: Moment) -> None:
    gone = set(standing.people) - set(plan.people)
    dropped = set(standing.products) - set(plan.products)
    GroupMember.objects.filter(group=group, person__in=gone, left_on=None).update(left_on=at.day)
    GroupProduct.objects.filter(group=group, product__in=dropped, carried_until=None).update(
        carried_until=at.day
    )
    GroupMember.objects.bulk_create(
        GroupMember(company_id=at.company, group_id=group, person_id=one, joined_on=at.day)
        for one in plan.people
        if one not in standing.people
    )
    GroupProduct.objects.bulk_create(
        GroupProduct(company_id=at.company, group_id=group, product_id=one, carried_from=at.day)
        for one in plan.products
        if one not in standing.products
    )
    write(plan.decision, at, granted_by=_GRANT)


def _told(edit: GroupEdit) -> dict[str, object]:
    """What the journal keeps of an edit: only what it says."""
    said: dict[str, object] = {
        "name": edit.name,
        "when_short": edit.when_short,
        "joined": list(edit.add_people),
        "left": list(edit.remove_people),
        "carries": list(edit.add_products),
        "drops": list(edit.remove_products),
    }
    return {name: value for name, value in said.items() if value}
