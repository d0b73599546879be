"""What a partner sees, as the table of the roles page has it; and after a change of partner."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.accounts.queries import companies_visible_to
from perenne.partners.models import PartnerLink
from perenne.partners.queries import partners_looking_after
from perenne.subscriptions.queries import subscriptions_visible_to
from tests.rules.tables import table
from tests.support.asking import a_request, acting_for
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_specialist,
    a_subscription,
    take_consent_back,
)
from tests.support.changing import change

PAGE = "roles"
RENEWS_ON = date(2027, 1, 10)


@pytest.mark.parametrize("row", table(PAGE, "What a partner sees"), ids=str)
def test_what_a_partner_sees(world, row):
    partner, company = a_partner(), a_company()
    sold = {
        "this partner": Sold("partner", partner=partner),
        "another partner": Sold("partner", partner=a_partner()),
        "the vendor": Sold(),
    }[row["sold by"]]
    a_subscription(renews_on=RENEWS_ON, company=company, sold=sold)
    if row["consent"] == "never given":
        PartnerLink.objects.all().delete()
    elif row["consent"] == "taken back":
        take_consent_back(partner, company, now=world.now)
    elif row["sold by"] != "this partner":
        # What it sold here before is another's by now; the consent stands.
        PartnerLink.objects.create(
            id="lnk_x",
            partner=partner,
            company=company,
            consented_at=world.now,
            consented_by="import",
        )
    soren = acting_for(partner)

    assert companies_visible_to(soren).exists() is (row["company is seen"] == "yes")
    assert subscriptions_visible_to(soren).exists() is (row["subscription is seen"] == "yes")


def test_who_changes_the_partner_consents_to_the_new_one(world):
    company, before, after = a_company(), a_partner(), a_partner()
    a_specialist()
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        sold=Sold("partner", partner=before),
        pays_with=a_card(company),
    )

    for _ in range(2):
        change(world, "change_partner", subscription, partner=after.pk)

    assert [link.consented_by[:7] for link in after.links.all()] == ["person:"]
    assert after in partners_looking_after(company.pk)
    assert subscriptions_visible_to(acting_for(after)).get() == subscription
    assert not subscriptions_visible_to(acting_for(before)).exists()
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    assert request.partner_id == after.pk
