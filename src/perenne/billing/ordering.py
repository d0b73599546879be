"""Write orders: what was bought for one subscription at once, line by line."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from perenne.billing.attempts import Attempt
from perenne.billing.models import Order, OrderLine
from perenne.billing.sales import Sale
from perenne.platform.bulk import copy_in


class Sold(Struct, frozen=True):
    """A sale whose attempt succeeded; ``charge_id`` is empty when it was sold on account."""

    attempt: Attempt
    charge_id: str

    @property
    def sale(self) -> Sale:
        """What was sold."""
        return self.attempt.sale


def copy_orders(
    sold: Sequence[Sold], orders: Sequence[str], *, day: date, actor: str, now: datetime
) -> None:
    """Append an order and its lines for each sale, in the caller's transaction.

    Raises:
        IntegrityError: if an attempt was executed before.
    """
    copy_in(
        Order,
        "id company_id subscription_id kind change campaign purchase_order partner_id "
        "term_starts_on currency net_minor tax_minor gross_minor attempt_id business_day actor "
        "ordered_at".split(),
        (
            (
                order,
                sale.company,
                sale.subscription,
                sale.kind.value,
                sale.change,
                sale.campaign,
                sale.purchase_order,
                sale.partner,
                sale.starts_on,
                sale.currency,
                sale.net_minor,
                sale.tax_minor,
                sale.gross_minor,
                one.attempt.id,
                day,
                actor,
                now,
            )
            for one, order in zip(sold, orders, strict=True)
            for sale in (one.attempt.sale,)
        ),
    )
    _copy_lines(sold, orders)


def _copy_lines(sold: Sequence[Sold], orders: Sequence[str]) -> None:
    copy_in(
        OrderLine,
        "order_id offer_id seats unit_minor net_minor tax_minor tax_rate partner_minor "
        "price_class covers_from covers_until trace tax_trace".split(),
        (
            (
                order,
                line.offer,
                line.seats,
                line.unit_minor,
                line.net_minor,
                line.tax_minor,
                line.tax_rate,
                line.partner_minor,
                line.price_class,
                line.covers_from,
                line.covers_until,
                line.trace,
                line.tax_trace,
            )
            for one, order in zip(sold, orders, strict=True)
            for line in one.attempt.sale.lines
        ),
    )
