"""Which subscriptions can be aligned with each other, and what would let the others join them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from perenne.rules.align_targets import latest


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """What subscriptions have in common that can be aligned; ``months`` is the term length."""

    region: str
    months: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A living subscription that was sold on line, as far as the planner looks at it.

    ``months`` is its term length from ``ready_on`` on, the day from which nothing that is planned
    stands in the way; ``is_eligible`` says that it can be aligned today, ``extends`` that it can
    last longer. ``method`` is None if nothing can be charged at once; ``months_open`` are the term
    lengths to which its next term may be changed.
    """

    id: str
    region: str
    months: int
    method: str | None
    renews_on: date
    ready_on: date
    is_eligible: bool
    extends: bool = True
    months_open: frozenset[int] = frozenset()
    may_pay_otherwise: bool = True

    @property
    def key(self) -> GroupKey | None:
        """Its group; None while nothing pays it."""
        return None if self.method is None else GroupKey(self.region, self.months, self.method)


class StepKind(StrEnum):
    """What has to happen before a subscription can be aligned."""

    UNIFY_METHOD = "unify_method"
    CHANGE_TERM = "change_term"
    # Something is planned already: it is executed, or taken back by those who cannot wait.
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step, and the day on which it takes effect."""

    kind: StepKind
    on: date


@dataclass(frozen=True, slots=True)
class Group:
    """Subscriptions that can be aligned today, by renewal day; ``day`` is the latest of them."""

    key: GroupKey
    members: tuple[str, ...]
    day: date


@dataclass(frozen=True, slots=True)
class Path:
    """The cheapest steps after which a subscription can be aligned with those of ``joins``.

    No step, if another one of the rest comes to it. ``possible_on`` is the earliest day.
    """

    subscription: str
    joins: GroupKey
    steps: tuple[PlanStep, ...]
    possible_on: date


@dataclass(frozen=True, slots=True)
class AlignPlan:
    """The groups, and a path for those of the rest that have one, by earliest day."""

    groups: tuple[Group, ...]
    paths: tuple[Path, ...]


def plan_alignment(candidates: Sequence[Candidate], *, as_of: date) -> AlignPlan:
    """Propose groups, then the cheapest steps for the rest.

    The cheapest are those with the earliest day; then the fewest; then those that join the most
    subscriptions. One of the rest to which another comes has nothing to do itself.

    Source: docs/explanation/alignment.md, «Prerequisite steps».
    """
    groups = _groups(candidates)
    settled = _settled(candidates, as_of=as_of)
    rest = [one for one in candidates if one.id not in settled]
    paths = _paths(rest, _by_key(candidates), as_of=as_of)
    return AlignPlan(
        groups, tuple(sorted(paths, key=lambda path: (path.possible_on, path.subscription)))
    )


def _groups(candidates: Sequence[Candidate]) -> tuple[Group, ...]:
    eligible = _by_key([one for one in candidates if one.is_eligible])
    found = []
    for key, members in sorted(eligible.items()):
        day = latest([one.renews_on for one in members])
        moving = [one for one in members if one.extends or one.renews_on == day]
        if len({one.renews_on for one in moving}) > 1:
            ordered = sorted(moving, key=lambda one: (one.renews_on, one.id))
            found.append(Group(key, tuple(one.id for one in ordered), day))
    return tuple(found)


def _settled(candidates: Sequence[Candidate], *, as_of: date) -> frozenset[str]:
    """Those that have somebody to be aligned with, today or since their days became one."""
    ready = _by_key([one for one in candidates if one.ready_on <= as_of])
    return frozenset(one.id for there in ready.values() if len(there) > 1 for one in there)


def _by_key(candidates: Sequence[Candidate]) -> Mapping[GroupKey, list[Candidate]]:
    found: dict[GroupKey, list[Candidate]] = defaultdict(list)
    for one in candidates:
        if one.key is not None:
            found[one.key].append(one)
    return found


def _paths(
    rest: Sequence[Candidate],
    places: Mapping[GroupKey, Sequence[Candidate]],
    *,
    as_of: date,
) -> list[Path]:
    """Take the cheapest path of all first; who is joined stays, and who left is joined no more."""
    first = {one.id: _options(one, places, as_of=as_of) for one in rest}
    movable = sorted(
        (one for one in rest if first[one.id]),
        key=lambda one: (_cost(first[one.id][0], places), one.id),
    )
    staying = {key: list(there) for key, there in places.items()}
    taken: dict[str, Path] = {}
    joined: dict[str, date] = {}
    for one in movable:
        options = [] if one.id in joined else _options(one, staying, as_of=as_of)
        if not options:
            continue
        path = taken[one.id] = options[0]
        if one.key is not None and one.key != path.joins:
            staying[one.key].remove(one)
        for peer in staying[path.joins]:
            joined[peer.id] = min(joined.get(peer.id, date.max), path.possible_on)
    return [*taken.values(), *_awaiting(rest, taken, joined, as_of=as_of)]


def _awaiting(
    rest: Sequence[Candidate], taken: Mapping[str, Path], joined: Mapping[str, date], *, as_of: date
) -> Iterator[Path]:
    """Those of the rest to which others come; at most, what they planned has to be executed."""
    for one in rest:
        if one.id in joined and one.id not in taken and one.key is not None:
            steps = _steps(one, one.key, as_of=as_of) or ()
            yield Path(one.id, one.key, steps, max(joined[one.id], one.ready_on))


def _options(
    one: Candidate, places: Mapping[GroupKey, Sequence[Candidate]], *, as_of: date
) -> list[Path]:
    """Every place that it could join, the cheapest first."""
    found = []
    for key, there in places.items():
        peers = [peer for peer in there if peer.id != one.id]
        steps = _steps(one, key, as_of=as_of)
        if peers and key.region == one.region and steps is not None:
            ready_on = min(peer.ready_on for peer in peers)
            possible_on = max([as_of, ready_on, *(step.on for step in steps)])
            if steps or possible_on > as_of:
                found.append(Path(one.id, key, steps, possible_on))
    return sorted(found, key=lambda path: _cost(path, places))


def _steps(one: Candidate, key: GroupKey, *, as_of: date) -> tuple[PlanStep, ...] | None:
    """What it takes to be like the others there; None if it cannot be done on line."""
    steps = []
    if one.method != key.method:
        if not one.may_pay_otherwise:
            return None
        steps.append(PlanStep(StepKind.UNIFY_METHOD, as_of))
    if one.months != key.months:
        if key.months not in one.months_open:
            return None
        steps.append(PlanStep(StepKind.CHANGE_TERM, one.renews_on))
    elif one.ready_on > as_of:
        steps.append(PlanStep(StepKind.WAIT, one.ready_on))
    return tuple(steps)


def _cost(
    path: Path, places: Mapping[GroupKey, Sequence[Candidate]]
) -> tuple[date, int, int, GroupKey]:
    return path.possible_on, len(path.steps), -len(places[path.joins]), path.joins
