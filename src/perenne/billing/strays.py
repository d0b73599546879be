"""Money in the gateway's book that ours does not know of: moved after the backup it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import BookedCharge, ChargeOutcome, RefundRequest
from perenne.platform.bulk import select

_PAGE = 1000
_KNOWN = """
select a.idempotency_key as key, bool_or(a.state in ('created', 'sent', 'pending', 'unknown'))
       as is_open
from billing_paymentattempt a where a.idempotency_key = any(%s) group by 1
"""


_WENT_BACK = """
select p.charge_id, coalesce(sum(r.amount_minor) filter (
       where r.way = 'gateway' and r.state = 'succeeded'), 0)::bigint as back_minor
from billing_payment p left join billing_refund r on r.payment_id = p.id
where p.charge_id = any(%s) group by p.id
"""


@dataclass(frozen=True, slots=True)
class Stray:
    """Money that the gateway has moved and that nothing of ours asked for."""

    charge_id: str
    attempt_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a look through the gateway's whole book has found.

    ``went_back`` is what it gave back of charges that we know, beyond the refunds that we know.
    """

    charges: int
    open_keys: tuple[str, ...]
    strays: tuple[Stray, ...]
    went_back: tuple[Stray, ...]


def compare_with_gateway() -> Comparison:
    """Read the gateway's book from its beginning, and say what in it ours does not know.

    ``open_keys`` are those of our attempts under way for which it has a charge.

    Raises:
        GatewayUnavailableError: if it gave no answer; nothing was changed.
    """
    charges, open_keys, strays, went_back = 0, [], [], []
    for page in _pages():
        charges += len(page)
        known = {row["key"]: row["is_open"] for row in select(_KNOWN, [_attempts(page)])}
        open_keys += [key for key, is_open in known.items() if is_open]
        strays += [_stray(one) for one in page if one.attempt_id not in known and _holds_money(one)]
        went_back += _went_back(page)
    return Comparison(charges, tuple(sorted(set(open_keys))), tuple(strays), tuple(went_back))


def _went_back(page: Sequence[BookedCharge]) -> list[Stray]:
    back = [one for one in page if one.refunded_minor]
    rows = select(_WENT_BACK, [[one.result.charge_id for one in back]]) if back else []
    ours = {row["charge_id"]: row["back_minor"] for row in rows}
    return [
        Stray(one.result.charge_id, one.attempt_id, unknown_minor, one.result.currency)
        for one in back
        if one.result.charge_id in ours
        and (unknown_minor := one.refunded_minor - ours[one.result.charge_id]) > 0
    ]


def give_back(strays: Sequence[Stray]) -> None:
    """Refund each of these wholly; asked again, nothing goes back twice.

    Raises:
        GatewayError: if one could not be given back; those before it were.
    """
    gateway = configured_gateway()
    for stray in strays:
        name = f"stray_{stray.charge_id}"
        gateway.refund(
            RefundRequest(
                idempotency_key=name,
                charge_id=stray.charge_id,
                amount_minor=stray.amount_minor,
                currency=stray.currency,
                refund_id=name,
            )
        )


def _pages() -> Iterator[tuple[BookedCharge, ...]]:
    gateway, cursor, has_more = configured_gateway(), "", True
    while has_more:
        page = gateway.charges_after(cursor, limit=_PAGE)
        yield page.charges
        cursor, has_more = page.cursor, page.has_more


def _attempts(page: Sequence[BookedCharge]) -> list[str]:
    return [one.attempt_id for one in page]


def _holds_money(one: BookedCharge) -> bool:
    """Collected or about to be, and not wholly given back."""
    left = one.result.amount_minor - one.refunded_minor
    return one.result.outcome is not ChargeOutcome.DECLINED and left > 0


def _stray(one: BookedCharge) -> Stray:
    left = one.result.amount_minor - one.refunded_minor
    return Stray(one.result.charge_id, one.attempt_id, left, one.result.currency)
