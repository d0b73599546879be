"""Laws of money: books that balance, charges that are booked once, numbers without gaps."""

from perenne.billing.book_invariants import INVARIANTS as OF_BOOKS
from perenne.platform.invariants import Invariant, by_query

_AMOUNTS_ON_STEP = """
select format('%s: %s %s is not a multiple of %s', id, amount, currency, billing_step_minor)
from (
    select o.id, a.amount, o.currency, r.billing_step_minor
    from billing_order o join subscriptions_subscription s on s.id = o.subscription_id
    join catalog_region r on r.code = s.region_id
    cross join lateral (values (o.net_minor), (o.tax_minor), (o.gross_minor)) a(amount)
) amounts where amount % billing_step_minor <> 0
"""

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "L1",
        "Each ledger transaction balances in each currency",
        "select format('%s: %s %s', transaction_id, sum(amount_minor), currency) "
        "from billing_ledgerentry group by transaction_id, currency having sum(amount_minor) <> 0",
    ),
    by_query(
        "L2",
        "Each ledger transaction has at least two entries",
        "select format('%s has %s entries', t.id, count(e.id)) from billing_ledgertransaction t "
        "left join billing_ledgerentry e on e.transaction_id = t.id "
        "group by t.id having count(e.id) < 2",
    ),
    by_query(
        "L3",
        "History is protected: its tables refuse change",
        "select format('%s accepts changes', name) from (values "
        "('platform_journalentry'), ('billing_order'), ('billing_orderline'), ('billing_invoice'), "
        "('billing_invoiceline'), ('billing_payment'), ('billing_paymentallocation'), "
        "('billing_ledgertransaction'), ('billing_ledgerentry'), ('billing_creditnote'), "
        "('billing_creditnoteline'), ('billing_creditentry'), ('billing_receivable'), "
        "('billing_creditbalance'), ('billing_bankstatement'), ('billing_bankline'), "
        "('billing_setasideline'), ('billing_transfer'), ('billing_revenuerelease'), "
        "('billing_releasedline'), ('billing_revenuemark'), ('billing_periodclose'), "
        "('subscriptions_term'), "
        "('subscriptions_seatchange'), ('renewals_planrevision'), ('notices_notice'), "
        "('support_contactentry'), "
        "('catalog_price'), ('catalog_pricelist'), ('daily_finishedday')) t(name) "
        "where not exists (select 1 from pg_trigger g where g.tgrelid = name::regclass "
        "and g.tgname = 'append_only' and g.tgenabled in ('O', 'A'))",
    ),
    by_query(
        "L4",
        "Cash in the ledger is the sum of the payments less what went back, per currency",
        "select format('%s: ledger %s, payments and refunds %s', currency, coalesce(c.total, 0), "
        "coalesce(p.total, 0)) from (select currency, sum(amount_minor) as total "
        "from billing_ledgerentry where account = 'cash' group by currency) c "
        "full join (select currency, sum(amount_minor) as total from ("
        "select currency, amount_minor from billing_payment union all "
        "select currency, -amount_minor from billing_refund where state = 'succeeded') m "
        "group by currency) p using (currency) where c.total is distinct from p.total",
    ),
    by_query(
        "L8",
        "Invoices are the sum of their lines, and a payment is what it settles and the surplus",
        "select format('invoice %s', i.id) from billing_invoice i join (select invoice_id, "
        "sum(net_minor) as net, sum(tax_minor) as tax from billing_invoiceline "
        "group by invoice_id) l on l.invoice_id = i.id "
        "where l.net <> i.net_minor or l.tax <> i.tax_minor "
        "union all select format('invoice %s has no line', i.id) from billing_invoice i "
        "where not exists (select 1 from billing_invoiceline l where l.invoice_id = i.id) "
        "union all select format('payment %s of %s settles %s', p.id, p.amount_minor, "
        "coalesce(a.settles, 0) + coalesce(e.amount_minor, 0)) from billing_payment p "
        "left join (select payment_id, sum(amount_minor) as settles "
        "from billing_paymentallocation group by payment_id) a on a.payment_id = p.id "
        "left join billing_creditentry e on e.payment_id = p.id "
        "where coalesce(a.settles, 0) + coalesce(e.amount_minor, 0) <> p.amount_minor",
    ),
    by_query("L9", "Amounts are multiples of the region's billing step", _AMOUNTS_ON_STEP),
    by_query(
        "L11",
        "A ledger transaction is in one currency, that of what it books",
        "select format('%s books %s in %s', t.id, o.currency, e.currency) "
        "from billing_ledgertransaction t join billing_ledgerentry e on e.transaction_id = t.id "
        "left join (select id, currency from billing_order union all "
        "select id, currency from billing_payment union all "
        "select id, currency from billing_creditnote union all "
        "select id, currency from billing_refund union all "
        "select id, currency from billing_revenuerelease union all "
        "select e.id, b.currency from billing_creditentry e "
        "join billing_creditbalance b on b.id = e.balance_id) o on o.id = t.subject "
        "where e.currency is distinct from o.currency",
    ),
    by_query(
        "P1",
        "A term is ordered once",
        "select format('%s: %s orders for the term from %s', subscription_id, count(*), "
        "term_starts_on) from billing_order o where kind in ('renewal', 'alignment') "
        "and not exists (select 1 from subscriptions_term t where t.order_id = o.id "
        "and t.reversed_by is not null) "
        "group by subscription_id, term_starts_on having count(*) > 1",
    ),
    by_query(
        "P2",
        "At most one attempt is under way for a subscription",
        "select format('%s: %s live attempts', subscription_id, count(*)) "
        "from billing_paymentattempt where state in ('created', 'sent', 'pending', 'unknown') "
        "and subscription_id is not null group by subscription_id having count(*) > 1",
    ),
    by_query(
        "P3",
        "Each charge is one payment for the attempts of its key, of the same sum and currency",
        "select format('charge %s', coalesce(a.key, p.charge_key)) from ("
        "select idempotency_key as key, currency, sum(gross_minor - credit_minor) as total, "
        "max(charge_id) as charge_id from billing_paymentattempt "
        "where state = 'succeeded' and charge_id <> '' group by 1, 2) a "
        "full join (select * from billing_payment where gateway <> 'bank') p "
        "on p.charge_key = a.key where a.key is null or p.id is null "
        "or a.charge_id <> p.charge_id or a.total <> p.amount_minor or a.currency <> p.currency",
    ),
    by_query(
        "P6",
        "An attempt has succeeded if and only if its order was executed",
        "select format('attempt %s, order %s', a.id, o.id) from billing_paymentattempt a "
        "full join billing_order o on o.attempt_id = a.id "
        "where (a.state = 'succeeded') is distinct from (o.id is not null)",
    ),
    by_query(
        "P8",
        "What was declined gave no order and no cash",
        "select format('attempt %s', a.id) from billing_paymentattempt a "
        "where a.state = 'declined' and (exists (select 1 from billing_order o "
        "where o.attempt_id = a.id) or exists (select 1 from billing_payment p "
        "where p.charge_key = a.idempotency_key))",
    ),
    by_query(
        "P10",
        "An order is what its attempt froze",
        "select format('order %s: %s, frozen %s', o.id, o.gross_minor, a.gross_minor) "
        "from billing_order o join billing_paymentattempt a on a.id = o.attempt_id "
        "left join (select order_id, sum(net_minor) as net, sum(tax_minor) as tax, "
        "count(*) as lines from billing_orderline group by order_id) l on l.order_id = o.id "
        "where o.gross_minor <> a.gross_minor or o.currency <> a.currency "
        "or l.net is distinct from o.net_minor or l.tax is distinct from o.tax_minor "
        "or l.lines is distinct from jsonb_array_length(a.frozen->'lines')",
    ),
    by_query(
        "A9",
        "Numbers of invoices and credit notes have no gaps",
        "select format('%s %s: %s numbers up to %s, counter %s', d.seller, d.series, count(*), "
        "max(number), s.last_number) from ("
        "select seller, series, number from billing_invoice union all "
        "select seller, series, number from billing_creditnote) d "
        "full join billing_invoiceseries s on s.seller = d.seller and s.series = d.series "
        "group by d.seller, d.series, s.last_number "
        "having count(number) <> max(number) or min(number) <> 1 "
        "or max(number) is distinct from s.last_number",
    ),
    *OF_BOOKS,
)
