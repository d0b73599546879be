"""Laws of what follows an invoice: credits, refunds, customer credit, bank money and revenue."""

from perenne.platform.invariants import Invariant, by_query

# What is open of each invoice, from the rows it follows from.
_OPEN = """
select i.id, i.company_id, i.currency, i.gross_minor - coalesce(a.paid, 0) - coalesce(e.used, 0)
       - coalesce(n.credited, 0) + coalesce(e.back, 0) + coalesce(r.refunded, 0) as open_minor
from billing_invoice i
left join (select invoice_id, sum(amount_minor) as paid from billing_paymentallocation
           group by invoice_id) a on a.invoice_id = i.id
left join (select invoice_id, -sum(amount_minor) filter (where kind = 'used') as used,
                  sum(amount_minor) filter (where kind = 'given_back') as back
           from billing_creditentry group by invoice_id) e on e.invoice_id = i.id
left join (select invoice_id, sum(gross_minor) as credited from billing_creditnote
           group by invoice_id) n on n.invoice_id = i.id
left join (select invoice_id, sum(amount_minor) as refunded from billing_refund
           group by invoice_id) r on r.invoice_id = i.id
"""

# What each order line still stands for, and what of it was released to revenue.
_LINES = """
select l.id, o.company_id, o.currency,
       l.net_minor - l.partner_minor - coalesce(c.own, 0) as total,
       coalesce(e.released, 0) - coalesce(c.revenue, 0) as released,
       l.partner_minor - coalesce(c.partner, 0) as partner
from billing_orderline l join billing_order o on o.id = l.order_id
left join (select order_line_id, sum(net_minor - partner_minor) as own,
                  sum(partner_minor) as partner, sum(revenue_minor) as revenue
           from billing_creditnoteline group by order_line_id) c on c.order_line_id = l.id
left join (select order_line_id, sum(amount_minor) as released from billing_releasedline
           group by order_line_id) e on e.order_line_id = l.id
"""

_BALANCES_DIFFER = f"""
select format('credit %s: %s kept, %s by its entries', b.id, b.balance_minor,
              coalesce(sum(e.amount_minor), 0))
from billing_creditbalance b left join billing_creditentry e on e.balance_id = b.id
group by b.id having b.balance_minor <> coalesce(sum(e.amount_minor), 0)
union all
select format('invoice %s: %s kept as open, %s by its rows', o.id, coalesce(r.open_minor, 0),
              o.open_minor)
from ({_OPEN}) o left join billing_receivable r on r.invoice_id = o.id
where coalesce(r.open_minor, 0) <> o.open_minor
"""  # noqa: S608 - our own constants

_RELEASED_BEYOND = f"""
select format('order line %s of %s: %s released', id, total, released)
from ({_LINES}) l where released > total
"""  # noqa: S608 - our own constants


def _ledger_equals(account: str, rows: str, amount: str) -> str:
    """Where an account differs from what its rows say, for a company and currency."""
    return f"""
    select format('%s %s: ledger %s, rows %s', company_id, currency, coalesce(g.total, 0),
                  coalesce(x.total, 0))
    from (select t.company_id, e.currency, sum(e.amount_minor) as total
          from billing_ledgerentry e join billing_ledgertransaction t on t.id = e.transaction_id
          where e.account = '{account}' group by t.company_id, e.currency) g
    full join (select company_id, currency, sum({amount}) as total from ({rows}) r
               group by company_id, currency) x using (company_id, currency)
    where coalesce(g.total, 0) <> coalesce(x.total, 0)
    """  # noqa: S608 - our own constants


INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "L4b",
        "What is owed back is the sum of the refunds under way",
        _ledger_equals(
            "refunds",
            "select * from billing_refund where state in ('created', 'sent', 'unknown')",
            "-amount_minor",
        ),
    ),
    by_query(
        "L5",
        "Customer credit is not negative at any point of its history, which has no gap",
        "select format('%s entry %s: %s after it, %s by its entries', balance_id, seq, "
        "balance_after_minor, running) from (select balance_id, seq, balance_after_minor, "
        "sum(amount_minor) over w as running, row_number() over w as place "
        "from billing_creditentry window w as (partition by balance_id order by seq)) h "
        "where running < 0 or running <> balance_after_minor or seq <> place",
    ),
    by_query(
        "L6",
        "Kept balances are the sum of their entries",
        _BALANCES_DIFFER,
    ),
    by_query(
        "L6b",
        "Customer credit in the ledger is what the customers have",
        _ledger_equals(
            "customer_credit",
            "select b.company_id, b.currency, e.amount_minor from billing_creditentry e "
            "join billing_creditbalance b on b.id = e.balance_id "
            "where e.kind not in ('reserved', 'released')",
            "-amount_minor",
        ),
    ),
    by_query(
        "L6c",
        "Credit is held back for attempts under way, and for no other",
        "select format('attempt %s in state %s: %s of its credit %s held', a.id, a.state, "
        "-coalesce(h.held, 0), a.credit_minor) from billing_paymentattempt a "
        "left join (select attempt_id, sum(amount_minor) as held from billing_creditentry "
        "where attempt_id is not null group by attempt_id) h on h.attempt_id = a.id "
        "where -coalesce(h.held, 0) <> case when a.state in "
        "('created', 'sent', 'pending', 'unknown') then a.credit_minor else 0 end",
    ),
    by_query(
        "L7",
        "Refunds of a payment never exceed it, and are in its currency",
        "select format('payment %s of %s: %s refunded', p.id, p.amount_minor, "
        "sum(r.amount_minor)) from billing_payment p join billing_refund r on r.payment_id = p.id "
        "where r.state <> 'declined' group by p.id having sum(r.amount_minor) > p.amount_minor "
        "union all select format('refund %s in %s of a payment in %s', r.id, r.currency, "
        "p.currency) from billing_refund r join billing_payment p on p.id = r.payment_id "
        "where p.currency <> r.currency",
    ),
    by_query(
        "L8b",
        "What customers owe in the ledger is what is open of their invoices",
        _ledger_equals("receivable", _OPEN, "open_minor"),
    ),
    by_query(
        "L8c",
        "Credit notes are the sum of their lines, and never more than was invoiced",
        "select format('credit note %s', n.id) from billing_creditnote n "
        "left join billing_creditnoteline l on l.credit_note_id = n.id group by n.id "
        "having n.net_minor <> coalesce(sum(l.net_minor), 0) "
        "or n.tax_minor <> coalesce(sum(l.tax_minor), 0) "
        "union all select format('order line %s is credited beyond itself', l.id) "
        "from billing_orderline l join billing_creditnoteline c on c.order_line_id = l.id "
        "group by l.id having sum(c.net_minor) > l.net_minor or sum(c.tax_minor) > l.tax_minor "
        "or sum(c.partner_minor) > l.partner_minor or sum(c.seats) > l.seats",
    ),
    by_query(
        "L12",
        "Deferred revenue in the ledger is what sold days have not earned yet",
        _ledger_equals("deferred_revenue", _LINES, "released - total"),
    ),
    by_query(
        "L12b",
        "Revenue in the ledger is what was released of lines, and no more than they are",
        f"{_ledger_equals('revenue', _LINES, '-released')} union all {_RELEASED_BEYOND}",
    ),
    by_query(
        "L13",
        "What partners are owed in the ledger is what they earned of lines",
        _ledger_equals("partner_payable", _LINES, "-partner"),
    ),
    by_query(
        "B1",
        "A bank line that is booked is booked whole",
        "select format('bank line %s of %s: %s booked', b.id, b.amount_minor, "
        "sum(p.amount_minor)) from billing_bankline b "
        "join billing_payment p on p.bank_line_id = b.id group by b.id "
        "having sum(p.amount_minor) <> b.amount_minor or bool_or(p.currency <> b.currency)",
    ),
    by_query(
        "B2",
        "A reserved change is paid, waits or has lapsed, all of it",
        "select format('transfer %s: its attempts are %s', t.reference, "
        "string_agg(distinct a.state, ', ')) from billing_transfer t "
        "left join billing_paymentattempt a on a.idempotency_key = t.key group by t.key "
        "having count(distinct a.state) <> 1 "
        "or sum(a.gross_minor - a.credit_minor) <> t.amount_minor",
    ),
    by_query(
        "L14",
        "Money stays within the company that it concerns",
        "select format('allocation %s', a.id) from billing_paymentallocation a "
        "join billing_payment p on p.id = a.payment_id join billing_invoice i "
        "on i.id = a.invoice_id where p.company_id <> i.company_id or p.currency <> i.currency "
        "union all select format('credit note %s', n.id) from billing_creditnote n "
        "join billing_invoice i on i.id = n.invoice_id where n.company_id <> i.company_id "
        "or n.currency <> i.currency or n.seller <> i.seller "
        "or n.partner_id is distinct from i.partner_id "
        "union all select format('refund %s', r.id) from billing_refund r "
        "join billing_payment p on p.id = r.payment_id "
        "left join billing_invoice i on i.id = r.invoice_id "
        "where r.company_id <> p.company_id or r.company_id <> i.company_id "
        "union all select format('receivable of %s', r.invoice_id) from billing_receivable r "
        "join billing_invoice i on i.id = r.invoice_id where r.company_id <> i.company_id "
        "or r.currency <> i.currency or r.due_on <> i.due_on",
    ),
    by_query(
        "Q1",
        "Nothing is posted into a closed period",
        "select format('%s: %s posted for %s after closing through %s', c.region_id, t.id, "
        "t.business_day, p.through) from billing_periodclose p "
        "join accounts_company c on c.region_id = p.region_id "
        "join billing_ledgertransaction t on t.company_id = c.id "
        "and t.business_day <= p.through and t.booked_at > p.closed_at",
    ),
)
