"""Refunds that a person decides about: paying credit out, and saying what became of one."""

from collections.abc import Sequence

from perenne.accounts.models import Company
from perenne.billing.book_models import Refund
from perenne.billing.customer_credit import Holder, lock_credit
from perenne.billing.errors import RefundExceedsError, RefundRefusedError
from perenne.billing.models import Payment
from perenne.billing.refund_calls import LeasedRefund, RefundOutcome, send_refunds, settle_refunds
from perenne.billing.refunds import OpenedRefund, RefundWish, lock_payments, open_refunds
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.rules.filling import fill


def pay_out_credit(
    holder: Holder, *, amount_minor: int, occasion: Occasion
) -> Sequence[OpenedRefund]:
    """Give a customer's credit back in money, as refunds of its latest payments.

    Raises:
        RefundExceedsError: if there is not so much credit, or not so much was ever paid.

    Source: docs/explanation/money.md, «Refunds».
    """
    region = Company.objects.values_list("region_id", flat=True).get(pk=holder.company)
    with atomic("payout"):
        payments = Payment.objects.filter(company_id=holder.company, currency=holder.currency)
        newest = list(payments.order_by("-received_on", "-id").values_list("id", flat=True))
        left = lock_payments(newest)
        # After the payments, as everywhere: two payouts at once take turns.
        balance = lock_credit([holder], only_positive=True).get(holder)
        has_minor = 0 if balance is None else balance.amount_minor
        if not 0 < amount_minor <= has_minor:
            raise RefundExceedsError(
                f"{amount_minor} {holder.currency} minor units: the credit is {has_minor}"
            )
        parts = fill(amount_minor, [left[one].left_minor for one in newest])
        if sum(parts) < amount_minor:
            raise RefundExceedsError(f"only {sum(parts)} can go back to where it came from")
        opened = open_refunds(
            [
                RefundWish(
                    payment=payment, amount_minor=part, holder=holder, region=region, invoice=None
                )
                for payment, part in zip(newest, parts, strict=True)
                if part
            ],
            occasion=occasion,
        )
    send_refunds([one.id for one in opened if one.way == "gateway"], occasion=occasion)
    return opened


def settle_by_hand(refund: str, *, succeeded: bool, reference: str, occasion: Occasion) -> None:
    """Say what became of a refund: a payout that somebody made, or one with a problem.

    What did not go back is the customer's credit again.

    Args:
        reference: the bank's, of a payout; or the reason why it did not go back.

    Raises:
        RefundRefusedError: if there is no such refund, or the gateway can still be asked.

    Source: docs/explanation/money.md, «Refunds».
    """
    with atomic("payout"):
        row = Refund.objects.select_for_update(of=("self",)).filter(pk=refund).first()
        if row is None:
            raise RefundRefusedError(f"there is no refund {refund!r}: perenne refunds list")
        if row.state in ("succeeded", "declined"):
            raise RefundRefusedError(f"refund {refund} {row.state} before")
        if row.way == "gateway" and not row.problem:
            raise RefundRefusedError(f"refund {refund} is the gateway's to settle")
        if not reference:
            raise RefundRefusedError("say the bank's reference, or why it did not go back")
        if succeeded:
            Refund.objects.filter(pk=refund).update(reference=reference)
        settle_refunds(
            [
                RefundOutcome(
                    _as_leased(row),
                    "succeeded" if succeeded else "declined",
                    declined="" if succeeded else reference,
                )
            ],
            occasion=occasion,
        )


def _as_leased(row: Refund) -> LeasedRefund:
    return LeasedRefund(
        id=row.pk,
        payment=row.payment_id,
        charge="",
        key=row.idempotency_key,
        amount_minor=row.amount_minor,
        holder=Holder(row.company_id, row.partner_id, row.currency),
        region=Company.objects.values_list("region_id", flat=True).get(pk=row.company_id),
        lease_no=row.lease_no,
        key_may_be_forgotten=False,
    )
