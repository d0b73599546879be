"""Refunds walk along their edges and never exceed their payment; credits never what was sold."""

from django.db import migrations

from perenne.platform.guards import append_only

ATTEMPTS_FREEZE_CREDIT = migrations.RunSQL(
    """
    create trigger attempt_freezes_credit before update of credit_minor
        on billing_paymentattempt for each row execute function perenne_refuse_change();
    """,
    "drop trigger attempt_freezes_credit on billing_paymentattempt;",
)

REFUNDS_WALK = migrations.RunSQL(
    """
    create table billing_refund_edge (
        leaves text not null, enters text not null, primary key (leaves, enters)
    );
    insert into billing_refund_edge values
        ('created', 'sent'), ('created', 'succeeded'), ('created', 'declined'),
        ('sent', 'succeeded'), ('sent', 'declined'), ('sent', 'unknown'),
        ('unknown', 'succeeded'), ('unknown', 'declined');

    create function billing_refund_walks() returns trigger language plpgsql as $$
    begin
        if not exists (
            select 1 from billing_refund_edge where leaves = old.state and enters = new.state) then
            raise exception 'refund % cannot go from % to %', old.id, old.state, new.state
                using errcode = '23514';
        end if;
        return new;
    end $$;
    create trigger refund_walks before update on billing_refund
        for each row when (old.state is distinct from new.state)
        execute function billing_refund_walks();
    create trigger refund_is_frozen before update of id, company_id, partner_id, payment_id, invoice_id,
        currency, amount_minor, way, idempotency_key, business_day, actor, created_at
        on billing_refund for each row execute function perenne_refuse_change();
    create trigger refunds_stay before delete on billing_refund
        for each row execute function perenne_refuse_change();
    """,
    """
    drop trigger refunds_stay on billing_refund;
    drop trigger refund_is_frozen on billing_refund;
    drop trigger refund_walks on billing_refund;
    drop function billing_refund_walks();
    drop table billing_refund_edge;
    """,
)

# The lock makes two at once take turns, so that each sees what the other took.
REFUNDS_STAY_WITHIN_PAYMENTS = migrations.RunSQL(
    """
    create function billing_refund_within_payment() returns trigger language plpgsql as $$
    declare paid record;
    begin
        select amount_minor, currency, company_id into paid from billing_payment
            where id = new.payment_id for update;
        if paid.currency <> new.currency or paid.company_id <> new.company_id then
            raise exception 'refund % is in % for %, payment % is not', new.id, new.currency,
                new.company_id, new.payment_id using errcode = '23514';
        end if;
        if new.amount_minor + (select coalesce(sum(amount_minor), 0) from billing_refund
                               where payment_id = new.payment_id and state <> 'declined')
           > paid.amount_minor then
            raise exception 'refunds of payment % would exceed it', new.payment_id
                using errcode = '23514';
        end if;
        return new;
    end $$;
    create trigger refund_within_payment before insert on billing_refund
        for each row execute function billing_refund_within_payment();
    """,
    """
    drop trigger refund_within_payment on billing_refund;
    drop function billing_refund_within_payment();
    """,
)

CREDITS_STAY_WITHIN_LINES = migrations.RunSQL(
    """
    create function billing_credit_within_line() returns trigger language plpgsql as $$
    declare sold record; credited record;
    begin
        select net_minor, tax_minor, partner_minor, seats into sold from billing_orderline
            where id = new.order_line_id for update;
        select coalesce(sum(net_minor), 0) as net, coalesce(sum(tax_minor), 0) as tax,
               coalesce(sum(partner_minor), 0) as partner, coalesce(sum(seats), 0) as seats
            into credited from billing_creditnoteline where order_line_id = new.order_line_id;
        if new.net_minor + credited.net > sold.net_minor
           or new.tax_minor + credited.tax > sold.tax_minor
           or new.partner_minor + credited.partner > sold.partner_minor
           or new.seats + credited.seats > sold.seats then
            raise exception 'credits of order line % would exceed it', new.order_line_id
                using errcode = '23514';
        end if;
        return new;
    end $$;
    create trigger credit_within_line before insert on billing_creditnoteline
        for each row execute function billing_credit_within_line();
    """,
    """
    drop trigger credit_within_line on billing_creditnoteline;
    drop function billing_credit_within_line();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_books"), ("platform", "0002_guards")]

    operations = [
        ATTEMPTS_FREEZE_CREDIT,
        REFUNDS_WALK,
        REFUNDS_STAY_WITHIN_PAYMENTS,
        CREDITS_STAY_WITHIN_LINES,
        append_only("billing_receivable", except_columns=["open_minor"]),
        append_only("billing_creditbalance", except_columns=["balance_minor", "last_seq"]),
        append_only("billing_creditnote"),
        append_only("billing_creditnoteline"),
        append_only("billing_creditentry"),
        append_only("billing_bankstatement"),
        append_only("billing_bankline"),
        append_only("billing_setasideline"),
        append_only("billing_transfer"),
        append_only("billing_revenuerelease"),
        append_only("billing_releasedline"),
        append_only("billing_revenuemark"),
        append_only("billing_periodclose"),
    ]
