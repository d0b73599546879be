"""The catalogue as rules and pages read it: regions, prices, policies, products."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max

from perenne.catalog.models import (
    AccessModel,
    Campaign,
    CollectionContent,
    PolicyVersion,
    Price,
    PriceList,
    Product,
    Region,
    Vendor,
)
from perenne.platform.bulk import select
from perenne.rules import campaigns as rules_of_campaigns
from perenne.rules import policy as policies
from perenne.rules.answering import AnswerPolicy
from perenne.rules.money import Currency
from perenne.rules.policy import Policy, PolicyRecord
from perenne.rules.prices import GivenPrice, OfferKey, PublishedList, UnitPrice, price_in_force
from perenne.rules.tax import EUROPEAN_UNION, TaxRule
from perenne.rules.trace import from_json


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """A region as rules need it."""

    code: str
    countries: tuple[str, ...]
    currency: Currency
    zone: ZoneInfo
    seller: str
    seller_country: str
    tax_rule: TaxRule
    actions_enabled: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as rules need it; ``threshold`` is a plan's (basis, at least)."""

    code: str
    kind: str
    is_self_service: bool
    features: tuple[str, ...]
    threshold: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class SellerDetails:
    """The seller of a region as documents print it; what the vendor has not said is empty."""

    name: str
    country: str
    address: tuple[str, ...]
    tax_id: str
    email: str
    bank: tuple[str, ...]


def offer_key(offer_id: str) -> OfferKey:
    """An offer's id, ``LT/named_user/12``, as its parts."""
    product, access, months = offer_id.split("/")
    return OfferKey(product, access, int(months))


class Catalogue:
    """What is published at one moment; take one for a batch, so that it reads the version once."""

    def __init__(self) -> None:
        # Answers repeat for thousands of subscriptions in a batch.
        self.policy_for = cache(self._policy_for)
        self.answer_policy_for = cache(self._answer_policy_for)
        self.lists_of = cache(self._lists_of)
        self.unit_price = cache(self._unit_price)

    @cached_property
    def regions(self) -> dict[str, RegionFacts]:
        """Every region by code."""
        return {region.code: _region_facts(region) for region in Region.objects.order_by("code")}

    @cached_property
    def vendor_name(self) -> str:
        """What the vendor is called."""
        return Vendor.objects.values_list("name", flat=True).get()

    @cached_property
    def policy_records(self) -> tuple[PolicyRecord, ...]:
        """Every version of every policy."""
        return tuple(
            PolicyRecord(
                code=one.code,
                extends=one.extends,
                applies_to=one.applies_to,
                valid_from=one.valid_from,
                settings=one.settings,
            )
            for one in PolicyVersion.objects.order_by("code", "valid_from")
        )

    @cached_property
    def access_retirements(self) -> dict[tuple[str, str], date]:
        """The day on which an access model of a product retires, by product and access."""
        rows = AccessModel.objects.exclude(retired_on=None)
        return {(row.product_id, row.access): row.retired_on for row in rows if row.retired_on}

    @cached_property
    def product_names(self) -> dict[str, dict[str, str]]:
        """The name of each product by locale."""
        return dict(Product.objects.values_list("code", "names"))

    @cached_property
    def products(self) -> dict[str, ProductFacts]:
        """Every product by code."""
        return {product.code: _product_facts(product) for product in Product.objects.all()}

    @cached_property
    def contents(self) -> dict[str, tuple[str, ...]]:
        """The products of each collection, by its code."""
        found: dict[str, list[str]] = defaultdict(list)
        for content in CollectionContent.objects.order_by("pk"):
            found[content.collection_id].append(content.product_id)
        return {collection: tuple(products) for collection, products in found.items()}

    @cached_property
    def campaigns(self) -> tuple[rules_of_campaigns.Campaign, ...]:
        """Every campaign, by code."""
        return tuple(_campaign(one) for one in Campaign.objects.order_by("code"))

    def campaign(self, code: str) -> rules_of_campaigns.Campaign | None:
        """The campaign of that code."""
        return next((one for one in self.campaigns if one.code == code), None)

    def offers_sold(self, region: str, on: date) -> frozenset[OfferKey]:
        """The offers with a price for a term that begins on a day, and not retired by then."""
        priced = {
            offer
            for listed in self.lists_of(region)
            if listed.valid_from <= on
            for offer in listed.prices
        }
        retired = {key for key, day in self.access_retirements.items() if day <= on}
        return frozenset(offer for offer in priced if (offer.product, offer.access) not in retired)

    def _policy_for(self, region: str, channel: str, months: int, on: date) -> Policy:
        """The policy in force for such a subscription on a day."""
        return policies.policy_for(
            self.policy_records, region=region, channel=channel, months=months, on=on
        )

    def _answer_policy_for(self, region: str, on: date) -> AnswerPolicy:
        """The promise to those who ask in a region, on a day."""
        return policies.answer_policy_for(self.policy_records, region=region, on=on)

    def _lists_of(self, region: str) -> tuple[PublishedList, ...]:
        """Every published price list of a region, oldest first."""
        prices: dict[str, dict[OfferKey, UnitPrice]] = defaultdict(dict)
        for price in Price.objects.filter(price_list__region_id=region):
            prices[price.price_list_id][offer_key(price.offer_id)] = UnitPrice(
                price.new_minor,
                price.renewal_minor,
                from_json(price.new_trace),
                from_json(price.renewal_trace),
            )
        currency = self.regions[region].currency
        return tuple(
            PublishedList(region, currency, one.valid_from, one.version, prices[one.pk])
            for one in PriceList.objects.filter(region_id=region).order_by("version")
        )

    def _unit_price(self, region: str, offer: OfferKey, first_day: date) -> UnitPrice | None:
        """The price of a seat for a term that begins on ``first_day``; None if there is none."""
        return price_in_force(self.lists_of(region), offer, on=first_day)


def current_catalogue() -> Catalogue:
    """The catalogue as published now; the same object until something is published."""
    row = select(
        "select coalesce((select max(id) from platform_journalentry "
        "where kind = 'catalogue.published'), 0) as version, current_database() as base"
    )[0]
    return _catalogue(row["base"], row["version"])


@lru_cache(maxsize=2)
def _catalogue(base: str, version: int) -> Catalogue:  # noqa: ARG001 - the key of the cache
    return Catalogue()


def regions() -> dict[str, RegionFacts]:
    """Every region by code."""
    return current_catalogue().regions


def seller_details(region: str) -> SellerDetails:
    """Who sells in a region.

    Raises:
        Region.DoesNotExist: if there is no such region.
    """
    found = Region.objects.get(pk=region)
    return SellerDetails(
        name=found.seller,
        country=found.seller_country,
        address=tuple(found.seller_address),
        tax_id=found.seller_tax_id,
        email=found.seller_email,
        bank=tuple(found.seller_bank),
    )


def _region_facts(region: Region) -> RegionFacts:
    return RegionFacts(
        code=region.code,
        countries=tuple(region.countries),
        currency=Currency(region.currency, region.currency_exponent, region.billing_step_minor),
        zone=ZoneInfo(region.time_zone),
        seller=region.seller,
        seller_country=region.seller_country,
        tax_rule=_tax_rule(region.tax, region.seller_country),
        actions_enabled=frozenset(region.actions_enabled),
    )


def _product_facts(product: Product) -> ProductFacts:
    threshold = product.threshold
    return ProductFacts(
        code=product.code,
        kind=product.kind,
        is_self_service=product.is_self_service,
        features=tuple(product.features),
        threshold=None if threshold is None else (threshold["basis"], threshold["at_least"]),
    )


def _campaign(stored: Campaign) -> rules_of_campaigns.Campaign:
    terms = stored.terms
    seats_in, seats_out = terms.get("ratio") or (1, 1)
    return rules_of_campaigns.Campaign(
        code=stored.code,
        kind=stored.kind,
        source_product=terms["source"].get("product"),
        source_access=terms["source"].get("access", "named_user"),
        target_product=terms["target"].get("product"),
        target_access=terms["target"].get("access", "named_user"),
        seats_in=seats_in,
        seats_out=seats_out,
        share=Fraction(terms.get("share", "1")),
        regions=frozenset(terms.get("regions", ())),
        opens_on=stored.opens_on,
        last_day=stored.last_day,
        once_per_seat=terms.get("once_per_seat", False),
    )


def _tax_rule(stored: dict[str, Any], seller_country: str) -> TaxRule:
    in_union = seller_country in EUROPEAN_UNION
    return TaxRule(
        name=stored["name"],
        rate=Fraction(stored["rate"]) if "rate" in stored else None,
        by_country={
            country: Fraction(rate) for country, rate in stored.get("by_country", {}).items()
        },
        reverse_charge=stored.get("reverse_charge", False),
        seller_country=seller_country,
        union=EUROPEAN_UNION if in_union else frozenset(),
    )


def given_prices(price_list_id: str) -> dict[OfferKey, GivenPrice]:
    """What was given in a list: derived lists multiply these."""
    return {
        offer_key(price.offer_id): GivenPrice(
            price.new_minor, price.renewal_minor if price.renewal_was_given else None
        )
        for price in Price.objects.filter(price_list_id=price_list_id)
    }


def highest_version(region: str) -> int:
    """The version of the region's latest list; 0 before the first."""
    highest: int | None = PriceList.objects.filter(region_id=region).aggregate(Max("version"))[
        "version__max"
    ]
    return highest or 0
