"""Contact requests: what somebody asks of a person, who answers by when, and what was said.

What people ask of their own company's contract managers is kept beside them.
"""

from django.db import models
from django.db.models import Q

from perenne.rules.asking import Outcome, PreferredTime, RequestState, Topic
from perenne.rules.owners import OwnerKind

ENTRY_KINDS = ("asked", "answered", "replied", "reassigned", "closed", "reopened")


def _values(values: type[Topic | Outcome | PreferredTime | RequestState | OwnerKind]) -> list[str]:
    return [one.value for one in values]


class ContactRequest(models.Model):
    """One request; state, owner, promise and outcome are those of its latest entries."""

    id = models.TextField(primary_key=True)
    reference = models.TextField(unique=True, help_text="What people read out, such as CR-7K3M.")
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    # The company's, repeated so that a region's overdue requests are one index range.
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, null=True, related_name="+"
    )
    topic = models.TextField()
    # What was refused when they asked, and why; empty if they came by themselves.
    action = models.TextField(default="", blank=True)
    reason_code = models.TextField(default="", blank=True)
    preferred_time = models.TextField()
    language = models.TextField(help_text="In which they would like to be answered.")
    phone = models.TextField(default="", blank=True)
    wants_vendor = models.BooleanField(help_text="Not the partner who sold it.")
    # Made with the form, so that a doubled submission is one request.
    form_key = models.TextField()
    asked_at = models.DateTimeField()
    # The day in the company's region: the limit is per day.
    asked_on = models.DateField()
    state = models.TextField(default=RequestState.OPEN.value)
    owner_kind = models.TextField()
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, related_name="+"
    )
    staff = models.ForeignKey(
        "accounts.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The promise. Kept when the request moves to another owner; made anew when it opens again.
    answer_by = models.DateTimeField()
    # The broken promise that was told: each one is told once.
    overdue_told_for = models.DateTimeField(null=True)
    # When its owner is reminded that a fifth of the promised time is left.
    remind_at = models.DateTimeField()
    # The promise of which the owner was reminded: of each one once.
    reminded_for = models.DateTimeField(null=True)
    outcome = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="form_sent_once", fields=["asked_by", "form_key"]),
            models.CheckConstraint(
                name="request_topic_is_known", condition=Q(topic__in=_values(Topic))
            ),
            models.CheckConstraint(
                name="request_state_is_known", condition=Q(state__in=_values(RequestState))
            ),
            models.CheckConstraint(
                name="request_time_is_known",
                condition=Q(preferred_time__in=_values(PreferredTime)),
            ),
            models.CheckConstraint(
                name="request_has_one_owner",
                condition=Q(owner_kind="partner", partner__isnull=False, staff__isnull=True)
                | Q(
                    owner_kind__in=["sales", "specialist", "support"],
                    partner__isnull=True,
                    staff__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="closed_with_an_outcome",
                condition=Q(state="closed", outcome__in=_values(Outcome))
                | (~Q(state="closed") & Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(
                name="open_requests_by_promise",
                fields=["region", "answer_by"],
                condition=Q(state="open"),
            ),
            models.Index(
                name="open_requests_by_reminder", fields=["remind_at"], condition=Q(state="open")
            ),
            models.Index(name="requests_of_company", fields=["company", "asked_at"]),
            models.Index(name="requests_of_person_by_day", fields=["asked_by", "asked_on"]),
            models.Index(name="requests_of_staff", fields=["staff", "state"]),
            models.Index(name="requests_of_partner", fields=["partner", "state"]),
        ]

    def __str__(self) -> str:
        return self.reference


class ContactEntry(models.Model):
    """One step of a request: what was said or done, by whom. Append-only."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(ContactRequest, on_delete=models.PROTECT, related_name="entries")
    kind = models.TextField()
    text = models.TextField(default="", blank=True)
    # Or ``worker``, which hands on what nobody answers any more.
    actor = models.TextField(help_text="person:…, partner:… or staff:…")
    # As they were called then: people and partners change their names.
    author = models.TextField()
    happened_at = models.DateTimeField()
    business_day = models.DateField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="entry_kind_is_known", condition=Q(kind__in=ENTRY_KINDS)),
        ]
        indexes = [
            models.Index(name="entries_of_author_by_day", fields=["actor", "business_day"]),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class ColleagueRequest(models.Model):
    """What somebody asked of their company's contract managers, who were told by mail. Append-only.

    It has no owner and no promise: the vendor cannot promise for its customers.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+"
    )
    # What was refused when they asked, and why.
    action = models.TextField()
    reason_code = models.TextField(default="", blank=True)
    message = models.TextField()
    # Made with the form, so that a doubled submission is one request.
    form_key = models.TextField()
    # Names as they were called then; who they were is in the mails.
    told = models.JSONField(help_text="Names of those who were told.")
    asked_at = models.DateTimeField()
    # The day in the company's region: the limit is per day.
    asked_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="colleagues_asked_once", fields=["asked_by", "form_key"]),
        ]
        indexes = [
            models.Index(name="colleague_requests_of_company", fields=["company", "asked_at"]),
            models.Index(name="colleague_requests_by_day", fields=["asked_by", "asked_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by_id} {self.action}"
