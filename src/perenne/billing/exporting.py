"""The ledger as accounting programs take it: one row a leg, with the number of its document."""

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from perenne.billing.numbering import number_sql
from perenne.platform.bulk import select
from perenne.platform.csv_cells import amount_cell, text_cell

BATCH = 5000
COLUMNS = (
    "day",
    "transaction",
    "kind",
    "document",
    "company",
    "company_name",
    "account",
    "debit",
    "credit",
    "currency",
)

_ENTRIES = f"""
select e.id, t.business_day as day, t.id as transaction, t.kind, c.code as company,
       c.name as company_name, e.account, e.amount_minor, e.currency,
       g.currency_exponent as exponent,
       case t.kind
         when 'sale' then (
           select {number_sql("i")} from billing_invoiceline l
           join billing_invoice i on i.id = l.invoice_id where l.order_id = t.subject)
         when 'credit_note' then (
           select {number_sql("n")} from billing_creditnote n
           where n.id = t.subject)
         when 'payment' then (
           select coalesce(b.reference, p.charge_id) from billing_payment p
           left join billing_bankline b on b.id = p.bank_line_id where p.id = t.subject)
         when 'release' then 'through ' || t.business_day
         when 'credit_used' then (
           select {number_sql("i")} from billing_creditentry k
           join billing_invoice i on i.id = k.invoice_id where k.id = t.subject)
         when 'given_back' then (
           select {number_sql("i")} from billing_creditentry k
           join billing_invoice i on i.id = k.invoice_id where k.id = t.subject)
         else t.subject end as document
from billing_ledgerentry e
join billing_ledgertransaction t on t.id = e.transaction_id
join accounts_company c on c.id = t.company_id
join catalog_region g on g.code = c.region_id
where t.business_day >= %(since)s and t.business_day < %(until)s and e.id > %(after)s
  and (%(region)s = '' or c.region_id = %(region)s)
order by e.id limit %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows a file has, and the digest of its bytes."""

    rows: int
    sha256: str


def export_ledger(target: Path, *, since: date, until: date, region: str = "") -> Exported:
    """Write the legs from ``since`` up to, and without, ``until``, in the order of posting.

    The file is there when it is complete, or not at all. Debit and credit are whole units with
    the currency's decimals; each transaction balances.

    Source: docs/explanation/money.md, «Export».
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".export-")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            rows = _write(file, since=since, until=until, region=region)
            file.flush()
            os.fsync(handle)
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Exported(rows, digest)


def _write(file: TextIO, *, since: date, until: date, region: str) -> int:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for row in _entries(since=since, until=until, region=region):
        writer.writerow(_cells(row))
        count += 1
    return count


def _entries(*, since: date, until: date, region: str) -> Iterator[dict[str, Any]]:
    after = 0
    while rows := select(
        _ENTRIES,
        {"since": since, "until": until, "region": region, "after": after, "limit": BATCH},
    ):
        yield from rows
        after = rows[-1]["id"]


def _cells(row: dict[str, Any]) -> list[str]:
    amount: int = row["amount_minor"]
    side = amount_cell(abs(amount), row["exponent"])
    return [
        row["day"].isoformat(),
        row["transaction"],
        row["kind"],
        text_cell(row["document"]),
        text_cell(row["company"]),
        text_cell(row["company_name"]),
        row["account"],
        side if amount > 0 else "",
        side if amount < 0 else "",
        row["currency"],
    ]
