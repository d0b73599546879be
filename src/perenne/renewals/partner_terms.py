"""What a partner's contract does to a sale: a share of it, or a price of its own."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from perenne.billing.sales import Sale, SaleLine
from perenne.rules.partners import partner_earns, resale_net
from perenne.rules.policy import Policy
from perenne.rules.tax import TaxLine
from perenne.rules.trace import StepCode, step, to_json

Taxed = Callable[[int], TaxLine]


def sold_through_partner(sale: Sale, *, policy: Policy, step_minor: int, taxed: Taxed) -> Sale:
    """The sale with what its partner earns of each line, or pays for it.

    An agency earns the policy's share and the customer pays the price; a reseller is invoiced
    the price less the policy's discount.

    Source: docs/explanation/money.md, «Partners».
    """
    if sale.partner_model == "agency" and policy.partner_share:
        share = policy.partner_share
        return replace(sale, lines=tuple(_shared(line, share, step_minor) for line in sale.lines))
    if sale.partner_model == "resale" and policy.resale_discount:
        off = policy.resale_discount
        return replace(
            sale, lines=tuple(_resold(line, off, step_minor, taxed) for line in sale.lines)
        )
    return sale


def _shared(line: SaleLine, share: Fraction, step_minor: int) -> SaleLine:
    earned = partner_earns(line.net_minor, share=share, step_minor=step_minor)
    return replace(line, partner_minor=earned)


def _resold(line: SaleLine, discount: Fraction, step_minor: int, taxed: Taxed) -> SaleLine:
    net_minor = resale_net(line.net_minor, discount=discount, step_minor=step_minor)
    tax = taxed(net_minor)
    steps = (
        step(StepCode.SHARE, share=str(1 - discount), name="resale"),
        step(StepCode.ROUNDING, rule="half_up", step_minor=step_minor),
        step(StepCode.RESULT, amount_minor=net_minor),
    )
    return replace(
        line,
        net_minor=net_minor,
        tax_minor=tax.tax_minor,
        tax_rate=str(tax.rate),
        trace=[*line.trace, *to_json(steps)],
        tax_trace=to_json(tax.trace),
    )
