"""Judges a world: every law between blows and after the drain, and the neighbours' own books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perenne.daily.invariants import ALL
from perenne.platform.bulk import select
from perenne.platform.invariants import breach_of
from tests.faults.giving_back import no_refund_is_open, refunds_agree, refunds_have_rows
from tests.faults.paper import COMPANIES
from tests.faults.quoting import BROKE, quotes_are_whole, quotes_have_ended
from tests.faults.seating import nobody_waits_beside_a_free_seat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perenne.billing.gateways.protocol import BookedCharge
    from tests.faults.books import Book, Case
    from tests.faults.lane import BookedRefund, Lane


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Where the neighbours' books stood when the world began."""

    cursor: str
    idempotency_errors: int
    last_mail: int


def beginnings(lane: Lane) -> Beginnings:
    """Remember where the neighbours' books stand."""
    gateway = lane.gateway()
    cursor = ""
    while True:
        page = gateway.charges_after(cursor, limit=1000)
        cursor = page.cursor
        if not page.has_more:
            break
    mails = lane.mails_after(lane.last_mail)
    lane.last_mail = mails[-1][0] if mails else lane.last_mail
    return Beginnings(cursor, gateway.counts().idempotency_errors, lane.last_mail)


def always(lane: Lane, since: Beginnings) -> Iterator[str]:
    """What must hold at every moment, whatever was just killed."""
    yield from _laws()
    charges = _charges(lane, since)
    yield from _charges_have_attempts(charges)
    yield from refunds_have_rows(_refunds(lane, charges))
    if lane.gateway().counts().idempotency_errors != since.idempotency_errors:
        yield "P4: a key was used for two different charges"
    yield from _mails(lane, since)
    yield from _import_is_whole()
    yield from quotes_are_whole()


def at_rest(lane: Lane, since: Beginnings, book: Book) -> Iterator[str]:
    """What must hold in addition once everything was run to its end without faults."""
    charges = _charges(lane, since)
    yield from _books_agree(charges)
    yield from refunds_agree(_refunds(lane, charges))
    yield from _nothing_is_open()
    yield from no_refund_is_open()
    yield from _fates(book)
    yield from _what_was_turned_off(book)
    yield from quotes_have_ended()
    yield from nobody_waits_beside_a_free_seat()


def _laws() -> Iterator[str]:
    for invariant in ALL:
        breach = breach_of(invariant)
        if breach is not None:
            yield f"{invariant.code} {invariant.law}: {'; '.join(breach.examples[:3])}"


def _charges(lane: Lane, since: Beginnings) -> list[BookedCharge]:
    found: list[BookedCharge] = []
    cursor = since.cursor
    while True:
        page = lane.gateway().charges_after(cursor, limit=1000)
        found += page.charges
        cursor = page.cursor
        if not page.has_more:
            return found


def _refunds(lane: Lane, charges: list[BookedCharge]) -> list[BookedRefund]:
    return lane.refunds_of({one.result.charge_id for one in charges})


_ATTEMPTS = """
select idempotency_key as key, min(currency) as currency,
       sum(gross_minor - credit_minor)::bigint as amount,
       array_agg(distinct state) as states,
       bool_or(exists (select 1 from renewals_parkedsubscription x
                       where x.subscription_id = a.subscription_id)) as parked
from billing_paymentattempt a group by 1
"""


def _charges_have_attempts(charges: list[BookedCharge]) -> Iterator[str]:
    """No charge without an attempt that was committed before, one a key, of the same sum."""
    attempts = {row["key"]: row for row in select(_ATTEMPTS)}
    for key, count in Counter(one.attempt_id for one in charges).items():
        if count > 1:
            yield f"P3: {count} charges for {key}"
    for one in charges:
        attempt = attempts.get(one.attempt_id)
        if attempt is None:
            yield f"P3: a charge for {one.attempt_id}, which was never committed"
        elif (one.result.amount_minor, one.result.currency) != (
            attempt["amount"],
            attempt["currency"],
        ):
            yield f"P3: {one.attempt_id} charged {one.result.amount_minor}, attempt {attempt}"
        elif one.result.outcome == "succeeded" and "declined" in attempt["states"]:
            yield f"P3: {one.attempt_id} was collected, and counts as declined here"


_PAYMENTS = """
select p.charge_id, p.amount_minor, p.currency, coalesce(sum(r.amount_minor) filter (
       where r.way = 'gateway' and r.state = 'succeeded'), 0)::bigint as refunded_minor
from billing_payment p left join billing_refund r on r.payment_id = p.id
where p.gateway <> 'bank' group by p.id
"""


def _books_agree(charges: list[BookedCharge]) -> Iterator[str]:
    """Their book and ours, one to one: amounts, currencies, refunds."""
    parked = {row["key"] for row in select(_ATTEMPTS) if row["parked"]}
    theirs = {
        one.result.charge_id: (one.result.amount_minor, one.result.currency, one.refunded_minor)
        for one in charges
        if one.result.outcome == "succeeded" and one.attempt_id not in parked
    }
    ours = {
        row["charge_id"]: (row["amount_minor"], row["currency"], row["refunded_minor"])
        for row in select(_PAYMENTS)
    }
    for charge in sorted(theirs.keys() | ours.keys()):
        if theirs.get(charge) != ours.get(charge):
            yield f"P3: {charge}: gateway {theirs.get(charge)}, here {ours.get(charge)}"


def _nothing_is_open() -> Iterator[str]:
    rows = select(
        "select a.id, a.state from billing_paymentattempt a "
        "where a.state in ('created', 'sent', 'pending', 'unknown') and not exists ("
        "select 1 from renewals_parkedsubscription x "
        "where x.subscription_id = a.subscription_id and x.unparked_at is null)"
    )
    yield from (f"still open after the drain: {row['id']} {row['state']}" for row in rows)
    rows = select("select reference from billing_inboxevent where processed_at is null")
    yield from (f"nobody heard of {row['reference']}" for row in rows)
    rows = select("select id, state from notices_mail where state in ('waiting', 'sending')")
    yield from (f"still open after the drain: {row['id']} {row['state']}" for row in rows)


_FATE = """
select s.id, s.ended_on, s.renews_on, t.starts_on as first_renewed_on,
       exists (select 1 from renewals_parkedsubscription x
               where x.subscription_id = s.id) as parked,
       exists (select 1 from quotes_quoteversion v where v.change = o.change and o.change <> '')
           as is_quoted,
       o.net_minor, o.tax_minor, o.gross_minor, t.renews_on as term_renews_on, t.seats, t.offer_id,
       (select count(*) from billing_paymentattempt a
        where a.subscription_id = s.id and a.state = 'declined'
          and a.retry_day is not null) as declined
from subscriptions_subscription s
left join lateral (select * from subscriptions_term t where t.subscription_id = s.id
                   and t.came_by = 'renewal' and t.reversed_by is null
                   order by t.starts_on limit 1) t on true
left join billing_order o on o.id = t.order_id
where s.id = any(%s)
"""
# Five tries of the run are the policy's, once more after a quote; after a hard decline one.
_TRIES_MAX = {"broke": 5, "no method": 5, "lost card": 1, BROKE: 10}


def _fates(book: Book) -> Iterator[str]:
    cases = {case.subscription: case for case in book.cases}
    for row in select(_FATE, [list(cases)]):
        case = cases[row["id"]]
        fate = _fate_of(row)
        if fate not in case.fates:
            yield f"{case.name} {case.subscription} is {fate}, must be one of {case.fates}"
        elif fate == "renewed" and not row["is_quoted"]:
            yield from _as_priced(case, row)
        elif row["declined"] > _TRIES_MAX.get(case.name, 0):
            yield f"{case.name} {case.subscription}: {row['declined']} tries"


def _what_was_turned_off(book: Book) -> Iterator[str]:
    """What a customer turned off before it was claimed was not renewed after all."""
    rows = select(
        "select o.subscription_id from renewals_planrevision o "
        "join renewals_planrevision l on l.subscription_id = o.subscription_id "
        "and l.revision > o.revision and l.actor <> o.actor "
        "where o.actor like 'person:%%' and not o.renews_automatically "
        "and o.subscription_id = any(%s)",
        [book.of("undecided")],
    )
    yield from (f"{row['subscription_id']} was renewed after it was turned off" for row in rows)


def _fate_of(row: dict[str, object]) -> str:
    if row["parked"]:
        return "parked"
    if row["first_renewed_on"] is not None:
        return "renewed" if row["ended_on"] is None else "renewed, yet ended"
    return "waits" if row["ended_on"] is None else "expired"


def _as_priced(case: Case, row: dict[str, object]) -> Iterator[str]:
    """What was sold is what was priced before anything ran."""
    term = case.sale.term
    assert term is not None
    sold = tuple(
        row[name]
        for name in ("net_minor", "tax_minor", "gross_minor", "term_renews_on", "seats", "offer_id")
    )
    priced = (
        case.sale.net_minor,
        case.sale.tax_minor,
        case.sale.gross_minor,
        term.renews_on,
        term.seats,
        term.offer,
    )
    if sold != priced:
        yield f"{case.name} {case.subscription}: sold {sold}, priced {priced}"


def _mails(lane: Lane, since: Beginnings) -> Iterator[str]:
    """Each mail left at most once, and what counts as sent has arrived."""
    arrived = Counter(
        message.strip("<>").partition("@")[0] for _, message in lane.mails_after(since.last_mail)
    )
    rows = {row["id"]: row["state"] for row in select("select id, state from notices_mail")}
    for mail, count in arrived.items():
        if count > 1:
            yield f"M1: {mail} was handed over {count} times"
        if rows.get(mail) not in ("sending", "sent", "unknown"):
            yield f"M1: {mail} was handed over and is {rows.get(mail)}"
    for mail, state in rows.items():
        if state == "sent" and mail not in arrived:
            yield f"M3: {mail} counts as sent and never arrived"


def _import_is_whole() -> Iterator[str]:
    row = select(
        "select count(*) filter (where code like 'F_') as companies, "
        "(select count(*) from subscriptions_subscription where code like 'FS_') as subscriptions, "
        "(select count(*) from subscriptions_term t join subscriptions_subscription s "
        "on s.id = t.subscription_id where s.code like 'FS_') as terms, "
        "(select count(*) from platform_journalentry where kind = 'book.imported') as facts "
        "from accounts_company"
    )[0]
    if tuple(row.values()) not in ((0, 0, 0, 0), (COMPANIES, COMPANIES, COMPANIES, 1)):
        yield f"A6: a book was imported in part: {row}"
