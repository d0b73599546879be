"""Having another partner, or none, look after a contract from now on."""

from collections.abc import Sequence

from django.db import connection

from perenne.partners.operations.linking import give_consent
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.renewals.changes.preparing import (
    Effect,
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.wishes import ChangePartner
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.mistakes import NotKnown
from perenne.renewals.operations.executing import Occasion
from perenne.rules.actions import Action


def prepare_change_partner(wish: ChangePartner, situation: Situation) -> Prepared:
    """The contract's next sales and notices are the new partner's; what was sold stays.

    Source: docs/explanation/changes.md, «Changing the partner».
    """
    items = []
    for identity in wish.subscriptions:
        stand = situation.stand(identity)
        verdict = verdict_with(Action.CHANGE_PARTNER, stand)
        if not verdict.allowed:
            items.append(refused_item(stand, verdict))
            continue
        _require_partner_of_region(wish.partner, stand.facts.region)
        effect = _effect(stand.facts, wish.partner)
        items.append(PreparedItem(stand=stand, verdict=verdict, effect=effect))
    return Prepared(items=tuple(items))


def _require_partner_of_region(partner: str | None, region: str) -> None:
    if partner is None:
        return
    rows = select(
        "select 1 from partners_partner where id = %s and region_id = %s", [partner, region]
    )
    if not rows:
        raise InvalidChoicesError("partner", NotKnown(partner))


def _effect(facts: RenewalFacts, partner: str | None) -> Effect:
    def execute(change: str, occasion: Occasion) -> Sequence[str]:
        # A contract without a partner is the vendor's own, sold on line from now on.
        with connection.cursor() as cursor:
            cursor.execute(
                "update subscriptions_contract set partner_id = %(partner)s, "
                "channel = case when %(partner)s::text is null then 'online' else 'partner' end, "
                "partner_model = case when %(partner)s::text is null then '' "
                "when partner_model = '' then 'agency' else partner_model end, "
                "sales_person_id = null where id = %(contract)s",
                {"partner": partner, "contract": facts.contract},
            )
        if partner is not None:
            # Who has a partner look after a contract consents to that partner.
            give_consent(partner, facts.company, by=occasion.actor, now=occasion.now)
        journal.record_all(
            [
                Fact(
                    kind="contract.partner_changed",
                    subject=facts.contract,
                    company=facts.company,
                    region=facts.region,
                    business_day=occasion.day,
                    actor=occasion.actor,
                    facts={"before": facts.partner, "after": partner, "change": change},
                )
            ],
            at=occasion.now,
        )
        return ()

    return execute
