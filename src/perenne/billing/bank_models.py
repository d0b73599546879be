"""What the bank tells of: statements and their lines, and changes that wait for a transfer."""

from django.db import models
from django.db.models import F, Q


class BankStatement(models.Model):
    """A file of bank lines that was taken in, whole. Append-only."""

    id = models.TextField(primary_key=True)
    account = models.TextField(help_text="Which of the vendor's accounts.")
    file = models.TextField()
    digest = models.TextField(help_text="SHA-256 of the file: taken in once.")
    imported_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_statement_is_taken_in_once", fields=["account", "digest"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.file}"


class BankLine(models.Model):
    """One line of a statement, as the bank wrote it; what became of it are payments. Append-only.

    Money that went out is kept as well, and is nobody's payment.
    """

    id = models.TextField(primary_key=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField(help_text="Line of the file.")
    account = models.TextField()
    reference = models.TextField(help_text="The bank's own, unique for the account.")
    booked_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Negative: money that went out.")
    payer = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_bank_line_once", fields=["account", "reference"]),
            models.CheckConstraint(name="a_bank_line_moves_money", condition=~Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.reference} {self.amount_minor} {self.currency}"


class SetAsideLine(models.Model):
    """A person's word that a bank line is no customer's payment. Append-only."""

    line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, primary_key=True, related_name="set_aside"
    )
    reason = models.TextField()
    actor = models.TextField()
    set_aside_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.reason}"


class Transfer(models.Model):
    """A change that is reserved until its money comes: attempts that share its key. Append-only.

    Whether it still waits is the state of its attempts.
    """

    key = models.TextField(primary_key=True, help_text="Idempotency key of the attempts.")
    reference = models.TextField(unique=True, help_text="What the payer writes on the transfer.")
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reserved_on = models.DateField()
    last_day = models.DateField(help_text="Last day on which the money is in time.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="transfer_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="a_transfer_has_a_day", condition=Q(last_day__gte=F("reserved_on"))
            ),
        ]
        indexes = [models.Index(name="transfers_by_last_day", fields=["region", "last_day"])]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount_minor} {self.currency}"
