"""What a quote lifts: a renewal that was quoted is bound to fewer rules than one by hand."""

from dataclasses import dataclass, replace
from datetime import date

from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.eligibility.standing import Standing
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.policy import Policy
from perenne.rules.verdict import Verdict

# Who accepts and whether it is approved is asked of the quote itself, and no window opens for it.
_SETTLED = (why.WindowNotOpen, why.RoleMissing, why.ApprovalRequired)
# Nobody pays while it is only quoted.
_LATER = (why.MethodMissing, why.MethodUnsupported)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTerms:
    """On which terms a renewal is quoted, or bought as quoted.

    ``priced_on`` is the day of issue: its prices hold. ``by_seller`` says that a partner or the
    vendor's staff made it. ``is_accepting`` False asks whether it can be quoted.
    """

    priced_on: date
    by_seller: bool
    is_accepting: bool = False


def quoted_verdict(
    standing: Standing, terms: QuoteTerms, *, policy: Policy, as_of: date
) -> Verdict:
    """The verdict on renewing by hand, without what the quote settles.

    What only its seller renews can be bought on line if the seller has quoted it.

    Source: docs/explanation/quotes.md, «What a quote settles».
    """
    online = standing.renewable_online or terms.by_seller
    verdict = verdict_on(
        Action.RENEW, replace(standing, renewable_online=online), policy=policy, as_of=as_of
    )
    settled = _SETTLED if terms.is_accepting else (*_SETTLED, *_LATER)
    return Verdict(tuple(one for one in verdict.refusals if not isinstance(one, settled)))
