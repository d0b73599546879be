"""Credit, refunds, invoices with what is open of them, and partners' statements: finance's view."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from perenne.accounts.queries import Member
from perenne.billing.invoice_states import InvoiceState, invoice_states
from perenne.billing.models import Invoice
from perenne.billing.numbering import number_sql
from perenne.platform.bulk import select


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list, with whom it was sent to."""

    state: InvoiceState
    buyer: str


def invoice_rows(identities: Sequence[str]) -> list[InvoiceRow]:
    """These invoices in the order given, in a constant number of queries."""
    states = invoice_states(identities)
    names = {
        row["id"]: row["name"]
        for row in select(
            "select i.id, coalesce(p.name, c.name) as name from billing_invoice i "
            "join accounts_company c on c.id = i.company_id "
            "left join partners_partner p on p.id = i.partner_id where i.id = any(%s)",
            [list(identities)],
        )
    }
    return [InvoiceRow(states[one], names[one]) for one in identities]


def invoices_listed(*, region: str = "", unpaid: bool = False) -> list[str]:
    """Invoices of one region or of all, newest first; those that are unpaid by their due day."""
    if unpaid:
        rows = select(
            "select invoice_id as id from billing_receivable where open_minor > 0 "
            "and (%s = '' or region_id = %s) order by due_on, invoice_id",
            [region, region],
        )
    else:
        rows = select(
            "select i.id from billing_invoice i join accounts_company c on c.id = i.company_id "
            "where (%s = '' or c.region_id = %s) order by i.issued_on desc, i.id desc",
            [region, region],
        )
    return [row["id"] for row in rows]


def invoices_numbered(series: str, number: int) -> list[InvoiceState]:
    """Invoices of that number, by seller: each counts for itself."""
    found = Invoice.objects.filter(series=series, number=number).order_by("seller")
    states = invoice_states(list(found.values_list("id", flat=True)))
    return sorted(states.values(), key=lambda one: one.seller)


@dataclass(frozen=True, slots=True)
class CreditView:
    """What a company, or a reseller for it, may use; ``held_minor`` waits for open attempts.

    ``available_minor`` is what the next invoice can use.
    """

    currency: str
    partner: str | None
    available_minor: int
    held_minor: int


def credit_of(company: str) -> list[CreditView]:
    """The credit of a company, by currency; what its resellers have for it stands apart."""
    rows = select(
        "select b.currency, b.partner_id, b.balance_minor, coalesce((select -sum(e.amount_minor) "
        "from billing_creditentry e where e.balance_id = b.id "
        "and e.kind in ('reserved', 'released')), 0)::bigint as held "
        "from billing_creditbalance b where b.company_id = %s order by b.currency, b.partner_id",
        [company],
    )
    return [CreditView(*row.values()) for row in rows]


def credit_visible_to(member: Member) -> list[CreditView]:
    """The own company's credit, for those who see its invoices."""
    if member.company_id is None or not member.may("invoices.see"):
        return []
    return [one for one in credit_of(member.company_id) if one.partner is None]


@dataclass(frozen=True, slots=True)
class CreditMoveView:
    """A line of a company's credit history; amounts in minor units."""

    kind: str
    amount_minor: int
    balance_after_minor: int
    currency: str
    booked_at: datetime


def credit_history(company: str) -> list[CreditMoveView]:
    """How a company's credit moved, oldest first."""
    rows = select(
        "select e.kind, e.amount_minor, e.balance_after_minor, b.currency, e.booked_at "
        "from billing_creditentry e join billing_creditbalance b on b.id = e.balance_id "
        "where b.company_id = %s order by b.id, e.seq",
        [company],
    )
    return [CreditMoveView(*row.values()) for row in rows]


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund that waits, or waits for a person."""

    id: str
    company: str
    currency: str
    amount_minor: int
    way: str
    state: str
    problem: str
    business_day: date


def refunds_under_way() -> list[RefundRow]:
    """Refunds whose money has not gone back yet, oldest first."""
    rows = select(
        "select r.id, c.name, r.currency, r.amount_minor, r.way, r.state, r.problem, "
        "r.business_day from billing_refund r join accounts_company c on c.id = r.company_id "
        "where r.state in ('created', 'sent', 'unknown') order by r.id"
    )
    return [RefundRow(*row.values()) for row in rows]


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A line of a partner's statement, in minor units: what it earned, or what it was invoiced.

    Credits are negative. ``invoiced_minor`` is net, of resales alone.
    """

    day: date
    company: str
    document: str
    model: str
    currency: str
    net_minor: int
    earned_minor: int
    invoiced_minor: int


_STATEMENT = f"""
with sold as (
    select o.id, o.partner_id, o.company_id, o.currency, i.series, i.number, i.issued_on,
           case when i.partner_id is null then 'agency' else 'resale' end as model
    from billing_order o join billing_invoiceline l on l.order_id = o.id
    join billing_invoice i on i.id = l.invoice_id
    where o.partner_id = %(partner)s
)
select day, c.name, document, model, currency, net, earned,
       case when model = 'resale' then net else 0 end as invoiced
from (
    select s.issued_on as day, s.company_id, {number_sql("s")}
           as document, s.model, s.currency, sum(l.net_minor)::bigint as net,
           sum(l.partner_minor)::bigint as earned
    from sold s join billing_orderline l on l.order_id = s.id
    group by s.id, s.issued_on, s.company_id, s.series, s.number, s.model, s.currency
    union all
    select n.issued_on, s.company_id, {number_sql("n")}, s.model,
           s.currency, -sum(k.net_minor)::bigint, -sum(k.partner_minor)::bigint
    from sold s join billing_orderline l on l.order_id = s.id
    join billing_creditnoteline k on k.order_line_id = l.id
    join billing_creditnote n on n.id = k.credit_note_id
    group by n.id, n.issued_on, s.id, s.company_id, n.series, n.number, s.model, s.currency
) lines join accounts_company c on c.id = lines.company_id
where day >= %(since)s and day < %(until)s
order by day, document, c.name
"""  # noqa: S608 - our own constants


def partner_statement(partner: str, *, since: date, until: date) -> list[PartnerLine]:
    """What was sold through a partner from ``since`` up to, and without, ``until``.

    Source: docs/explanation/money.md, «Partners».
    """
    rows = select(_STATEMENT, {"partner": partner, "since": since, "until": until})
    return [PartnerLine(*row.values()) for row in rows]


def totals_of(lines: Iterable[PartnerLine]) -> dict[str, tuple[int, int, int]]:
    """Net sold, earned and invoiced of a statement, by currency, in minor units."""
    totals: dict[str, tuple[int, int, int]] = {}
    for line in lines:
        net, earned, invoiced = totals.get(line.currency, (0, 0, 0))
        totals[line.currency] = (
            net + line.net_minor,
            earned + line.earned_minor,
            invoiced + line.invoiced_minor,
        )
    return totals
