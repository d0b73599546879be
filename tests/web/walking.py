"""Walks every route with every principal and every object, and compares with the matrix."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from perenne.rules.permissions import ANYBODY, cells_of
from perenne.web.permissions import ROUTES, Entry, Who
from tests.support.signed_in import give_second_step, sign_in_as
from tests.support.tenants import canary
from tests.web.walk_objects import FORMS, OBJECTS, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.tenants import Principal, Tenants

# What keeps a session, counts attempts or empties them; nothing that anybody is told by.
_ALLOWED_WRITES = (
    "django_session",
    "usersessions_usersession",
    "platform_cache",
    "billing_eventrefusal",
)
_HARMLESS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "WITH OVER")
NOTHING = Thing("nothing", {}, lambda _who, _scope: True)


def routes() -> dict[str, Any]:
    """Every route by name; one without a name, or a nested resolver, would escape the registry."""
    found = {}
    for entry in get_resolver().url_patterns:
        assert isinstance(entry, URLPattern), f"{entry} is nested: list its routes themselves"
        assert entry.name, f"{entry} has no name"
        found[entry.name] = entry.pattern
    return found


@dataclass
class Found:
    """What a walk found: mistakes, how many probes, and which cells led somewhere."""

    mistakes: list[str] = field(default_factory=list)
    probes: int = 0
    reached: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Probe:
    """One try and what came of it."""

    name: str
    method: str
    thing: Thing
    answer: Any
    written: list[str]

    def __str__(self) -> str:
        return f"{self.method} {self.name} {self.thing.name}: {self.answer.status_code}"

    @property
    def is_shut(self) -> bool:
        """Whether the answer is one that somebody gets who may not."""
        return self.answer.status_code >= 500 or self.answer.status_code in (401, 403, 404, 405)

    @property
    def wrote_while_looking(self) -> bool:
        """Whether a page changed something; the library notes that recovery codes were seen."""
        return self.method == "GET" and bool(self.written) and "recovery_codes" not in self.name


def _leads_nowhere(entry: Entry, probe: Probe) -> bool:
    """A link that nobody made answers 404 to everybody."""
    return entry.of.endswith("link") and probe.answer.status_code == 404


@contextmanager
def _watched() -> Iterator[list[str]]:
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        said = str(sql).strip().upper()
        if not said.startswith(_HARMLESS) or "FOR UPDATE" in said:
            written.append(str(sql)[:90])
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield written


def _effects(written: list[str]) -> list[str]:
    return [one for one in written if not any(table in one for table in _ALLOWED_WRITES)]


class Walker:
    """One principal's browser; every probe is undone before the next."""

    def __init__(self, world: Tenants, who: Principal | None, *, confirmed: bool = True) -> None:
        self._world = world
        self._who = who
        self._client = Client(raise_request_exception=False)
        if who is not None:
            sign_in_as(self._client, who.key, confirmed=confirmed)
        self._cookies = {name: one.value for name, one in self._client.cookies.items()}

    def probe(self, name: str, method: str, thing: Thing) -> tuple[Any, list[str]]:
        """The answer, and what was written; none of it stays."""
        self._client.cookies.clear()
        for cookie, value in self._cookies.items():
            self._client.cookies[cookie] = value
        path = reverse(name, kwargs=dict(thing.kwargs))
        with transaction.atomic(), _watched() as written:
            form = FORMS.get(name, {}) if method == "POST" else {}
            answer = getattr(self._client, method.lower())(path, {**form, **thing.fields})
            transaction.set_rollback(True)
        return answer, _effects(written)

    def walk(self, found: Found, *, only: Callable[[str, Entry], bool]) -> None:
        """Every route and method that ``only`` names, with every thing of its kind."""
        for name, methods in ROUTES.items():
            for method, entry in methods.items():
                if not only(name, entry):
                    continue
                things = OBJECTS[entry.of](self._world) if entry.of else [NOTHING]
                bodies = {}
                for thing in things:
                    answer, written = self.probe(name, method, thing)
                    found.probes += 1
                    self._judge(entry, Probe(name, method, thing, answer, written), found)
                    if answer.status_code == 404:
                        bodies[thing.name] = _without_token(answer)
                if len(set(bodies.values())) > 1:
                    found.mistakes.append(f"{self._name()} {method} {name}: 404s differ")

    def _name(self) -> str:
        return self._who.name if self._who else "anybody"

    def _judge(self, entry: Entry, probe: Probe, found: Found) -> None:
        where = f"{self._name()} {probe}"
        if self._expected(entry, probe.thing) == "denied":
            if not self._is_refusal(probe.answer):
                found.mistakes.append(f"{where}, should be denied")
            found.mistakes += [f"{where} wrote {one}" for one in probe.written[:1]]
        elif probe.is_shut:
            if not _leads_nowhere(entry, probe):
                found.mistakes.append(f"{where}, should be allowed")
        elif probe.answer.status_code < 300 or probe.method == "POST":
            roles = self._who.roles if self._who else (ANYBODY,)
            found.reached |= {(entry.action, role) for role in roles}
        if probe.wrote_while_looking:
            found.mistakes.append(f"{where}: a look wrote {probe.written[0]}")
        if leaks := self._leaks(entry, probe):
            found.mistakes.append(f"{where} shows {leaks}")

    def _leaks(self, entry: Entry, probe: Probe) -> list[str]:
        """The tenants whose names came out though they are none of this principal's business."""
        if probe.name == "sign-in" or entry.of.endswith("link"):
            return []  # a demo offers everybody; who has a link may read what it opens
        said = probe.answer.content.decode("utf-8", "replace") + str(probe.answer.headers)
        hidden = frozenset("ABPQ") - (self._who.tenants if self._who else frozenset())
        return [letter for letter in sorted(hidden) if f"{canary(letter)} " in said]

    def _expected(self, entry: Entry, thing: Thing) -> str:
        who = self._who
        if entry.who is not Who.MATRIX:
            if entry.who is Who.ANYONE:
                return "allowed"
            if (
                who is None
                or entry.who is Who.SIGNED
                or (entry.who is Who.DEMO_STAFF and not who.staff)
            ):
                return "denied"
            return "allowed" if not entry.of or thing.opens(who, None) else "denied"
        if cells_of([ANYBODY], entry.action):
            return "allowed"
        if who is None:
            return "denied"
        opened = [cell.scope for cell in cells_of(who.roles, entry.action)]
        return "allowed" if any(thing.opens(who, scope) for scope in opened) else "denied"

    def _is_refusal(self, answer: Any) -> bool:
        if answer.status_code in (401, 403, 404):
            return True
        is_asked = answer.status_code == 302 and answer.url.startswith(("/sign-in/", "/acting/"))
        return is_asked and self._who is None


def _without_token(answer: Any) -> str:
    """The body without what differs from request to request."""
    said = answer.content.decode("utf-8", "replace")
    return "\n".join(line for line in said.splitlines() if "csrfmiddlewaretoken" not in line)


def walk_everything(
    world: Tenants,
    principals: list[Principal],
    *,
    only: Callable[[str, Entry], bool] = lambda _name, _entry: True,
) -> Found:
    """Everybody tries everything; pages that are the same for all are tried by one of each kind."""
    found = Found()
    Walker(world, None).walk(found, only=only)
    kinds: set[str] = set()
    for who in principals:
        give_second_step(who.user)
        kind = who.key.partition(":")[0]
        is_first = kind not in kinds
        kinds.add(kind)
        walker = Walker(world, who)
        walker.walk(
            found,
            only=lambda name, entry, is_first=is_first: (
                only(name, entry) and (is_first or not _is_same_for_all(name, entry))
            ),
        )
    return found


def _is_same_for_all(name: str, entry: Entry) -> bool:
    if entry.action == "self.manage":
        return name != "profile" and not entry.of
    return entry.action == "sign_in"
