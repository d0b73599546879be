"""Who is to have a seat: groups with what they carry, and the people who wait for one."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

SOURCES = ("local", "directory")
WHEN_SHORT = ("queue", "deny")
GRANTS = ("administrator", "group")


class Group(models.Model):
    """People of a company who use the same products."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="seat_groups"
    )
    name = models.TextField()
    # A directory's group is read-only here: the directory decides.
    source = models.TextField(default="local")
    # What happens to people for whom no seat is free.
    when_short = models.TextField(default="queue")
    made_on = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "company",
                Lower("name"),
                name="group_named_once",
                condition=Q(ended_on__isnull=True),
            ),
            models.UniqueConstraint(name="group_in_company", fields=["company", "id"]),
            models.CheckConstraint(name="group_source_is_known", condition=Q(source__in=SOURCES)),
            models.CheckConstraint(
                name="group_policy_is_known", condition=Q(when_short__in=WHEN_SHORT)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """That a person belonged to a group, from a day until another. A new stay is a new row."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="seat_groups"
    )
    joined_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="member_of_group_once",
                fields=["group", "person"],
                condition=Q(left_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class GroupProduct(models.Model):
    """That the people of a group are to use a product, from a day until another."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="products")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    carried_from = models.DateField()
    carried_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="group_carries_product_once",
                fields=["group", "product"],
                condition=Q(carried_until__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} carries {self.product_id}"


class WaitingPerson(models.Model):
    """A person for whom no seat of a product is free yet; first come, first served, by the id."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="waits")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    # Whose wish it is; a group's ends with the group's.
    granted_by = models.TextField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="waits_once", fields=["person", "product"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="waiting_grant_is_known", condition=Q(granted_by__in=GRANTS)
            ),
            models.CheckConstraint(
                name="waiting_ends_for_a_reason",
                condition=Q(ended_at__isnull=True, ended_because="")
                | Q(
                    ended_at__isnull=False,
                    ended_because__in=["seated", "covered", "no longer wanted", "left"],
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="waiting_in_order",
                fields=["company", "product", "id"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} waits for {self.product_id}"
