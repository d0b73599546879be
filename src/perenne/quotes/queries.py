"""The doors to quotes, and what pages, mails and documents tell of them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform.bulk import select
from perenne.quotes.facts import SELLER_ROLES, approval_of, is_own, parties_of
from perenne.quotes.models import Quote, QuoteAnswer, QuoteOption, QuoteRecipient, QuoteVersion
from perenne.quotes.sealing import recipient_of_token
from perenne.renewals.changes.preview import Preview, preview_from_stored
from perenne.rules.quotes import (
    Approved,
    QuoteParty,
    QuoteState,
    QuoteStep,
    open_steps,
)
from perenne.subscriptions.models import Subscription
from perenne.subscriptions.queries import subscriptions_visible_to

_AUTOMATIC = """
select p.renews_automatically as automatic from quotes_quotesubject j
join subscriptions_subscription s on s.id = j.subscription_id
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
where j.version_id = %s
"""
# Prices are for those who see invoices.
ROLES_THAT_SEE_QUOTES = frozenset({"contract_manager", "payer", "primary_admin", "viewer"})
_UNSENT = [QuoteState.DRAFT]


def quotes_visible_to(member: Member) -> QuerySet[Quote]:
    """Every quote that ``member`` may see, newest first; what was never sent, its own side's only.

    Source: docs/explanation/quotes.md, «Who sees a quote».
    """
    seen = versions_visible_to(member).order_by().values("quote_id")
    return Quote.objects.filter(pk__in=seen).order_by("-id")


def versions_visible_to(member: Member) -> QuerySet[QuoteVersion]:
    """The versions that ``member`` may see, newest first."""
    if member.partner_id is not None:
        return _seen_by_partner(member.partner_id)
    if member.is_staff:
        return _seen_by_staff(member)
    if not member.roles & ROLES_THAT_SEE_QUOTES:
        return QuoteVersion.objects.none()
    sent = Q(issued_on__isnull=False) | Q(quote__maker_kind="person")
    return _versions(sent, quote__company_id=member.company_id)


def _seen_by_partner(partner: str) -> QuerySet[QuoteVersion]:
    # Its own, as long as the company consents: in one filter, so that the link is this partner's.
    return QuoteVersion.objects.filter(
        quote__partner_id=partner,
        quote__company__partner_links__partner=partner,
        quote__company__partner_links__ended_at=None,
    ).order_by("-id")


def _seen_by_staff(member: Member) -> QuerySet[QuoteVersion]:
    sent = Q(issued_on__isnull=False)
    if "finance" in member.roles:
        return _versions(sent)
    if member.roles & SELLER_ROLES:
        sold = Q(quote__versions__subjects__subscription__contract__sales_person_id=member.id)
        own = _versions(Q(quote__staff_id=member.id) | sent & sold)
        return QuoteVersion.objects.filter(pk__in=own.order_by().values("pk")).order_by("-id")
    return QuoteVersion.objects.none()


def _versions(wanted: Q, **more: object) -> QuerySet[QuoteVersion]:
    return QuoteVersion.objects.filter(wanted, **more).order_by("-id")


def quotable_by(member: Member) -> QuerySet[Subscription]:
    """The subscriptions that ``member`` may quote: what runs and is theirs to sell or to renew."""
    if QuoteParty.MANAGER in parties_of(member) or QuoteParty.SELLER in parties_of(member):
        mine = subscriptions_visible_to(member)
    else:
        mine = Subscription.objects.none()
    return mine.filter(ended_on=None).order_by("renews_on", "code")


@dataclass(frozen=True, slots=True)
class OptionView:
    """One option as it was offered."""

    letter: str
    hash: str
    preview: Preview

    @property
    def gross_minor(self) -> int:
        """What accepting it costs, tax included."""
        return self.preview.gross_minor


@dataclass(frozen=True, slots=True)
class RecipientView:
    """Somebody else who got it, and what they answered, latest last."""

    recipient: QuoteRecipient
    answers: tuple[QuoteAnswer, ...]

    @property
    def decision(self) -> str:
        """``approved`` or ``declined``; empty while nothing was decided."""
        return next((one.decision for one in self.answers if one.decision != "asked"), "")


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a quote as pages, mails and its document show it."""

    stored: QuoteVersion
    state: QuoteState
    options: tuple[OptionView, ...]
    recipients: tuple[RecipientView, ...]
    subscriptions: tuple[str, ...]
    codes: tuple[str, ...]
    # Whether a renewal of it would happen by itself, and so waits for it.
    renews_automatically: bool
    zone: ZoneInfo
    approval: Approved | None

    @property
    def number(self) -> str:
        """The quote's number."""
        return self.stored.quote.number

    def option(self, letter: str) -> OptionView | None:
        """One of its options."""
        return next((one for one in self.options if one.letter == letter), None)

    def days_left(self, day: date) -> int:
        """Days on which it can still be accepted, ``day`` included."""
        return max((self.stored.valid_through - day).days + 1, 0)

    def awaits_approval_of(self, option: OptionView) -> bool:
        """Whether an option costs more than what needs no approval, and is not approved."""
        approval = self.approval
        return (
            approval is not None
            and not approval.is_approved
            and option.gross_minor > approval.limit_minor
        )

    @property
    def awaits_approval(self) -> bool:
        """Whether an option of it has to be approved first."""
        return any(self.awaits_approval_of(one) for one in self.options)


def version_view(stored: QuoteVersion) -> VersionView:
    """A version with its parts."""
    options = QuoteOption.objects.filter(version=stored).order_by("letter")
    recipients = stored.recipients.prefetch_related("answers").order_by("id")
    subjects = stored.subjects.select_related("subscription").order_by(
        "renews_on", "subscription__code"
    )
    return VersionView(
        stored=stored,
        state=QuoteState(stored.state),
        options=tuple(
            OptionView(one.letter, one.hash, preview_from_stored(one.preview)) for one in options
        ),
        recipients=tuple(
            RecipientView(one, tuple(sorted(one.answers.all(), key=lambda answer: answer.pk)))
            for one in recipients
        ),
        subscriptions=tuple(one.subscription_id for one in subjects),
        codes=tuple(one.subscription.code for one in subjects),
        renews_automatically=any(row["automatic"] for row in select(_AUTOMATIC, [stored.pk])),
        zone=regions()[stored.quote.region_id].zone,
        approval=approval_of(stored),
    )


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote for somebody: its current version, the others, and what they may do with it."""

    quote: Quote
    current: VersionView
    versions: tuple[QuoteVersion, ...]
    draft: QuoteVersion | None
    steps: frozenset[QuoteStep]
    is_own: bool


def quote_view(quote: Quote, *, member: Member) -> QuoteView:
    """A quote that came through a door, as ``member`` sees it.

    Current is what was sent last; before anything was sent, the draft.
    """
    versions = _seen_versions(quote, member)
    sent = [one for one in versions if one.issued_on is not None]
    draft = next((one for one in versions if one.state == QuoteState.DRAFT), None)
    current = sent[0] if sent else versions[0]
    own = is_own(quote, member)
    parties = parties_of(member)
    steps = open_steps(QuoteState(current.state), parties, is_own=own)
    if draft is not None:
        steps |= open_steps(QuoteState.DRAFT, parties, is_own=own) & {QuoteStep.SEND}
    return QuoteView(quote, version_view(current), versions, draft, frozenset(steps), own)


def _seen_versions(quote: Quote, member: Member) -> tuple[QuoteVersion, ...]:
    seen = versions_visible_to(member).filter(quote=quote).select_related("quote__company")
    return tuple(sorted(seen, key=lambda one: -one.version))


@dataclass(frozen=True, slots=True)
class Addressed:
    """A version as the bearer of a signed link sees it, and who they are."""

    recipient: RecipientView
    version: VersionView
    is_open: bool


def addressed_to(token: str, *, day_at: datetime) -> Addressed | None:
    """What the bearer of a link was sent; None if the link was not made here.

    Args:
        day_at: the moment at which they look.
    """
    identity = recipient_of_token(token) or ""
    found = (
        QuoteRecipient.objects.select_related("version__quote__company")
        .filter(pk=identity, version__issued_on__isnull=False)
        .first()
    )
    if found is None:
        return None
    view = version_view(found.version)
    mine = next(one for one in view.recipients if one.recipient.pk == identity)
    is_valid = day_at.astimezone(view.zone).date() <= view.stored.valid_through
    return Addressed(mine, view, is_open=view.state is QuoteState.OPEN and is_valid)
