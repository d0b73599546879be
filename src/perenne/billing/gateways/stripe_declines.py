"""Stripe's many reasons for a decline, in our few kinds."""

from __future__ import annotations

from perenne.rules.payments import DeclineKind

# https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. What is not
# listed is a soft decline: trying again another day may help.
_KINDS = {
    "authentication_required": DeclineKind.AUTHENTICATION_REQUIRED,
    "authentication_not_handled": DeclineKind.AUTHENTICATION_REQUIRED,
    "payment_intent_authentication_failure": DeclineKind.AUTHENTICATION_REQUIRED,
    "insufficient_funds": DeclineKind.INSUFFICIENT_FUNDS,
    "withdrawal_count_limit_exceeded": DeclineKind.INSUFFICIENT_FUNDS,
    "card_velocity_exceeded": DeclineKind.INSUFFICIENT_FUNDS,
    "expired_card": DeclineKind.CARD_EXPIRED,
    "invalid_expiry_month": DeclineKind.CARD_EXPIRED,
    "invalid_expiry_year": DeclineKind.CARD_EXPIRED,
    "lost_card": DeclineKind.LOST_CARD,
    "stolen_card": DeclineKind.LOST_CARD,
    "pickup_card": DeclineKind.LOST_CARD,
    "account_closed": DeclineKind.METHOD_REFUSED,
    "bank_account_closed": DeclineKind.METHOD_REFUSED,
    "bank_account_restricted": DeclineKind.METHOD_REFUSED,
    "bank_account_unusable": DeclineKind.METHOD_REFUSED,
    "card_not_supported": DeclineKind.METHOD_REFUSED,
    "currency_not_supported": DeclineKind.METHOD_REFUSED,
    "debit_not_authorized": DeclineKind.METHOD_REFUSED,
    "do_not_try_again": DeclineKind.METHOD_REFUSED,
    "incorrect_number": DeclineKind.METHOD_REFUSED,
    "invalid_account": DeclineKind.METHOD_REFUSED,
    "invalid_number": DeclineKind.METHOD_REFUSED,
    "new_account_information_available": DeclineKind.METHOD_REFUSED,
    "no_account": DeclineKind.METHOD_REFUSED,
    "restricted_card": DeclineKind.METHOD_REFUSED,
    "revocation_of_all_authorizations": DeclineKind.METHOD_REFUSED,
    "revocation_of_authorization": DeclineKind.METHOD_REFUSED,
    "stop_payment_order": DeclineKind.METHOD_REFUSED,
}
_NEVER_AGAIN = "do_not_try_again"


def kind_of(*, code: str, decline_code: str, advice_code: str) -> DeclineKind:
    """Name the kind of a decline: by the bank's code, else by Stripe's, else soft.

    The card network's advice never to try again makes it hard, whatever the reason given: going
    against it costs the vendor fees.

    Args:
        code: Stripe's error code, empty if there is none.
        decline_code: the bank's reason, empty if it gave none.
        advice_code: the network's advice, empty if it gave none.
    """
    kind = _KINDS.get(decline_code) or _KINDS.get(code) or DeclineKind.DECLINED
    if advice_code == _NEVER_AGAIN and not kind.hard:
        return DeclineKind.METHOD_REFUSED
    return kind
