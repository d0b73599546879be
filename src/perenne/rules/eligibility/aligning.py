"""Whether a subscription has another one with which its renewal day can be made one."""

from collections.abc import Sequence

from perenne.rules import refusals as why
from perenne.rules.eligibility.standing import Peer, Standing
from perenne.rules.plans import PlanProblem
from perenne.rules.refusals import Refusal


def align_refusals(standing: Standing) -> list[Refusal]:
    """The reasons that lie in the subscription and its peers.

    Groups are of one company, term length and payment method, and were sold on line.

    Source: docs/explanation/alignment.md, «Groups».
    """
    if not standing.sold_online:
        return [why.AlignNotSelfService()]
    if standing.term_begins_on is not None:
        return [why.TermNotBegun(standing.term_begins_on)]
    peers = [peer for peer in standing.peers if peer.sold_online]
    if not peers:
        return [why.OnlyOne()]
    group = [peer for peer in peers if _pays_alike(peer, standing)]
    apart = [peer for peer in group if peer.may_move and _is_apart(peer, standing)]
    if apart:
        return _unmoved(standing, apart)
    if any(peer.may_move for peer in group):
        return [why.DatesEqual(standing.term.renews_on)]
    return _nearly(standing, peers)


def stretch_refusals(standing: Standing) -> list[Refusal]:
    """Why it cannot last longer than it does: what is no longer sold is not stretched either.

    Source: docs/explanation/alignment.md, «Stretching».
    """
    if standing.stretch_problem is None:
        return []
    if standing.stretch_problem is PlanProblem.OFFER_RETIRED:
        return [why.OfferRetired(standing.retired_on, standing.successor_access)]
    return [why.PriceMissing(str(standing.offer), standing.region)]


def _is_apart(peer: Peer, standing: Standing) -> bool:
    return peer.renews_on != standing.term.renews_on


def _unmoved(standing: Standing, apart: Sequence[Peer]) -> list[Refusal]:
    """One of two has to last longer: this one, or another that ends before it."""
    is_latest = any(peer.extends and peer.renews_on < standing.term.renews_on for peer in apart)
    if is_latest:
        return []
    if all(peer.renews_on < standing.term.renews_on for peer in apart):
        return [why.OnlyOne()]
    return stretch_refusals(standing)


def _pays_alike(peer: Peer, standing: Standing) -> bool:
    return peer.months == standing.months and peer.method == standing.method


def _nearly(standing: Standing, peers: Sequence[Peer]) -> list[Refusal]:
    """What keeps the nearest peers apart: the term length, the payment method, or both."""
    if any(_pays_alike(peer, standing) for peer in peers):
        # Those that pay alike have a change of their own pending.
        return [why.OnlyOne()]
    same_term = any(peer.months == standing.months for peer in peers)
    same_method = [peer for peer in peers if peer.method == standing.method]
    found: list[Refusal] = []
    if same_method or not same_term:
        found.append(why.TermDiffers(standing.months, (same_method or peers)[0].months))
    if same_term or not same_method:
        found.append(why.PaymentDiffers())
    return found
