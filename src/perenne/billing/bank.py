"""Bank statements: take lines in, and find what they could be for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from perenne.billing.bank_models import BankLine, BankStatement, SetAsideLine
from perenne.billing.customer_credit import Holder
from perenne.billing.errors import PaymentRefusedError
from perenne.billing.numbering import number_text
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_id, new_ids
from perenne.platform.occasion import Occasion
from perenne.rules.bank_matching import BankMoney, Payable, numbers_in, payer_key
from perenne.rules.transfers import references_in


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A line as the bank wrote it; money that went out is negative. ``line`` is of the file."""

    line: int
    reference: str
    booked_on: date
    amount_minor: int
    currency: str
    payer: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line that was taken in, by its id."""

    id: str
    told: StatementLine

    @property
    def money(self) -> BankMoney:
        """What is to be matched."""
        return BankMoney(
            amount_minor=self.told.amount_minor,
            currency=self.told.currency,
            payer=self.told.payer,
            text=self.told.text,
        )


def is_on_file(account: str, digest: str) -> bool:
    """Whether this very file was taken in for the account before."""
    return BankStatement.objects.filter(account=account, digest=digest).exists()


def known_lines(account: str, references: Sequence[str]) -> dict[str, StatementLine]:
    """Lines of the account that were taken in before, by the bank's reference."""
    rows = select(
        "select line, reference, booked_on, amount_minor, currency, payer, text "
        "from billing_bankline where account = %s and reference = any(%s)",
        [account, list(references)],
    )
    return {row["reference"]: StatementLine(**row) for row in rows}


def keep_lines(
    lines: Sequence[StatementLine],
    *,
    account: str,
    file: str,
    digest: str,
    occasion: Occasion,
) -> list[KeptLine]:
    """Append a statement with its lines, in the caller's transaction.

    Raises:
        IntegrityError: if the file, or the bank's reference of a line, was taken in before.
    """
    statement = BankStatement.objects.create(
        id=new_id("bst"),
        account=account,
        file=file,
        digest=digest,
        imported_at=occasion.now,
        actor=occasion.actor,
    )
    kept = [
        KeptLine(identity, line)
        for identity, line in zip(new_ids("bln", len(lines)), lines, strict=True)
    ]
    copy_in(
        BankLine,
        "id statement_id account line reference booked_on amount_minor currency payer text".split(),
        (
            (
                one.id,
                statement.pk,
                account,
                one.told.line,
                one.told.reference,
                one.told.booked_on,
                one.told.amount_minor,
                one.told.currency,
                one.told.payer,
                one.told.text,
            )
            for one in kept
        ),
    )
    return kept


_LINE = """
select b.id, b.line, b.reference, b.booked_on, b.amount_minor, b.currency, b.payer, b.text,
       exists (select 1 from billing_payment p where p.bank_line_id = b.id) as is_booked,
       exists (select 1 from billing_setasideline x where x.line_id = b.id) as is_aside
from billing_bankline b where b.id = %s for update of b
"""


def lock_free_line(identity: str) -> KeptLine:
    """Lock a line that is nobody's payment so far.

    Raises:
        PaymentRefusedError: if there is no such line, or it is booked, set aside or money that
            went out.
    """
    rows = select(_LINE, [identity])
    if not rows:
        raise PaymentRefusedError(f"there is no bank line {identity!r}: perenne payments unmatched")
    row = rows[0]
    if row.pop("is_booked"):
        raise PaymentRefusedError(f"bank line {identity} is booked already")
    if row.pop("is_aside"):
        raise PaymentRefusedError(f"bank line {identity} was set aside")
    if row["amount_minor"] < 0:
        raise PaymentRefusedError(f"bank line {identity} is money that went out")
    return KeptLine(row.pop("id"), StatementLine(**row))


_UNMATCHED = """
select b.id, b.line, b.reference, b.booked_on, b.amount_minor, b.currency, b.payer, b.text
from billing_bankline b where b.amount_minor > 0
  and not exists (select 1 from billing_payment p where p.bank_line_id = b.id)
  and not exists (select 1 from billing_setasideline x where x.line_id = b.id)
order by b.booked_on, b.id
"""


def unmatched_lines() -> list[KeptLine]:
    """Money that came in and is nobody's payment yet, oldest first."""
    return [KeptLine(row.pop("id"), StatementLine(**row)) for row in select(_UNMATCHED)]


def set_line_aside(identity: str, *, reason: str, occasion: Occasion) -> None:
    """Write down that a line is no customer's payment, in the caller's transaction.

    Raises:
        PaymentRefusedError: as ``lock_free_line``.
    """
    line = lock_free_line(identity)
    SetAsideLine.objects.create(
        line_id=line.id, reason=reason, actor=occasion.actor, set_aside_at=occasion.now
    )


@dataclass(frozen=True, slots=True)
class Due:
    """What money could be for, with whom it concerns."""

    payable: Payable
    holder: Holder
    region: str


# Numbers are a seller's own; the sellers are few, so each number is a look at an index.
_BY_NUMBER = """
select i.id from billing_invoice i
join unnest(%(series)s::text[], %(numbers)s::bigint[]) as v(series, number)
  on i.series = v.series and i.number = v.number
where i.seller in (select seller from catalog_region)
"""
_BY_AMOUNT = """
select r.invoice_id as id from billing_receivable r
join unnest(%(currencies)s::text[], %(amounts)s::bigint[]) as v(currency, amount)
  on r.currency = v.currency and r.open_minor = v.amount
where r.open_minor > 0
"""
_INVOICES = """
select i.id, i.series, i.number, i.currency, i.due_on, i.company_id, i.partner_id, c.region_id,
       coalesce(r.open_minor, 0) as open_minor,
       coalesce(p.name, c.name) as name, coalesce(p.code, c.code) as code
from billing_invoice i
join accounts_company c on c.id = i.company_id
left join partners_partner p on p.id = i.partner_id
left join billing_receivable r on r.invoice_id = i.id
where i.id = any(%s) order by i.id
"""
_TRANSFERS = """
select t.key as id, t.reference, t.currency, t.last_day as due_on, t.company_id, t.partner_id,
       t.region_id, coalesce(p.name, c.name) as name, coalesce(p.code, c.code) as code,
       case when exists (select 1 from billing_paymentattempt a
                         where a.idempotency_key = t.key and a.state = 'pending')
            then t.amount_minor else 0 end as open_minor
from billing_transfer t
join accounts_company c on c.id = t.company_id
left join partners_partner p on p.id = t.partner_id
where t.reference = any(%(references)s) or (t.currency, t.amount_minor) in (
    select * from unnest(%(currencies)s::text[], %(amounts)s::bigint[]))
order by t.key
"""


def dues_for(moneys: Sequence[BankMoney]) -> list[Due]:
    """Everything that these moneys could be for: what they name, and what is open of their size.

    An invoice that is paid, and a reserved change that lapsed, are found by their names, because
    money for them is still somebody's.
    """
    named = sorted({number for money in moneys for number in numbers_in(money.text)})
    sizes = sorted({(money.currency, money.amount_minor) for money in moneys})
    asked = {
        "series": [series for series, _ in named],
        "numbers": [number for _, number in named],
        "currencies": [currency for currency, _ in sizes],
        "amounts": [amount for _, amount in sizes],
        "references": sorted({one for money in moneys for one in references_in(money.text)}),
    }
    found = {row["id"] for row in select(_BY_NUMBER, asked) + select(_BY_AMOUNT, asked)}
    return _dues_of_invoices(found) + [
        _due(row, name=row["reference"], is_transfer=True) for row in select(_TRANSFERS, asked)
    ]


def dues_named(names: Sequence[str], *, currency: str) -> list[Due]:
    """What these numbers and references name, in their order, for money of a currency.

    Raises:
        PaymentRefusedError: if a name means nothing, or several things.
    """
    found = []
    for name in names:
        money = BankMoney(amount_minor=0, currency=currency, payer="", text=name)
        wanted = [f"{series}-{number:06d}" for series, number in numbers_in(name)]
        means = [
            due
            for due in dues_for([money])
            if due.payable.currency == currency
            and due.payable.name in (*wanted, *references_in(name))
        ]
        if len(means) != 1:
            what = "several invoices" if means else "no invoice and no reserved change"
            raise PaymentRefusedError(f"{name!r} names {what} in {currency}")
        found += means
    return found


def _dues_of_invoices(identities: Iterable[str]) -> list[Due]:
    return [
        _due(row, name=number_text(row["series"], row["number"]), is_transfer=False)
        for row in select(_INVOICES, [sorted(identities)])
    ]


def _due(row: dict[str, Any], *, name: str, is_transfer: bool) -> Due:
    holder = Holder(row["company_id"], row["partner_id"], row["currency"])
    payable = Payable(
        id=row["id"],
        is_transfer=is_transfer,
        name=name,
        currency=row["currency"],
        open_minor=row["open_minor"],
        due_on=row["due_on"],
        holder="/".join(part or "" for part in holder),
        payers=frozenset({payer_key(row["name"]), payer_key(row["code"])}),
    )
    return Due(payable, holder, row["region_id"])
