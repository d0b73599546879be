"""Who uses Perenne: companies and their people, and the vendor's staff."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

ROLES = (
    "contract_manager",
    "payer",
    "approver",
    "primary_admin",
    "secondary_admin",
    "viewer",
    "named_user",
)
STAFF_ROLES = ("specialist", "sales", "catalogue", "finance", "support", "operator")


class UserManager(BaseUserManager["User"]):
    """Finds a user by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user who signs in with this e-mail address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in; what they may do hangs on the person or staff member behind."""

    id = models.TextField(primary_key=True)
    # In lower case: an address signs in whatever the case in which it is typed.
    email = models.TextField(unique=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="email_signs_in_once")]

    def __str__(self) -> str:
        return self.email


class Company(models.Model):
    """A customer: the tenant to which everything else belongs."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True, help_text="The vendor's own number.")
    name = models.TextField()
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    locale = models.TextField()
    tax_id = models.TextField(default="", blank=True)
    # Only a verified tax id gives reverse charge; an unverified one is kept and listed.
    tax_id_is_verified = models.BooleanField(default=False)
    kind = models.TextField(choices=[("business", "business"), ("consumer", "consumer")])

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="company_kind_is_known", condition=Q(kind__in=["business", "consumer"])
            ),
            models.CheckConstraint(
                name="only_a_stated_tax_id_is_verified",
                condition=Q(tax_id_is_verified=False) | ~Q(tax_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody at a company."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="people")
    name = models.TextField()
    email = models.TextField()
    locale = models.TextField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="people")
    # Since when they may no longer act; they hold no role then. Who did it is in the journal.
    deactivated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "company", Lower("email"), name="person_listed_once_in_company"
            ),
            # What rows of this company's other tables refer to (reliability.md, X1).
            models.UniqueConstraint(name="person_in_company", fields=["company", "id"]),
        ]

    def __str__(self) -> str:
        return self.name


class PersonRole(models.Model):
    """A role that a person holds in the company; roles add up."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="roles")
    role = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="role_held_once", fields=["person", "role"]),
            models.CheckConstraint(name="role_is_known", condition=Q(role__in=ROLES)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class ApprovalRule(models.Model):
    """What costs more than the limit needs this person's approval first."""

    company = models.OneToOneField(
        Company, on_delete=models.PROTECT, primary_key=True, related_name="approval_rule"
    )
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    limit_minor = models.BigIntegerField(help_text="Gross, in the currency of the region.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="approval_limit_is_not_negative", condition=Q(limit_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} above {self.limit_minor}"


class StaffMember(models.Model):
    """Somebody at the vendor."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    email = models.TextField()
    phone = models.TextField(default="", blank=True)
    role = models.TextField()
    region = models.ForeignKey(
        "catalog.Region", on_delete=models.PROTECT, null=True, related_name="+"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="staff")
    deactivated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="staff_listed_once"),
            models.CheckConstraint(name="staff_role_is_known", condition=Q(role__in=STAFF_ROLES)),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A link, sent once, with which somebody on file comes to sign in.

    The link is not stored: it is this row's id, signed, made when the mail is handed over.
    """

    id = models.TextField(primary_key=True)
    # Kind and id of whom it is for, such as person:prs_…: partners' people live above.
    member = models.TextField()
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, related_name="invitations"
    )
    # It is for this address only: who was given another one meanwhile needs another invitation.
    email = models.TextField()
    invited_at = models.DateTimeField()
    invited_by = models.TextField(help_text="Actor, as in the journal.")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_invitation_open",
                fields=["member"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accepted_or_revoked",
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} for {self.member}"


class RoleHandover(models.Model):
    """A proposal that another person becomes contract manager, and what became of it."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="handovers")
    # None: two administrators name a contract manager because none is left.
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    taker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    outcome = models.TextField(
        default="", blank=True, help_text="accepted, declined, withdrawn or expired; empty: open"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_handover_open", fields=["company"], condition=Q(outcome="")
            ),
            models.CheckConstraint(
                name="handover_outcome_is_known",
                condition=Q(outcome__in=["", "accepted", "declined", "withdrawn", "expired"]),
            ),
            # Nobody confirms what they proposed (reliability.md, X6).
            models.CheckConstraint(
                name="handover_takes_two",
                condition=~Q(outcome="accepted")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposer"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} to {self.taker_id}"


class KnownDevice(models.Model):
    """A browser in which a user has signed in before; recognised by a cookie, of which a hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="device_known_once", fields=["user", "token_hash"]),
        ]

    def __str__(self) -> str:
        return f"device of {self.user_id}"
