"""The worked tables of docs/explanation/money.md are what the rules answer."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import pytest

from perenne.rules.bank_matching import BankMoney, Match, Payable, match_money, payer_key
from perenne.rules.calendar import Period
from perenne.rules.credit_notes import LineSums, credited_amount, credited_seats
from perenne.rules.filling import fill
from perenne.rules.lifecycle import (
    StageFacts,
    access_on,
    is_overdue,
    last_renewable_day,
    stage_on,
)
from perenne.rules.partners import partner_earns, resale_net
from perenne.rules.receivables import InvoiceSums, invoice_status
from perenne.rules.revenue import earned_through, reversed_parts, to_release
from perenne.rules.trace import recompute
from perenne.rules.transfers import transfer_last_day
from perenne.rules.voiding import VoidFacts, void_problem
from tests.rules.policies import GRACEFUL, PLAIN
from tests.rules.tables import table
from tests.support.paths import EXPLANATION

POLICIES = {"none": PLAIN, "graceful": GRACEFUL}
LINE = LineSums(net_minor=3969000, tax_minor=198500)


def day(text):
    return date.fromisoformat(text)


def maybe_day(text):
    return None if text == "–" else day(text)


def amounts(text):
    return tuple(int(part) for part in text.split(","))


@pytest.mark.parametrize("row", table("money", "Status of an invoice"), ids=str)
def test_status_of_an_invoice(row):
    sums = InvoiceSums(
        gross_minor=42000,
        paid_minor=int(row["paid"]),
        credit_used_minor=int(row["credit used"]),
        credited_minor=int(row["credited"]),
        given_back_minor=int(row["given back"]),
    )

    status = invoice_status(sums, due_on=date(2027, 1, 9), as_of=day(row["day"]))

    assert (sums.open_minor, status) == (int(row["open"]), row["status"])


@pytest.mark.parametrize("row", table("money", "Overdue invoices"), ids=str)
def test_overdue_invoices(row):
    facts = StageFacts(
        renews_on=date(2027, 12, 10),
        months=12,
        tries_automatically=True,
        plan_conflicted=False,
        open_attempt=False,
        imported_as_of=None,
        ended_on=None,
        unpaid_due_on=maybe_day(row["unpaid, due on"]),
    )
    as_of = day(row["day"])
    asked = {"as_of": as_of, "finished_through": as_of, "policy": PLAIN}

    assert is_overdue(facts, as_of=as_of) is (row["overdue"] == "yes")
    assert (stage_on(facts, **asked), access_on(facts, **asked)) == (row["stage"], row["access"])


@pytest.mark.parametrize("row", table("money", "Paying an invoice"), ids=str)
def test_paying_an_invoice(row):
    parts = fill(int(row["money"]), amounts(row["open"]))

    assert parts == amounts(row["gets"])
    assert int(row["money"]) - sum(parts) == int(row["left"])


def the_payables():
    """What the page says is open, read from its words."""
    text = (EXPLANATION / "money.md").read_text(encoding="utf-8")
    sentence = next(line for line in text.splitlines() if line.startswith("Open are "))
    owed = re.findall(r"(R-\d{6}|PT\w{8}) of ([A-Z][\w ]+?) over ([\d,]+)", sentence)
    both = re.search(r"(R-\d{6}) and (R-\d{6}) of (\w+), each over ([\d,]+)", sentence)
    owed += [(both[n], both[3], both[4]) for n in (1, 2)]
    assert len(owed) == 5
    return [
        Payable(
            id=name,
            is_transfer=name.startswith("PT"),
            name=name,
            currency="USD",
            open_minor=int(amount.replace(",", "")),
            due_on=date(2027, 1, 9),
            holder=company,
            payers=frozenset({payer_key(company)}),
        )
        for name, company, amount in owed
    ]


@pytest.mark.parametrize("row", table("money", "Bank statements"), ids=str)
def test_bank_statements(row):
    money = BankMoney(
        amount_minor=int(row["amount"]),
        currency="USD",
        payer=row["sender"],
        text="" if row["text"] == "–" else row["text"],
    )

    found = match_money(money, the_payables())

    is_for = [one.name for one in found.payables] if isinstance(found, Match) else [found]
    assert is_for == row["is for"].split()


@pytest.mark.parametrize("row", table("money", "Bank transfers", nth=0), ids=str)
def test_until_when_a_change_is_reserved(row):
    assert transfer_last_day(
        day(row["reserved on"]),
        transfer_days=int(row["days"]),
        last_renewable_day=day(row["last renewable day"]),
    ) == day(row["last day"])


@pytest.mark.parametrize("row", table("money", "Bank transfers", nth=1), ids=str)
def test_the_last_renewable_day(row):
    assert last_renewable_day(
        date(2026, 12, 10),
        months=int(row["months"]),
        tries_automatically=row["automatic"] == "yes",
        policy=POLICIES[row["policy"]],
    ) == day(row["last renewable day"])


def credited_of(row):
    return LineSums(net_minor=int(row["credited net"]), tax_minor=int(row["credited tax"]))


@pytest.mark.parametrize("row", table("money", "Credit notes", nth=0), ids=str)
def test_credits_of_seats(row):
    back, sold = (int(number) for number in row["seats back"].split(" of "))

    credit = credited_seats(
        LINE, credited_of(row), seats_sold=sold, seats_back=back, step_minor=100
    )

    assert recompute(credit.trace) == credit.sums.net_minor == int(row["credit net"])
    assert recompute(credit.tax_trace) == credit.sums.tax_minor == int(row["credit tax"])


@pytest.mark.parametrize("row", table("money", "Credit notes", nth=1), ids=str)
def test_credits_of_amounts(row):
    amount = int(row["amount"])

    credit = credited_amount(LINE, credited_of(row), net_minor=amount, step_minor=100)

    assert recompute(credit.trace) == credit.sums.net_minor == amount
    assert recompute(credit.tax_trace) == credit.sums.tax_minor == int(row["credit tax"])


@pytest.mark.parametrize("row", table("money", "Voiding"), ids=str)
def test_voiding(row):
    facts = VoidFacts(
        kind=row["sold"],
        starts_on=maybe_day(row["term from"]),
        renews_on=maybe_day(row["until"]),
        is_reversed=False,
        subscription_renews_on=day(row["renews on"]),
        has_ended=row["ended"] == "yes",
        has_open_attempt=row["under way"] == "yes",
    )

    problem = void_problem(facts, as_of=date(2027, 1, 20))

    assert (problem or ("credited" if facts.has_ended else "expires")) == row["answer"]


@pytest.mark.parametrize("row", table("money", "Revenue by day", nth=0), ids=str)
def test_revenue_by_day(row):
    covers = Period(date(2026, 12, 10), date(2027, 12, 10))
    asked = {"through": day(row["through"]), "step_minor": 1}

    assert earned_through(42000, covers, **asked) == int(row["earned"])
    assert to_release(42000, int(row["released before"]), covers, **asked) == int(
        row["released now"]
    )


@pytest.mark.parametrize("row", table("money", "Revenue by day", nth=1), ids=str)
def test_what_a_credit_takes_back(row):
    assert reversed_parts(int(row["credited"]), unreleased_minor=int(row["not released"])) == (
        int(row["from deferred"]),
        int(row["from revenue"]),
    )


@pytest.mark.parametrize("row", table("money", "Partners"), ids=str)
def test_partners(row):
    net, policy, step = int(row["net"]), Fraction(row["policy"]), int(row["step"])
    is_agency = row["model"] == "agency"

    earned = partner_earns(net, share=policy, step_minor=step) if is_agency else 0
    invoiced = net if is_agency else resale_net(net, discount=policy, step_minor=step)

    assert (earned, invoiced) == (int(row["partner earns"]), int(row["invoiced"]))
