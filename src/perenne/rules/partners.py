"""What a partner earns of a sale, and what a partner pays that buys to sell on."""

from fractions import Fraction

from perenne.rules.money import round_half_up


def partner_earns(net_minor: int, *, share: Fraction, step_minor: int) -> int:
    """An agency partner's share of a net line, rounded once to the billing step.

    Source: docs/explanation/money.md, «Partners».
    """
    return round_half_up(net_minor * share, step=step_minor)


def resale_net(net_minor: int, *, discount: Fraction, step_minor: int) -> int:
    """What a partner pays for a net line that it sells on, rounded once to the billing step.

    Source: docs/explanation/money.md, «Partners».
    """
    return round_half_up(net_minor * (1 - discount), step=step_minor)
