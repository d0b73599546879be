"""Book bank money whose purpose is known: sell reserved changes, settle invoices, keep the rest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from perenne.billing.attempts import Outcome
from perenne.billing.bank import Due, KeptLine
from perenne.billing.customer_credit import Holder, lock_credit
from perenne.billing.invoice_states import InvoiceState, lock_invoices
from perenne.billing.receiving import Receipt, book_receipts
from perenne.billing.transfers import pending_attempts
from perenne.billing.using_credit import use_credit
from perenne.catalog.queries import regions
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.occasion import Occasion
from perenne.renewals.operations.executing import settle_and_execute
from perenne.rules.bank_matching import spread_money
from perenne.rules.filling import fill


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whose credit the surplus becomes, and in which region."""

    holder: Holder
    region: str


@dataclass(frozen=True, slots=True)
class Intended:
    """A bank line and what it is for, in the order in which it is paid."""

    line: KeptLine
    dues: tuple[Due, ...]
    keeper: Keeper


@dataclass(slots=True)
class _Shares:
    """What a line gives: to invoices, to reserved changes (by key), and to the keeper's credit."""

    intended: Intended
    invoices: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    surplus_minor: int = 0


def book_money(intended: Sequence[Intended], *, occasion: Occasion) -> None:
    """Book these lines in their order, in the caller's transaction, with all dues locked.

    A reserved change is sold as frozen, on account, and its invoice is settled at once by the
    money and, where the money alone is too short, by credit.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    if not intended:
        return
    shares = _spread(intended)
    dues = {due.payable.id: due for one in intended for due in one.dues}
    executed = _execute([dues[key] for one in shares for key in one.changes], occasion=occasion)
    invoices = lock_invoices(
        [*(invoice for one in shares for invoice in one.invoices), *_all(executed.values())]
    )
    credit_parts = _settle_executed(shares, executed, invoices)
    by_region: dict[str, list[Receipt]] = defaultdict(list)
    for one in shares:
        for receipt in _receipts(one, invoices):
            by_region[receipt.region].append(receipt)
    for region, receipts in sorted(by_region.items()):
        book_receipts(receipts, invoices, occasion=_in_region(region, occasion))
    for region in sorted({invoices[invoice].region for invoice in credit_parts}):
        parts = {one: part for one, part in credit_parts.items() if invoices[one].region == region}
        use_credit(parts, invoices, occasion=_in_region(region, occasion))


def _all(groups: Iterable[Sequence[str]]) -> list[str]:
    return [one for group in groups for one in group]


def _in_region(region: str, occasion: Occasion) -> Occasion:
    return replace(occasion, day=today(occasion.now, regions()[region].zone))


def _spread(intended: Sequence[Intended]) -> list[_Shares]:
    """Spread each line over what is still open after the lines before it."""
    left = {due.payable.id: due.payable.open_minor for one in intended for due in one.dues}
    transfers = [due for one in intended for due in one.dues if due.payable.is_transfer]
    balances = lock_credit({due.holder for due in transfers}, only_positive=True)
    credit = {
        due.payable.holder: balances[due.holder].amount_minor
        for due in transfers
        if due.holder in balances
    }
    found = []
    for one in intended:
        payables = [
            replace(due.payable, open_minor=left[due.payable.id])
            for due in one.dues
            if left[due.payable.id]
        ]
        spread = spread_money(one.line.told.amount_minor, payables, credit=credit)
        shares = _Shares(one, surplus_minor=spread.surplus_minor)
        for payable, part in spread.parts:
            if payable.is_transfer:
                shares.changes[payable.id] = part
                credit[payable.holder] = credit.get(payable.holder, 0) - (payable.open_minor - part)
                left[payable.id] = 0
            else:
                shares.invoices[payable.id] = part
                left[payable.id] -= part
        found.append(shares)
    return found


def _execute(changes: Sequence[Due], *, occasion: Occasion) -> dict[str, list[str]]:
    """Sell these reserved changes; return the invoices of each, by its key."""
    by_region: dict[str, list[str]] = defaultdict(list)
    for due in changes:
        by_region[due.region].append(due.payable.id)
    for region, keys in sorted(by_region.items()):
        settle_and_execute(
            [Outcome(attempt, "succeeded") for attempt in pending_attempts(keys)],
            occasion=_in_region(region, occasion),
        )
    found: dict[str, list[str]] = {due.payable.id: [] for due in changes}
    for row in select(
        "select distinct a.idempotency_key, l.invoice_id from billing_paymentattempt a "
        "join billing_order o on o.attempt_id = a.id "
        "join billing_invoiceline l on l.order_id = o.id "
        "where a.idempotency_key = any(%s) order by 1, 2",
        [list(found)],
    ):
        found[row["idempotency_key"]].append(row["invoice_id"])
    return found


def _settle_executed(
    shares: Sequence[_Shares],
    executed: Mapping[str, Sequence[str]],
    invoices: Mapping[str, InvoiceState],
) -> dict[str, int]:
    """Spread what came for changes over their invoices; return what credit has to settle."""
    by_credit: dict[str, int] = {}
    for one in shares:
        for key, amount in one.changes.items():
            opens = [invoices[invoice].sums.open_minor for invoice in executed[key]]
            for invoice, part, wanted in zip(
                executed[key], fill(amount, opens), opens, strict=True
            ):
                if part:
                    one.invoices[invoice] = one.invoices.get(invoice, 0) + part
                if part < wanted:
                    by_credit[invoice] = wanted - part
    return by_credit


def _receipts(shares: _Shares, invoices: Mapping[str, InvoiceState]) -> list[Receipt]:
    """The line's payments: one for each company that it pays for."""
    told = shares.intended.line.told
    keeper = shares.intended.keeper
    parts_of: dict[str, dict[str, int]] = defaultdict(dict)
    keeper_of: dict[str, Keeper] = {}
    for invoice, part in shares.invoices.items():
        state = invoices[invoice]
        parts_of[state.holder.company][invoice] = part
        keeper_of.setdefault(state.holder.company, Keeper(state.holder, state.region))
    if shares.surplus_minor:
        parts_of.setdefault(keeper.holder.company, {})
        keeper_of[keeper.holder.company] = keeper
    return [
        Receipt(
            line=shares.intended.line.id,
            booked_on=told.booked_on,
            holder=keeper_of[company].holder,
            region=keeper_of[company].region,
            parts=parts,
            surplus_minor=shares.surplus_minor if company == keeper.holder.company else 0,
        )
        for company, parts in parts_of.items()
    ]
