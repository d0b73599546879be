"""Errors of renewing."""

from perenne.platform.errors import PerenneError
from perenne.rules.eligibility import Verdict


class RenewalRefusedError(PerenneError):
    """Asked to renew what the verdict refuses, or what somebody else renewed first."""

    code = "renewal.refused"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(refusal.code for refusal in verdict.refusals))
        self.verdict = verdict
