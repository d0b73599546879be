"""Money on its way back: what people do to have it returned, and the gateway's book of refunds."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from perenne.billing.correcting import correct_invoice
from perenne.billing.customer_credit import Holder
from perenne.billing.errors import BooksError
from perenne.billing.giving_back import GiveBack
from perenne.billing.payouts import pay_out_credit
from perenne.platform.bulk import select
from perenne.platform.clock import moment_of
from perenne.platform.occasion import Occasion
from perenne.renewals.errors import ChangeError
from perenne.subscriptions.models import Subscription
from tests.support.changing import at, change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.acts import Scene
    from tests.faults.lane import BookedRefund

_PAID_INVOICES = """
select distinct l.invoice_id as id, r.billing_step_minor as step_minor
from billing_order o
join billing_invoiceline l on l.order_id = o.id
join billing_paymentallocation a on a.invoice_id = l.invoice_id
join accounts_company c on c.id = o.company_id
join catalog_region r on r.code = c.region_id
where o.subscription_id = any(%s) order by 1
"""


def correct_invoices(scene: Scene) -> object:
    """Staff found that too much was asked for: a part goes back to the payer, again and again."""
    return _corrected(scene, GiveBack.TO_PAYER)


def pay_credit_out(scene: Scene) -> object:
    """A part becomes the customer's credit, and the customer wants it in money."""
    corrected = _corrected(scene, GiveBack.TO_CREDIT)
    paid = 0
    rows = select("select company_id, currency, balance_minor from billing_creditbalance")
    for row in rows:
        holder = Holder(row["company_id"], None, row["currency"])
        with suppress(BooksError):
            occasion = _by_finance(scene)
            pay_out_credit(holder, amount_minor=row["balance_minor"], occasion=occasion)
            paid += 1
    return corrected, paid


def return_a_renewal(scene: Scene) -> object:
    """A customer renews in the window, gives one seat back, and then all of it."""
    found = Subscription.objects.select_related("company").in_bulk(scene.book.of("returned"))
    now = at(moment_of(scene.day))
    done = []
    for subscription in found.values():
        for kind, choices in (("renew", {}), ("return", {"seats": 1}), ("return", {})):
            with suppress(ChangeError):
                done.append(str(change(now, kind, subscription, **choices).state))
    return done


def _corrected(scene: Scene, to: GiveBack) -> int:
    corrected = 0
    for row in select(_PAID_INVOICES, [scene.book.of("card")]):
        with suppress(BooksError):
            correct_invoice(
                row["id"], net_minor=5 * row["step_minor"], to=to, occasion=_by_finance(scene)
            )
            corrected += 1
    return corrected


def _by_finance(scene: Scene) -> Occasion:
    return Occasion(scene.day, "staff:fin", moment_of(scene.day))


_OURS = """
select r.id, r.state, r.gateway_refund_id, r.amount_minor, r.currency, p.charge_id
from billing_refund r join billing_payment p on p.id = r.payment_id where r.way = 'gateway'
"""


def refunds_have_rows(refunds: Sequence[BookedRefund]) -> Iterator[str]:
    """Nothing goes back that was not committed here before; and each refund goes back once."""
    ours = {row["id"]: row for row in select(_OURS)}
    for name, count in Counter(one.refund_id for one in refunds).items():
        if count > 1:
            yield f"P3: {name} was given back {count} times"
    for one in refunds:
        row = ours.get(one.refund_id)
        if row is None:
            yield f"P3: {one.refund_id} was given back, which was never committed"
        elif _told(one) != (row["charge_id"], row["amount_minor"], row["currency"]):
            yield f"P3: {one} was given back, asked for was {row}"
        elif row["state"] == "declined":
            yield f"P3: {one.refund_id} was given back, and counts as declined here"


def refunds_agree(refunds: Sequence[BookedRefund]) -> Iterator[str]:
    """Their refunds and ours, one to one, by both names."""
    theirs = {one.refund_id: (one.gateway_refund_id, *_told(one)) for one in refunds}
    ours = {
        row["id"]: (
            row["gateway_refund_id"],
            row["charge_id"],
            row["amount_minor"],
            row["currency"],
        )
        for row in select(_OURS)
        if row["state"] == "succeeded"
    }
    for name in sorted(theirs.keys() | ours.keys()):
        if theirs.get(name) != ours.get(name):
            yield f"P3: refund {name}: gateway {theirs.get(name)}, here {ours.get(name)}"


def no_refund_is_open() -> Iterator[str]:
    """After the drain, the gateway has answered about each of them."""
    for row in select(_OURS):
        if row["state"] not in ("succeeded", "declined"):
            yield f"still open after the drain: refund {row['id']} {row['state']}"


def _told(one: BookedRefund) -> tuple[str, int, str]:
    return one.charge_id, one.amount_minor, one.currency
