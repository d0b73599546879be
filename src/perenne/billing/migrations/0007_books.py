"""Receivables, credit notes, customer credit, refunds, bank statements, revenue by day."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_approval_rules"),
        ("billing", "0006_fewer_indexes"),
        ("catalog", "0004_seller_details"),
        ("partners", "0001_initial"),
        ("subscriptions", "0007_ends"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankLine",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("line", models.PositiveIntegerField(help_text="Line of the file.")),
                ("account", models.TextField()),
                (
                    "reference",
                    models.TextField(help_text="The bank's own, unique for the account."),
                ),
                ("booked_on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "amount_minor",
                    models.BigIntegerField(help_text="Negative: money that went out."),
                ),
                ("payer", models.TextField(blank=True, default="")),
                ("text", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("account", models.TextField(help_text="Which of the vendor's accounts.")),
                ("file", models.TextField()),
                ("digest", models.TextField(help_text="SHA-256 of the file: taken in once.")),
                ("imported_at", models.DateTimeField()),
                ("actor", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="CreditBalance",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("balance_minor", models.BigIntegerField(default=0)),
                ("last_seq", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="CreditEntry",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("seq", models.PositiveIntegerField(help_text="1, 2, 3… within the balance.")),
                ("kind", models.TextField()),
                ("amount_minor", models.BigIntegerField()),
                ("balance_after_minor", models.BigIntegerField()),
                ("booked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("seller", models.TextField()),
                ("series", models.TextField()),
                ("number", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("gross_minor", models.BigIntegerField()),
                ("issued_on", models.DateField()),
                ("reason", models.TextField()),
                ("actor", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "seats",
                    models.PositiveIntegerField(
                        help_text="Seats that came back; 0 for an amount alone."
                    ),
                ),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("tax_rate", models.TextField()),
                ("partner_minor", models.BigIntegerField()),
                ("revenue_minor", models.BigIntegerField()),
                ("trace", models.JSONField()),
                ("tax_trace", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="PeriodClose",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("through", models.DateField()),
                ("closed_at", models.DateTimeField()),
                ("actor", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Receivable",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="receivable",
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("due_on", models.DateField()),
                ("open_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("lease_no", models.PositiveIntegerField(db_default=1)),
                (
                    "lease_pid",
                    models.IntegerField(db_default=models.Func(function="pg_backend_pid")),
                ),
                (
                    "lease_until",
                    models.DateTimeField(
                        db_default=django.db.models.expressions.CombinedExpression(
                            models.Func(function="clock_timestamp"),
                            "+",
                            models.Value(dt.timedelta(seconds=120), models.DurationField()),
                        )
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("way", models.TextField(help_text="gateway or by_hand")),
                ("state", models.TextField(default="created")),
                ("idempotency_key", models.TextField(unique=True)),
                ("gateway_refund_id", models.TextField(blank=True, default="")),
                ("declined_because", models.TextField(blank=True, default="")),
                ("problem", models.TextField(blank=True, default="")),
                ("reference", models.TextField(blank=True, default="")),
                ("business_day", models.DateField()),
                ("actor", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReleasedLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("through", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RevenueMark",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("through", models.DateField()),
                ("released_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RevenueRelease",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("through", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "key",
                    models.TextField(
                        help_text="Idempotency key of the attempts.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "reference",
                    models.TextField(
                        help_text="What the payer writes on the transfer.", unique=True
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("reserved_on", models.DateField()),
                ("last_day", models.DateField(help_text="Last day on which the money is in time.")),
            ],
        ),
        migrations.AddField(
            model_name="invoice",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoices",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="partner_minor",
            field=models.BigIntegerField(db_default=0, help_text="What a partner earns of it."),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="credit_minor",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="kind",
            field=models.TextField(help_text="sale, payment, credit_note, refund, release…"),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="subject",
            field=models.TextField(help_text="Id of what it books."),
        ),
        migrations.AlterField(
            model_name="payment",
            name="gateway",
            field=models.TextField(help_text="The gateway's name, or bank."),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["business_day"], name="orders_by_day"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["covers_until"], name="order_lines_by_end"),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credit_minor", 0),
                    models.Q(
                        ("credit_minor__gt", 0), ("credit_minor__lte", models.F("gross_minor"))
                    ),
                    _connector="OR",
                ),
                name="credit_pays_no_more_than_all",
            ),
        ),
        migrations.CreateModel(
            name="SetAsideLine",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="set_aside",
                        serialize=False,
                        to="billing.bankline",
                    ),
                ),
                ("reason", models.TextField()),
                ("actor", models.TextField()),
                ("set_aside_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="bank_line",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="billing.bankline",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankstatement",
            constraint=models.UniqueConstraint(
                fields=("account", "digest"), name="a_statement_is_taken_in_once"
            ),
        ),
        migrations.AddField(
            model_name="bankline",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.bankstatement",
            ),
        ),
        migrations.AddField(
            model_name="creditbalance",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="creditbalance",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="attempt",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.paymentattempt",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="balance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="billing.creditbalance",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="invoice",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_entries",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.payment",
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="creditnoteline",
            name="credit_note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.creditnote",
            ),
        ),
        migrations.AddField(
            model_name="creditnoteline",
            name="invoice_line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credits",
                to="billing.invoiceline",
            ),
        ),
        migrations.AddField(
            model_name="creditnoteline",
            name="order_line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credits",
                to="billing.orderline",
            ),
        ),
        migrations.AddField(
            model_name="periodclose",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.region"
            ),
        ),
        migrations.AddField(
            model_name="receivable",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="receivable",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.region"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="invoice",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="billing.payment",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="refund",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.refund",
            ),
        ),
        migrations.AddField(
            model_name="releasedline",
            name="order_line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="billing.orderline",
            ),
        ),
        migrations.AddField(
            model_name="revenuemark",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.region"
            ),
        ),
        migrations.AddField(
            model_name="revenuerelease",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="releasedline",
            name="release",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.revenuerelease",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="partner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.region"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(
                fields=("account", "reference"), name="a_bank_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True),
                name="a_bank_line_moves_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditbalance",
            constraint=models.UniqueConstraint(
                fields=("company", "partner", "currency"),
                name="one_credit_balance",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="creditbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_minor__gte", 0)), name="credit_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.UniqueConstraint(
                fields=("seller", "series", "number"), name="credit_note_number_given_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "gross_minor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net_minor"), "+", models.F("tax_minor")
                        ),
                    )
                ),
                name="credit_note_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ("return", "void", "correction"))),
                name="credit_note_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnoteline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("net_minor__gte", 0),
                    ("partner_minor__gte", 0),
                    ("tax_minor__gte", 0),
                    ("revenue_minor__gte", 0),
                ),
                name="a_credit_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="periodclose",
            constraint=models.UniqueConstraint(
                fields=("region", "through"), name="a_period_is_closed_once"
            ),
        ),
        migrations.AddIndex(
            model_name="receivable",
            index=models.Index(
                condition=models.Q(("open_minor__gt", 0)),
                fields=["region", "due_on"],
                name="unpaid_by_due_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.CheckConstraint(
                condition=models.Q(("open_minor__gte", 0)), name="no_more_is_settled_than_invoiced"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("state__in", ("created", "sent", "unknown"))),
                fields=["id"],
                name="refunds_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("created", "sent", "unknown", "succeeded", "declined"))
                ),
                name="refund_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="refund_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("way", "gateway"),
                    models.Q(
                        ("state__in", ["created", "succeeded", "declined"]), ("way", "by_hand")
                    ),
                    _connector="OR",
                ),
                name="what_goes_back_by_hand_asks_no_gateway",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "declined"), models.Q(("declined_because", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("state", "declined"), _negated=True), ("declined_because", "")
                    ),
                    _connector="OR",
                ),
                name="a_declined_refund_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.UniqueConstraint(
                fields=("balance", "seq"), name="credit_moves_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("attempt__isnull", False)),
                fields=("attempt", "kind"),
                name="an_attempt_moves_credit_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refund__isnull", False)),
                fields=("refund", "kind"),
                name="a_refund_moves_credit_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("payment__isnull", False)),
                fields=("payment",),
                name="a_payment_gives_credit_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_after_minor__gte", 0)), name="credit_was_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="credit_moves"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("attempt__isnull", True),
                        ("invoice__isnull", True),
                        ("kind", "surplus"),
                        ("payment__isnull", False),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("attempt__isnull", True),
                        ("invoice__isnull", False),
                        ("kind", "given_back"),
                        ("payment__isnull", True),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("attempt__isnull", True),
                        ("invoice__isnull", False),
                        ("kind", "used"),
                        ("payment__isnull", True),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("attempt__isnull", False),
                        ("invoice__isnull", True),
                        ("kind", "reserved"),
                        ("payment__isnull", True),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("attempt__isnull", False),
                        ("invoice__isnull", True),
                        ("kind", "released"),
                        ("payment__isnull", True),
                        ("refund__isnull", True),
                    ),
                    models.Q(
                        ("attempt__isnull", True),
                        ("invoice__isnull", True),
                        ("kind", "refund_declined"),
                        ("payment__isnull", True),
                        ("refund__isnull", False),
                    ),
                    models.Q(
                        ("attempt__isnull", True),
                        ("invoice__isnull", True),
                        ("kind", "paid_out"),
                        ("payment__isnull", True),
                        ("refund__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_credit_names_what_moved_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="revenuemark",
            constraint=models.UniqueConstraint(
                fields=("region", "through"), name="released_through_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="revenuerelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="a_release_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="releasedline",
            constraint=models.UniqueConstraint(
                fields=("order_line", "through"), name="a_line_is_released_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="releasedline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="a_released_line_is_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["region", "last_day"], name="transfers_by_last_day"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="transfer_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("reserved_on"))),
                name="a_transfer_has_a_day",
            ),
        ),
    ]
