"""Post to the double-entry ledger: legs that balance, for a whole set at once."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from perenne.billing.models import LedgerEntry, LedgerTransaction
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids


class Posting(Struct, frozen=True, kw_only=True):
    """One ledger transaction: what it books (``subject``), and its legs of account and amount.

    Debits are positive, credits negative, in minor units; legs of nothing are left out.
    """

    company: str
    kind: str
    subject: str
    currency: str
    legs: tuple[tuple[str, int], ...]


def copy_ledger(postings: Sequence[Posting], *, day: date, now: datetime) -> None:
    """Append the postings that move money, in the caller's transaction.

    Raises:
        IntegrityError: at commit, if one does not balance; at once, if its subject was booked.
    """
    moving = [
        (one, legs)
        for one in postings
        if (legs := [(account, amount) for account, amount in one.legs if amount])
    ]
    identities = new_ids("ltx", len(moving))
    copy_in(
        LedgerTransaction,
        ("id", "company_id", "kind", "subject", "business_day", "booked_at"),
        (
            (identity, one.company, one.kind, one.subject, day, now)
            for identity, (one, _) in zip(identities, moving, strict=True)
        ),
    )
    copy_in(
        LedgerEntry,
        ("transaction_id", "account", "currency", "amount_minor"),
        (
            (identity, account, one.currency, amount)
            for identity, (one, legs) in zip(identities, moving, strict=True)
            for account, amount in legs
        ),
    )
