"""Whether a well-formed catalogue makes sense: codes that exist, amounts that can be billed."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from iso4217 import Currency as IsoCurrency

from perenne.importing.catalogue_form import ACTIONS, COUNTRIES, Catalogue, PriceList, Region
from perenne.importing.documents import Document, Place
from perenne.importing.errors import Problems
from perenne.importing.tax_ids import has_tax_id_check, is_valid_tax_id
from perenne.importing.values import BadValueError, email, text
from perenne.rules.calculation import (
    PRESETS,
    calculation_of,
    calculation_problems,
    definition_of,
)
from perenne.rules.money import Currency, parse_amount
from perenne.rules.policy import PolicyRecord, policy_problems
from perenne.rules.prices import GivenPrice, OfferKey

Mistake = tuple[Place, object, str]
_TERMS = range(1, 121)
_OF_A_POLICY = ("extends", "applies_to", "valid_from")


def judge_catalogue(catalogue: Catalogue, document: Document, problems: Problems) -> None:
    """Add every mistake of sense."""
    checks = (_vendor, _regions, _products, _price_lists, _campaigns, _calculations, _policies)
    for check in checks:
        for place, value, reason in check(catalogue):
            problems.add(document.problem(place, value, reason))


def currency_of(region: Region) -> Currency:
    """The currency with its ISO exponent and the region's billing step.

    Raises:
        ValueError: if the code is not in ISO 4217, or the step is not an amount of it.
    """
    try:
        exponent = IsoCurrency(region.currency).exponent
    except ValueError as error:
        raise ValueError("is not a currency of ISO 4217") from error
    if exponent is None:
        raise ValueError("is not a currency in which anything is billed")
    step = parse_amount(region.billing_step, exponent=exponent, step_minor=1)
    if step < 1:
        raise ValueError("has a billing step that is not positive")
    return Currency(region.currency, exponent, step)


def given_prices(listed: PriceList, currency: Currency) -> dict[OfferKey, GivenPrice]:
    """The prices of a list as amounts; call it on a list that makes sense."""
    facts = {"exponent": currency.exponent, "step_minor": currency.billing_step_minor}
    return {
        OfferKey(*price.offer): GivenPrice(
            parse_amount(price.new, **facts),
            None if price.renewal is None else parse_amount(price.renewal, **facts),
        )
        for price in listed.prices or ()
    }


def policy_record(catalogue: Catalogue, code: str) -> PolicyRecord:
    """A policy of the file as rules know it.

    A calculation policy that the file defines is written out in the settings, so that a version
    of the policy says by itself, for ever, how amounts were calculated.
    """
    stated = dict(catalogue.policies[code])
    applies_to = stated.get("applies_to") or {}
    named = stated.get("calculation")
    if isinstance(named, str) and named in catalogue.calculations:
        stated["calculation"] = _written_out(named, catalogue.calculations[named])
    return PolicyRecord(
        code=code,
        extends=str(stated.get("extends") or ""),
        applies_to=applies_to if isinstance(applies_to, dict) else {"applies_to": ()},
        valid_from=stated["valid_from"] if isinstance(stated["valid_from"], date) else date.max,
        settings={key: value for key, value in stated.items() if key not in _OF_A_POLICY},
    )


def _written_out(name: str, definition: dict[str, object]) -> dict[str, object]:
    if calculation_problems(definition):
        return {"name": name}  # said where it is defined
    return definition_of(calculation_of({"name": name, **definition}))


def _vendor(catalogue: Catalogue) -> Iterator[Mistake]:
    vendor = catalogue.vendor
    for index, locale in enumerate(vendor.locales):
        if locale not in ("en", "zh-Hant"):
            yield ("vendor", "locales", index), locale, "is not a language we have: en, zh-Hant"
    if vendor.locale not in vendor.locales:
        yield ("vendor", "locale"), vendor.locale, "is not one of the vendor's locales"


def _regions(catalogue: Catalogue) -> Iterator[Mistake]:
    codes = [region.code for region in catalogue.regions]
    placed: dict[str, str] = {}
    for index, region in enumerate(catalogue.regions):
        at: Place = ("regions", index)
        if region.code in codes[:index]:
            yield (*at, "code"), region.code, "stands twice"
        yield from _currency(region, at)
        yield from _calendar(region, at)
        yield from _countries(region, at, placed)
        yield from _seller(region, at)
        for number, action in enumerate(region.actions_enabled):
            if action not in ACTIONS:
                yield (*at, "actions_enabled", number), action, "is not an action"
        yield from _tax(region, at)


def _calendar(region: Region, at: Place) -> Iterator[Mistake]:
    try:
        ZoneInfo(region.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield (*at, "time_zone"), region.time_zone, "is not a time zone like Asia/Taipei"


def _countries(region: Region, at: Place, placed: dict[str, str]) -> Iterator[Mistake]:
    for number, country in enumerate(region.countries):
        place = (*at, "countries", number)
        if country not in COUNTRIES:
            yield place, country, "is not a country of ISO 3166"
        elif country in placed:
            yield place, country, f"is in region {placed[country]} already"
        placed.setdefault(country, region.code)
    if region.seller_country not in COUNTRIES:
        yield (*at, "seller_country"), region.seller_country, "is not a country of ISO 3166"


def _seller(region: Region, at: Place) -> Iterator[Mistake]:
    """What documents will print of the seller: nothing that disturbs them, ids that hold."""
    printed = [((*at, "seller"), region.seller)]
    for field in ("seller_address", "seller_bank"):
        lines = getattr(region, field)
        printed += [((*at, field, number), line) for number, line in enumerate(lines)]
    for place, line in printed:
        try:
            text(line)
        except BadValueError as error:
            yield place, line, str(error)
    tax_id, country = region.seller_tax_id, region.seller_country
    if tax_id and has_tax_id_check(country) and not is_valid_tax_id(tax_id, country):
        reason = f"does not pass the check of {country}; write it as in your registration"
        yield (*at, "seller_tax_id"), tax_id, reason
    try:
        if region.seller_email:
            email(region.seller_email)
    except BadValueError as error:
        yield (*at, "seller_email"), region.seller_email, str(error)


def _currency(region: Region, at: Place) -> Iterator[Mistake]:
    try:
        currency_of(region)
    except ValueError as error:
        field = "currency" if "currency" in str(error) else "billing_step"
        yield (*at, field), getattr(region, field), str(error)


def _tax(region: Region, at: Place) -> Iterator[Mistake]:
    tax = region.tax
    if (tax.rate is None) == (tax.by_country is None):
        yield (*at, "tax"), None, "needs either a rate or rates by_country"
        return
    rates = {"rate": tax.rate} if tax.rate is not None else dict(tax.by_country or {})
    for name, rate in rates.items():
        if not 0 <= Fraction(rate) <= 1:
            yield (*at, "tax", name), rate, "is not a rate from 0 to 1, like 0.05"
    missing = [one for one in region.countries if tax.rate is None and one not in rates]
    if missing:
        yield (*at, "tax", "by_country"), None, f"has no rate for {', '.join(missing)}"


def _products(catalogue: Catalogue) -> Iterator[Mistake]:
    codes = [product.code for product in catalogue.products]
    for index, product in enumerate(catalogue.products):
        at: Place = ("products", index)
        if product.code in codes[:index]:
            yield (*at, "code"), product.code, "stands twice"
        for locale in catalogue.vendor.locales:
            if locale not in product.name:
                yield (*at, "name"), None, f"has no name in {locale}"
        for number, inner in enumerate(product.contains):
            if inner not in codes or inner == product.code:
                yield (*at, "contains", number), inner, "is not another product"
        if (product.kind == "collection") != bool(product.contains):
            yield at, None, "a collection contains products, and nothing else does"


def _price_lists(catalogue: Catalogue) -> Iterator[Mistake]:
    regions = {region.code: region for region in catalogue.regions}
    seen: set[tuple[str, date]] = set()
    for index, listed in enumerate(catalogue.price_lists):
        at: Place = ("price_lists", index)
        if listed.region not in regions:
            yield (*at, "region"), listed.region, "is unknown: no such region"
            continue
        if (listed.region, listed.valid_from) in seen:
            yield (*at, "valid_from"), listed.valid_from, "the region has a list from that day"
        if (listed.prices is None) == (listed.derived_from is None):
            yield at, None, "needs either prices or derived_from"
        elif listed.derived_from is not None:
            source = listed.derived_from.region
            if not any(
                region == source and valid_from <= listed.valid_from for region, valid_from in seen
            ):
                reason = "has no list in force on that day; put it before this one"
                yield (*at, "derived_from", "region"), source, reason
        else:
            yield from _prices(catalogue, regions[listed.region], listed, at)
        seen.add((listed.region, listed.valid_from))


def _prices(
    catalogue: Catalogue, region: Region, listed: PriceList, at: Place
) -> Iterator[Mistake]:
    ways = {(product.code, way) for product in catalogue.products for way in product.access}
    try:
        currency = currency_of(region)
    except ValueError:
        return  # said where the region stands
    offers: set[str] = set()
    for index, price in enumerate(listed.prices or ()):
        place: Place = (*at, "prices", index)
        product, access, months = price.offer
        offer = f"{product}/{access}/{months}"
        if (product, access) not in ways:
            yield (*place, "offer"), offer, "is no product and way of use of this file"
        elif type(months) is not int or months not in _TERMS:
            yield (*place, "offer"), offer, "has no term of 1 to 120 months"
        elif offer in offers:
            yield (*place, "offer"), offer, "is priced twice in this list"
        offers.add(offer)
        yield from _amounts({"new": price.new, "renewal": price.renewal}, currency, place)


def _amounts(amounts: dict[str, str | None], currency: Currency, place: Place) -> Iterator[Mistake]:
    facts = {"exponent": currency.exponent, "step_minor": currency.billing_step_minor}
    for field, amount in amounts.items():
        try:
            if amount is not None:
                parse_amount(amount, **facts)
        except ValueError as error:
            yield (*place, field), amount, str(error)


def _campaigns(catalogue: Catalogue) -> Iterator[Mistake]:
    codes = [campaign.code for campaign in catalogue.campaigns]
    known = {product.code for product in catalogue.products}
    for index, campaign in enumerate(catalogue.campaigns):
        at: Place = ("campaigns", index)
        if campaign.code in codes[:index]:
            yield (*at, "code"), campaign.code, "stands twice"
        if campaign.last_day < campaign.opens_on:
            yield (*at, "last_day"), campaign.last_day, "lies before opens_on"
        if campaign.kind == "trade_in" and not _is_ratio(campaign.ratio):
            yield (*at, "ratio"), None, "a trade-in needs a ratio like [1, 2]"
        for side, choice in (("from", campaign.source), ("to", campaign.target)):
            if choice.get("product", next(iter(known))) not in known:
                yield (*at, side, "product"), choice["product"], "is unknown: no such product"


def _is_ratio(ratio: list[int] | None) -> bool:
    return ratio is not None and len(ratio) == 2 and all(part >= 1 for part in ratio)  # noqa: PLR2004


def _calculations(catalogue: Catalogue) -> Iterator[Mistake]:
    for name, definition in catalogue.calculations.items():
        at: Place = ("calculations", name)
        if name in PRESETS:
            yield at, name, "is the name of a preset, which needs no definition; choose another"
        for field, reason in calculation_problems(definition):
            yield (*at, field), definition.get(field), reason


def _policies(catalogue: Catalogue) -> Iterator[Mistake]:
    for code, stated in catalogue.policies.items():
        at: Place = ("policies", code)
        if not isinstance(stated.get("valid_from"), date):
            yield (*at, "valid_from"), stated.get("valid_from"), "is not a date like 2020-01-01"
            continue
        if isinstance(stated.get("calculation"), dict):
            reason = "is written out here; define it under `calculations` and name it"
            yield (*at, "calculation"), None, reason
        record = policy_record(catalogue, code)
        if record.extends and record.extends not in catalogue.policies:
            yield (*at, "extends"), record.extends, "is not a policy of this file"
        for setting, reason in policy_problems(record):
            yield (*at, setting), stated.get(setting), reason
    if not any(not (stated.get("applies_to") or {}) for stated in catalogue.policies.values()):
        yield ("policies",), None, "has no policy that applies to everything"
