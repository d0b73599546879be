"""Quotes from the command line, on the demo vendor's book."""

import csv
import json

import pytest

from tests.support.paths import DEMO, DEMO_CATALOGUE


@pytest.fixture
def vendor(installation):
    """The demo vendor's book; what the commands need stays running."""
    with installation.home.in_use():
        installation.run("import", "catalogue", str(DEMO_CATALOGUE))
        installation.run("import", "book", str(DEMO / "book"))
        yield installation


def rows(name):
    with (DEMO / "book" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_renewable_pair():
    """A subscription that its company can renew by card on line, and that company's manager."""
    contracts = {one["contract"]: one for one in rows("contracts")}
    cards = {
        one["payment_method"]
        for one in rows("payment_methods")
        if one["kind"] == "card" and one["last4"] == "4242" and one["valid_through"] > "2028"
    }
    managers = {
        one["company"]: one["person"] for one in rows("people") if one["role"] == "contract_manager"
    }
    for one in rows("subscriptions"):
        contract = contracts[one["contract"]]
        is_usual = one["next_term_months"] == one["term_months"] == "12"
        is_ours = contract["channel"] == "online" and one["access"] == "named_user"
        if is_usual and is_ours and one["payment_method"] in cards and one["renews_on"] > "2027":
            return one["subscription"], managers[contract["company"]]
    raise AssertionError("the demo has such a subscription")


def test_a_quote_is_made_sent_printed_and_accepted(vendor, tmp_path):
    run = vendor.run
    subscription, manager = a_renewable_pair()

    code, said = run("quotes", "create", subscription, "--by", manager, "--months", "12")
    assert code == 0
    number = said.split()[0]
    assert "draft" in said
    assert run("quotes", "pdf", number, "A", "-o", str(tmp_path / "x.pdf"))[0] == 1

    assert run("quotes", "send", number, "--by", manager)[0] == 0
    pdf = tmp_path / "quote.pdf"
    assert run("quotes", "pdf", number, "A", "-o", str(pdf), "--lang", "en")[0] == 0
    assert pdf.read_bytes().startswith(b"%PDF")
    (open_one,) = [json.loads(one) for one in run("quotes", "list", "--json")[1].splitlines()]
    assert (open_one["number"], open_one["state"]) == (number, "open")

    again = run("quotes", "create", subscription, "--by", manager, "--months", "36")[1].split()[0]
    assert run("quotes", "send", again, "--by", manager)[0] == 4
    assert run("quotes", "accept", number, "A", "--amount", "1", "--by", manager)[0] == 5
    assert run("quotes", "send", number, "--by", "nobody")[0] == 1
