"""Payment methods, attempts, orders, invoices, payments and the double-entry ledger."""

from django.db import models
from django.db.models import F, Q

# Django finds the models of these through this module.
from perenne.billing import bank_models, book_models, method_models, period_models  # noqa: F401
from perenne.billing.event_models import EventRefusal, InboxEvent  # noqa: F401 - found by Django
from perenne.billing.leased import Leased

ATTEMPT_STATES = ("created", "sent", "pending", "unknown", "succeeded", "declined")
LIVE_STATES = ("created", "sent", "pending", "unknown")
ACCOUNTS = (
    "receivable",
    "cash",
    "deferred_revenue",
    "revenue",
    "tax_payable",
    "customer_credit",
    "refunds",
    "partner_payable",
)


class PaymentMethod(models.Model):
    """How a company pays. Card numbers never come here, only the gateway's token."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="payment_methods"
    )
    kind = models.TextField()
    last4 = models.TextField(default="", blank=True)
    valid_through = models.TextField(default="", blank=True, help_text="YYYY-MM, last valid month.")
    token = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_method_in_company", fields=["company", "id"]),
            models.CheckConstraint(
                name="payment_kind_is_known",
                condition=Q(kind__in=["card", "direct_debit", "invoice", "bank_transfer"]),
            ),
            models.CheckConstraint(
                name="a_card_has_a_token_and_a_last_month",
                condition=~Q(kind="card") | (~Q(token="") & ~Q(valid_through="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.last4}".strip()


class PaymentAttempt(Leased):
    """One try to be paid for a sale, with everything frozen before the gateway hears of it.

    Attempts of one change share an idempotency key: they are one charge, and succeed or fail
    together.
    """

    id = models.TextField(primary_key=True)
    # Its row is written three times: no index that nothing reads.
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # None while the subscription that would be bought does not exist yet.
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, null=True, related_name="attempts"
    )
    kind = models.TextField(default="renewal")
    # The customer's change, which lives above; empty for the run's own tries.
    change = models.TextField(default="", blank=True)
    term_starts_on = models.DateField(
        help_text="First day of what is sold; with the subscription: what is owed."
    )
    # Days after the renewal day for tries of the run; None for a person's.
    retry_day = models.PositiveSmallIntegerField(null=True)
    business_day = models.DateField()
    state = models.TextField(default="created")
    idempotency_key = models.TextField()
    payment_method = models.ForeignKey(
        PaymentMethod,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="attempts",
    )
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    # What of it the customer's credit pays, held back from the start; the rest is collected.
    credit_minor = models.BigIntegerField(db_default=0)
    # What will be sold, exactly: lines, dates, seats, amounts and their traces.
    frozen = models.JSONField()
    subscription_version = models.PositiveIntegerField()
    decline_kind = models.TextField(default="", blank=True)
    charge_id = models.TextField(default="", blank=True)
    actor = models.TextField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="attempt_state_is_known", condition=Q(state__in=ATTEMPT_STATES)
            ),
            models.CheckConstraint(
                name="credit_pays_no_more_than_all",
                condition=Q(credit_minor=0)
                | Q(credit_minor__gt=0, credit_minor__lte=F("gross_minor")),
            ),
            models.CheckConstraint(
                name="declined_has_a_kind",
                condition=Q(state="declined") & ~Q(decline_kind="")
                | ~Q(state="declined") & Q(decline_kind=""),
            ),
            models.UniqueConstraint(
                name="a_key_pays_a_subscription_once",
                fields=["idempotency_key", "subscription"],
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                # By the moment and not by the state: marking it as sent then moves no index.
                name="one_live_attempt_per_subscription",
                fields=["subscription"],
                condition=Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="what_is_final_is_settled",
                condition=Q(state__in=("succeeded", "declined"), settled_at__isnull=False)
                | Q(state__in=LIVE_STATES, settled_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="the_run_tries_once_a_day",
                fields=["subscription", "term_starts_on", "retry_day"],
                condition=Q(retry_day__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="attempts_of_a_change", fields=["change"], condition=~Q(change="")),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.term_starts_on} {self.state}"


class Order(models.Model):
    """What was bought for one subscription at once, with the prices as shown. Append-only."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="orders")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="orders"
    )
    kind = models.TextField(help_text="renewal, seats, alignment or purchase")
    # The customer's change, which lives above; empty for the run's own orders.
    change = models.TextField(default="", blank=True)
    campaign = models.TextField(default="", blank=True)
    purchase_order = models.TextField(default="", blank=True, help_text="The customer's number.")
    # Who sold it: earns a share as an agency, or is the buyer in a resale.
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    term_starts_on = models.DateField(help_text="First day of what was sold.")
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    # The attempt that was executed: its key makes the order happen once.
    attempt = models.OneToOneField(PaymentAttempt, on_delete=models.PROTECT, related_name="order")
    business_day = models.DateField()
    actor = models.TextField()
    ordered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_adds_up",
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")),
            ),
        ]
        indexes = [models.Index(name="orders_by_day", fields=["business_day"])]

    def __str__(self) -> str:
        return self.id


class OrderLine(models.Model):
    """A priced line of an order, recomputable from its traces for ever. Append-only."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    offer = models.ForeignKey(
        "catalog.Offer", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    seats = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate = models.TextField(help_text="Exact decimal or fraction, such as 0.19.")
    partner_minor = models.BigIntegerField(db_default=0, help_text="What a partner earns of it.")
    price_class = models.TextField(default="renewal")
    covers_from = models.DateField()
    covers_until = models.DateField(help_text="First day not covered.")
    trace = models.JSONField()
    tax_trace = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="line_covers_a_day", condition=Q(covers_until__gt=F("covers_from"))
            ),
        ]
        # What earns revenue on a day, without looking at the years before.
        indexes = [models.Index(name="order_lines_by_end", fields=["covers_until"])]

    def __str__(self) -> str:
        return f"{self.order_id} {self.seats} × {self.offer_id}"


class InvoiceSeries(models.Model):
    """Counter of a seller's invoice numbers; locked while numbers are given out, so no gaps."""

    seller = models.TextField()
    series = models.TextField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_counter_per_series", fields=["seller", "series"]),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.series} {self.last_number}"


class Invoice(models.Model):
    """A demand for payment with a number of its own; never edited. Paid is what was allocated."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="invoices"
    )
    # The buyer if a partner bought to sell on; None: the company itself.
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="invoices"
    )
    seller = models.TextField()
    series = models.TextField()
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    issued_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="invoice_number_given_once", fields=["seller", "series", "number"]
            ),
            models.CheckConstraint(
                name="invoice_adds_up", condition=Q(gross_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(
                name="invoice_is_due_after_issue", condition=Q(due_on__gte=F("issued_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.number:06d}"


class InvoiceLine(models.Model):
    """An order on an invoice. Append-only."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="invoice_line")
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate = models.TextField()

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.order_id}"


class Payment(models.Model):
    """Money that arrived: one gateway charge, or a company's part of a bank line. Append-only."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    gateway = models.TextField(help_text="The gateway's name, or bank.")
    charge_id = models.TextField()
    # The idempotency key of the attempts that it pays; of a bank's money, its own id.
    charge_key = models.TextField()
    bank_line = models.ForeignKey(
        "billing.BankLine", on_delete=models.PROTECT, null=True, related_name="payments"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    received_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_charge_is_booked_once", fields=["gateway", "charge_id"]
            ),
            models.UniqueConstraint(name="a_key_is_paid_once", fields=["charge_key"]),
            models.CheckConstraint(name="payment_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.charge_id}"


class PaymentAllocation(models.Model):
    """So much of a payment settles so much of an invoice. Append-only."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="allocation_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} settles {self.invoice_id}"


class LedgerTransaction(models.Model):
    """Entries that belong together and balance. Append-only."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(help_text="sale, payment, credit_note, refund, release…")
    subject = models.TextField(help_text="Id of what it books.")
    business_day = models.DateField()
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_subject_is_booked_once", fields=["subject", "kind"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class LedgerEntry(models.Model):
    """One leg: debits positive, credits negative. A trigger refuses what does not balance."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="account_is_known", condition=Q(account__in=ACCOUNTS)),
            models.CheckConstraint(name="entry_moves_money", condition=~Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"
