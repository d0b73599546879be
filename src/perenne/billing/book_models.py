"""What follows an invoice: what is open, credit notes, customer credit and refunds."""

from django.db import models
from django.db.models import F, Q

from perenne.billing.leased import Leased

REFUND_STATES = ("created", "sent", "unknown", "succeeded", "declined")
REFUND_LIVE_STATES = ("created", "sent", "unknown")
CREDIT_NOTE_REASONS = ("return", "void", "correction")
# What moved a customer's credit, and what each of them names.
CREDIT_KINDS = {
    "surplus": "payment",
    "given_back": "invoice",
    "used": "invoice",
    "reserved": "attempt",
    "released": "attempt",
    "refund_declined": "refund",
    "paid_out": "refund",
}
_NAMED = ("payment", "invoice", "attempt", "refund")


class Receivable(models.Model):
    """What is still to be paid of an invoice that was not paid as it was issued.

    Kept beside the rows it follows from, so that the run finds what is overdue without adding up
    the book; a law compares the two. Locked whenever it changes.
    """

    invoice = models.OneToOneField(
        "billing.Invoice", on_delete=models.PROTECT, primary_key=True, related_name="receivable"
    )
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    due_on = models.DateField()
    open_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="no_more_is_settled_than_invoiced", condition=Q(open_minor__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                name="unpaid_by_due_day", fields=["region", "due_on"], condition=Q(open_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.open_minor} open"


class CreditNote(models.Model):
    """Takes back a part of an invoice, or all of it; numbered without gaps, never edited."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, related_name="credit_notes"
    )
    # The buyer if a partner bought to sell on, as on the invoice.
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    seller = models.TextField()
    series = models.TextField()
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    issued_on = models.DateField()
    reason = models.TextField()
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="credit_note_number_given_once", fields=["seller", "series", "number"]
            ),
            models.CheckConstraint(
                name="credit_note_adds_up", condition=Q(gross_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(
                name="credit_note_has_a_reason", condition=Q(reason__in=CREDIT_NOTE_REASONS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.number:06d}"


class CreditNoteLine(models.Model):
    """What is taken back of one line; a trigger refuses more than was invoiced. Append-only."""

    id = models.BigAutoField(primary_key=True)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(
        "billing.InvoiceLine", on_delete=models.PROTECT, related_name="credits"
    )
    order_line = models.ForeignKey(
        "billing.OrderLine", on_delete=models.PROTECT, related_name="credits"
    )
    seats = models.PositiveIntegerField(help_text="Seats that came back; 0 for an amount alone.")
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate = models.TextField()
    partner_minor = models.BigIntegerField()
    # What had been earned already; the rest came from deferred revenue.
    revenue_minor = models.BigIntegerField()
    # How net amount and tax follow from what was invoiced.
    trace = models.JSONField()
    tax_trace = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_credit_is_not_negative",
                condition=Q(net_minor__gte=0, tax_minor__gte=0, partner_minor__gte=0)
                & Q(revenue_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_note_id} {self.order_line_id}"


class CreditBalance(models.Model):
    """What the vendor owes a customer and the customer may use; locked whenever it moves.

    What a reseller paid too much for a customer is the reseller's.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)
    last_seq = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_credit_balance",
                fields=["company", "partner", "currency"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="credit_is_not_negative", condition=Q(balance_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.balance_minor} {self.currency}"


class CreditEntry(models.Model):
    """A move of a customer's credit, with what was left after it. Append-only.

    Reserving and releasing only hold credit back for an attempt; the others are in the ledger.
    """

    id = models.TextField(primary_key=True)
    balance = models.ForeignKey(CreditBalance, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField(help_text="1, 2, 3… within the balance.")
    kind = models.TextField()
    amount_minor = models.BigIntegerField()
    balance_after_minor = models.BigIntegerField()
    payment = models.ForeignKey(
        "billing.Payment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, related_name="credit_entries"
    )
    attempt = models.ForeignKey(
        "billing.PaymentAttempt", on_delete=models.PROTECT, null=True, related_name="+"
    )
    refund = models.ForeignKey(
        "billing.Refund", on_delete=models.PROTECT, null=True, related_name="+"
    )
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_moves_in_order", fields=["balance", "seq"]),
            models.UniqueConstraint(
                name="an_attempt_moves_credit_once",
                fields=["attempt", "kind"],
                condition=Q(attempt__isnull=False),
            ),
            models.UniqueConstraint(
                name="a_refund_moves_credit_once",
                fields=["refund", "kind"],
                condition=Q(refund__isnull=False),
            ),
            models.UniqueConstraint(
                name="a_payment_gives_credit_once",
                fields=["payment"],
                condition=Q(payment__isnull=False),
            ),
            models.CheckConstraint(
                name="credit_was_not_negative", condition=Q(balance_after_minor__gte=0)
            ),
            models.CheckConstraint(name="credit_moves", condition=~Q(amount_minor=0)),
            models.CheckConstraint(
                name="a_credit_names_what_moved_it",
                condition=Q(
                    *(
                        Q(kind=kind, **{f"{one}__isnull": one != named for one in _NAMED})
                        for kind, named in CREDIT_KINDS.items()
                    ),
                    _connector=Q.OR,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class Refund(Leased):
    """Money of a payment on its way back, with its key stored before the gateway hears of it.

    It is taken from an invoice that asks for less by now, or from the customer's credit. A bank
    payment goes back by hand, and a person says when.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    # The payer if a partner bought to sell on: what is declined is its credit again.
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="refunds")
    # None: taken from the customer's credit.
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    way = models.TextField(help_text="gateway or by_hand")
    state = models.TextField(default="created")
    idempotency_key = models.TextField(unique=True)
    gateway_refund_id = models.TextField(default="", blank=True)
    declined_because = models.TextField(default="", blank=True)
    # Why asking the gateway again cannot help: a person has to look.
    problem = models.TextField(default="", blank=True)
    # The bank's reference of a payout that somebody made.
    reference = models.TextField(default="", blank=True)
    business_day = models.DateField()
    actor = models.TextField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="refund_state_is_known", condition=Q(state__in=REFUND_STATES)
            ),
            models.CheckConstraint(name="refund_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="what_goes_back_by_hand_asks_no_gateway",
                condition=Q(way="gateway")
                | Q(way="by_hand", state__in=["created", "succeeded", "declined"]),
            ),
            models.CheckConstraint(
                name="a_declined_refund_has_a_reason",
                condition=Q(state="declined") & ~Q(declined_because="")
                | ~Q(state="declined") & Q(declined_because=""),
            ),
        ]
        indexes = [
            models.Index(
                name="refunds_under_way", fields=["id"], condition=Q(state__in=REFUND_LIVE_STATES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount_minor} {self.state}"
