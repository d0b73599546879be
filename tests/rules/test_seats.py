"""Seats: the worked tables of their page, and what holds whoever asks for how many."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.entitlement import SeatAccess, entitled, overlap_until
from perenne.rules.seating import Demand, SeatSource, allot
from perenne.rules.seats import HeldSeat, held_once, losing_order, losses
from tests.rules.tables import table

DAY = date(2026, 12, 10)


def listed(text):
    """The parts of a cell; a dash is none. Commas in brackets do not part."""
    return [] if text == "–" else re.split(r", (?![^(]*\))", text)


def sold(text):
    """A product, and what it gives."""
    product, contents = re.fullmatch(r"(\w+)(?:\((.*)\))?", text).groups()
    return product, frozenset([product, *(contents or "").split(",")]) - {""}


def demand(text):
    return Demand(*text.split())


@pytest.mark.parametrize("row", table("seats", "Who gets a free seat"), ids=str)
def test_who_gets_a_free_seat(row):
    sources = []
    for one in listed(row["free"]):
        text, free = one.rsplit(":", 1)
        product, gives = sold(text)
        sources.append(
            SeatSource(
                subscription=product, product=product, gives=gives, free=int(free), renews_on=DAY
            )
        )
    uses = {}
    for one in listed(row["uses"]):
        person, product = one.split()
        uses[person] = uses.get(person, frozenset()) | {product}

    found = allot([demand(one) for one in listed(row["wishes"])], sources, covered=uses)

    assert [f"{one.person} {seat}" for one, seat in found.given] == listed(row["given"])
    assert list(found.covered) == [demand(one) for one in listed(row["covered"])]
    assert list(found.short) == [demand(one) for one in listed(row["short"])]


def held(text):
    person, used, since = text.split()
    return HeldSeat(
        assignment=f"asg_{person}",
        person=person,
        assigned_on=date.fromisoformat(since),
        last_used_on=None if used == "–" else date.fromisoformat(used),
    )


@pytest.mark.parametrize("row", table("seats", "Who loses a seat"), ids=str)
def test_who_loses_a_seat(row):
    found = losses(
        [held(one) for one in listed(row["held"])],
        seats_left=int(row["left"]),
        chosen=listed(row["chosen"]),
    )

    assert [seat.person for seat in found.lost] == listed(row["lost"])


def access(text):
    subscription, product, how, day = text.split()
    code, gives = sold(product)
    on = date.fromisoformat(day)
    is_overlap = how == "switched"
    return SeatAccess(
        person="Ulf",
        subscription=subscription,
        product=code,
        contents=tuple(sorted(gives)),
        until=overlap_until(on, overlap_days=30) if is_overlap else on,
        is_overlap=is_overlap,
    )


@pytest.mark.parametrize("row", table("seats", "What a seat entitles to"), ids=str)
def test_what_a_seat_entitles_to(row):
    found = entitled(
        [access(one) for one in listed(row["seats"])], on=date.fromisoformat(row["day"])
    )

    mine = [one for one in found if one.product == row["product"]]
    assert [way.subscription for one in mine for way in one.ways] == listed(row["ways"])
    assert [one.until.isoformat() for one in mine] == listed(row["until"])


def test_a_seat_without_access_entitles_to_nothing():
    seat = SeatAccess(
        person="Ulf",
        subscription="s1",
        product="LT",
        contents=(),
        until=DAY + timedelta(1),
        has_access=False,
    )

    assert entitled([seat], on=DAY) == ()


people = st.sampled_from(["Ulf", "Vera", "Wim", "Xia", "Yen", "Zoe"])
products = st.sampled_from(["LT", "DRAFT", "CIVIL"])
demands = st.lists(st.builds(Demand, people, products), unique=True, max_size=12)
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@st.composite
def sources(draw):
    gives = st.sets(products, min_size=1)
    return [
        SeatSource(
            subscription=f"s{number}",
            product=min(given),
            gives=frozenset(given),
            free=draw(st.integers(0, 3)),
            renews_on=draw(days),
        )
        for number, given in enumerate(draw(st.lists(gives, max_size=4)))
    ]


@given(wishes=demands, free=sources())
def test_never_more_seats_are_given_than_are_free_and_every_wish_is_answered_once(wishes, free):
    found = allot(wishes, free, covered={})

    given_of = Counter(subscription for _, subscription in found.given)
    assert all(given_of[one.subscription] <= one.free for one in free)
    answered = [one for one, _ in found.given] + [*found.covered, *found.short]
    assert sorted(answered, key=repr) == sorted(wishes, key=repr)


@given(wishes=demands, free=sources())
def test_nobody_goes_short_while_a_seat_is_left_and_nobody_gets_what_they_have(wishes, free):
    found = allot(wishes, free, covered={})

    gives = {one.subscription: one.gives for one in free}
    left = Counter({one.subscription: one.free for one in free})
    left.subtract(subscription for _, subscription in found.given)
    for one in found.short:
        assert not [s for s in free if one.product in s.gives and left[s.subscription] > 0]
    usable = {}
    for one, subscription in found.given:
        assert one.product not in usable.get(one.person, set())
        usable.setdefault(one.person, set()).update(gives[subscription])


@given(wishes=demands, free=sources(), data=st.data())
def test_whoever_asks_later_takes_nothing_from_those_before(wishes, free, data):
    first = data.draw(st.integers(0, len(wishes)))
    before = allot(wishes[:first], free, covered={})
    after = allot(wishes, free, covered={})

    assert after.given[: len(before.given)] == before.given


@st.composite
def held_seats(draw):
    names = draw(st.lists(people, unique=True))
    return [
        HeldSeat(
            assignment=f"asg_{name}",
            person=name,
            assigned_on=draw(days),
            last_used_on=draw(st.none() | days),
        )
        for name in names
    ]


@given(seats=held_seats(), seats_left=st.integers(0, 7), chosen=st.sets(people))
def test_exactly_as_many_lose_a_seat_as_have_to_chosen_first(seats, seats_left, chosen):
    found = losses(seats, seats_left=seats_left, chosen=chosen)

    assert len(found.lost) == max(len(seats) - seats_left, 0)
    lost = [seat.person in chosen for seat in found.lost]
    assert lost == sorted(lost, reverse=True)
    holders = {seat.person for seat in seats}
    if False in lost:
        assert found.chosen == chosen & holders
    assert set(found.void) == chosen - holders


@given(seats=held_seats(), seats_left=st.integers(1, 7), chosen=st.sets(people))
def test_one_seat_more_saves_the_last_one_and_nobody_else(seats, seats_left, chosen):
    few = losses(seats, seats_left=seats_left - 1, chosen=chosen).lost
    more = losses(seats, seats_left=seats_left, chosen=chosen).lost

    assert more == few[: len(more)]


@given(seats=held_seats())
def test_the_order_does_not_depend_on_who_is_asked_first(seats):
    assert losing_order(seats) == losing_order(reversed(seats))


@given(one=held_seats(), other=held_seats())
def test_several_subscriptions_that_become_one_need_one_seat_a_person(one, other):
    found = held_once([*one, *other])

    assert [seat.person for seat in found] == sorted({seat.person for seat in (*one, *other)})
    for seat in found:
        mine = [each for each in (*one, *other) if each.person == seat.person]
        assert losing_order(mine)[-1] == seat


def test_fewer_than_no_seats_cannot_be_left():
    with pytest.raises(ValueError, match="seats_left must not be negative, got -1"):
        losses([], seats_left=-1)
