"""Quotes: their versions and options, what they hold, who gets them and what those answered."""

from django.db import models
from django.db.models import F, Q

from perenne.rules.quotes import LETTERS, QuoteState

MAKER_KINDS = ("person", "partner", "staff")
RECIPIENT_KINDS = ("reader", "approver")
DECISIONS = ("approved", "declined", "asked")
# States of a version that was sent at some time.
_ISSUED = ("open", "accepted", "declined", "expired")


class Quote(models.Model):
    """One quote to one company; what it says is in its versions. Append-only."""

    id = models.TextField(primary_key=True)
    number = models.TextField(unique=True, help_text="What people read out, such as Q-7K3M-9PQX.")
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    # The company's, repeated so that a region's open quotes are one index range.
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    # On whose side it was made: the customer's own, a partner's or the vendor's.
    maker_kind = models.TextField()
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    staff = models.ForeignKey(
        "accounts.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    # Made with the form, so that a doubled submission is one quote.
    form_key = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="quote_form_sent_once", fields=["form_key"]),
            models.CheckConstraint(
                name="a_quote_has_one_maker",
                condition=Q(maker_kind="person", partner__isnull=True, staff__isnull=True)
                | Q(maker_kind="partner", partner__isnull=False, staff__isnull=True)
                | Q(maker_kind="staff", partner__isnull=True, staff__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="quotes_of_company", fields=["company", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number


class QuoteVersion(models.Model):
    """What was offered at one time; only its state, and how it came to that, moves."""

    id = models.TextField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    state = models.TextField(default=QuoteState.DRAFT.value)
    currency = models.CharField(max_length=3)
    language = models.TextField(help_text="Of its document and its mails to those without any.")
    message = models.TextField(default="", blank=True)
    # The last day on which it can be accepted, in the company's region.
    valid_through = models.DateField()
    made_by = models.TextField()
    # As they were called then.
    author = models.TextField()
    made_at = models.DateTimeField()
    issued_on = models.DateField(null=True)
    issued_at = models.DateTimeField(null=True)
    # Over everything that was sent; proves later that nothing of it was edited.
    seal = models.TextField(default="", blank=True)
    ended_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", blank=True)
    # Why it was declined or withdrawn, in the words of who did so; a code where nobody did.
    reason = models.TextField(default="", blank=True)
    # The option that was accepted, and the change that bought it.
    accepted_option = models.TextField(default="", blank=True)
    change = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="quote_version_once", fields=["quote", "version"]),
            models.UniqueConstraint(
                name="one_open_version_of_a_quote",
                fields=["quote"],
                condition=Q(state__in=["open", "accepted"]),
            ),
            models.UniqueConstraint(
                name="a_change_buys_one_quote", fields=["change"], condition=~Q(change="")
            ),
            models.CheckConstraint(
                name="quote_state_is_known",
                condition=Q(state__in=[one.value for one in QuoteState]),
            ),
            models.CheckConstraint(
                name="what_is_open_was_issued",
                condition=~Q(state__in=_ISSUED)
                | Q(issued_on__isnull=False, issued_at__isnull=False) & ~Q(seal=""),
            ),
            models.CheckConstraint(
                name="accepted_by_a_change",
                condition=Q(state="accepted", accepted_option__in=LETTERS) & ~Q(change="")
                | ~Q(state="accepted") & Q(accepted_option="", change=""),
            ),
            models.CheckConstraint(
                name="an_ended_quote_has_a_day",
                condition=Q(state__in=["draft", "open"], ended_on__isnull=True)
                | ~Q(state__in=["draft", "open"]) & Q(ended_on__isnull=False),
            ),
            models.CheckConstraint(
                name="valid_on_its_day_of_issue",
                condition=Q(issued_on__isnull=True) | Q(valid_through__gte=F("issued_on")),
            ),
        ]
        indexes = [
            models.Index(
                name="open_quotes_by_last_day",
                fields=["valid_through"],
                condition=Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quote_id} v{self.version}"


class QuoteOption(models.Model):
    """One of the ways that a version offers: a preview, kept as it was shown. Append-only."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="options")
    letter = models.CharField(max_length=1)
    choices = models.JSONField()
    preview = models.JSONField()
    hash = models.TextField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="quote_letter_once", fields=["version", "letter"]),
            models.UniqueConstraint(name="quote_options_differ", fields=["version", "hash"]),
            models.CheckConstraint(name="quote_letter_is_known", condition=Q(letter__in=LETTERS)),
            models.CheckConstraint(
                name="quoted_net_and_tax_make_gross",
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.letter}"


class QuoteSubject(models.Model):
    """A subscription that a version covers, and the renewal that it would be. Append-only."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="subjects")
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+"
    )
    renews_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="quoted_once", fields=["version", "subscription"]),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.subscription_id}"


class Hold(models.Model):
    """That an open version holds the renewal of a subscription; then only its release moves.

    Released on the first day on which the run tries again. Renewals read these rows by SQL.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="holds")
    # The quote's number, which is what refusals and pages show of it.
    quote = models.TextField()
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    renews_on = models.DateField()
    last_day = models.DateField()
    released_on = models.DateField(null=True)

    class Meta:
        constraints = [
            # The second quote for a renewal is refused; this is what two at once run into.
            models.UniqueConstraint(
                name="one_quote_holds_a_renewal",
                fields=["subscription", "renews_on"],
                condition=Q(released_on__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="holds_of_a_renewal", fields=["subscription", "renews_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.quote} holds {self.subscription_id}"


class QuoteRecipient(models.Model):
    """Somebody else who gets a version: to read it, or to approve it by a signed link.

    Append-only.
    """

    id = models.TextField(primary_key=True)
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="recipients")
    kind = models.TextField()
    name = models.TextField()
    email = models.TextField()
    language = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quote_recipient_is_known", condition=Q(kind__in=RECIPIENT_KINDS)
            ),
            models.UniqueConstraint(
                "version", models.functions.Lower("email"), name="quote_sent_once_to_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class QuoteAnswer(models.Model):
    """What a recipient answered to a version. Append-only."""

    id = models.BigAutoField(primary_key=True)
    recipient = models.ForeignKey(QuoteRecipient, on_delete=models.PROTECT, related_name="answers")
    decision = models.TextField()
    note = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField()
    business_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quote_decision_is_known", condition=Q(decision__in=DECISIONS)
            ),
            models.UniqueConstraint(
                name="decided_once",
                fields=["recipient"],
                condition=~Q(decision="asked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.decision}"
