"""Laws of renewing: due means dealt with, expired is final, nothing outside the window."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from perenne.catalog.queries import Catalogue, current_catalogue
from perenne.platform.bulk import select
from perenne.platform.invariants import Invariant, by_query
from perenne.renewals.facts import RenewalFacts, renewal_facts
from perenne.rules.lifecycle import Stage, stage_on

_BATCH = 1000
# The marks of the run; read as rows, because the run's package lies above this one.
_DUE = """
select s.id, d.mark from subscriptions_subscription s
join (select region_id, max(day) as mark from daily_finishedday group by region_id) d
  on d.region_id = s.region_id
where s.renews_on <= d.mark and s.id > %s order by s.id limit %s
"""


def _unrenewed() -> Iterator[tuple[RenewalFacts, date, Stage]]:
    """Each subscription whose renewal day was run, with the mark and the stage derived for it."""
    catalogue = current_catalogue()
    after = ""
    while rows := select(_DUE, [after, _BATCH]):
        mark = {row["id"]: row["mark"] for row in rows}
        for facts in renewal_facts(list(mark)):
            yield facts, mark[facts.id], _derived_stage(facts, mark[facts.id], catalogue)
        after = rows[-1]["id"]


def _derived_stage(facts: RenewalFacts, mark: date, catalogue: Catalogue) -> Stage:
    """The stage from terms, payments and day alone, without the run's memory of the end.

    An end that somebody decided on is a fact, and follows from nothing. A run that is not finished
    yet may have ended some on the day after the mark.
    """
    if facts.ended_because not in ("", "expired"):
        return Stage.EXPIRED
    run_through = max(mark, min(facts.ended_on or mark, mark + timedelta(1)))
    policy = catalogue.policy_for(facts.region, facts.channel, facts.months, run_through)
    blind = replace(facts.stage_facts, ended_on=None)
    return stage_on(blind, as_of=run_through, finished_through=run_through, policy=policy)


def _ends_are_as_derived() -> Iterator[str]:
    for facts, mark, derived in _unrenewed():
        # What became another subscription, or was returned, ended by somebody's decision.
        if facts.is_parked or facts.ended_because not in ("", "expired"):
            continue
        if (facts.ended_on is not None) != (derived is Stage.EXPIRED):
            yield f"{facts.code}: ended on {facts.ended_on}, derived {derived} as of {mark}"


def _due_is_dealt_with() -> Iterator[str]:
    for facts, mark, derived in _unrenewed():
        found = _dealt_with_as(facts, derived)
        if len(found) != 1:
            yield f"{facts.code} due {facts.term.renews_on}, as of {mark}: {found or 'in none'}"


def _dealt_with_as(facts: RenewalFacts, derived: Stage) -> Sequence[str]:
    """Names of the places in which a due and unrenewed subscription is found; must be one."""
    if facts.is_parked:
        return ["parked"]
    if facts.has_open_attempt:
        return ["open attempt"]
    if facts.ended_on is not None:
        return ["expired"]
    if facts.plan.conflict and derived is Stage.PAST_DUE:
        return ["conflicted"]
    return [derived.value] if derived not in (Stage.ACTIVE, Stage.EXPIRED) else []


INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "T4",
        "Expired is final: no term, attempt or seat begins on or after the end",
        "select format('%s ended on %s: %s on %s', s.code, s.ended_on, w.what, w.day) "
        "from subscriptions_subscription s join lateral ("
        "select 'term' as what, starts_on as day from subscriptions_term "
        "where subscription_id = s.id and reversed_by is null and starts_on >= s.ended_on "
        "union all select 'attempt', business_day from billing_paymentattempt "
        "where subscription_id = s.id and business_day > s.ended_on "
        "union all select 'seats', effective_on from subscriptions_seatchange "
        "where subscription_id = s.id and effective_on >= s.ended_on) w on true "
        "where s.ended_on is not null and s.ended_because = 'expired'",
    ),
    Invariant("T4b", "An end is recorded if and only if it is derived", _ends_are_as_derived),
    by_query(
        "T5",
        "Nothing is renewed more than 90 days before its renewal day, but by a quote",
        "select format('%s: %s renewed on %s', subscription_id, term_starts_on, business_day) "
        "from billing_order o where kind = 'renewal' and business_day < term_starts_on - 90 "
        "and not exists (select 1 from quotes_quoteversion v where v.change = o.change "
        "and v.state = 'accepted')",
    ),
    by_query(
        "T6",
        "The run renews only what renewed automatically",
        "select format('%s renewed by the run on %s', o.subscription_id, o.business_day) "
        "from billing_order o join billing_paymentattempt a on a.id = o.attempt_id "
        "join renewals_planrevision p on p.subscription_id = o.subscription_id "
        "and p.revision = (a.frozen->>'plan_revision')::int "
        # Who asked for it: what a customer asked for may be settled by the run.
        "where a.actor = 'run' and not p.renews_automatically",
    ),
    Invariant(
        "T7",
        "Every due subscription is in exactly one place: renewed, past due, open attempt, "
        "parked, conflicted, in a stage of the policy, or expired",
        _due_is_dealt_with,
    ),
    by_query(
        "T9",
        "Renewals are at the renewal price of an unbroken chain",
        "select format('order line of %s starts a chain', o.subscription_id) from billing_order o "
        "where o.kind = 'renewal' and not exists (select 1 from renewals_reversal v "
        "where v.order_id = o.id and v.is_whole) "
        "and not exists (select 1 from subscriptions_term t "
        "where t.subscription_id = o.subscription_id and t.renews_on = o.term_starts_on "
        "and t.reversed_by is null)",
    ),
    by_query(
        "M4",
        "Each order is one fact in the journal, and the other way round",
        "select format('%s %s', coalesce(o.subscription_id, j.subject), coalesce(o.id, j.once_key))"
        " from billing_order o full join (select subject, once_key from platform_journalentry "
        "where kind in ('subscription.renewed', 'seats.added', 'subscription.aligned', "
        "'subscription.bought')) j on j.subject = o.subscription_id and j.once_key = o.id "
        "where o.id is null or j.subject is null",
    ),
    by_query(
        "M4b",
        "Each return is one fact in the journal, and the other way round",
        "select format('%s %s', coalesce(o.subscription_id, j.subject), coalesce(v.id, j.once_key))"
        " from (renewals_reversal v join billing_order o on o.id = v.order_id) "
        "full join (select subject, once_key from platform_journalentry "
        "where kind = 'order.returned') j on j.subject = o.subscription_id and j.once_key = v.id "
        "where v.id is null or j.subject is null",
    ),
    by_query(
        "T2b",
        "A term is reversed if and only if its order came back whole",
        "select format('term %s of order %s: reversed by %s, returned by %s', t.id, t.order_id, "
        "t.reversed_by, v.id) from subscriptions_term t left join renewals_reversal v "
        "on v.order_id = t.order_id and v.is_whole where t.reversed_by is distinct from v.id",
    ),
    by_query(
        "L8d",
        "What came back whole is credited whole",
        "select format('order line %s of %s: %s of %s credited', l.id, l.order_id, "
        "coalesce(sum(c.net_minor + c.tax_minor), 0), l.net_minor + l.tax_minor) "
        "from renewals_reversal v join billing_orderline l on l.order_id = v.order_id "
        "left join billing_creditnoteline c on c.order_line_id = l.id "
        "where v.is_whole group by l.id "
        "having coalesce(sum(c.net_minor + c.tax_minor), 0) <> l.net_minor + l.tax_minor",
    ),
    by_query(
        "U6",
        "Who loses a seat for whom nobody decided uses it less than everybody who keeps one",
        # Whoever kept a seat may have used it since: that only moves them further back.
        "select format('%s lost %s, %s kept theirs', l.subscription_id, l.person_id, k.person_id) "
        "from subscriptions_assignment l join subscriptions_assignment k "
        "on k.subscription_id = l.subscription_id and k.assigned_on < l.released_on "
        "and (k.released_on is null or k.released_on > l.released_on) "
        "where l.released_because = 'seats reduced' "
        "and not exists (select 1 from renewals_losingchoice c "
        "where c.subscription_id = l.subscription_id and c.effective_on <= l.released_on "
        "and c.people && array[l.person_id, k.person_id]) "
        "and (l.last_used_on is not null, coalesce(l.last_used_on, date '-infinity'), "
        "date '2000-01-01' - l.assigned_on, l.person_id) > "
        "(k.last_used_on is not null, coalesce(k.last_used_on, date '-infinity'), "
        "date '2000-01-01' - k.assigned_on, k.person_id)",
    ),
)
