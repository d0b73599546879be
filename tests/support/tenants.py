"""Two customers, two partners and the vendor, for tests that nobody sees what is not theirs.

Every name holds the canary of its tenant, so that a leak is found wherever it comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from perenne.accounts.models import ROLES, STAFF_ROLES, Company, Person, RoleHandover, StaffMember
from perenne.accounts.operations.inviting import invite, secret_of
from perenne.billing.book_models import CreditNote
from perenne.billing.correcting import correct_invoice
from perenne.billing.giving_back import GiveBack
from perenne.billing.method_models import MethodSetup
from perenne.billing.models import Invoice, Payment
from perenne.notices.sink_store import SinkStore, mailbox_path
from perenne.partners.models import Partner, PartnerLink, PartnerPerson
from perenne.platform.ids import new_id
from perenne.platform.occasion import Occasion
from perenne.seats.operations.grouping import GroupEdit, make_group
from perenne.support.models import ContactRequest
from perenne.support.operations.reassigning import reassign
from tests.support.asking import a_request, acting
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_partner_person,
    a_person,
    a_subscription,
    an_assignment,
    member_of,
)
from tests.support.changing import at, change, previewed
from tests.support.passkeys import a_stored_credential
from tests.support.quoting import quoted
from tests.support.signed_in import user_behind

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SOON = date(2027, 1, 10)
# Whose names staff meet: finance everybody's; those who answer requests whoever asked them, and
# the partner to whom the renewals desk can hand a request.
_MET_BY_STAFF = {"finance": "ABPQ", "sales": "A", "specialist": "ABP", "support": "A"}
# Company roles in the order of the matrix.
COMPANY_ROLES = tuple(role for role in ROLES if role != "named_user")


def canary(tenant: str) -> str:
    """The text that gives a tenant's data away."""
    return f"CNRY-{tenant}"


@dataclass(frozen=True)
class Principal:
    """Somebody who tries everything; ``tenants`` are those whose canary they may meet."""

    name: str
    key: str
    roles: frozenset[str]
    company: str = ""
    partner: str = ""
    staff: str = ""
    person: str = ""
    user: str = ""
    tenants: frozenset[str] = frozenset()


@dataclass
class Tenant:
    """A company with one person a role, and what belongs to it."""

    letter: str
    company: Company
    people: dict[str, Person] = field(default_factory=dict)


@dataclass
class Tenants:
    """The whole world, made once."""

    a: Tenant
    b: Tenant
    linked: Partner
    unlinked: Partner
    partner_people: dict[str, PartnerPerson]
    staff: dict[str, StaffMember]
    subscriptions: dict[str, object]
    handovers: dict[str, RoleHandover]
    invitations: dict[str, str]
    passkeys: dict[str, int]
    sessions: dict[str, int]
    changes: dict[str, str] = field(default_factory=dict)
    paid: dict[str, str] = field(default_factory=dict)
    requests: dict[str, ContactRequest] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def _tenant(letter: str, *, region: str) -> Tenant:
    company = a_company(name=f"{canary(letter)} Atelier", region=region)
    tenant = Tenant(letter, company)
    company.people.all()  # Ana and Bo of the builder stay as further people
    Person.objects.filter(company=company).update(name=f"{canary(letter)} early")
    for role in (*COMPANY_ROLES, "named_user"):
        tenant.people[role] = a_person(company, name=f"{canary(letter)} {role}", role=role)
    tenant.people["sibling"] = a_person(company, name=f"{canary(letter)} sib", role="named_user")
    return tenant


def _partner(letter: str) -> tuple[Partner, PartnerPerson]:
    partner = a_partner()
    Partner.objects.filter(pk=partner.pk).update(name=f"{canary(letter)} IT")
    partner.refresh_from_db()
    return partner, a_partner_person(partner, name=f"{canary(letter)} seller")


def _link(partner: Partner, company: Company, *, ended: bool = False) -> None:
    PartnerLink.objects.create(
        id=new_id("lnk"),
        partner=partner,
        company=company,
        consented_at=NOW,
        consented_by="import",
        ended_at=NOW if ended else None,
    )


def make_tenants(mail_home: object) -> Tenants:
    """Make everybody, with one object of each kind at least."""
    a, b = _tenant("A", region="US"), _tenant("B", region="US")
    linked, p_person = _partner("P")
    unlinked, q_person = _partner("Q")
    _link(linked, a.company)
    # What was sold before the company took its consent back is no longer the partner's to see.
    _link(linked, b.company, ended=True)
    staff = {
        role: StaffMember.objects.create(
            id=new_id("stf"),
            code=f"walk-{role}",
            name=f"Staff {role}",
            email=f"walk-{role}@fjord.example",
            role=role,
        )
        for role in STAFF_ROLES
    }
    subscriptions = _subscriptions(a, b, linked, staff["sales"])
    world = Tenants(
        a=a,
        b=b,
        linked=linked,
        unlinked=unlinked,
        partner_people={"P": p_person, "Q": q_person},
        staff=staff,
        subscriptions=subscriptions,
        handovers=_handovers(a, b),
        invitations={},
        passkeys={},
        sessions={},
    )
    _change_and_pay(world)
    world.requests = _requests(world)
    world.quotes = _quotes(world)
    world.groups = {one.letter: _group(one) for one in (a, b)}
    world.invitations["own"] = secret_of(
        invite([f"person:{a.people['sibling'].pk}"], actor="test", now=NOW)[0]
    )
    for name, person in (("mine", a.people["contract_manager"]), ("theirs", a.people["viewer"])):
        user = user_behind(f"person:{person.pk}")
        world.passkeys[name] = Authenticator.objects.create(
            user=user,
            type="webauthn",
            data={"name": f"{canary('A')} key", "credential": a_stored_credential()},
        ).pk
        world.sessions[name] = UserSession.objects.create(
            user=user, ip="192.0.2.1", session_key=f"walk-{name}", user_agent="Walker"
        ).pk
    store = SinkStore(mailbox_path(mail_home))
    store.add(
        b"Subject: Walk\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>",
        sender="a@b.example",
        recipients=[],
    )
    store.close()
    return world


def _subscriptions(
    a: Tenant, b: Tenant, partner: Partner, sales_person: StaffMember
) -> dict[str, object]:
    found = {
        "a_online": a_subscription(
            renews_on=SOON, company=a.company, pays_with=a_card(a.company, last4="4242")
        ),
        "a_by_partner": a_subscription(
            renews_on=SOON, company=a.company, sold=Sold("partner", partner=partner)
        ),
        "a_by_sales": a_subscription(
            renews_on=SOON, company=a.company, sold=Sold("sales", sales_person=sales_person)
        ),
        "b_online": a_subscription(renews_on=SOON, company=b.company, pays_with=a_card(b.company)),
        "b_by_expartner": a_subscription(
            renews_on=SOON, company=b.company, sold=Sold("partner", partner=partner)
        ),
    }
    day = date(2026, 2, 1)
    an_assignment(found["a_online"], a.people["named_user"], assigned_on=day)
    an_assignment(found["a_by_partner"], a.people["sibling"], assigned_on=day)
    return found


def _change_and_pay(world: Tenants) -> None:
    """A preview of each company, and something that A was billed and paid."""
    for name in ("a_online", "b_online"):
        world.changes[name] = previewed(at(NOW), "renew", world.subscriptions[name]).change
    company = world.a.company
    change(
        at(NOW),
        "renew",
        a_subscription(renews_on=SOON, company=company, pays_with=a_card(company)),
    )
    world.paid["invoice_id"] = Invoice.objects.get(company=company).pk
    world.paid["payment_id"] = Payment.objects.get(company=company).pk
    correct_invoice(
        world.paid["invoice_id"],
        net_minor=100,
        to=GiveBack.TO_CREDIT,
        occasion=Occasion(NOW.date(), "staff:fin", NOW),
    )
    world.paid["setup_id"] = MethodSetup.objects.create(
        id=new_id("stp"), company=company, actor="person:x", started_at=NOW
    ).pk
    world.paid["note_id"] = CreditNote.objects.get(company=company).pk


def _requests(world: Tenants) -> dict[str, ContactRequest]:
    """What people of A asked of everybody who answers, and B of the renewals desk."""
    ana, uli = world.a.people["contract_manager"], world.a.people["named_user"]
    asked = {
        "a_of_partner": (ana, "a_by_partner"),
        "a_of_sales": (ana, "a_by_sales"),
        "a_of_desk": (ana, "a_online"),
        "a_of_support": (ana, "a_online"),
        "a_of_user": (uli, ""),
        "b_of_desk": (world.b.people["contract_manager"], "b_online"),
    }
    found = {
        name: a_request(
            person.company,
            now=NOW,
            member=member_of(person),
            subscription_id=world.subscriptions[about].pk if about else None,
        )
        for name, (person, about) in asked.items()
    }
    desk, support = acting(world.staff["specialist"]), world.staff["support"]
    reassign(found["a_of_support"].pk, support.pk, "Yours.", member=desk, now=NOW)
    for one in found.values():
        one.refresh_from_db()
    return found


def _quotes(world: Tenants) -> dict[str, str]:
    """What each company had quoted by itself, and what the sales person quoted to A."""
    renewing = {
        letter: a_subscription(
            renews_on=SOON, company=tenant.company, pays_with=a_card(tenant.company)
        )
        for letter, tenant in (("A", world.a), ("B", world.b))
    }
    seller = world.staff["sales"]
    sold = a_subscription(
        renews_on=SOON, company=world.a.company, sold=Sold("sales", sales_person=seller)
    )
    return {
        "own of A": quoted(
            at(NOW), renewing["A"], by=member_of(world.a.people["contract_manager"])
        ),
        "own of B": quoted(
            at(NOW), renewing["B"], by=member_of(world.b.people["contract_manager"])
        ),
        "sold to A": quoted(at(NOW), sold, by=acting(seller)),
    }


def _group(tenant: Tenant) -> str:
    """One of the company's people in a group that carries nothing yet."""
    edit = GroupEdit(
        name=f"{canary(tenant.letter)} Group", add_people=(tenant.people["sibling"].pk,)
    )
    return make_group(edit, by=member_of(tenant.people["primary_admin"]), now=NOW)[0]


def _handovers(a: Tenant, b: Tenant) -> dict[str, RoleHandover]:
    return {
        tenant.letter: RoleHandover.objects.create(
            id=new_id("hov"),
            company=tenant.company,
            giver=tenant.people["contract_manager"],
            taker=tenant.people["viewer"],
            proposer=tenant.people["contract_manager"],
            proposed_at=NOW,
            expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        )
        for tenant in (a, b)
    }


def principals_of(world: Tenants) -> list[Principal]:
    """One of each kind: each role of company A, the manager of B, both partners, all staff."""
    found = [
        Principal(
            name=f"{role} of {tenant.letter}",
            key=f"person:{tenant.people[role].pk}",
            roles=frozenset({role}),
            company=tenant.company.pk,
            person=tenant.people[role].pk,
            user=user_behind(f"person:{tenant.people[role].pk}").pk,
            tenants=frozenset({tenant.letter, "P"}),
        )
        for tenant, roles in (
            (world.a, (*COMPANY_ROLES, "named_user")),
            (world.b, ("contract_manager",)),
        )
        for role in roles
    ]
    found += [
        Principal(
            name=f"partner {letter}",
            key=f"partner:{person.pk}",
            roles=frozenset({"partner"}),
            partner=person.partner_id,
            user=user_behind(f"partner:{person.pk}").pk,
            tenants=frozenset({letter, "A"} if letter == "P" else {letter}),
        )
        for letter, person in world.partner_people.items()
    ]
    found += [
        Principal(
            name=f"staff {role}",
            key=f"staff:{one.pk}",
            roles=frozenset({role}),
            staff=one.pk,
            user=user_behind(f"staff:{one.pk}").pk,
            tenants=frozenset(_MET_BY_STAFF.get(role, "")),
        )
        for role, one in world.staff.items()
    ]
    return found
