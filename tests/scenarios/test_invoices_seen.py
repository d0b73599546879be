"""Who sees which invoice, and which payment."""

from datetime import UTC, date, datetime

import pytest

from perenne.accounts.queries import staff_member
from perenne.billing.queries import invoices_visible_to, payments_visible_to
from perenne.partners.models import PartnerLink, PartnerPerson
from perenne.partners.queries import partner_member
from perenne.platform.ids import new_id
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_person,
    a_sales_person,
    a_subscription,
    contract_manager_of,
    member_of,
    take_consent_back,
)
from tests.support.changing import change

TODAY = date(2026, 12, 1)


def renewed(world, company, *solds):
    """Renew in one go what was sold so; it becomes one invoice."""
    card = a_card(company)
    subscriptions = [
        a_subscription(
            renews_on=date(2026, 12, 31),
            company=company,
            pays_with=card,
            sold=sold,
            renewable_online=True,
        )
        for sold in solds
    ]
    change(world, "renew", *subscriptions)


def counts(member):
    return invoices_visible_to(member).count(), payments_visible_to(member).count()


def seller_of(partner):
    person = PartnerPerson.objects.create(
        id=new_id("ptp"), code=f"{partner.code}-1", partner=partner, name="Søren", locale="en"
    )
    return partner_member(person)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("contract_manager", (1, 1)),
        ("payer", (1, 1)),
        ("primary_admin", (1, 1)),
        ("viewer", (1, 1)),
        ("approver", (0, 0)),
        ("secondary_admin", (0, 0)),
        ("named_user", (0, 0)),
    ],
)
def test_people_see_their_company_s_if_their_role_says_so(world_on, role, sees):
    world = world_on(TODAY)
    company = a_company()
    renewed(world, company, Sold())
    renewed(world, a_company(), Sold())

    assert counts(member_of(a_person(company, name="Vera", role=role))) == sees


def test_sales_people_see_those_on_which_every_contract_is_theirs(world_on):
    world = world_on(TODAY)
    kate, other = a_sales_person(), a_sales_person()
    company = a_company()
    renewed(world, company, Sold("sales", sales_person=kate))
    renewed(world, company, Sold("sales", sales_person=kate), Sold("sales", sales_person=other))
    renewed(world, company, Sold("sales", sales_person=kate), Sold("sales"))

    assert counts(contract_manager_of(company)) == (3, 3)
    assert counts(staff_member(kate, locale="en")) == (1, 1)
    assert counts(staff_member(other, locale="en")) == (0, 0)


def test_a_partner_sees_what_it_sold_while_the_company_consents(world_on):
    world = world_on(TODAY)
    partner = a_partner()
    company, silent = a_company(), a_company()
    for one in (company, silent):
        renewed(world, one, Sold("partner", partner=partner))
    renewed(world, company, Sold("partner", partner=a_partner()))
    seller = seller_of(partner)
    assert counts(seller) == (2, 2)

    take_consent_back(partner, silent, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert counts(seller) == (1, 1)

    PartnerLink.objects.all().delete()
    assert counts(seller) == (0, 0)
