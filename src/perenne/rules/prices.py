"""Price lists: what was given, what is derived, and the unit price that is in force on a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from perenne.rules.calendar import Period
from perenne.rules.money import Currency, round_half_up
from perenne.rules.trace import Step, StepCode, Trace, step

RenewalShare = Callable[[int], Fraction]


class PriceClass(StrEnum):
    """New for those who buy, renewal for those whose chain of terms is unbroken."""

    NEW = "new"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True, order=True)
class OfferKey:
    """Product, access model and term length; as text ``LT/named_user/12``."""

    product: str
    access: str
    months: int

    def __str__(self) -> str:
        return f"{self.product}/{self.access}/{self.months}"


@dataclass(frozen=True, slots=True)
class GivenPrice:
    """What a list's author wrote, in minor units; without a renewal price the share decides."""

    new_minor: int
    renewal_minor: int | None = None


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Published prices of one seat for one term, in minor units, and how each came about."""

    new_minor: int
    renewal_minor: int
    new_trace: Trace
    renewal_trace: Trace

    def of(self, price_class: PriceClass) -> tuple[int, Trace]:
        """The price and trace of a class."""
        if price_class is PriceClass.NEW:
            return self.new_minor, self.new_trace
        return self.renewal_minor, self.renewal_trace


@dataclass(frozen=True, slots=True)
class ListTerms:
    """Where and from when a list is valid, and the share that gives missing renewal prices."""

    region: str
    currency: Currency
    valid_from: date
    version: int
    renewal_share: RenewalShare


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A region's price list; never changed after it was published."""

    region: str
    currency: Currency
    valid_from: date
    version: int
    prices: Mapping[OfferKey, UnitPrice]


def publish(given: Mapping[OfferKey, GivenPrice], terms: ListTerms) -> PublishedList:
    """Fix the unit prices of a list whose author gave the amounts.

    A missing renewal price is the new price times the share for that term length, rounded per
    seat, half up to the billing step.

    Source: docs/explanation/pricing.md, «Price lists».
    """
    return _published(given, terms, _as_given, given)


def derive(
    source: Mapping[OfferKey, GivenPrice],
    terms: ListTerms,
    *,
    factor: Fraction,
    source_exponent: int,
) -> tuple[dict[OfferKey, GivenPrice], PublishedList]:
    """Multiply every price that was given in ``source``; return what is then given, and the list.

    Each is rounded half up to the billing step of the target; a missing renewal price is taken
    from the rounded new price.

    Source: docs/explanation/pricing.md, «Derived lists».
    """
    currency = terms.currency
    exact = factor * Fraction(10) ** (currency.exponent - source_exponent)

    def derived(amount_minor: int) -> int:
        return round_half_up(amount_minor * exact, step=currency.billing_step_minor)

    def origin(amount_minor: int) -> Trace:
        return (
            *_as_given(amount_minor),
            step(StepCode.DERIVED, share=str(exact), factor=str(factor)),
            _rounding(currency),
        )

    given = {
        offer: GivenPrice(
            derived(price.new_minor),
            None if price.renewal_minor is None else derived(price.renewal_minor),
        )
        for offer, price in source.items()
    }
    return given, _published(given, terms, origin, source)


def _as_given(amount_minor: int) -> Trace:
    return (step(StepCode.GIVEN, amount_minor=amount_minor),)


def _rounding(currency: Currency) -> Step:
    return step(StepCode.ROUNDING, rule="half_up", step_minor=currency.billing_step_minor)


def _published(
    given: Mapping[OfferKey, GivenPrice],
    terms: ListTerms,
    origin: Callable[[int], Trace],
    written: Mapping[OfferKey, GivenPrice],
) -> PublishedList:
    """Traces begin with the amounts as ``written`` by an author, here or in the source list."""
    head = step(
        StepCode.PRICE_LIST,
        region=terms.region,
        valid_from=terms.valid_from.isoformat(),
        version=terms.version,
    )
    prices = {}
    for offer, price in given.items():
        new_trace = (head, *origin(written[offer].new_minor))
        written_renewal = written[offer].renewal_minor
        if price.renewal_minor is None or written_renewal is None:
            share = terms.renewal_share(offer.months)
            renewal_minor = round_half_up(
                price.new_minor * share, step=terms.currency.billing_step_minor
            )
            renewal_trace = (
                *new_trace,
                step(StepCode.SHARE, share=str(share)),
                _rounding(terms.currency),
            )
        else:
            renewal_minor = price.renewal_minor
            renewal_trace = (head, *origin(written_renewal))
        prices[offer] = UnitPrice(price.new_minor, renewal_minor, new_trace, renewal_trace)
    return PublishedList(terms.region, terms.currency, terms.valid_from, terms.version, prices)


def price_in_force(
    lists: Sequence[PublishedList], offer: OfferKey, *, on: date
) -> UnitPrice | None:
    """The offer's entry with the latest ``valid_from`` on or before ``on``; None if it has none.

    A list that leaves an offer out leaves the earlier price as it is. On ties the higher version.

    Source: docs/explanation/pricing.md, «The price in force».
    """
    begun = [one for one in lists if one.valid_from <= on and offer in one.prices]
    latest = max(begun, key=lambda one: (one.valid_from, one.version), default=None)
    return None if latest is None else latest.prices[offer]


@dataclass(frozen=True, slots=True)
class Line:
    """Seats for a period at a unit price; minor units, before tax."""

    seats: int
    unit_minor: int
    net_minor: int
    covers: Period
    price_class: PriceClass
    trace: Trace


def price_line(unit: UnitPrice, *, price_class: PriceClass, seats: int, covers: Period) -> Line:
    """Price a whole term for ``seats``: the unit price was rounded when its list was published.

    Raises:
        ValueError: if ``seats`` is below 1 (check eligibility before pricing).

    Source: docs/explanation/pricing.md, «Renewing».
    """
    if seats < 1:
        raise ValueError(f"seats must be at least 1, got {seats}")
    unit_minor, origin = unit.of(price_class)
    net_minor = unit_minor * seats
    trace = (
        *origin,
        step(StepCode.PRICE_CLASS, price_class=price_class.value, unit_minor=unit_minor),
        step(StepCode.SEATS, seats=seats),
        step(StepCode.RESULT, amount_minor=net_minor),
    )
    return Line(seats, unit_minor, net_minor, covers, price_class, trace)
