"""Accept an option: the commit of what was quoted, once, by whoever of the company may."""

from dataclasses import dataclass
from datetime import datetime

from perenne.accounts.queries import Member
from perenne.notices.outbox import post
from perenne.platform import restore_gate
from perenne.platform.faults import fp
from perenne.platform.writing import atomic
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import approval_of
from perenne.quotes.letters import accepted_letters
from perenne.quotes.models import QuoteOption, QuoteVersion
from perenne.quotes.operations.settling import settle_accepted
from perenne.quotes.operations.turns import Turn, locked_quote, require_role, turn_of
from perenne.quotes.queries import versions_visible_to
from perenne.renewals.changes.committing import ToSend, occasion_of, send_what_follows
from perenne.renewals.changes.preview import preview_from_stored
from perenne.renewals.changes.quoting import Quoted, buy_as_quoted
from perenne.renewals.errors import ChangedSinceError
from perenne.rules.quoted import QuoteTerms
from perenne.rules.quotes import QuoteState, QuoteStep, acceptance_refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Which option of a quote, as it was shown; paid by a method of the company.

    Without a ``method`` it is paid as the subscriptions are.
    """

    number: str
    letter: str
    shown: str
    method: str | None = None
    purchase_order: str = ""


def accept_quote(wanted: Acceptance, *, member: Member, now: datetime) -> str:
    """Buy an option exactly as it was quoted; return the change that does so.

    Accepted twice it is bought once, and the second answer is the first one's change.

    Raises:
        UnknownQuoteError: if quote or option is not there for them.
        QuoteRefusedError: if it is not theirs to accept, no longer valid, not approved, or
            something else was accepted.
        ChangedSinceError: if it would be something else by now; it has to be quoted again.
        ChangeRefusedError: if it can no longer be renewed.
        GateShutError: if the database was restored and not reconciled.

    Source: docs/explanation/quotes.md, «Accepting».
    """
    restore_gate.require_open()
    with atomic("quote.accepted"):
        quote = locked_quote(wanted.number, member=member)
        require_role(quote, QuoteStep.ACCEPT, member=member)
        before = _accepted_before(wanted, member=member)
        if before is not None:
            return before
        turn = turn_of(quote, QuoteStep.ACCEPT, member=member, now=now)
        option = _option(turn.version, wanted)
        _check(turn, option)
        to_send = _buy(turn, option, wanted, member=member)
    fp("quote.bought")
    send_what_follows(to_send, occasion=occasion_of(quote.region_id, member, now))
    settle_accepted([turn.version.pk], day=turn.day, now=now)
    return turn.version.change


def _accepted_before(wanted: Acceptance, *, member: Member) -> str | None:
    """The change of the same acceptance, if it was made already."""
    same: QuoteVersion | None = (
        versions_visible_to(member)
        .filter(
            quote__number=wanted.number,
            state=QuoteState.ACCEPTED,
            accepted_option=wanted.letter,
            options__letter=wanted.letter,
            options__hash=wanted.shown,
        )
        .first()
    )
    return None if same is None else same.change


def _option(version: QuoteVersion, wanted: Acceptance) -> QuoteOption:
    option = version.options.filter(letter=wanted.letter).first()
    if option is None:
        raise UnknownQuoteError(f"quote {wanted.number!r} has no option {wanted.letter!r}")
    if option.hash != wanted.shown:
        raise ChangedSinceError((("hash", wanted.shown, option.hash),))
    return option


def _check(turn: Turn, option: QuoteOption) -> None:
    refusals = acceptance_refusals(
        as_of=turn.day,
        valid_through=turn.version.valid_through,
        amount_minor=option.gross_minor,
        approval=approval_of(turn.version),
    )
    if refusals:
        raise QuoteRefusedError(refusals)


def _buy(turn: Turn, option: QuoteOption, wanted: Acceptance, *, member: Member) -> ToSend:
    version = turn.version
    assert version.issued_on is not None, "what is open was issued"
    choices = {**option.choices, "purchase_order": wanted.purchase_order}
    bought = buy_as_quoted(
        Quoted(choices, preview_from_stored(option.preview)),
        method=wanted.method,
        terms=QuoteTerms(
            priced_on=version.issued_on,
            by_seller=turn.quote.maker_kind != "person",
            is_accepting=True,
        ),
        member=member,
        now=turn.now,
    )
    version.accepted_option, version.change = option.letter, bought.change
    turn.move(QuoteState.ACCEPTED)
    post(accepted_letters(version, option, by=member), day=turn.day, now=turn.now)
    turn.tell(
        kind="quote.accepted",
        option=option.letter,
        change=bought.change,
        gross_minor=option.gross_minor,
        currency=version.currency,
    )
    return bought.to_send
