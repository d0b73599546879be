"""Invoices with all that settled them, read for a set at once, and lowered under their lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from perenne.billing.customer_credit import Holder
from perenne.billing.numbering import number_text
from perenne.platform.bulk import select
from perenne.rules.receivables import InvoiceStatus, InvoiceSums, invoice_status


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceState:
    """An invoice as it stands; ``holder`` is whose credit pays for it and gets what is too much."""

    id: str
    holder: Holder
    region: str
    seller: str
    series: str
    number: int
    issued_on: date
    due_on: date
    sums: InvoiceSums

    @property
    def name(self) -> str:
        """Its number as it is printed."""
        return number_text(self.series, self.number)

    def status(self, as_of: date) -> InvoiceStatus:
        """Its status on a day."""
        return invoice_status(self.sums, due_on=self.due_on, as_of=as_of)


_STATES = """
select i.id, i.company_id, i.partner_id, i.currency, c.region_id, i.seller, i.series, i.number,
       i.issued_on, i.due_on, i.gross_minor,
       coalesce((select sum(a.amount_minor) from billing_paymentallocation a
                 where a.invoice_id = i.id), 0)::bigint as paid,
       coalesce((select sum(n.gross_minor) from billing_creditnote n
                 where n.invoice_id = i.id), 0)::bigint as credited,
       coalesce((select -sum(e.amount_minor) from billing_creditentry e
                 where e.invoice_id = i.id and e.kind = 'used'), 0)::bigint as used,
       (coalesce((select sum(e.amount_minor) from billing_creditentry e
                  where e.invoice_id = i.id and e.kind = 'given_back'), 0)
        + coalesce((select sum(r.amount_minor) from billing_refund r
                    where r.invoice_id = i.id), 0))::bigint as given_back
from billing_invoice i join accounts_company c on c.id = i.company_id
where i.id = any(%s) order by i.id
"""


def invoice_states(identities: Sequence[str]) -> dict[str, InvoiceState]:
    """These invoices by id, in the order of their ids."""
    return {row["id"]: _state(row) for row in select(_STATES, [list(identities)])}


def lock_invoices(identities: Sequence[str]) -> dict[str, InvoiceState]:
    """Lock these invoices in the order of their ids (no deadlocks), and read them."""
    select(
        "select id from billing_invoice where id = any(%s) order by id for update",
        [list(identities)],
    )
    return invoice_states(identities)


def _state(row: dict[str, Any]) -> InvoiceState:
    return InvoiceState(
        id=row["id"],
        holder=Holder(row["company_id"], row["partner_id"], row["currency"]),
        region=row["region_id"],
        seller=row["seller"],
        series=row["series"],
        number=row["number"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        sums=InvoiceSums(
            gross_minor=row["gross_minor"],
            paid_minor=row["paid"],
            credit_used_minor=row["used"],
            credited_minor=row["credited"],
            given_back_minor=row["given_back"],
        ),
    )


def lower_open(parts: Mapping[str, int]) -> list[str]:
    """Lower what is open of invoices, locked by the caller; return those that are settled by it.

    Raises:
        IntegrityError: if more would be settled than is open.
    """
    wanted = {invoice: part for invoice, part in parts.items() if part}
    if not wanted:
        return []
    rows = select(
        "update billing_receivable r set open_minor = r.open_minor - v.part "
        "from unnest(%s::text[], %s::bigint[]) as v(id, part) where r.invoice_id = v.id "
        "returning r.invoice_id, r.open_minor",
        [list(wanted), list(wanted.values())],
    )
    assert len(rows) == len(wanted), "an invoice that was paid at once has nothing open"
    return sorted(row["invoice_id"] for row in rows if row["open_minor"] == 0)
