"""The form of a catalogue file: what may stand where, checked by pydantic."""

from datetime import date
from typing import Annotated, Any, Literal

from babel import Locale
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from perenne.importing.documents import Document
from perenne.importing.errors import Problems

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Share = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(/[1-9][0-9]*)?$")]
Amount = Annotated[str, StringConstraints(min_length=1, max_length=20)]
ACTIONS = (
    "renew auto_renew change_term add_seats reduce_seats align switch trade_in business_plan "
    "payment_method buy_again return change_partner assisted"
).split()
# Two-letter territories as Unicode's CLDR knows them: ISO 3166 without what is only reserved.
COUNTRIES = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code.isalpha()  # noqa: PLR2004
) - {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}


class Form(BaseModel):
    """A part of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Vendor(Form):
    """The vendor's name and languages."""

    name: Name
    locale: str
    locales: list[str] = Field(min_length=1)


class Tax(Form):
    """A rate, or one for each country."""

    name: Name
    rate: Share | None = None
    by_country: dict[str, Share] | None = None
    reverse_charge: bool = False


class Region(Form):
    """Countries with one currency, seller and time zone."""

    code: Code
    countries: list[str] = Field(min_length=1)
    currency: str
    billing_step: Amount
    time_zone: str
    seller: Name
    seller_country: str
    seller_address: list[Name] = Field(default_factory=list, max_length=6)
    seller_tax_id: Annotated[str, StringConstraints(max_length=40)] = ""
    seller_email: str = ""
    seller_bank: list[Name] = Field(default_factory=list, max_length=6)
    tax: Tax
    actions_enabled: list[str]


class Access(Form):
    """A way of use; retired ones are neither sold nor renewed from that day."""

    retired_on: date | None = None


class Threshold(Form):
    """When a plan may be bought."""

    basis: Literal["seats", "subscriptions"]
    at_least: int = Field(ge=1)


class Product(Form):
    """A product, collection or plan."""

    code: Code
    kind: Literal["product", "collection", "plan"]
    name: dict[str, Name]
    access: dict[Literal["named_user", "multi_user"], Access] = {"named_user": Access()}
    contains: list[Code] = Field(default_factory=list)
    features: list[Code] = Field(default_factory=list)
    threshold: Threshold | None = None
    self_service: bool = True


class Price(Form):
    """The price of an offer: product, access, months."""

    offer: list[Any] = Field(min_length=3, max_length=3)
    new: Amount
    renewal: Amount | None = None


class Derived(Form):
    """Another region's list, multiplied."""

    region: Code
    factor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,8})?$")]


class PriceList(Form):
    """Prices of a region from a day on: given, or derived."""

    region: Code
    valid_from: date
    prices: list[Price] | None = None
    derived_from: Derived | None = None


class Campaign(Form):
    """A limited offer."""

    code: Code
    kind: Literal["trade_in", "discount"]
    source: dict[str, str] = Field(alias="from", default_factory=dict)
    target: dict[str, str] = Field(alias="to", default_factory=dict)
    ratio: list[int] | None = None
    price_rule: Literal["total_unchanged", "share", "amount"]
    share: Share | None = None
    regions: list[Code] = Field(default_factory=list)
    opens_on: date
    last_day: date
    once_per_seat: bool = False


class Catalogue(Form):
    """The whole file."""

    vendor: Vendor
    regions: list[Region] = Field(min_length=1)
    products: list[Product] = Field(min_length=1)
    price_lists: list[PriceList] = Field(default_factory=list)
    campaigns: list[Campaign] = Field(default_factory=list)
    calculations: dict[Code, dict[str, Any]] = Field(default_factory=dict)
    policies: dict[Code, dict[str, Any]]


def parse(document: Document, problems: Problems) -> Catalogue | None:
    """The file in its form; every mistake of form is added."""
    from pydantic import ValidationError

    try:
        return Catalogue.model_validate(document.content)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            place = tuple(part for part in mistake["loc"] if part != "[key]")
            value = None if mistake["type"] in ("missing", "extra_forbidden") else mistake["input"]
            problems.add(document.problem(place, value, _reason(mistake["type"], mistake["msg"])))
        return None


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not known here"
    return message[:1].lower() + message[1:]
