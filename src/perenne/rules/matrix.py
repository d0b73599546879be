"""The permission matrix as data: one row an action, one column a kind of principal.

``✓`` own company, or everything for the vendor's staff · ``a`` only what is assigned to, owned by
or addressed to oneself · ``p`` the partner's or sales person's own customers and contracts · ``g``
on behalf, granted for the case · ``2`` two people · ``!`` confirmed within five minutes · blank:
denied. Raised figures point to the notes. Columns, in this order, are those of ``COLUMNS``.

docs/reference/permissions.md is made from this.
"""

from collections.abc import Mapping

COLUMNS: Mapping[str, str] = {
    "CM": "contract_manager",
    "PY": "payer",
    "AP": "approver",
    "PA": "primary_admin",
    "SA": "secondary_admin",
    "VW": "viewer",
    "NU": "named_user",
    "RP": "partner",
    "RS": "specialist",
    "SL": "sales",
    "VC": "catalogue",
    "VF": "finance",
    "VS": "support",
    "SY": "operator",
    "SC": "scim_token",
    "AK": "api_key",
    "AN": "anybody",
}

MATRIX = """
                           |CM |PY |AP |PA |SA |VW |NU |RP |RS |SL |VC |VF |VS |SY |SC |AK |AN |
account.see                |✓  |✓  |   |✓  |✓  |✓  |a  |p  |p  |p  |   |✓  |g  |   |   |✓  |   |
account.edit               |✓! |   |   |   |   |   |   |   |   |   |   |   |g  |   |   |   |   |
subscriptions.see          |✓  |   |   |✓  |   |✓  |a  |p  |p  |p  |   |✓  |g  |   |   |✓  |   |
calendar.feed              |✓  |   |   |✓  |   |✓  |   |p  |p  |p  |   |   |   |   |   |   |a  |
quote.request              |✓  |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
quote.create               |   |   |   |   |   |   |   |p  |p  |p  |   |   |g  |   |   |   |   |
quote.accept               |✓! |   |   |   |   |   |   |p  |   |   |   |   |   |   |   |   |   |
invoice.pay                |✓! |✓! |   |   |   |   |   |p  |   |   |   |   |   |   |   |   |   |
approval.answer            |   |   |a! |   |   |   |   |   |   |   |   |   |   |   |   |   |a  |
auto_renew.toggle          |✓! |   |   |   |   |   |   |   |g  |g  |   |   |g  |   |   |   |   |
term.change                |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
seats.add                  |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
seats.reduce               |✓  |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
dates.align                |✓! |   |   |   |   |   |   |   |g  |g  |   |   |g  |   |   |   |   |
collection.switch          |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
trade_in.make              |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
business_plan.change       |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
subscription.buy_again     |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
subscription.return        |✓! |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
subscription.change_method |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |
seat.assign                |   |   |   |✓  |✓  |   |   |   |   |   |   |   |g  |   |✓  |   |   |
payment_method.manage      |✓! |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |
invoices.see               |✓  |✓  |   |✓  |   |✓  |   |p  |p  |p  |   |✓  |g  |   |   |✓  |   |
payment_digits.see         |✓  |✓  |   |   |   |   |   |   |   |   |   |✓  |   |   |   |   |   |
refund.request             |✓  |   |   |   |   |   |   |p  |g  |g  |   |   |g  |   |   |   |   |
refund.issue               |   |   |   |   |   |   |   |   |   |   |   |✓! |   |   |   |   |   |
refund.issue_above_limit   |   |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |
ledger.correct             |   |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |
attempt.resolve            |   |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |
contact.make               |✓  |✓  |✓  |✓  |✓  |✓  |✓  |p  |g  |g  |   |   |g  |   |   |   |✓  |
contact.work               |   |   |   |   |   |   |   |p  |p  |p  |   |   |g  |   |   |   |   |
person.invite              |   |   |   |✓  |✓  |   |   |   |   |   |   |   |   |   |✓  |   |   |
role.change                |   |   |   |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |
contract_manager.hand_over |✓! |   |   |2!³|   |   |   |   |   |   |   |   |   |   |   |   |   |
person.deactivate          |   |   |   |✓  |✓  |   |   |   |   |   |   |   |   |   |✓  |   |   |
self.manage                |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |✓! |   |   |   |
sso.configure              |   |   |   |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |
scim_token.manage          |   |   |   |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |
scim.use                   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |✓  |   |   |
api_key.manage             |   |   |   |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |
webhook.replay             |   |   |   |✓  |   |   |   |   |   |   |   |   |g  |   |   |   |   |
usage.see                  |✓  |   |   |✓  |✓  |✓  |a  |p¹ |p  |p  |   |   |g  |   |   |✓  |   |
people.import              |   |   |   |✓  |✓  |   |   |   |   |   |   |   |   |   |   |   |   |
account.export             |   |   |   |✓! |   |✓! |   |   |   |   |   |   |   |   |   |   |   |
audit.see                  |   |   |   |✓  |   |✓  |   |   |   |   |   |   |g  |   |   |   |   |
partner.link               |✓! |   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |   |
partner.customers          |   |   |   |   |   |   |   |p  |   |   |   |   |   |   |   |   |   |
partner.margin             |   |   |   |   |   |   |   |p  |   |   |   |   |   |   |   |   |   |
catalogue.edit             |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |   |
catalogue.publish          |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |   |
person.impersonate         |   |   |   |   |   |   |   |   |   |   |   |   |g! |   |   |   |   |
run.control                |   |   |   |   |   |   |   |   |   |   |   |2  |   |✓! |   |   |   |
run.history                |   |   |   |   |   |   |   |   |   |   |   |✓  |✓  |✓  |   |   |   |
clock.turn                 |   |   |   |   |   |   |   |   |   |   |   |   |   |✓! |   |✓  |   |
book.import                |   |   |   |   |   |   |   |   |   |   |   |2! |   |   |   |   |   |
account.park               |   |   |   |   |   |   |   |   |   |   |   |✓  |✓  |   |   |   |   |
jobs.see                   |   |   |   |   |   |   |   |   |   |   |   |✓  |✓  |✓  |   |   |   |
person.erase               |   |   |   |✓! |   |   |a! |   |   |   |   |2  |g  |   |   |   |   |
mail.preferences           |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |   |   |   |   |   |   |   |   |a  |
sign_in                    |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |✓  |   |   |✓  |"""

# What each row is called, for people.
ACTIONS: Mapping[str, str] = {
    "account.see": "see account overview",
    "account.edit": "edit account name/tax data",
    "subscriptions.see": "list subscriptions, terms",
    "calendar.feed": "calendar feed",
    "quote.request": "request renewal quote",
    "quote.create": "create quote",
    "quote.accept": "accept quote",
    "invoice.pay": "pay a given invoice or quote",
    "approval.answer": "approve/decline what is addressed to them",
    "auto_renew.toggle": "toggle auto-renew",
    "term.change": "change term length",
    "seats.add": "add seats (pro-rata buy)",
    "seats.reduce": "reduce seats at renewal",
    "dates.align": "align dates",
    "collection.switch": "switch to collection",
    "trade_in.make": "trade-in",
    "business_plan.change": "business plan",
    "subscription.buy_again": "buy again",
    "subscription.return": "return/cancel",
    "subscription.change_method": "change payment method of subscriptions",
    "seat.assign": "assign/unassign seat",
    "payment_method.manage": "manage payment method (redirect)",
    "invoices.see": "see invoices / PDF",
    "payment_digits.see": "see payment tail digits",
    "refund.request": "request refund",
    "refund.issue": "issue refund / credit ≤ limit",
    "refund.issue_above_limit": "… above limit",
    "ledger.correct": "write-off, manual ledger txn",
    "attempt.resolve": "resolve `unknown` by hand",
    "contact.make": "contact request: make",
    "contact.work": "contact request: work",
    "person.invite": "invite user",
    "role.change": "grant/revoke role",
    "contract_manager.hand_over": "hand over contract-manager role",
    "person.deactivate": "deactivate user",
    "self.manage": "own profile, MFA, sessions",
    "sso.configure": "configure SSO (OIDC/SAML)",
    "scim_token.manage": "create/rotate SCIM token",
    "scim.use": "SCIM Users/Groups CRUD",
    "api_key.manage": "create API key / webhook endpoint",
    "webhook.replay": "replay webhook delivery",
    "usage.see": "usage reports, report API",
    "people.import": "import users CSV",
    "account.export": "export account data",
    "audit.see": "audit log (own account)",
    "partner.link": "link / unlink partner",
    "partner.customers": "partner: customer list, opportunities",
    "partner.margin": "partner: set own margin/quote",
    "catalogue.edit": "catalogue, price list edit",
    "catalogue.publish": "publish price/promo",
    "person.impersonate": "impersonate (read-only, banner)",
    "run.control": "run/pause renewal batch",
    "run.history": "run history",
    "clock.turn": "test clock (sandbox company only)",
    "book.import": "import book by staff",
    "account.park": "park/unpark account",
    "jobs.see": "see job queue, health, no PII",
    "person.erase": "erase person / close account",
    "mail.preferences": "mail preferences",
    "sign_in": "login, SSO callback, reset",
}

NOTES: Mapping[str, str] = {
    "¹": "Only if the customer shares its usage with the partner.",
    "³": "Only to name a contract manager when none is left, by two primary administrators.",
}
