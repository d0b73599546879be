"""Take bank money in: match it, pay invoices with it, execute the changes that waited for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from perenne.accounts.models import Company
from perenne.billing.bank import (
    Due,
    KeptLine,
    StatementLine,
    dues_for,
    dues_named,
    keep_lines,
    lock_free_line,
    unmatched_lines,
)
from perenne.billing.customer_credit import Holder
from perenne.billing.errors import PaymentRefusedError
from perenne.billing.invoice_states import lock_invoices
from perenne.billing.numbering import number_text
from perenne.platform.bulk import select
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.operations.bank_money import Intended, Keeper, book_money
from perenne.renewals.operations.subscriptions import lock_subscriptions
from perenne.rules.bank_matching import (
    BankMoney,
    Match,
    MatchedBy,
    NoMatch,
    Payable,
    match_money,
    numbers_in,
)
from perenne.rules.transfers import references_in


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a line: what it was matched by, or why a person has to say what it is for."""

    line: KeptLine
    by: MatchedBy | NoMatch


def take_in(
    lines: Sequence[StatementLine],
    *,
    account: str,
    file: str,
    digest: str,
    occasion: Occasion,
) -> list[Received]:
    """Keep a statement's lines and book those whose purpose is known: all of it or nothing.

    ``occasion`` says by whom and when; the business day is that of each company's region.

    Raises:
        IntegrityError: if the file, or one of its lines, was taken in before.

    Source: docs/explanation/money.md, «Bank statements».
    """
    with atomic("receipt"):
        kept = keep_lines(lines, account=account, file=file, digest=digest, occasion=occasion)
        return _match([one for one in kept if one.told.amount_minor > 0], occasion=occasion)


def match_again(*, occasion: Occasion) -> list[Received]:
    """Look again at every line that is nobody's payment: an invoice may have come since."""
    with atomic("receipt"):
        waiting = [lock_free_line(one.id) for one in unmatched_lines()]
        return _match(waiting, occasion=occasion)


def match_by_hand(line: str, *, names: Sequence[str], company: str, occasion: Occasion) -> Received:
    """Book a line for what a person says: these numbers and references, in their order.

    What is left of it, or all of it without a name, becomes the credit of ``company``; empty: of
    the first that is named.

    Raises:
        PaymentRefusedError: if the line is not free, or a name means nothing.
    """
    with atomic("receipt"):
        kept = lock_free_line(line)
        named = dues_named(names, currency=kept.told.currency)
        _lock(named)
        dues = tuple(dues_named(names, currency=kept.told.currency))
        keeper = _keeper(company, kept.told.currency) if company else None
        if not dues and keeper is None:
            raise PaymentRefusedError("name an invoice, a reference or a company")
        book_money([Intended(kept, dues, keeper or _first(dues))], occasion=occasion)
    return Received(kept, MatchedBy.HAND)


def _keeper(code: str, currency: str) -> Keeper:
    found = Company.objects.filter(code=code).first()
    if found is None:
        raise PaymentRefusedError(f"there is no company {code!r}")
    return Keeper(Holder(found.pk, None, currency), found.region_id)


def _first(dues: Sequence[Due]) -> Keeper:
    return Keeper(dues[0].holder, dues[0].region)


def _match(lines: Sequence[KeptLine], *, occasion: Occasion) -> list[Received]:
    moneys = [line.money for line in lines]
    seen = dues_for(moneys)
    _lock(seen)
    held = {due.payable.id for due in seen}
    book = _Book([due for due in dues_for(moneys) if due.payable.id in held])
    received, intended = [], []
    for line in lines:
        found = match_money(line.money, book.payables_for(line.money))
        if isinstance(found, Match):
            dues = tuple(book.dues[one.id] for one in found.payables)
            intended.append(Intended(line, dues, _first(dues)))
        received.append(Received(line, found.by if isinstance(found, Match) else found))
    book_money(intended, occasion=occasion)
    return received


def _lock(dues: Sequence[Due]) -> None:
    """Lock what the money may be for: subscriptions first, then invoices, each by their ids."""
    keys = [due.payable.id for due in dues if due.payable.is_transfer]
    rows = select(
        "select distinct subscription_id as id from billing_paymentattempt "
        "where idempotency_key = any(%s) and subscription_id is not null",
        [keys],
    )
    lock_subscriptions([row["id"] for row in rows])
    lock_invoices([due.payable.id for due in dues if not due.payable.is_transfer])


class _Book:
    """What money can be for, found by name and by size, so that each line looks at few."""

    def __init__(self, dues: Sequence[Due]) -> None:
        self.dues = {due.payable.id: due for due in dues}
        self._by_name: dict[str, list[Payable]] = defaultdict(list)
        self._by_size: dict[tuple[str, int], list[Payable]] = defaultdict(list)
        for due in dues:
            one = due.payable
            self._by_name[one.name].append(one)
            self._by_size[one.currency, one.open_minor].append(one)

    def payables_for(self, money: BankMoney) -> list[Payable]:
        """What this money names, and what is open of its size."""
        names = {number_text(series, number) for series, number in numbers_in(money.text)}
        names |= set(references_in(money.text))
        found = {one.id: one for name in names for one in self._by_name.get(name, ())}
        of_size = self._by_size.get((money.currency, money.amount_minor), ())
        return list((found | {one.id: one for one in of_size}).values())
