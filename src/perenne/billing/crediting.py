"""Issue credit notes: what of invoiced orders is taken back, and where its money goes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from perenne.billing.book_models import CreditNote, CreditNoteLine
from perenne.billing.credit_lines import (
    LineCredit,
    SoldLine,
    credits_of_order,
    lines_of_orders,
)
from perenne.billing.giving_back import Excess, GiveBack, give_back
from perenne.billing.invoice_states import InvoiceState, lock_invoices, lower_open
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.numbering import CREDIT_NOTES, number_text, take_numbers
from perenne.billing.refunds import OpenedRefund
from perenne.billing.revenue_lock import hold_revenue
from perenne.platform import journal
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.rules.credit_notes import LineSums
from perenne.rules.trace import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWish:
    """What shall be taken back of one order: all that is left, so many seats, or a net amount.

    ``reason`` is ``return``, ``void`` or ``correction``.
    """

    order: str
    reason: str
    to: GiveBack
    seats: int | None = None
    net_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCredit:
    """A credit note, and what became of the money: refunds to be sent after the commit."""

    id: str
    invoice: InvoiceState
    lines: tuple[LineCredit, ...]
    reason: str
    to: GiveBack
    number: int = 0
    refunds: tuple[OpenedRefund, ...] = ()

    @property
    def name(self) -> str:
        """Its number as it is printed."""
        return number_text(CREDIT_NOTES, self.number)

    @property
    def sums(self) -> LineSums:
        """What is credited."""
        return LineSums(
            net_minor=sum(one.sums.net_minor for one in self.lines),
            tax_minor=sum(one.sums.tax_minor for one in self.lines),
            partner_minor=sum(one.sums.partner_minor for one in self.lines),
        )


def issue_credits(wishes: Sequence[CreditWish], *, occasion: Occasion) -> list[IssuedCredit]:
    """Credit orders, one credit note for each invoice and reason; all of them or none.

    In the caller's transaction, with the subscriptions locked. An unpaid invoice asks for so much
    less; what was paid of it and is no longer owed goes back. After the commit, the caller has the
    refunds sent. What cost nothing gets no credit note.

    Raises:
        CreditRefusedError: if more is wished than is left.

    Source: docs/explanation/money.md, «Credit notes».
    """
    invoices = _lock([wish.order for wish in wishes])
    lines = lines_of_orders([wish.order for wish in wishes])
    notes = _numbered(_noted(wishes, lines, invoices))
    _copy_notes(notes, occasion=occasion)
    copy_ledger([_posting(note) for note in notes], day=occasion.day, now=occasion.now)
    journal.record_all([_fact(note, occasion) for note in notes], at=occasion.now)
    refunds = _lower_and_give_back(notes, occasion=occasion)
    return [_with_refunds(note, refunds) for note in notes]


def _lock(orders: Sequence[str]) -> dict[str, InvoiceState]:
    """Lock the invoices of these orders; what is earned of them stands still meanwhile."""
    rows = select(
        "select l.invoice_id, c.region_id from billing_invoiceline l "
        "join billing_invoice i on i.id = l.invoice_id "
        "join accounts_company c on c.id = i.company_id where l.order_id = any(%s)",
        [list(orders)],
    )
    hold_revenue({row["region_id"] for row in rows}, exclusively=False)
    return lock_invoices(sorted({row["invoice_id"] for row in rows}))


def _noted(
    wishes: Sequence[CreditWish],
    lines: Sequence[SoldLine],
    invoices: dict[str, InvoiceState],
) -> list[IssuedCredit]:
    grouped: dict[tuple[str, str, GiveBack], list[LineCredit]] = defaultdict(list)
    for wish in wishes:
        of_order = [line for line in lines if line.order == wish.order]
        for one in credits_of_order(of_order, seats=wish.seats, net_minor=wish.net_minor):
            if one.sums.gross_minor:
                grouped[one.line.invoice, wish.reason, wish.to].append(one)
    return [
        IssuedCredit(
            id=identity,
            invoice=invoices[invoice],
            lines=tuple(credited),
            reason=reason,
            to=to,
        )
        for identity, ((invoice, reason, to), credited) in zip(
            new_ids("crn", len(grouped)), sorted(grouped.items()), strict=True
        )
    ]


def _numbered(notes: Sequence[IssuedCredit]) -> list[IssuedCredit]:
    """Give the notes their numbers, seller by seller in the order of their names."""
    by_seller: dict[str, list[IssuedCredit]] = defaultdict(list)
    for note in notes:
        by_seller[note.invoice.seller].append(note)
    return [
        replace(note, number=number)
        for seller, members in sorted(by_seller.items())
        for number, note in enumerate(
            members, start=take_numbers(seller, CREDIT_NOTES, len(members))
        )
    ]


def _copy_notes(notes: Sequence[IssuedCredit], *, occasion: Occasion) -> None:
    copy_in(
        CreditNote,
        "id company_id invoice_id partner_id seller series number currency net_minor tax_minor "
        "gross_minor issued_on reason actor".split(),
        (
            (
                note.id,
                note.invoice.holder.company,
                note.invoice.id,
                note.invoice.holder.partner,
                note.invoice.seller,
                CREDIT_NOTES,
                note.number,
                note.invoice.holder.currency,
                note.sums.net_minor,
                note.sums.tax_minor,
                note.sums.gross_minor,
                occasion.day,
                note.reason,
                occasion.actor,
            )
            for note in notes
        ),
    )
    copy_in(
        CreditNoteLine,
        "credit_note_id invoice_line_id order_line_id seats net_minor tax_minor tax_rate "
        "partner_minor revenue_minor trace tax_trace".split(),
        (
            (
                note.id,
                one.line.invoice_line,
                one.line.id,
                one.seats,
                one.sums.net_minor,
                one.sums.tax_minor,
                one.line.tax_rate,
                one.sums.partner_minor,
                one.revenue_minor,
                to_json(one.credited.trace),
                to_json(one.credited.tax_trace),
            )
            for note in notes
            for one in note.lines
        ),
    )


def _posting(note: IssuedCredit) -> Posting:
    """Tax, what a partner earned, what was not earned yet and then revenue are taken back."""
    return Posting(
        company=note.invoice.holder.company,
        kind="credit_note",
        subject=note.id,
        currency=note.invoice.holder.currency,
        legs=(
            ("deferred_revenue", sum(one.deferred_minor for one in note.lines)),
            ("revenue", sum(one.revenue_minor for one in note.lines)),
            ("tax_payable", note.sums.tax_minor),
            ("partner_payable", note.sums.partner_minor),
            ("receivable", -note.sums.gross_minor),
        ),
    )


def _lower_and_give_back(
    notes: Sequence[IssuedCredit], *, occasion: Occasion
) -> list[OpenedRefund]:
    """Ask for so much less; what was paid beyond that goes back."""
    left = {note.invoice.id: note.invoice.sums.open_minor for note in notes}
    lowered: dict[str, int] = {}
    excesses = []
    for note in notes:
        part = min(left[note.invoice.id], note.sums.gross_minor)
        left[note.invoice.id] -= part
        lowered[note.invoice.id] = lowered.get(note.invoice.id, 0) + part
        if note.sums.gross_minor > part:
            excesses.append(Excess(note.invoice, note.sums.gross_minor - part, note.to))
    lower_open(lowered)
    return give_back(excesses, occasion=occasion)


def _with_refunds(note: IssuedCredit, refunds: Sequence[OpenedRefund]) -> IssuedCredit:
    return replace(note, refunds=tuple(one for one in refunds if one.invoice == note.invoice.id))


def _fact(note: IssuedCredit, occasion: Occasion) -> Fact:
    return Fact(
        kind="credit_note.issued",
        subject=note.id,
        company=note.invoice.holder.company,
        region=note.invoice.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "number": note.name,
            "invoice": note.invoice.name,
            "reason": note.reason,
            "net_minor": note.sums.net_minor,
            "tax_minor": note.sums.tax_minor,
            "currency": note.invoice.holder.currency,
        },
    )
