"""Who loses a seat when seats become fewer, as it stands: chosen people, then the rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from perenne.platform.bulk import as_array, select
from perenne.renewals.facts import RenewalFacts, renewal_facts
from perenne.rules.seats import HeldSeat, Losses, held_once, losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """A day on which a subscription has fewer seats than people now hold; ``on`` is the first.

    ``held`` are the people's seats, one each; with a collection also those that it takes in.
    """

    subscription: str
    code: str
    # What runs until then, by its code.
    product: str
    company: str
    on: date
    seats_left: int
    held: tuple[HeldSeat, ...]
    losses: Losses


# Fewer seats that were sold or given back already, but have not begun.
_LEDGER_AHEAD = """
select l.subscription_id, l.effective_on,
       (select coalesce(sum(o.seats), 0) from subscriptions_seatchange o
        where o.subscription_id = l.subscription_id and o.effective_on <= l.effective_on) as owned
from subscriptions_seatchange l join subscriptions_subscription s on s.id = l.subscription_id
where l.subscription_id = any(%(ids)s::text[]) and l.seats < 0 and l.effective_on > %(day)s
  and s.ended_on is null
group by l.subscription_id, l.effective_on
"""

_HELD = """
select a.subscription_id, a.id, a.person_id, a.assigned_on, a.last_used_on
from subscriptions_assignment a
where a.subscription_id = any(%s::text[]) and a.released_on is null order by a.id
"""

_CHOSEN = """
select distinct on (subscription_id, effective_on) subscription_id, effective_on, people
from renewals_losingchoice where subscription_id = any(%s::text[])
order by subscription_id, effective_on, id desc
"""


def held_seats(subscriptions: Sequence[str]) -> dict[str, list[HeldSeat]]:
    """The seats that people hold now, by subscription."""
    found: dict[str, list[HeldSeat]] = {}
    for row in select(_HELD, [as_array(subscriptions)]):
        seat = HeldSeat(
            assignment=row["id"],
            person=row["person_id"],
            assigned_on=row["assigned_on"],
            last_used_on=row["last_used_on"],
        )
        found.setdefault(row["subscription_id"], []).append(seat)
    return found


def chosen_to_lose(subscriptions: Sequence[str]) -> dict[tuple[str, date], tuple[str, ...]]:
    """Who was chosen to lose a seat, by subscription and day: the newest choice."""
    return {
        (row["subscription_id"], row["effective_on"]): tuple(row["people"])
        for row in select(_CHOSEN, [as_array(subscriptions)])
    }


def reductions_ahead(subscriptions: Sequence[str], *, day: date) -> list[Reduction]:
    """The reductions that take a seat from somebody, by subscription and day.

    Those of the renewal plans on file, and those in the seat ledger that begin after ``day``.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    facts = {one.id: one for one in renewal_facts(subscriptions)}
    taken_in = [merged for one in facts.values() for merged in one.plan.merges]
    held = held_seats([*facts, *taken_in])
    chosen = chosen_to_lose(list(facts))
    found = []
    for (identity, on), seats_left in sorted(_coming(facts, day=day).items()):
        one = facts[identity]
        merges = one.plan.merges if on == one.term.renews_on else ()
        here = held_once(seat for source in (identity, *merges) for seat in held.get(source, []))
        if len(here) > seats_left:
            found.append(
                Reduction(
                    subscription=identity,
                    code=one.code,
                    product=one.offer.product,
                    company=one.company,
                    on=on,
                    seats_left=seats_left,
                    held=here,
                    losses=losses(
                        here, seats_left=seats_left, chosen=chosen.get((identity, on), ())
                    ),
                )
            )
    return found


def _coming(facts: Mapping[str, RenewalFacts], *, day: date) -> dict[tuple[str, date], int]:
    """By subscription and day, how many seats are left from then on."""
    coming = {
        (row["subscription_id"], row["effective_on"]): int(row["owned"])
        for row in select(_LEDGER_AHEAD, {"ids": as_array(list(facts)), "day": day})
    }
    for one in facts.values():
        if one.ended_on is None and not one.plan.merged_into:
            coming[one.id, one.term.renews_on] = one.seats_planned
    return coming


def losing_then(
    subscription: str, *, merges: Sequence[str] = (), seats_left: int, on: date
) -> Losses:
    """Who would lose a seat if so many were left on a day, with what was chosen for it."""
    held = held_seats([subscription, *merges])
    return losses(
        held_once(seat for seats in held.values() for seat in seats),
        seats_left=seats_left,
        chosen=chosen_to_lose([subscription]).get((subscription, on), ()),
    )
