"""The demo's two policies, as rules know them."""

from datetime import date

from perenne.rules.policy import PolicyRecord, policy_for

SETTINGS = {
    "renewal_window_opens_days": 90,
    "renewal_share": {"1": "1", "default": "9/10"},
    "add_seats_offers": "all",
    "reminder_days": [90, 60, 30, 15, 7, 1],
    "stages_after_end": [],
    "payment_retry_days": [0, 1, 3, 5, 7],
    "payment_grace_days": 7,
    "quote_hold_days": 7,
    "transfer_days": 14,
    "return_window_days": {"1": 15, "default": 30},
    "switch_overlap_days": 30,
    "calculation": "exact_fraction",
}
STAGES = [
    {
        "stage": "grace",
        "days": 15,
        "access": "full",
        "renewable": True,
        "price_class": "renewal",
    },
    {
        "stage": "suspended",
        "days": {"1": 15, "default": 30},
        "access": "none",
        "renewable": True,
        "price_class": "renewal",
    },
]
DEFAULT = PolicyRecord("default", "", {}, date(2020, 1, 1), SETTINGS)
IN_JAPAN = PolicyRecord(
    "graceful", "default", {"region": ["JP"]}, date(2020, 1, 1), {"stages_after_end": STAGES}
)
RECORDS = (DEFAULT, IN_JAPAN)
DAY = date(2026, 12, 1)
PLAIN = policy_for(RECORDS, region="US", channel="online", months=12, on=DAY)
GRACEFUL = policy_for(RECORDS, region="JP", channel="online", months=12, on=DAY)
