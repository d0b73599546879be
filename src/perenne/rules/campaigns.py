"""Campaigns: limited offers, such as two named-user seats for one multi-user seat."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from perenne.rules.calendar import Period
from perenne.rules.money import Currency, round_half_up
from perenne.rules.prices import Line, OfferKey, PriceClass, UnitPrice
from perenne.rules.trace import StepCode, recompute, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as it was published; no source or target product means the same one.

    ``seats_out`` new seats are given for every ``seats_in`` old ones. ``share`` is that of the
    old seats' renewal price with the rule ``share``; with ``total_unchanged`` it is 1.
    """

    code: str
    kind: str
    source_product: str | None
    source_access: str
    target_product: str | None
    target_access: str
    seats_in: int
    seats_out: int
    share: Fraction
    regions: frozenset[str]
    opens_on: date
    last_day: date
    once_per_seat: bool

    def is_for(self, offer: OfferKey, region: str) -> bool:
        """Whether seats of this offer in this region are its source."""
        return (
            offer.access == self.source_access
            and self.source_product in (None, offer.product)
            and (not self.regions or region in self.regions)
        )

    def is_open(self, *, decided_on: date, starts_on: date) -> bool:
        """Whether it can be decided on a day for a term that starts on another.

        Source: docs/explanation/changes.md, «Trading in».
        """
        return self.opens_on <= decided_on <= self.last_day and starts_on <= self.last_day

    def target_of(self, offer: OfferKey) -> OfferKey:
        """What the seats become; the term length stays."""
        return OfferKey(self.target_product or offer.product, self.target_access, offer.months)

    def seats_for(self, seats: int) -> int:
        """How many new seats are given; an odd seat of the ratio gives nothing."""
        return seats // self.seats_in * self.seats_out


def traded_line(
    campaign: Campaign, unit: UnitPrice, *, seats: int, covers: Period, currency: Currency
) -> Line:
    """Price a trade-in: what renewing the old ``seats`` costs, or a share of it, for the new ones.

    The line's unit price is what falls on one new seat, cut off; its net amount is exact.

    Args:
        unit: the prices of the old offer.

    Raises:
        ValueError: if the old seats give no new one (check eligibility before pricing).

    Source: docs/explanation/changes.md, «Trading in».
    """
    given = campaign.seats_for(seats)
    if given < 1:
        raise ValueError(f"{seats} seats give none by {campaign.code}")
    unit_minor, origin = unit.of(PriceClass.RENEWAL)
    steps = [
        *origin,
        step(StepCode.PRICE_CLASS, price_class=PriceClass.RENEWAL.value, unit_minor=unit_minor),
        step(StepCode.SEATS, seats=seats),
    ]
    net_minor = unit_minor * seats
    if campaign.share != 1:
        step_minor = currency.billing_step_minor
        net_minor = round_half_up(net_minor * campaign.share, step=step_minor)
        steps += [
            step(StepCode.SHARE, share=str(campaign.share)),
            step(StepCode.ROUNDING, rule="half_up", step_minor=step_minor),
        ]
    steps.append(step(StepCode.RESULT, amount_minor=net_minor))
    assert recompute(tuple(steps)) == net_minor
    return Line(given, net_minor // given, net_minor, covers, PriceClass.RENEWAL, tuple(steps))
