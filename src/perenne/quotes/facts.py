"""What decides about quotes: who looks at them, what they cover, and whose approval is wanted."""

from collections.abc import Sequence
from datetime import date, datetime

from perenne.accounts.models import ApprovalRule
from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform.clock import today
from perenne.quotes.models import Quote, QuoteAnswer, QuoteVersion
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.marks import finished_through
from perenne.renewals.pricing import Pricer
from perenne.rules.quotes import Approved, Covered, QuoteParty

SELLER_ROLES = frozenset({"sales", "specialist"})


def parties_of(member: Member) -> frozenset[QuoteParty]:
    """In which capacities somebody looks at a quote that they may see."""
    if member.partner_id is not None:
        return frozenset({QuoteParty.SELLER})
    if member.is_staff:
        return frozenset({QuoteParty.SELLER} if member.roles & SELLER_ROLES else ())
    by_role = {"contract_manager": QuoteParty.MANAGER, "payer": QuoteParty.PAYER}
    return frozenset(party for role, party in by_role.items() if role in member.roles)


def makes_quotes(member: Member) -> bool:
    """Whether somebody can quote; what, is told by the door ``quotable_by``."""
    return bool(parties_of(member) & {QuoteParty.MANAGER, QuoteParty.SELLER})


def is_own(quote: Quote, member: Member) -> bool:
    """Whether the member's side made it: the company, this partner, or the vendor."""
    if member.partner_id is not None:
        return quote.partner_id == member.partner_id
    return quote.maker_kind == ("staff" if member.is_staff else "person")


def day_of(region: str, now: datetime) -> date:
    """The region's day."""
    return today(now, regions()[region].zone)


def next_run_day(region: str, now: datetime) -> date:
    """The first day whose run is still to come; what is released now is tried in it."""
    day = day_of(region, now)
    mark = finished_through().get(region)
    return day if mark is None or mark < day else date.fromordinal(mark.toordinal() + 1)


def covered(facts: Sequence[RenewalFacts], pricer: Pricer, *, on: date) -> list[Covered]:
    """These subscriptions as far as the validity of a quote looks at them."""
    return [
        Covered(
            one.term.renews_on,
            one.plan.renews_automatically,
            pricer.policy(one, on=on).quote_hold_days,
        )
        for one in facts
    ]


def approval_of(version: QuoteVersion) -> Approved | None:
    """What the company wants to have approved, and whether its approver has approved this."""
    company = version.quote.company_id
    rule = ApprovalRule.objects.select_related("approver").filter(company_id=company).first()
    if rule is None:
        return None
    approved = QuoteAnswer.objects.filter(
        recipient__version=version,
        recipient__kind="approver",
        recipient__email__iexact=rule.approver.email,
        decision="approved",
    )
    return Approved(rule.approver.name, rule.limit_minor, approved.exists())
