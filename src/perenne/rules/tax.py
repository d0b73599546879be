"""Tax on a net amount: the rate of the country, or the customer accounts for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from perenne.rules.money import round_half_up
from perenne.rules.trace import Step, StepCode, Trace, step

# The seller's union for reverse charge: the member states of the European Union.
EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)


@dataclass(frozen=True, slots=True)
class TaxRule:
    """How a seller taxes its customers; ``union`` are the countries of the seller's union."""

    name: str
    rate: Fraction | None
    by_country: Mapping[str, Fraction] = field(default_factory=dict)
    reverse_charge: bool = False
    seller_country: str = ""
    union: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Tax in minor units, with the rate that was applied."""

    rate: Fraction
    tax_minor: int
    reverse_charged: bool
    trace: Trace


class TaxCalculator(Protocol):
    """A seam: the table of rates here, or a service that knows every town."""

    def __call__(
        self,
        net_minor: int,
        *,
        rule: TaxRule,
        country: str,
        tax_id_verified: bool,
        step_minor: int,
    ) -> TaxLine:
        """The tax on a net amount."""
        ...


def tax_on(
    net_minor: int, *, rule: TaxRule, country: str, tax_id_verified: bool, step_minor: int
) -> TaxLine:
    """Tax one line: rounded once, half up to the billing step; net + tax is the gross.

    A verified business tax id in another country of the seller's union gives reverse charge: no
    tax, the customer accounts for it. An unverified one changes nothing.

    Raises:
        ValueError: if the rule has no rate for ``country``.

    Source: docs/explanation/pricing.md, «Tax».
    """
    start = step(StepCode.GIVEN, amount_minor=net_minor)
    is_abroad = country in rule.union and country != rule.seller_country
    if rule.reverse_charge and tax_id_verified and is_abroad:
        none = (start, step(StepCode.REVERSE_CHARGE, country=country), _result(0))
        return TaxLine(Fraction(0), 0, reverse_charged=True, trace=none)
    rate = rule.by_country.get(country, rule.rate)
    if rate is None:
        raise ValueError(f"{rule.name}: no rate for {country}")
    tax_minor = round_half_up(net_minor * rate, step=step_minor)
    trace = (
        start,
        step(StepCode.TAX, share=str(rate), name=rule.name, country=country),
        step(StepCode.ROUNDING, rule="half_up", step_minor=step_minor),
        _result(tax_minor),
    )
    return TaxLine(rate, tax_minor, reverse_charged=False, trace=trace)


def _result(amount_minor: int) -> Step:
    return step(StepCode.RESULT, amount_minor=amount_minor)
