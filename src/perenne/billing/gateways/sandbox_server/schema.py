"""The tables of the sandbox's book, and how a book of an earlier version gets them."""

from __future__ import annotations

import sqlite3

# Each step brings a book one version on; the first also fits books from before there were versions.
_STEPS = (
    """
    create table if not exists charge (
        seq integer primary key autoincrement,
        id text not null unique,
        attempt_id text not null,
        amount_minor integer not null check (amount_minor > 0),
        currency text not null,
        outcome text not null check (outcome in ('succeeded', 'declined', 'pending')),
        decline text check ((outcome = 'declined') = (decline is not null)),
        description text not null,
        business_day text not null,
        refunded_minor integer not null default 0
            check (refunded_minor between 0 and amount_minor)
    ) strict;
    create index if not exists charge_by_attempt on charge (attempt_id);
    create table if not exists refund (
        seq integer primary key autoincrement,
        id text not null unique,
        refund_id text not null,
        charge_id text not null references charge (id),
        amount_minor integer not null check (amount_minor > 0),
        currency text not null
    ) strict;
    create table if not exists answer (
        key text primary key,
        fingerprint text not null,
        status integer not null,
        body blob not null
    ) strict, without rowid;
    create table if not exists idempotency_error (
        seq integer primary key autoincrement,
        key text not null,
        first_fingerprint text not null,
        other_fingerprint text not null
    ) strict;
    """,
    """
    alter table charge add column method text not null default '';
    alter table charge add column customer text not null default '';
    alter table charge add column metadata text not null default '{}';
    alter table charge add column created_at integer not null default 0;
    create index refund_by_charge on refund (charge_id);
    create index charge_pending on charge (business_day) where outcome = 'pending';
    create table customer (
        id text primary key,
        company_id text not null,
        name text not null,
        email text not null,
        created_at integer not null
    ) strict, without rowid;
    create index customer_by_company on customer (company_id);
    create table setup (
        id text primary key,
        company_id text not null,
        customer text not null,
        kinds text not null,
        locale text not null,
        success_url text not null,
        cancel_url text not null,
        state text not null check (state in ('open', 'completed', 'cancelled')),
        method text not null default '' check ((state = 'completed') = (method <> '')),
        created_at integer not null
    ) strict, without rowid;
    create table method (
        id text primary key,
        token text not null,
        customer text not null
    ) strict, without rowid;
    create table event (
        seq integer primary key autoincrement,
        id text not null unique,
        type text not null,
        object_id text not null,
        attempt_id text not null,
        snapshot text not null,
        fault text not null,
        created_at integer not null,
        next_try_ms integer,
        tries integer not null default 0,
        delivered_at integer
    ) strict;
    create index event_to_deliver on event (next_try_ms) where next_try_ms is not null;
    create table setting (
        name text primary key,
        value text not null
    ) strict, without rowid;
    """,
)


def bring_up_to_date(sql: sqlite3.Connection) -> None:
    """Give the book the tables of this version; an interrupted step leaves nothing.

    Raises:
        sqlite3.Error: if the book cannot be changed, or is of a later version than this program.
    """
    version = int(sql.execute("pragma user_version").fetchone()[0])
    if version > len(_STEPS):
        raise sqlite3.DatabaseError(f"the book has version {version}, this program {len(_STEPS)}")
    for number, step in enumerate(_STEPS[version:], version + 1):
        sql.executescript(f"begin immediate; {step} pragma user_version = {number}; commit;")
