"""Sales of many kinds: several attempts to one charge, leases, orders of a change."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

# The key of a charge was its attempt's until one charge could pay several.
KEYS_OF_PAYMENTS = migrations.RunSQL(
    """
    alter table billing_payment disable trigger append_only;
    update billing_payment p set charge_key = a.idempotency_key
        from billing_paymentattempt a where a.id = p.attempt_id;
    set constraints all immediate;
    alter table billing_payment enable trigger append_only;
    """,
    migrations.RunSQL.noop,
)

# The state walks along the table's edges; what was frozen may not even be mentioned.
ATTEMPTS_WALK = migrations.RunSQL(
    """
    drop trigger attempt_walks on billing_paymentattempt;
    create or replace function billing_attempt_walks() returns trigger language plpgsql as $$
    begin
        if not exists (
            select 1 from billing_attempt_edge where leaves = old.state and enters = new.state) then
            raise exception 'attempt % cannot go from % to %', old.id, old.state, new.state
                using errcode = '23514';
        end if;
        return new;
    end $$;
    create trigger attempt_walks before update on billing_paymentattempt
        for each row when (old.state is distinct from new.state)
        execute function billing_attempt_walks();
    create trigger attempt_is_frozen before update of id, company_id, subscription_id, kind,
        change, term_starts_on, retry_day, business_day, idempotency_key, payment_method_id,
        currency, gross_minor, frozen, subscription_version, actor, created_at
        on billing_paymentattempt for each row execute function perenne_refuse_change();
    create trigger attempts_stay before delete on billing_paymentattempt
        for each row execute function perenne_refuse_change();
    """,
    """
    drop trigger attempts_stay on billing_paymentattempt;
    drop trigger attempt_is_frozen on billing_paymentattempt;
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("billing", "0002_guards"),
        ("subscriptions", "0002_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="a_term_is_renewed_once",
        ),
        migrations.RemoveConstraint(
            model_name="paymentattempt",
            name="one_live_attempt_per_obligation",
        ),
        migrations.RemoveConstraint(
            model_name="paymentattempt",
            name="one_success_per_obligation",
        ),
        migrations.AddField(
            model_name="order",
            name="change",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="order",
            name="purchase_order",
            field=models.TextField(blank=True, default="", help_text="The customer's number."),
        ),
        migrations.AddField(
            model_name="orderline",
            name="price_class",
            field=models.TextField(default="renewal"),
        ),
        migrations.AddField(
            model_name="payment",
            name="charge_key",
            field=models.TextField(default=""),
            preserve_default=False,
        ),
        KEYS_OF_PAYMENTS,
        migrations.RemoveField(
            model_name="payment",
            name="attempt",
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="change",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="kind",
            field=models.TextField(default="renewal"),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="lease_no",
            field=models.PositiveIntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="lease_pid",
            field=models.IntegerField(db_default=models.Func(function="pg_backend_pid")),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="lease_until",
            field=models.DateTimeField(
                db_default=django.db.models.expressions.CombinedExpression(
                    models.Func(function="clock_timestamp"),
                    "+",
                    models.Value(dt.timedelta(seconds=120), models.DurationField()),
                )
            ),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="kind",
            field=models.TextField(help_text="renewal, seats, alignment or purchase"),
        ),
        migrations.AlterField(
            model_name="order",
            name="term_starts_on",
            field=models.DateField(help_text="First day of what was sold."),
        ),
        migrations.AlterField(
            model_name="paymentattempt",
            name="idempotency_key",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="paymentattempt",
            name="subscription",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="subscriptions.subscription",
            ),
        ),
        migrations.AlterField(
            model_name="paymentattempt",
            name="term_starts_on",
            field=models.DateField(
                help_text="First day of what is sold; with the subscription: what is owed."
            ),
        ),
        migrations.AddIndex(
            model_name="paymentattempt",
            index=models.Index(
                condition=models.Q(("change", ""), _negated=True),
                fields=["change"],
                name="attempts_of_a_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("charge_key",), name="a_key_is_paid_once"),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.UniqueConstraint(
                fields=("idempotency_key", "subscription"),
                name="a_key_pays_a_subscription_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("created", "sent", "pending", "unknown"))),
                fields=("subscription",),
                name="one_live_attempt_per_subscription",
            ),
        ),
        ATTEMPTS_WALK,
    ]
