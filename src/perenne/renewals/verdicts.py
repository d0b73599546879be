"""Put the facts of a subscription before the rule that says whether it may be renewed by hand."""

from datetime import date

from perenne.accounts.queries import Member
from perenne.catalog.queries import policy_for, regions
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.pricing import Pricer
from perenne.rules.eligibility import RenewalFacts as Asked
from perenne.rules.eligibility import Verdict, may_renew
