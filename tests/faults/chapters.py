"""A chapter: a world of its own, some blows, the drain, and the verdict. A number tells it all."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.method_setups import hear_of_setups
from perenne.daily.queries import marks
from perenne.daily.running import run_to
from perenne.notices.delivery import deliver_waiting
from perenne.notices.telling import tell_waiting_facts
from perenne.platform.bulk import select
from perenne.platform.clock import moment_of
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.hearing import hear_of_charges
from perenne.renewals.operations.reconciling import reconcile
from tests.faults.acts import ACTS, Scene
from tests.faults.board import GatewayFault
from tests.faults.books import Book, a_book
from tests.faults.judging import always, at_rest, beginnings
from tests.faults.steps import Step, opening, random_step, tour
from tests.faults.workers import Blow, Strike, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.judging import Beginnings
    from tests.faults.lane import Lane

STEPS = 6
TOUR_EVERY = 50
_DATABASE_BLOWS = {Blow.RESTART_DATABASE, Blow.CUT_CONNECTION, Blow.LOSE_REQUEST, Blow.LOSE_REPLY}
_LOST_CONNECTION = {"OperationalError", "InterfaceError", "InternalError"}
# On a crowded machine even the living may be silent for too long.
_TOO_SLOW = {"IdleInTransactionSessionTimeout"}


@dataclass
class Chapter:
    """What is done in one world, decided by its seed and number alone.

    ``has_all`` writes a case of every kind into the book; ``mutate`` spoils the workers' code,
    and ``spoil`` are statements that spoil their database.
    """

    seed: int
    number: int
    steps: list[Step] = field(default_factory=list)
    first_day: date | None = None
    has_all: bool = False
    mutate: Callable[[], None] = lambda: None
    spoil: tuple[str, ...] = ()
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed}/{self.number}")
        if not self.steps and self.number % TOUR_EVERY == 0:
            self.steps = tour()
            self.has_all = True
        elif not self.steps:
            self.steps = [
                *opening(self.number),
                *(random_step(self.rng) for _ in range(STEPS)),
            ]

    def __str__(self) -> str:
        return "\n".join(f"  {number}. {step}" for number, step in enumerate(self.steps, 1))


def play(chapter: Chapter, lane: Lane) -> None:
    """Play it to its end or to its first finding."""
    lane.new_world(f"world_{chapter.number}")
    if chapter.spoil:
        lane.spoil(*chapter.spoil)
    since = beginnings(lane)
    book = a_book(chapter.rng, has_all=chapter.has_all, first_day=chapter.first_day)
    day = book.first_day
    for number, step in enumerate(chapter.steps, 1):
        day = min(day + timedelta(step.ahead), book.last_day - timedelta(3))
        ended = _play(step, Scene(book, day), lane, chapter.mutate)
        found = [*_how_they_ended(step, ended), *always(lane, since)]
        chapter.findings += [f"{number}. {step}: {one}" for one in found]
        if chapter.findings:
            return
    chapter.findings += [f"drain: {one}" for one in _drain(book, lane, since, chapter.mutate)]


def _play(step: Step, scene: Scene, lane: Lane, mutate: Callable[[], None]) -> list[Worker]:
    lane.use_proxy(used=step.is_proxied)
    lane.board.arm_gateway(step.gateway, step.requests if step.gateway else 0)

    def begin(name: str, strike: Strike | None = None) -> Worker:
        def work() -> object:
            mutate()
            return ACTS[name](scene)

        return lane.crew.fork(name, work, strike)

    workers = [begin(step.acts[0], step.strike)]
    if step.strike and step.strike.blow is Blow.PAUSE:
        lane.crew.wait_for_pause(workers[0])
    workers += [begin(name) for name in step.acts[1:]]
    if step.gateway is GatewayFault.HOLD:
        lane.crew.kill_while(workers[0], lambda: lane.board.is_held)
    ended = lane.crew.see_through(workers, relief=lambda: begin(step.acts[0]))
    lane.board.disarm()
    lane.use_proxy(used=False)
    return ended


def _how_they_ended(step: Step, ended: list[Worker]) -> list[str]:
    """Nothing but what was done to them may end workers."""
    blow = step.strike.blow if step.strike else None
    may_die = blow is Blow.KILL or step.gateway is GatewayFault.HOLD
    may_lose = blow in _DATABASE_BLOWS or blow is Blow.STALL
    found = []
    for worker in ended:
        kinds = set(worker.said.get("kinds", "").split())
        is_well = worker.how == "done" or bool(kinds & _TOO_SLOW)
        is_well = is_well or (worker.how == "killed" and may_die)
        if not (is_well or (may_lose and kinds & _LOST_CONNECTION)):
            found.append(f"{worker}\n{worker.said.get('trace', '')}")
    return found


def _drain(book: Book, lane: Lane, since: Beginnings, mutate: Callable[[], None]) -> list[str]:
    """Run everything to its end, without faults."""

    def work() -> object:
        mutate()
        return _to_the_end(book, lane)

    ended = lane.crew.see_through([lane.crew.fork("drain", work)])
    found = [f"{one}\n{one.said.get('trace', '')}" for one in ended if one.how != "done"]
    return [*found, *always(lane, since), *at_rest(lane, since, book)]


def _to_the_end(book: Book, lane: Lane) -> None:
    now = moment_of(book.last_day)
    lane.wait_for_lost_mails()
    run_to(book.last_day - timedelta(2), now=now)
    _settle_pending(lane)
    for region in marks():
        reconcile(region, occasion=Occasion(book.last_day, "reconciler", now))
    hear_of_charges(now=now)
    hear_of_setups(now=now)
    run_to(book.last_day, now=now)
    tell_waiting_facts(now=now)
    deliver_waiting(now=now)


def _settle_pending(lane: Lane) -> None:
    """The bank says yes at last."""
    gateway = lane.gateway()
    rows = select(
        "select distinct idempotency_key from billing_paymentattempt "
        "where state in ('pending', 'unknown')"
    )
    for row in rows:
        found = gateway.find_charge(row["idempotency_key"])
        if found is not None and found.outcome is ChargeOutcome.PENDING:
            gateway.settle(found.charge_id, succeeds=True)
