"""Contracts, subscriptions, their terms and their seats. Terms and seats are only appended."""

from django.db import models
from django.db.models import F, Q

# Why a subscription ended: by the calendar, or because somebody decided so.
ENDS = ("expired", "switched", "returned", "voided")


class Contract(models.Model):
    """A commercial agreement of one company; groups subscriptions and says who sells."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="contracts"
    )
    channel = models.TextField(
        choices=[("online", "online"), ("sales", "sales"), ("partner", "partner")]
    )
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="contracts"
    )
    sales_person = models.ForeignKey(
        "accounts.StaffMember", on_delete=models.PROTECT, null=True, related_name="contracts"
    )
    partner_model = models.TextField(default="", blank=True, help_text="agency or resale")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="contract_in_company", fields=["company", "id"]),
            models.CheckConstraint(
                name="contract_channel_is_known",
                condition=Q(channel__in=["online", "sales", "partner"]),
            ),
            models.CheckConstraint(
                name="partner_sold_names_partner",
                condition=(
                    Q(channel="partner", partner__isnull=False)
                    & Q(partner_model__in=["agency", "resale"])
                )
                | (~Q(channel="partner") & Q(partner__isnull=True, partner_model="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Subscription(models.Model):
    """The right to use a product for fixed terms; what it is worth is in its terms and plan."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="subscriptions"
    )
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="subscriptions")
    # The company's, repeated so that a region's due subscriptions are one index range.
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    # Day of the month, 1-31, on which terms end; month ends clamp and the clamp is not kept.
    anchor_day = models.PositiveSmallIntegerField()
    # None: the channel decides (online and sales yes, partner no).
    renewable_online = models.BooleanField(null=True)
    # The expired one that this was bought again for; it never gets that one's renewal price.
    successor_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="successors"
    )
    # First business day of the book it came with; None if it was sold here.
    imported_as_of = models.DateField(null=True)
    # End of the last unreversed term, kept by a trigger (invariant T2).
    renews_on = models.DateField()
    # The run's memory that it ended, and why: the stage is derived without it.
    ended_on = models.DateField(null=True)
    ended_because = models.TextField(default="", blank=True)
    # Number of the renewal plan in force, and of all changes: attempts pin it.
    plan_revision = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="subscription_in_company", fields=["company", "id"]),
            models.CheckConstraint(
                name="anchor_is_a_day_of_a_month",
                condition=Q(anchor_day__gte=1) & Q(anchor_day__lte=31),
            ),
            models.CheckConstraint(
                name="an_end_has_a_reason",
                condition=Q(ended_on__isnull=True, ended_because="")
                | Q(ended_on__isnull=False, ended_because__in=ENDS),
            ),
        ]
        indexes = [
            # What the nightly run looks at: the living, by the day on which they renew.
            models.Index(
                name="living_by_renewal_day",
                fields=["region", "renews_on", "id"],
                include=["company"],
                condition=Q(ended_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Term(models.Model):
    """A sold stretch of a subscription. Append-only: a change adds a row, never edits one."""

    id = models.TextField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    # First day NOT covered. Stored, never recomputed: changing the month arithmetic must not
    # move the dates of what was already sold.
    renews_on = models.DateField()
    offer = models.ForeignKey(
        "catalog.Offer", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    seats = models.PositiveIntegerField(help_text="Seats sold for the whole term.")
    # What its end follows from, with its months; None if it ends on a day that it was aligned to.
    anchor_day = models.PositiveSmallIntegerField(null=True)
    # Of a term that was aligned: the first day not covered by the whole term of whose price it is
    # a part. Seats that join it pay by the days of that one. None: it is whole.
    whole_until = models.DateField(null=True)
    came_by = models.TextField(help_text="imported, renewal, alignment or purchase")
    # Id of the order, which lives above; empty for imported terms.
    order_id = models.TextField(default="", blank=True)
    # Id of the reversal when it was returned; the only column that may ever change.
    reversed_by = models.TextField(null=True)  # noqa: DJ001 - constraints look at NULL

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="term_covers_a_day", condition=Q(renews_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(name="term_covers_a_seat", condition=Q(seats__gte=1)),
            models.UniqueConstraint(
                name="term_follows_only_once",
                fields=["subscription", "starts_on"],
                condition=Q(reversed_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.starts_on} - {self.renews_on}"


class SeatChange(models.Model):
    """A line of the seat ledger: so many seats more or fewer from a day on. Append-only."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="seat_changes"
    )
    effective_on = models.DateField()
    seats = models.IntegerField(help_text="Positive: added. Negative: given up.")
    reason = models.TextField(help_text="imported, renewal, added or bought")

    class Meta:
        constraints = [
            models.CheckConstraint(name="seat_change_changes", condition=~Q(seats=0)),
        ]
        indexes = [
            # The run releases the seats of those who own fewer from today on.
            models.Index(name="seat_reductions", fields=["effective_on"], condition=Q(seats__lt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.effective_on} {self.seats:+d}"


class Assignment(models.Model):
    """A person's use of one seat; ends by being released, and stays as history."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="assignments"
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="assignments"
    )
    assigned_on = models.DateField()
    # Written by the entitlement check at each product start.
    last_used_on = models.DateField(null=True)
    released_on = models.DateField(null=True)
    released_because = models.TextField(default="", blank=True)
    # Who grants it: a book, an administrator, or only groups. What only groups grant is given back
    # when none of them does any more.
    granted_by = models.TextField(
        choices=[("book", "book"), ("administrator", "administrator"), ("group", "group")],
        default="book",
        db_default="book",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="person_holds_one_seat",
                fields=["subscription", "person"],
                condition=Q(released_on__isnull=True),
            ),
            models.CheckConstraint(
                name="released_after_assigned",
                condition=Q(released_on__isnull=True) | Q(released_on__gte=F("assigned_on")),
            ),
            models.CheckConstraint(
                name="assignment_grant_is_known",
                condition=Q(granted_by__in=["book", "administrator", "group"]),
            ),
        ]
        indexes = [
            # What the people of a company hold now.
            models.Index(
                name="held_by_person", fields=["person"], condition=Q(released_on__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} uses {self.subscription_id}"
