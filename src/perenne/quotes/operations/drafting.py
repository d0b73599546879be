"""Draft a quote, or another version of one: priced as it would be sent today, seen by its maker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from perenne.accounts.models import Company
from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform import journal
from perenne.platform.ids import new_id, new_ids, new_reference
from perenne.platform.words import language_of
from perenne.platform.writing import atomic
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import covered, day_of, is_own, parties_of
from perenne.quotes.models import (
    Quote,
    QuoteOption,
    QuoteRecipient,
    QuoteSubject,
    QuoteVersion,
)
from perenne.quotes.queries import quotable_by, quotes_visible_to
from perenne.quotes.telling import fact_of
from perenne.renewals.changes.preview import preview_as_stored
from perenne.renewals.changes.quoting import Quoted, quote_preview
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import RenewalFacts, renewal_facts
from perenne.renewals.mistakes import SeveralCompanies, SeveralCurrencies
from perenne.renewals.pricing import Pricer
from perenne.rules.quoted import QuoteTerms
from perenne.rules.quotes import (
    LETTERS,
    QuoteParty,
    QuoteRefusal,
    QuoteState,
    QuoteStep,
    StepImpossible,
    default_validity,
    option_refusals,
    recipient_refusals,
    role_refusals,
    state_after,
    validity_refusals,
)

_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: renew for so many months, with so many seats of each; the plan's unless given."""

    months: int | None = None
    seats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecipientDraft:
    """Somebody else who shall get it; an approver may approve it by a link."""

    name: str
    email: str
    is_approver: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDraft:
    """What somebody wants to offer; ``form_key`` was made with the form: sent twice it is one.

    Without ``valid_through`` it is valid as long as the policy says; without a ``language`` it is
    in the company's.
    """

    subscriptions: Sequence[str]
    choices: Sequence[Choice]
    form_key: str
    valid_through: date | None = None
    message: str = ""
    language: str = ""
    recipients: Sequence[RecipientDraft] = ()


def draft_quote(wanted: QuoteDraft, *, member: Member, now: datetime) -> QuoteVersion:
    """Draft the first version of a quote.

    Raises:
        UnknownQuoteError: if a subscription is not the member's to quote.
        InvalidChoicesError, ChangeRefusedError: if an option cannot be renewed so.
        QuoteRefusedError: if a rule of quotes stands against it.

    Source: docs/explanation/quotes.md, «What is quoted».
    """
    with atomic("quote.drafted"):
        known = QuoteVersion.objects.filter(quote__form_key=wanted.form_key, version=1).first()
        if known is not None:
            return known
        _refuse(role_refusals(QuoteStep.SEND, parties_of(member), is_own=True))
        facts = _subjects(wanted, quotable_by(member))
        by_seller = QuoteParty.SELLER in parties_of(member)
        quote = Quote.objects.create(
            id=new_id("qt"),
            number=_free_number(),
            company_id=facts[0].company,
            region_id=facts[0].region,
            maker_kind=_maker_kind(member),
            partner_id=member.partner_id,
            staff_id=member.id if member.is_staff else None,
            made_at=now,
            form_key=wanted.form_key,
        )
        return _version(wanted, quote, facts, member=member, now=now, by_seller=by_seller)


def revise_quote(number: str, wanted: QuoteDraft, *, member: Member, now: datetime) -> QuoteVersion:
    """Draft the next version; a draft before it is replaced, what is open stays until it is sent.

    Raises:
        UnknownQuoteError: if the quote is not there for them.
        InvalidChoicesError, ChangeRefusedError, QuoteRefusedError: as ``draft_quote``.

    Source: docs/explanation/quotes.md, «Versions».
    """
    with atomic("quote.drafted"):
        quote = (
            quotes_visible_to(member).select_for_update(of=("self",)).filter(number=number).first()
        )
        if quote is None:
            raise UnknownQuoteError(f"quote {number!r} is not there for {member.actor}")
        own = is_own(quote, member)
        _refuse(role_refusals(QuoteStep.REVISE, parties_of(member), is_own=own))
        latest = quote.versions.select_for_update().order_by("-version").first()
        assert latest is not None, "a quote has a version"
        after = state_after(QuoteState(latest.state), QuoteStep.REVISE)
        if isinstance(after, StepImpossible):
            raise QuoteRefusedError((after,))
        facts = _subjects(wanted, quotable_by(member))
        if facts[0].company != quote.company_id:
            raise InvalidChoicesError("subscriptions", SeveralCompanies())
        if latest.state == QuoteState.DRAFT:
            _replace(latest, member=member, now=now)
        by_seller = quote.maker_kind != "person"
        return _version(wanted, quote, facts, member=member, now=now, by_seller=by_seller)


def _replace(draft: QuoteVersion, *, member: Member, now: datetime) -> None:
    draft.state = QuoteState.SUPERSEDED
    draft.ended_on = day_of(draft.quote.region_id, now)
    draft.ended_at = now
    draft.ended_by = member.actor
    draft.save(update_fields=["state", "ended_on", "ended_at", "ended_by"])


def _maker_kind(member: Member) -> str:
    if member.partner_id is not None:
        return "partner"
    return "staff" if member.is_staff else "person"


def _refuse(refusals: Sequence[QuoteRefusal]) -> None:
    if refusals:
        raise QuoteRefusedError(refusals)


def _subjects(wanted: QuoteDraft, quotable: QuerySet[Any]) -> list[RenewalFacts]:
    """The facts of what shall be quoted, each the member's to quote.

    Raises:
        InvalidChoicesError: if they cannot stand in one quote.
    """
    found = set(quotable.filter(pk__in=wanted.subscriptions).values_list("pk", flat=True))
    missing = set(wanted.subscriptions) - found
    if missing or not found:
        name = min(missing, default="")
        raise UnknownQuoteError(f"subscription {name!r} is not there to be quoted")
    facts = renewal_facts(sorted(found))
    if len({one.company for one in facts}) > 1:
        raise InvalidChoicesError("subscriptions", SeveralCompanies())
    if len({one.region for one in facts}) > 1:
        raise InvalidChoicesError("subscriptions", SeveralCurrencies())
    return facts


def _version(
    wanted: QuoteDraft,
    quote: Quote,
    facts: list[RenewalFacts],
    *,
    member: Member,
    now: datetime,
    by_seller: bool,
) -> QuoteVersion:
    day = day_of(quote.region_id, now)
    terms = QuoteTerms(priced_on=day, by_seller=by_seller)
    options = [
        quote_preview(choices_of(choice, facts), terms=terms, member=member, now=now)
        for choice in wanted.choices
    ]
    valid_through = _validity(wanted, facts, day=day)
    _refuse(option_refusals([one.preview.hash for one in options]))
    _refuse(recipient_refusals(len(wanted.recipients)))
    locale = Company.objects.values_list("locale", flat=True).get(pk=quote.company_id)
    version = QuoteVersion.objects.create(
        id=new_id("qv"),
        quote=quote,
        version=quote.versions.count() + 1,
        currency=options[0].preview.currency,
        language=language_of(wanted.language or locale),
        message=wanted.message,
        valid_through=valid_through,
        made_by=member.actor,
        author=member.name,
        made_at=now,
    )
    _append_parts(version, wanted, options, facts)
    drafted = fact_of(version, kind="quote.drafted", day=day, actor=member.actor)
    journal.record_all([drafted], at=now)
    return version


def choices_of(choice: Choice, facts: Sequence[RenewalFacts]) -> dict[str, Any]:
    """An option as a renewal: every number is named, so that nothing moves while it is open."""
    months = {} if choice.months is None else {"months": choice.months}
    return {
        "kind": "renew",
        "subscriptions": [one.id for one in facts],
        "seats": {
            one.id: choice.seats.get(one.id, one.seats_planned)
            for one in facts
            # What a campaign or a plan gives follows from what is owned.
            if one.id in choice.seats or not (one.plan.campaign or one.seats_to_cover is not None)
        },
        **months,
    }


def _validity(wanted: QuoteDraft, facts: list[RenewalFacts], *, day: date) -> date:
    pricer = Pricer()
    covers = covered(facts, pricer, on=day)
    valid_days = min(pricer.policy(one, on=day).quote_valid_days for one in facts)
    valid_through = wanted.valid_through or default_validity(day, covers, valid_days=valid_days)
    _refuse(validity_refusals(valid_through, covers, issued_on=day))
    return valid_through


def _append_parts(
    version: QuoteVersion,
    wanted: QuoteDraft,
    options: Sequence[Quoted],
    facts: Sequence[RenewalFacts],
) -> None:
    zone = regions()[version.quote.region_id].zone
    over = version.valid_through + _ONE_DAY
    expires_at = datetime(over.year, over.month, over.day, tzinfo=zone)
    QuoteOption.objects.bulk_create(
        QuoteOption(
            version=version,
            letter=letter,
            choices=dict(one.choices),
            preview=preview_as_stored(replace(one.preview, expires_at=expires_at)),
            hash=one.preview.hash,
            net_minor=one.preview.net_minor,
            tax_minor=one.preview.tax_minor,
            gross_minor=one.preview.gross_minor,
        )
        for letter, one in zip(LETTERS, options, strict=False)
    )
    QuoteSubject.objects.bulk_create(
        QuoteSubject(
            version=version,
            company_id=one.company,
            subscription_id=one.id,
            renews_on=one.term.renews_on,
        )
        for one in facts
    )
    QuoteRecipient.objects.bulk_create(
        QuoteRecipient(
            id=identity,
            version=version,
            kind="approver" if one.is_approver else "reader",
            name=one.name,
            email=one.email,
            language=version.language,
        )
        for identity, one in zip(
            new_ids("qrc", len(wanted.recipients)), wanted.recipients, strict=True
        )
    )


def _free_number() -> str:
    while True:
        number = new_reference("Q")
        if not Quote.objects.filter(number=number).exists():
            return number
