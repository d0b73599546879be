"""Laws of quotes: what was sent is what is bought, at most once, and what is held is let go of."""

from collections.abc import Iterator

from perenne.platform.invariants import Invariant, by_query
from perenne.quotes.models import QuoteVersion
from perenne.quotes.sealing import is_sealed

# The last finished day of each region; its run has ended what had to end by then.
_OUTLIVED = """
select format('%s is valid through %s, run through %s', q.number, v.valid_through, d.mark)
from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id
join (select region_id, max(day) as mark from daily_finishedday where was_run group by 1) d
  on d.region_id = q.region_id
where v.state = 'open' and v.valid_through < d.mark
"""


def _unsealed() -> Iterator[str]:
    issued = QuoteVersion.objects.select_related("quote").filter(issued_on__isnull=False)
    for version in issued.order_by("pk").iterator(chunk_size=500):
        if not is_sealed(version):
            yield f"{version.quote.number} version {version.version}: its seal is broken"


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("P10a", "What was sent of a quote was never edited: its seal holds", _unsealed),
    by_query(
        "P10b",
        "What is bought by a quote costs what was quoted, line by line",
        "select format('%s option %s: quoted %s, bought %s', q.number, o.letter, o.gross_minor, "
        "b.gross_minor) from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id "
        "join quotes_quoteoption o on o.version_id = v.id and o.letter = v.accepted_option "
        "join (select change, sum(net_minor) as net_minor, sum(gross_minor) as gross_minor, "
        "count(*) as orders from billing_order where change <> '' group by 1) b "
        "on b.change = v.change where v.state = 'accepted' "
        "and (b.net_minor, b.gross_minor, b.orders) <> "
        "(o.net_minor, o.gross_minor, jsonb_array_length(o.preview->'items'))",
    ),
    by_query(
        "P10c",
        "A quote is accepted while it is valid, and its change was committed then",
        "select format('%s accepted on %s, valid through %s', q.number, v.ended_on, "
        "v.valid_through) from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id "
        "left join renewals_change c on c.id = v.change where v.state = 'accepted' "
        "and (v.ended_on > v.valid_through or c.business_day is distinct from v.ended_on)",
    ),
    by_query(
        "Q2",
        "No quote is open after its last day",
        _OUTLIVED,
    ),
    by_query(
        "Q3",
        "A quote holds a renewal while it is open, and nothing else holds one",
        "select format('%s %s: %s', q.number, j.subscription_id, v.state) "
        "from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id "
        "join quotes_quotesubject j on j.version_id = v.id "
        "left join quotes_hold h on h.version_id = v.id "
        "and h.subscription_id = j.subscription_id and h.released_on is null "
        "where (v.state = 'open' and h.id is null) "
        "or (v.state not in ('open', 'accepted') and h.id is not null)",
    ),
    by_query(
        "Q4",
        "The run renews nothing that a quote holds",
        "select format('%s renewed %s on %s', a.id, a.subscription_id, a.business_day) "
        "from billing_paymentattempt a join quotes_hold h "
        "on h.subscription_id = a.subscription_id and h.renews_on = a.term_starts_on "
        "join quotes_quoteversion v on v.id = h.version_id "
        "where a.retry_day is not null and a.actor = 'run' and v.issued_on <= a.business_day "
        "and a.created_at > v.issued_at "
        "and a.business_day < coalesce(h.released_on, h.last_day + 1)",
    ),
    by_query(
        "Q5",
        "Each state of a sent quote is a fact in the journal",
        "select format('%s version %s: %s is told %s times', q.number, v.version, f.kind, "
        "count(e.id)) from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id "
        "join lateral (values ('quote.sent', v.issued_on is not null), "
        "('quote.declined', v.state = 'declined'), ('quote.expired', v.state = 'expired')) "
        "f(kind, is_so) on true left join platform_journalentry e on e.subject = q.id "
        "and e.kind = f.kind and (e.facts->>'version')::int = v.version "
        "group by q.number, v.version, f.kind, f.is_so having count(e.id) <> f.is_so::int",
    ),
)
