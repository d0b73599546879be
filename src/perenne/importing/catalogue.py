"""Import a catalogue: regions, products, prices, campaigns and policies as versioned data."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from perenne.catalog import models
from perenne.catalog.queries import given_prices as given_on_file
from perenne.importing.catalogue_form import Catalogue, PriceList, parse
from perenne.importing.catalogue_sense import (
    currency_of,
    given_prices,
    judge_catalogue,
    policy_record,
)
from perenne.importing.documents import Document, Place, read_yaml
from perenne.importing.errors import Problems
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.rules import policy as policies
from perenne.rules.money import Currency
from perenne.rules.policy import PolicyRecord
from perenne.rules.prices import GivenPrice, ListTerms, OfferKey, PublishedList, derive, publish
from perenne.rules.trace import to_json


@dataclass(frozen=True, slots=True)
class CatalogueImport:
    """What was published; empty if the catalogue was on file already."""

    published: tuple[str, ...]


def import_catalogue(path: Path, *, now: datetime) -> CatalogueImport:
    """Publish what a catalogue file adds, in one transaction.

    What was published stays: prices and policies get new versions, names and actions may change.
    The same file again changes nothing.

    Raises:
        ImportRefusedError: with every mistake; nothing was written.
    """
    problems = Problems()
    document = read_yaml(path, problems)
    problems.refuse_if_any()
    assert document is not None
    catalogue = parse(document, problems)
    problems.refuse_if_any()
    assert catalogue is not None
    judge_catalogue(catalogue, document, problems)
    problems.refuse_if_any()
    with atomic("catalogue"):
        select("select pg_advisory_xact_lock(%s)", [0x424F_4F4B])
        publishing = _Publishing(catalogue, document, problems, now)
        publishing.publish_all()
        problems.refuse_if_any()
        if publishing.published:
            journal.record_all(
                [
                    Fact(
                        kind="catalogue.published",
                        subject="catalogue",
                        company="",
                        region="",
                        business_day=now.date(),
                        actor="import",
                        facts={"published": publishing.published},
                    )
                ],
                at=now,
            )
    return CatalogueImport(tuple(publishing.published))


class _Publishing:
    """One import under way: compares each part with what is on file, and adds what is new."""

    def __init__(
        self, catalogue: Catalogue, document: Document, problems: Problems, now: datetime
    ) -> None:
        self.catalogue = catalogue
        self.document = document
        self.problems = problems
        self.now = now
        self.published: list[str] = []
        self.currencies: dict[str, Currency] = {}
        self.records: list[PolicyRecord] = []

    def publish_all(self) -> None:
        """Each part in the order in which the others need it."""
        vendor = self.catalogue.vendor
        self._store(models.Vendor, "vendor", 1, vendor.model_dump(), frozen=())
        self._regions()
        self._products()
        self._policies()
        for index, listed in enumerate(self.catalogue.price_lists):
            self._price_list(("price_lists", index), listed)
        self._campaigns()

    def _store(
        self,
        model: type[Any],
        what: str,
        key: object,
        values: dict[str, Any],
        *,
        frozen: tuple[str, ...],
        place: Place = (),
    ) -> None:
        """Add a row, or change what may change; a difference in a frozen column is a mistake."""
        found = model.objects.filter(pk=key).first()
        if found is None:
            model.objects.create(pk=key, **values)
            self.published.append(f"{what} {key}")
            return
        different = [name for name, value in values.items() if getattr(found, name) != value]
        for name in different:
            if name in frozen:
                reason = f"is on file as {getattr(found, name)!r} and cannot be changed"
                self.problems.add(self.document.problem((*place, name), str(values[name]), reason))
        if different and not set(different) & set(frozen):
            model.objects.filter(pk=key).update(**values)
            self.published.append(f"{what} {key}")

    def _regions(self) -> None:
        for index, region in enumerate(self.catalogue.regions):
            currency = currency_of(region)
            self.currencies[region.code] = currency
            values = {
                "countries": region.countries,
                "currency": currency.code,
                "currency_exponent": currency.exponent,
                "billing_step_minor": currency.billing_step_minor,
                "time_zone": region.time_zone,
                "seller": region.seller,
                "seller_country": region.seller_country,
                "seller_address": region.seller_address,
                "seller_tax_id": region.seller_tax_id,
                "seller_email": region.seller_email,
                "seller_bank": region.seller_bank,
                "tax": region.tax.model_dump(exclude_none=True),
                "actions_enabled": region.actions_enabled,
            }
            # Dates and amounts on file hang on these.
            frozen = ("currency", "currency_exponent", "billing_step_minor", "time_zone", "seller")
            self._store(
                models.Region,
                "region",
                region.code,
                values,
                frozen=frozen,
                place=("regions", index),
            )

    def _products(self) -> None:
        for index, product in enumerate(self.catalogue.products):
            threshold = product.threshold
            values = {
                "kind": product.kind,
                "names": product.name,
                "features": product.features,
                "threshold": None if threshold is None else threshold.model_dump(),
                # A plan is changed through its own action.
                "is_self_service": product.self_service and product.kind != "plan",
            }
            place: Place = ("products", index)
            self._store(
                models.Product, "product", product.code, values, frozen=("kind",), place=place
            )
            for access, way in product.access.items():
                _, is_new = models.AccessModel.objects.update_or_create(
                    product_id=product.code,
                    access=access,
                    defaults={"retired_on": way.retired_on},
                )
                if is_new:
                    self.published.append(f"access {product.code} {access}")
        for product in self.catalogue.products:
            for inner in product.contains:
                _, is_new = models.CollectionContent.objects.get_or_create(
                    collection_id=product.code, product_id=inner
                )
                if is_new:
                    self.published.append(f"content {product.code} {inner}")

    def _policies(self) -> None:
        for code in self.catalogue.policies:
            record = policy_record(self.catalogue, code)
            self.records.append(record)
            values = {
                "extends": record.extends,
                "applies_to": dict(record.applies_to),
                "settings": dict(record.settings),
            }
            found = models.PolicyVersion.objects.filter(
                code=code, valid_from=record.valid_from
            ).first()
            if found is None:
                models.PolicyVersion.objects.create(
                    code=code, valid_from=record.valid_from, **values
                )
                self.published.append(f"policy {code} from {record.valid_from}")
            elif any(getattr(found, name) != value for name, value in values.items()):
                reason = "is published with other settings; give it a later valid_from"
                self.problems.add(
                    self.document.problem(("policies", code), str(record.valid_from), reason)
                )

    def _price_list(self, place: Place, listed: PriceList) -> None:
        found = models.PriceList.objects.filter(
            region_id=listed.region, valid_from=listed.valid_from
        ).first()
        if found is not None:
            # Computed once, when it was published: only what an author gave can be compared.
            if listed.prices is not None:
                self._compare(place, found, given_prices(listed, self.currencies[listed.region]))
            return
        terms = ListTerms(
            region=listed.region,
            currency=self.currencies[listed.region],
            valid_from=listed.valid_from,
            version=models.PriceList.objects.filter(region_id=listed.region).count() + 1,
            renewal_share=lambda months: self._share(listed, months),
        )
        source: models.PriceList | None = None
        if listed.derived_from is None:
            given = given_prices(listed, terms.currency)
            published = publish(given, terms)
        else:
            source = self._source(listed)
            given, published = derive(
                given_on_file(source.pk),
                terms,
                factor=Fraction(listed.derived_from.factor),
                source_exponent=self.currencies[source.region_id].exponent,
            )
        self._write_list(listed, source, given, published)

    def _share(self, listed: PriceList, months: int) -> Fraction:
        """The policy in force when the list begins; channels share one list."""
        policy = policies.policy_for(
            self.records,
            region=listed.region,
            channel="online",
            months=months,
            on=listed.valid_from,
        )
        return policy.renewal_share(months)

    def _source(self, listed: PriceList) -> models.PriceList:
        assert listed.derived_from is not None
        found = (
            models.PriceList.objects.filter(
                region_id=listed.derived_from.region, valid_from__lte=listed.valid_from
            )
            .order_by("-valid_from", "-version")
            .first()
        )
        assert found is not None, "a derived list without a source was refused before"
        return found

    def _compare(
        self, place: Place, found: models.PriceList, given: dict[OfferKey, GivenPrice]
    ) -> None:
        on_file = given_on_file(found.pk)
        for offer in sorted(set(on_file) | set(given)):
            if on_file.get(offer) != given.get(offer):
                reason = "is published with another price; add a list with a later valid_from"
                self.problems.add(self.document.problem(place, str(offer), reason))

    def _write_list(
        self,
        listed: PriceList,
        source: models.PriceList | None,
        given: dict[OfferKey, GivenPrice],
        published: PublishedList,
    ) -> None:
        stored = models.PriceList.objects.create(
            id=new_id("prl"),
            region_id=listed.region,
            version=published.version,
            valid_from=listed.valid_from,
            derived_from=source,
            factor="" if listed.derived_from is None else listed.derived_from.factor,
            published_at=self.now,
        )
        models.Offer.objects.bulk_create(
            [
                models.Offer(
                    id=str(offer),
                    product_id=offer.product,
                    access=offer.access,
                    months=offer.months,
                )
                for offer in published.prices
            ],
            ignore_conflicts=True,
        )
        models.Price.objects.bulk_create(
            [
                models.Price(
                    price_list=stored,
                    offer_id=str(offer),
                    new_minor=unit.new_minor,
                    renewal_minor=unit.renewal_minor,
                    renewal_was_given=given[offer].renewal_minor is not None,
                    new_trace=to_json(unit.new_trace),
                    renewal_trace=to_json(unit.renewal_trace),
                )
                for offer, unit in published.prices.items()
            ]
        )
        self.published.append(f"price list {listed.region} from {listed.valid_from}")

    def _campaigns(self) -> None:
        for index, campaign in enumerate(self.catalogue.campaigns):
            terms = campaign.model_dump(
                exclude={"code", "kind", "opens_on", "last_day"}, exclude_none=True
            )
            values = {
                "kind": campaign.kind,
                "opens_on": campaign.opens_on,
                "last_day": campaign.last_day,
                "terms": terms,
            }
            self._store(
                models.Campaign,
                "campaign",
                campaign.code,
                values,
                frozen=("kind", "opens_on", "terms"),
                place=("campaigns", index),
            )
