"""What the walk puts into addresses and forms: one factory a kind of object, in one place.

Whoever adds a route with a new kind of object (``of=`` in the permission registry) adds its things
here; a route whose form needs fields to get anywhere adds them to ``FORMS``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perenne.rules.permissions import Scope, cells_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.tenants import Principal, Tenants


@dataclass(frozen=True)
class Thing:
    """An object of one kind: its part of the address, and whom a scope opens it to.

    ``fields`` name it where the address does not: in the query, or in the form.
    """

    name: str
    kwargs: Mapping[str, Any]
    opens: Callable[[Principal, Scope], bool]
    fields: Mapping[str, Any] = field(default_factory=dict)


def _nobody(_who: Principal, _scope: Scope) -> bool:
    return False


def _of_company(company: str) -> Callable[[Principal, Scope], bool]:
    return lambda who, scope: scope in (Scope.OWN, Scope.TWO) and who.company == company


def _subscriptions(world: Tenants) -> list[Thing]:
    own = {
        "a_online": ("A", world.a.people["named_user"].pk, "", ""),
        "a_by_partner": ("A", world.a.people["sibling"].pk, world.linked.pk, ""),
        "a_by_sales": ("A", "", "", world.staff["sales"].pk),
        "b_online": ("B", "", "", ""),
        # Its company took the consent back.
        "b_by_expartner": ("B", "", "", ""),
    }
    companies = {"A": world.a.company.pk, "B": world.b.company.pk}

    def opens(letter: str, holder: str, partner: str, seller: str) -> Callable[..., bool]:
        def decide(who: Principal, scope: Scope) -> bool:
            if scope is Scope.OWN:
                return bool(who.staff) or who.company == companies[letter]
            if scope is Scope.SELF:
                return bool(who.person) and who.person == holder
            if scope is Scope.PARTNER:
                mine = (who.partner, partner) if who.partner else (who.staff, seller)
                return bool(mine[0]) and mine[0] == mine[1]
            return False

        return decide

    found = [
        Thing(name, {"subscription_id": world.subscriptions[name].pk}, opens(*facts))
        for name, facts in own.items()
    ]
    return [*found, Thing("random", {"subscription_id": "sub_0"}, _nobody)]


def _actions(world: Tenants) -> list[Thing]:
    return [
        Thing(one.name, {**one.kwargs, "action": "renew"}, one.opens)
        for one in _subscriptions(world)
    ]


def _alignments(world: Tenants) -> list[Thing]:
    """What shall be aligned is named in the form; what is not theirs is not possible as chosen."""
    wish = {"kind": "align", "mode": "stretch", "target": ""}
    chosen = {
        "own": ("a_online", "a_by_partner"),
        "mixed": ("a_online", "b_online"),
        "of B": ("b_online", "b_by_expartner"),
    }

    def own(_who: Principal, scope: Scope) -> bool:
        return scope is Scope.OWN

    return [
        Thing(
            name,
            {},
            own,
            fields={**wish, "subscriptions": [world.subscriptions[one].pk for one in names]},
        )
        for name, names in chosen.items()
    ]


def _changes(world: Tenants) -> list[Thing]:
    """A change is open to whom its subscription is open to."""
    opens = {one.name: one.opens for one in _subscriptions(world)}
    return [
        Thing(name, {"change_id": change}, opens[name]) for name, change in world.changes.items()
    ] + [Thing("random", {"change_id": "chg_0"}, _nobody)]


def _paid(world: Tenants, argument: str) -> list[Thing]:
    """What A was billed and paid, on line: neither partner nor sales person has a part in it."""
    company = world.a.company.pk

    def opens(who: Principal, scope: Scope) -> bool:
        return scope is Scope.OWN and (bool(who.staff) or who.company == company)

    return [
        Thing("of A", {argument: world.paid[argument]}, opens),
        Thing("random", {argument: "x_0"}, _nobody),
    ]


def _wishes(world: Tenants) -> list[Thing]:
    """Who may ask colleagues asks about a subscription that they see."""

    def seen(one: Thing) -> Callable[[Principal, Scope], bool]:
        return lambda who, scope: (
            scope is Scope.OWN
            and any(one.opens(who, cell.scope) for cell in cells_of(who.roles, "subscriptions.see"))
        )

    return [
        Thing(
            one.name,
            {},
            seen(one),
            fields={"subscription": one.kwargs["subscription_id"], "action": "renew"},
        )
        for one in _subscriptions(world)
    ]


def _requests(world: Tenants) -> list[Thing]:
    """What was asked is open to who asked, and to who sees all subscriptions of their company."""

    def opens(asker: str, company: str) -> Callable[[Principal, Scope], bool]:
        def decide(who: Principal, scope: Scope) -> bool:
            seen = {cell.scope for cell in cells_of(who.roles, "subscriptions.see")}
            is_shown = who.person == asker or Scope.OWN in seen
            return scope is Scope.OWN and who.company == company and is_shown

        return decide

    return [
        Thing(name, {"request_id": one.pk}, opens(one.asked_by_id, one.company_id))
        for name, one in world.requests.items()
    ] + [Thing("random", {"request_id": "ask_0"}, _nobody)]


def _worked_requests(world: Tenants) -> list[Thing]:
    """At the desk each is open to whom it was routed or handed to."""

    def opens(owner: str) -> Callable[[Principal, Scope], bool]:
        return lambda who, _scope: owner in (who.staff, who.partner)

    return [
        Thing(name, {"request_id": one.pk}, opens(one.partner_id or one.staff_id))
        for name, one in world.requests.items()
    ] + [Thing("random", {"request_id": "ask_0"}, _nobody)]


def _people(world: Tenants) -> list[Thing]:
    return [
        Thing(
            f"{name} of {tenant.letter}",
            {"person_id": tenant.people[name].pk},
            _of_company(tenant.company.pk),
        )
        for tenant, name in ((world.a, "sibling"), (world.a, "payer"), (world.b, "viewer"))
    ] + [Thing("random", {"person_id": "prs_0"}, _nobody)]


def _seats(world: Tenants) -> list[Thing]:
    """The address names nobody: everybody is shown their own company's people, staff nobody's."""
    del world
    return [Thing("own", {}, lambda who, scope: scope is Scope.OWN and bool(who.company))]


def _groups(world: Tenants) -> list[Thing]:
    return [
        Thing(f"of {tenant.letter}", {"group_id": group}, _of_company(tenant.company.pk))
        for tenant in (world.a, world.b)
        for group in (world.groups[tenant.letter],)
    ] + [Thing("random", {"group_id": "grp_0"}, _nobody)]


def _seated(world: Tenants) -> list[Thing]:
    """Whose seats are shown is the company's business, whoever sold it."""
    companies = {"a": world.a.company.pk, "b": world.b.company.pk}
    return [
        Thing(name, {"subscription_id": one.pk}, _of_company(companies[name[0]]))
        for name, one in world.subscriptions.items()
    ] + [Thing("random", {"subscription_id": "sub_0"}, _nobody)]


def _handovers(world: Tenants) -> list[Thing]:
    def concerns(tenant: Any) -> Callable[[Principal, Scope], bool]:
        asked = {tenant.people["viewer"].pk, tenant.people["contract_manager"].pk}
        return lambda who, _scope: who.person in asked

    return [
        Thing(f"of {tenant.letter}", {"handover_id": world.handovers[tenant.letter].pk}, opens)
        for tenant in (world.a, world.b)
        for opens in (concerns(tenant),)
    ] + [Thing("random", {"handover_id": "hov_0"}, _nobody)]


def _of_user(world: Tenants, argument: str, numbers: Mapping[str, int]) -> list[Thing]:
    owners = {"mine": "contract_manager", "theirs": "viewer"}

    def owned(role: str) -> Callable[[Principal, Scope], bool]:
        person = world.a.people[role].pk
        return lambda who, _scope: who.person == person

    return [
        Thing(name, {argument: number}, owned(owners[name])) for name, number in numbers.items()
    ] + [Thing("random", {argument: 999_999_999}, _nobody)]


def _quotes(world: Tenants, **more: Any) -> list[Thing]:
    """Prices are for those of the company who see invoices, for who sold it, and for finance."""

    def opens(company: str, seller: str) -> Callable[[Principal, Scope | None], bool]:
        def decide(who: Principal, _scope: Scope | None) -> bool:
            is_reader = bool(cells_of(who.roles, "invoices.see"))
            is_theirs = who.company == company or "finance" in who.roles
            return is_reader and (is_theirs or (bool(who.staff) and who.staff == seller))

        return decide

    a, b, sales = world.a.company.pk, world.b.company.pk, world.staff["sales"].pk
    told = {"own of A": (a, ""), "own of B": (b, ""), "sold to A": (a, sales)}
    found = [
        Thing(name, {"number": number, **more}, opens(*told[name]))
        for name, number in world.quotes.items()
    ]
    return [*found, Thing("random", {"number": "Q-0", **more}, _nobody)]


def _made_quotes(world: Tenants) -> list[Thing]:
    """The form of the next version is for those who make quotes."""

    def both(one: Thing) -> Callable[[Principal, Scope | None], bool]:
        return lambda who, scope: _makes_quotes(who, scope) and one.opens(who, scope)

    return [Thing(one.name, one.kwargs, both(one)) for one in _quotes(world)]


def _makes_quotes(who: Principal, _scope: Scope | None) -> bool:
    return bool(who.roles & {"contract_manager", "partner", "sales", "specialist"})


OBJECTS: Mapping[str, Callable[[Tenants], list[Thing]]] = {
    "subscription": _subscriptions,
    "action": _actions,
    "alignment": _alignments,
    "change": _changes,
    "invoice": lambda world: _paid(world, "invoice_id"),
    "payment": lambda world: _paid(world, "payment_id"),
    "method setup": lambda world: _paid(world, "setup_id"),
    "credit note": lambda world: _paid(world, "note_id"),
    "wish": _wishes,
    "request": _requests,
    "worked request": _worked_requests,
    "quote": _quotes,
    "quote version": lambda world: _quotes(world, version=1),
    "quote option": lambda world: _quotes(world, version=1, letter="A"),
    "quote maker": lambda _world: [Thing("form", {}, _makes_quotes)],
    "made quote": _made_quotes,
    "quote link": lambda _world: [Thing("forged", {"token": "x"}, lambda _who, _scope: True)],
    "quote option link": lambda _world: [
        Thing("forged", {"token": "x", "letter": "A"}, lambda _who, _scope: True)
    ],
    "calendar feed link": lambda _world: [
        Thing("forged", {"secret": "x"}, lambda _who, _scope: True)
    ],
    "person": _people,
    "seats": _seats,
    "group": _groups,
    "seated subscription": _seated,
    "handover": _handovers,
    "session": lambda world: _of_user(world, "number", world.sessions),
    "passkey": lambda world: _of_user(world, "pk", world.passkeys),
    "mail": lambda _world: [
        Thing("mail", {"number": 1}, lambda _who, _scope: True),
        Thing("random", {"number": 999}, _nobody),
    ],
    "invitation link": lambda world: [
        Thing("open", {"secret": world.invitations["own"]}, lambda _who, _scope: True),
        Thing("forged", {"secret": "invitation:inv_0:x"}, lambda _who, _scope: True),
    ],
    "reset link": lambda _world: [
        Thing("forged", {"uidb36": "usr_0", "key": "x-y"}, lambda _who, _scope: True),
    ],
}

# What a form needs to be taken at all, by route; other routes are sent an empty form.
FORMS: Mapping[str, Mapping[str, Any]] = {
    "set_language": {"language": "en"},
    "person-addition": {"name": "New", "email": "new@atelier.example", "locale": "en"},
    "person-roles": {"roles": ["viewer"]},
    "handover-answer": {"answer": "decline"},
    "ask": {
        "topic": "other",
        "message": "Hello.",
        "preferred_time": "any",
        "language": "en",
        "form_key": f"form_{0:026d}",
    },
    "ask-colleagues": {"message": "Please.", "form_key": f"form_{0:026d}"},
    "request": {"message": "Hello again."},
    "desk-request": {"step": "answer", "message": "Hello."},
    "losing": {"step": "choose", "on": "2027-01-10"},
    "quote-accept": {"letter": "A"},
    "quote-withdraw": {"version": "1"},
    "profile": {"name": "CNRY-SELF", "locale": "en"},
}
