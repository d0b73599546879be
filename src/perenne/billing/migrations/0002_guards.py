"""Books balance and stay; an attempt walks only along the edges of its transition table."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company

BALANCED = migrations.RunSQL(
    """
    create function billing_entries_balance() returns trigger language plpgsql as $$
    begin
        if exists (select 1 from billing_ledgerentry
                   where transaction_id = new.transaction_id
                   group by currency having sum(amount_minor) <> 0) then
            raise exception 'ledger transaction % does not balance', new.transaction_id
                using errcode = '23514';
        end if;
        return null;
    end $$;
    create constraint trigger entries_balance after insert on billing_ledgerentry
        deferrable initially deferred for each row execute function billing_entries_balance();
    """,
    """
    drop trigger entries_balance on billing_ledgerentry;
    drop function billing_entries_balance();
    """,
)

ATTEMPT_EDGES = migrations.RunSQL(
    """
    create table billing_attempt_edge (
        leaves text not null, enters text not null, primary key (leaves, enters)
    );
    insert into billing_attempt_edge values
        ('created', 'sent'), ('created', 'declined'), ('created', 'succeeded'),
        ('sent', 'succeeded'), ('sent', 'declined'), ('sent', 'pending'), ('sent', 'unknown'),
        ('pending', 'succeeded'), ('pending', 'declined'),
        ('unknown', 'succeeded'), ('unknown', 'declined');

    create function billing_attempt_walks() returns trigger language plpgsql as $$
    begin
        if new.state <> old.state and not exists (
            select 1 from billing_attempt_edge
            where leaves = old.state and enters = new.state) then
            raise exception 'attempt % cannot go from % to %', old.id, old.state, new.state
                using errcode = '23514';
        end if;
        if to_jsonb(old) - array['state', 'decline_kind', 'charge_id', 'settled_at']
           <> to_jsonb(new) - array['state', 'decline_kind', 'charge_id', 'settled_at'] then
            raise exception 'attempt % is frozen', old.id using errcode = '42501';
        end if;
        return new;
    end $$;
    create trigger attempt_walks before update on billing_paymentattempt
        for each row execute function billing_attempt_walks();
    """,
    """
    drop trigger attempt_walks on billing_paymentattempt;
    drop function billing_attempt_walks();
    drop table billing_attempt_edge;
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
        ("subscriptions", "0002_guards"),
        ("platform", "0002_guards"),
    ]

    operations = [
        BALANCED,
        ATTEMPT_EDGES,
        append_only("billing_order"),
        append_only("billing_orderline"),
        append_only("billing_invoice"),
        append_only("billing_invoiceline"),
        append_only("billing_payment"),
        append_only("billing_paymentallocation"),
        append_only("billing_ledgertransaction"),
        append_only("billing_ledgerentry"),
        same_company("billing_paymentattempt", "subscription_id", "subscriptions_subscription"),
        same_company("billing_paymentattempt", "payment_method_id", "billing_paymentmethod"),
        same_company("billing_order", "subscription_id", "subscriptions_subscription"),
    ]
