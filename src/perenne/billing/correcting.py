"""Credit a net amount of an invoice because it asked for too much."""

from collections import defaultdict

from perenne.billing.credit_lines import lines_of_orders
from perenne.billing.crediting import CreditWish, IssuedCredit, issue_credits
from perenne.billing.errors import CreditRefusedError
from perenne.billing.giving_back import GiveBack
from perenne.billing.invoice_states import lock_invoices
from perenne.billing.models import InvoiceLine
from perenne.billing.refund_calls import send_refunds
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.rules.filling import fill


def correct_invoice(
    invoice: str, *, net_minor: int, to: GiveBack, occasion: Occasion
) -> IssuedCredit:
    """Take a net amount back with its share of the tax, from the invoice's lines in their order.

    Nothing that was sold ends. What was paid of it and is no longer owed goes back.

    Raises:
        CreditRefusedError: if so much is not left, or it is no multiple of the billing step.

    Source: docs/explanation/money.md, «Credit notes».
    """
    with atomic("correction"):
        lock_invoices([invoice])
        orders = list(
            InvoiceLine.objects.filter(invoice_id=invoice)
            .order_by("id")
            .values_list("order_id", flat=True)
        )
        left: dict[str, int] = defaultdict(int)
        for line in lines_of_orders(orders):
            left[line.order] += line.left.net_minor
        if not 0 < net_minor <= sum(left.values()):
            raise CreditRefusedError(
                f"{net_minor} minor units: {sum(left.values())} are left to credit"
            )
        parts = fill(net_minor, [left[order] for order in orders])
        note = issue_credits(
            [
                CreditWish(order=order, reason="correction", to=to, net_minor=part)
                for order, part in zip(orders, parts, strict=True)
                if part
            ],
            occasion=occasion,
        )[0]
    send_refunds([one.id for one in note.refunds if one.way == "gateway"], occasion=occasion)
    return note
