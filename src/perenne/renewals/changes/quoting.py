"""Renewals on the terms of a quote: what is quoted, and the commit that buys exactly that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec import structs

from perenne.accounts.queries import Member
from perenne.platform.ids import new_id
from perenne.renewals.changes.committing import ToSend, execute_change
from perenne.renewals.changes.preparing import Prepared, Situation
from perenne.renewals.changes.preview import (
    ItemPreview,
    Preview,
    Snapshot,
    differences,
    preview_as_stored,
)
from perenne.renewals.changes.previewing import prepared_preview, situation_of
from perenne.renewals.changes.wishes import Renew, read_wish, wish_as_stored
from perenne.renewals.errors import ChangedSinceError, InvalidChoicesError
from perenne.renewals.facts import lock_renewal_facts, renewal_facts
from perenne.renewals.mistakes import NotKnown, NotReadable
from perenne.renewals.models import Change
from perenne.rules.quoted import QuoteTerms


@dataclass(frozen=True, slots=True)
class Quoted:
    """What one option of a quote is: its choices, and the preview that was made of them."""

    choices: Mapping[str, Any]
    preview: Preview


@dataclass(frozen=True, slots=True)
class BoughtAsQuoted:
    """The committed change, and what the gateway has to be asked for after the commit."""

    change: str
    to_send: ToSend


def quote_preview(
    sent: Mapping[str, Any], *, terms: QuoteTerms, member: Member, now: datetime
) -> Quoted:
    """What a renewal would do and cost at the prices of a day; nothing is kept.

    Raises:
        InvalidChoicesError: if it is not a renewal, or does not fit.
        ChangeRefusedError: with the verdicts that stand against it.

    Source: docs/explanation/quotes.md, «What is quoted».
    """
    wish = _renewal(sent)
    facts = renewal_facts(wish.subscriptions)
    unknown = set(wish.subscriptions) - {one.id for one in facts}
    if unknown:
        raise InvalidChoicesError("subscriptions", NotKnown(min(unknown)))
    situation = situation_of(facts, member=member, now=now, quote=terms)
    _, preview = _prepared(wish, situation)
    return Quoted(wish_as_stored(wish), preview)


def buy_as_quoted(
    quoted: Quoted, *, method: str | None, terms: QuoteTerms, member: Member, now: datetime
) -> BoughtAsQuoted:
    """Commit what a quote offers, in the caller's transaction, at the prices that were quoted.

    It is bought exactly as it was quoted or not at all; how it is paid is chosen now.

    Raises:
        ChangedSinceError: if it would be something else by now, with the differences.
        ChangeRefusedError: if it is no longer possible.

    Source: docs/explanation/quotes.md, «Accepting».
    """
    wish = _renewal({**quoted.choices, **({} if method is None else {"method": method})})
    facts = lock_renewal_facts(wish.subscriptions)
    situation = situation_of(facts, member=member, now=now, quote=terms)
    try:
        prepared, present = _prepared(wish, situation, whole=True)
    except InvalidChoicesError as error:
        if error.place == "method":
            raise
        # The choices fitted when they were quoted: a fact has changed.
        raise ChangedSinceError(((error.place, "", error.mistake.code),)) from error
    if as_quoted(present).hash != quoted.preview.hash:
        raise ChangedSinceError(differences(quoted.preview, as_quoted(present)))
    change = Change.objects.create(
        id=new_id("chg"),
        company_id=facts[0].company,
        region=facts[0].region,
        kind=present.kind,
        subjects=[item.subscription for item in present.items],
        choices=wish_as_stored(wish),
        preview=preview_as_stored(present),
        hash=present.hash,
        made_by=member.actor,
        made_at=now,
        expires_at=present.expires_at,
    )
    return BoughtAsQuoted(change.pk, execute_change(change, prepared, member=member, now=now))


def _renewal(sent: Mapping[str, Any]) -> Renew:
    wish = read_wish(sent)
    if not isinstance(wish, Renew):
        raise InvalidChoicesError("kind", NotReadable("only renewals are quoted"))
    return wish


def _prepared(
    wish: Renew, situation: Situation, *, whole: bool = False
) -> tuple[Prepared, Preview]:
    prepared, preview = prepared_preview(wish, situation)
    return prepared, preview if whole else as_quoted(preview)


def as_quoted(preview: Preview) -> Preview:
    """A preview without what a quote does not fix: who pays how, and automatic renewal after it."""
    return replace(
        preview,
        method=None,
        reserved_until=None,
        items=tuple(_item_as_quoted(item) for item in preview.items),
    )


def _item_as_quoted(item: ItemPreview) -> ItemPreview:
    before = None if item.before is None else _snapshot_as_quoted(item.before)
    # What a partner earns is between the vendor and the partner.
    lines = tuple(structs.replace(line, partner_minor=0) for line in item.lines)
    return replace(item, lines=lines, before=before, after=_snapshot_as_quoted(item.after))


def _snapshot_as_quoted(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, method=None, automatic=False)
