"""Why can I not? The same answer on the command line as on the page."""

import json

from tests.support.paths import DEMO, DEMO_CATALOGUE


def test_why_says_yes_a_day_or_every_reason_in_both_languages(installation):
    installation.run("import", "catalogue", str(DEMO_CATALOGUE))
    installation.run("import", "book", str(DEMO / "book"))

    assert installation.run("why", "S000001", "reduce_seats") == (
        4,
        "S000001 reduce_seats: unavailable\n"
        "  seats.minimum: At least 1 seat has to stay.\n"
        "    You can fix this: Choose another number; Do not renew\n",
    )
    assert installation.run("why", "S000001", "renew", "--on", "2026-12-02") == (
        0,
        "S000001 renew: available\n",
    )
    assert installation.run("why", "S000003", "renew") == (
        4,
        "S000003 renew: unavailable\n"
        "  payment.method_missing: There is no payment method for it yet.\n"
        "    You can fix this: Add a payment method\n"
        "  renewal.window_not_open: Renewal opens on Tue 25 May 2027.\n"
        "    Nothing needs fixing: The contract manager is reminded by e-mail; Ask for a quote\n",
    )
    code, said = installation.run("why", "S000001", "add_seats", "--lang", "zh-Hant", "--json")
    answer = json.loads(said)
    assert (code, answer["reasons"][0]["code"], answer["reasons"][0]["text"]) == (
        4,
        "region.not_enabled",
        "台灣尚未提供此線上功能。",
    )
    code, said = installation.run("why", "S9", "renew")
    assert (code, said) == (1, "perenne: S9 is not the code or id of a subscription\n")
