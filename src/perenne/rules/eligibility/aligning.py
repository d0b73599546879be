"""Whether a subscription has another one with which its renewal day can be made one."""

from collections.abc import Sequence

from perenne.rules import refusals as why
from perenne.rules.eligibility.standing import Peer, Standing
from perenne.rules.refusals import Refusal


def align_refusals(standing: Standing) -> list[Refusal]:
    """The reasons that lie in the subscription and its peers.

    Groups are of one company, term length and payment method, and were sold on line.

    Source: docs/explanation/alignment.md, «Groups».
    """
    if not standing.sold_online:
        return [why.AlignNotSelfService()]
    peers = [peer for peer in standing.peers if peer.sold_online]
    if not peers:
        return [why.OnlyOne()]
    group = [peer for peer in peers if _pays_alike(peer, standing)]
    if any(peer.renews_on != standing.term.renews_on and peer.may_move for peer in group):
        return []
    if any(peer.may_move for peer in group):
        return [why.DatesEqual(standing.term.renews_on)]
    return _nearly(standing, peers)


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
