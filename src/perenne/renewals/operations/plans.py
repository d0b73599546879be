"""Append revisions of renewal plans; the subscription then points to the new one."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids
from perenne.renewals.models import PlanRevision


class Revision(Struct, frozen=True, kw_only=True):
    """What shall happen at ``renews_on`` from now on; ``seats`` None means all then owned."""

    company: str
    subscription: str
    revision: int
    renews_automatically: bool
    offer: str
    seats: int | None
    method: str | None
    conflict: str = ""
    campaign: str = ""
    merges: tuple[str, ...] = ()
    merged_into: str | None = None
    aligns_on: date | None = None
    aligns_anchor: int | None = None
    change: str = ""


def append_revisions(revisions: Sequence[Revision], *, decided_on: date, actor: str) -> None:
    """Append them, in the caller's transaction, with the subscriptions locked."""
    copy_in(
        PlanRevision,
        "id company_id subscription_id revision renews_automatically offer_id seats "
        "payment_method_id conflict campaign merges merged_into_id aligns_on aligns_anchor change "
        "decided_on actor".split(),
        (
            (
                identity,
                one.company,
                one.subscription,
                one.revision,
                one.renews_automatically,
                one.offer,
                one.seats,
                one.method,
                one.conflict,
                one.campaign,
                "{" + ",".join(one.merges) + "}",
                one.merged_into,
                one.aligns_on,
                one.aligns_anchor,
                one.change,
                decided_on,
                actor,
            )
            for identity, one in zip(new_ids("pln", len(revisions)), revisions, strict=True)
        ),
    )
