"""Which function prepares which wish, and which subscriptions it has to look at and lock."""

from collections.abc import Sequence
from typing import assert_never

from perenne.platform.bulk import select
from perenne.renewals.changes import wishes
from perenne.renewals.changes.adding import prepare_add_seats
from perenne.renewals.changes.aligning import prepare_align
from perenne.renewals.changes.bought import bought_last, comes_back_with
from perenne.renewals.changes.buying import prepare_business_plan, prepare_buy_again
from perenne.renewals.changes.moving import prepare_switch, prepare_trade_in
from perenne.renewals.changes.partners import prepare_change_partner
from perenne.renewals.changes.planning import (
    prepare_auto_renew,
    prepare_change_term,
    prepare_payment_method,
    prepare_reduce_seats,
)
from perenne.renewals.changes.preparing import Prepared, Situation
from perenne.renewals.changes.renewing import prepare_renewal
from perenne.renewals.changes.returning import prepare_return
from perenne.renewals.changes.wishes import Wish


def prepare(wish: Wish, situation: Situation) -> Prepared:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    """Make a wish ready: verdicts, and what would be sold, planned and done.

    Raises:
        InvalidChoicesError: if the choices do not fit the subscriptions.
    """
    match wish:
        case wishes.Renew():
            return prepare_renewal(wish, situation)
        case wishes.AutoRenew():
            return prepare_auto_renew(wish, situation)
        case wishes.ChangeTerm():
            return prepare_change_term(wish, situation)
        case wishes.AddSeats():
            return prepare_add_seats(wish, situation)
        case wishes.ReduceSeats():
            return prepare_reduce_seats(wish, situation)
        case wishes.Align():
            return prepare_align(wish, situation)
        case wishes.Switch():
            return prepare_switch(wish, situation)
        case wishes.TradeIn():
            return prepare_trade_in(wish, situation)
        case wishes.BusinessPlan():
            return prepare_business_plan(wish, situation)
        case wishes.PayWith():
            return prepare_payment_method(wish, situation)
        case wishes.BuyAgain():
            return prepare_buy_again(wish, situation)
        case wishes.Return():
            return prepare_return(wish, situation)
        case wishes.ChangePartner():
            return prepare_change_partner(wish, situation)
        case _ as unknown:
            assert_never(unknown)


_PLANS = """
select s.id from subscriptions_subscription s
join subscriptions_subscription asked on asked.company_id = s.company_id
join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on and t.reversed_by is null
join catalog_offer o on o.id = t.offer_id
join catalog_product d on d.code = o.product_id and d.kind = 'plan'
where asked.id = any(%s) and s.ended_on is null
"""


def subjects_of(wish: Wish) -> Sequence[str]:
    """The subscriptions that a wish looks at: its own, and those that move along with them.

    That is the plan that a plan adds to, and what comes back together.
    """
    found = list(wish.subscriptions)
    if isinstance(wish, wishes.Return):
        back = comes_back_with([one for subject in found for one in bought_last(subject)])
        found += [one for one in back if one not in found]
    if isinstance(wish, wishes.BusinessPlan):
        found += [row["id"] for row in select(_PLANS, [found]) if row["id"] not in found]
    return found
