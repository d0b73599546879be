"""Rows for tests: each call states what its test depends on; the rest is the invented cast's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING

from django.db import transaction

from perenne.accounts.models import Company, Person, PersonRole, StaffMember
from perenne.accounts.queries import person_member
from perenne.billing.models import PaymentMethod
from perenne.catalog.models import Offer, Region
from perenne.importing.catalogue import import_catalogue
from perenne.partners.models import Partner, PartnerLink, PartnerPerson
from perenne.platform.ids import new_id
from perenne.renewals.models import PlanRevision
from perenne.rules.calendar import month_later
from perenne.subscriptions.models import Assignment, Contract, SeatChange, Subscription, Term
from tests.support.paths import DEMO_CATALOGUE

if TYPE_CHECKING:
    from perenne.accounts.queries import Member

_numbers = count(1)


def the_demo_catalogue() -> None:
    """Fjord Software's regions, products, prices and policies, as in the demo."""
    import_catalogue(DEMO_CATALOGUE, now=datetime(2026, 1, 1, 12, tzinfo=UTC))


def a_company(
    *,
    region: str = "US",
    country: str = "",
    locale: str = "en",
    has_people: bool = True,
    **given: object,
) -> Company:
    """Atelier Nord, with Ana as contract manager and Bo as primary administrator, or nobody."""
    number = next(_numbers)
    company = Company.objects.create(
        id=new_id("com"),
        code=f"T{number:05d}",
        name=given.pop("name", "Atelier Nord"),
        region_id=region,
        country=country or Region.objects.get(pk=region).countries[0],
        locale=locale,
        kind=given.pop("kind", "business"),
        **given,
    )
    if has_people:
        a_person(company, name="Ana Diaz", role="contract_manager", locale=locale)
        a_person(company, name="Bo Chen", role="primary_admin", locale=locale)
    return company


def a_person(company: Company, *, name: str, role: str, locale: str = "en") -> Person:
    """Somebody at the company with one role."""
    number = next(_numbers)
    person = Person.objects.create(
        id=new_id("prs"),
        code=f"TP{number:06d}",
        company=company,
        name=name,
        email=f"person{number}@atelier-nord.example",
        locale=locale,
    )
    PersonRole.objects.create(person=person, role=role)
    return person


def member_of(person: Person) -> Member:
    """The person, acting."""
    return person_member(person)


def contract_manager_of(company: Company) -> Member:
    """The contract manager, acting."""
    return person_member(
        Person.objects.filter(company=company, roles__role="contract_manager").first()
    )


def a_partner(*, region: str = "US") -> Partner:
    """Nordlicht IT, a reseller."""
    number = next(_numbers)
    return Partner.objects.create(
        id=new_id("ptn"),
        code=f"TPT{number}",
        name="Nordlicht IT",
        region_id=region,
        contact_name="Søren Ødegård",
        email=f"renewals{number}@nordlicht.example",
        phone="+49 2 5550 106",
    )


def a_partner_person(partner: Partner, *, name: str = "Søren Ødegård") -> PartnerPerson:
    """Somebody who works for a partner."""
    number = next(_numbers)
    return PartnerPerson.objects.create(
        id=new_id("ptp"),
        code=f"{partner.code}-{number}",
        partner=partner,
        name=name,
        email=f"seller{number}@nordlicht.example",
        locale="en",
    )


def a_sales_person(*, region: str = "US") -> StaffMember:
    """Kate Moore of sales."""
    number = next(_numbers)
    return StaffMember.objects.create(
        id=new_id("stf"),
        code=f"trep{number}",
        name="Kate Moore",
        email=f"kate{number}@fjord.example",
        phone="+47 5550 205",
        role="sales",
        region_id=region,
    )


def a_specialist(*, name: str = "Nora Berg", region: str | None = None) -> StaffMember:
    """Nora Berg of the renewals desk; without a region for the whole world."""
    number = next(_numbers)
    return StaffMember.objects.create(
        id=new_id("stf"),
        code=f"tspec{number}",
        name=name,
        email=f"desk{number}@fjord.example",
        phone="+47 5550 300",
        role="specialist",
        region_id=region,
    )


def a_card(
    company: Company, *, last4: str = "4242", valid_through: str = "2035-12"
) -> PaymentMethod:
    """A card; its last four digits tell the sandbox gateway how to answer."""
    code = f"TM{next(_numbers):05d}"
    return PaymentMethod.objects.create(
        id=new_id("pmt"),
        code=code,
        company=company,
        kind="card",
        last4=last4,
        valid_through=valid_through,
        token=f"card:{last4}:{valid_through}:{code}",
    )


def a_method(company: Company, *, kind: str) -> PaymentMethod:
    """Payment by invoice or bank transfer."""
    return PaymentMethod.objects.create(
        id=new_id("pmt"), code=f"TM{next(_numbers):05d}", company=company, kind=kind
    )


@dataclass(frozen=True)
class Sold:
    """How a subscription was sold."""

    channel: str = "online"
    partner: Partner | None = None
    sales_person: StaffMember | None = None


def _consent(partner: Partner, company: Company) -> None:
    """Buying from a partner is the consent; one that was taken back stays so."""
    if not PartnerLink.objects.filter(partner=partner, company=company).exists():
        PartnerLink.objects.create(
            id=new_id("lnk"),
            partner=partner,
            company=company,
            consented_at=datetime(2026, 1, 1, tzinfo=UTC),
            consented_by="import",
        )


def take_consent_back(partner: Partner, company: Company, *, now: datetime) -> None:
    """The company no longer wants the partner to look after what it sold."""
    PartnerLink.objects.filter(partner=partner, company=company, ended_at=None).update(ended_at=now)


@transaction.atomic
def a_subscription(
    *,
    renews_on: date,
    company: Company | None = None,
    offer: str = "LT/named_user/12",
    seats: int = 1,
    renews_automatically: bool = False,
    pays_with: PaymentMethod | None = None,
    next_offer: str = "",
    next_seats: int | None = None,
    sold: Sold = Sold(),
    renewable_online: bool | None = None,
    imported_as_of: date | None = None,
) -> Subscription:
    """A subscription in its first term, which ends on ``renews_on``."""
    company = company or a_company()
    number = next(_numbers)
    months = Offer.objects.get(pk=offer).months
    contract = Contract.objects.create(
        id=new_id("ctr"),
        code=f"T110-{number:05d}",
        company=company,
        channel=sold.channel,
        partner=sold.partner,
        sales_person=sold.sales_person,
        partner_model="agency" if sold.partner else "",
    )
    if sold.partner is not None:
        _consent(sold.partner, company)
    subscription = Subscription.objects.create(
        id=new_id("sub"),
        code=f"TS{number:06d}",
        company=company,
        contract=contract,
        region_id=company.region_id,
        anchor_day=renews_on.day,
        renewable_online=renewable_online,
        imported_as_of=imported_as_of,
        renews_on=renews_on,
    )
    starts_on = month_later(renews_on, -months, anchor=renews_on.day)
    Term.objects.create(
        id=new_id("trm"),
        subscription=subscription,
        starts_on=starts_on,
        renews_on=renews_on,
        offer_id=offer,
        seats=seats,
        anchor_day=renews_on.day,
        came_by="imported",
    )
    SeatChange.objects.create(
        subscription=subscription, effective_on=starts_on, seats=seats, reason="imported"
    )
    PlanRevision.objects.create(
        id=new_id("pln"),
        company=company,
        subscription=subscription,
        revision=1,
        renews_automatically=renews_automatically,
        offer_id=next_offer or offer,
        seats=next_seats,
        payment_method=pays_with,
        decided_on=starts_on,
        actor="import",
    )
    return subscription


def an_assignment(subscription: Subscription, person: Person, **given: date) -> Assignment:
    """A seat that a person holds."""
    return Assignment.objects.create(
        id=new_id("asg"),
        company_id=subscription.company_id,
        subscription=subscription,
        person=person,
        **given,
    )
