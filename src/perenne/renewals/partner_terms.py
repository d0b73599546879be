"""What a partner's contract does to a sale: a share of it, or a price of its own."""

from collections.abc import Callable
from fractions import Fraction

from msgspec.structs import replace

from perenne.billing.sales import Sale, SaleLine
from perenne.rules.partners import partner_earns, resale_net
from perenne.rules.policy import Policy
from perenne.rules.tax import TaxLine
from perenne.rules.trace import StepCode, step, to_json

Taxed = Callable[[int], TaxLine]


def sold_through_partner(sale: Sale, *, policy: Policy, step_minor: int, taxed: Taxed) -> Sale:
    """The sale with what its partner earns of each line, or pays for it.

    An agency earns the policy's share and the customer pays the price; a reseller is invoiced
    the price less the policy's discount, on account.

    Source: docs/explanation/money.md, «Partners».
    """
    if sale.partner_model == "agency":
        return sold_by_agency(sale, policy=policy, step_minor=step_minor)
    if sale.partner_model != "resale":
        return sale
    off = policy.resale_discount
    lines = tuple(_resold(line, off, step_minor, taxed) for line in sale.lines) if off else ()
    # The customer's own payment methods pay nothing that the partner buys.
    return replace(sale, lines=lines or sale.lines, method=None, method_kind="invoice")


def sold_by_agency(sale: Sale, *, policy: Policy, step_minor: int) -> Sale:
    """The sale with an agency's share of each line.

    Source: docs/explanation/money.md, «Partners».
    """
    share = policy.partner_share
    if not share:
        return sale
    return replace(sale, lines=tuple(_shared(line, share, step_minor) for line in sale.lines))


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
