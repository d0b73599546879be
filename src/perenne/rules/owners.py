"""Who answers a contact request: who sold it, else the vendor's renewals desk, with the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class OwnerKind(StrEnum):
    """In which capacity somebody answers."""

    PARTNER = "partner"
    SALES = "sales"
    SPECIALIST = "specialist"
    SUPPORT = "support"


class OwnerReason(StrEnum):
    """Why somebody answers, or why nobody nearer does."""

    PARTNER_SOLD_IT = "partner_sold_it"
    SALES_PERSON_SOLD_IT = "sales_person_sold_it"
    VENDOR_WANTED = "vendor_wanted"
    SELLER_GONE = "seller_gone"
    SOLD_ONLINE = "sold_online"
    SEVERAL_SELLERS = "several_sellers"
    NOTHING_BOUGHT = "nothing_bought"
    SPECIALIST_OF_REGION = "specialist_of_region"
    NO_SPECIALIST_IN_REGION = "no_specialist_in_region"
    ANY_SPECIALIST = "any_specialist"
    NO_SPECIALIST = "no_specialist"
    SUPPORT_STANDS_IN = "support_stands_in"


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sold a subscription of the company; ``id`` is empty for what was bought on line.

    ``may_answer`` is False for a partner without the company's consent, and for who has left.
    """

    kind: str
    id: str = ""
    may_answer: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of the vendor's staff who could answer; ``region`` is empty for the whole world."""

    id: str
    kind: OwnerKind
    region: str
    open_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFacts:
    """What decides who answers.

    ``sellers`` are those of the subscription that is asked about or, without one, of all that the
    company has. ``desks`` are specialists and support.
    """

    region: str
    sellers: Sequence[Seller]
    desks: Sequence[Desk]
    wants_vendor: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers; ``reasons`` in reading order, the last one says why it is this one."""

    kind: OwnerKind
    id: str
    reasons: tuple[OwnerReason, ...]


def owner_for(facts: OwnerFacts) -> Owner | None:
    """Who answers a request; None if the vendor has neither specialist nor support.

    The one who sold it answers, while they may. Of several who could, the one with the fewest
    open requests does, then the first by id.

    Source: docs/explanation/contact-requests.md, «Who answers».
    """
    seller = _only_seller(facts.sellers)
    if seller is not None and not seller.may_answer:
        return _of_desks(facts, OwnerReason.SELLER_GONE)
    if seller is not None and seller.kind == "sales":
        return Owner(OwnerKind.SALES, seller.id, (OwnerReason.SALES_PERSON_SOLD_IT,))
    if seller is not None and seller.kind == "partner" and not facts.wants_vendor:
        return Owner(OwnerKind.PARTNER, seller.id, (OwnerReason.PARTNER_SOLD_IT,))
    return _of_desks(facts, _why_no_seller(facts.sellers, seller))


def _only_seller(sellers: Sequence[Seller]) -> Seller | None:
    known = set(sellers)
    return known.pop() if len(known) == 1 else None


def _why_no_seller(sellers: Sequence[Seller], seller: Seller | None) -> OwnerReason:
    if not sellers:
        return OwnerReason.NOTHING_BOUGHT
    if seller is None:
        return OwnerReason.SEVERAL_SELLERS
    return OwnerReason.VENDOR_WANTED if seller.kind == "partner" else OwnerReason.SOLD_ONLINE


def _of_desks(facts: OwnerFacts, why: OwnerReason) -> Owner | None:
    specialists = [one for one in facts.desks if one.kind is OwnerKind.SPECIALIST]
    near = [one for one in specialists if one.region == facts.region]
    if near:
        return Owner(
            OwnerKind.SPECIALIST, _freest(near).id, (why, OwnerReason.SPECIALIST_OF_REGION)
        )
    if specialists:
        far = (why, OwnerReason.NO_SPECIALIST_IN_REGION, OwnerReason.ANY_SPECIALIST)
        # A desk for the whole world comes before one that looks after another region.
        anywhere = [one for one in specialists if not one.region] or specialists
        return Owner(OwnerKind.SPECIALIST, _freest(anywhere).id, far)
    support = [one for one in facts.desks if one.kind is OwnerKind.SUPPORT]
    if not support:
        return None
    stand_in = (why, OwnerReason.NO_SPECIALIST, OwnerReason.SUPPORT_STANDS_IN)
    return Owner(OwnerKind.SUPPORT, _freest(support).id, stand_in)


def _freest(desks: Sequence[Desk]) -> Desk:
    return min(desks, key=lambda one: (one.open_requests, one.id))
