"""The commands of finance, as they type them, on the demo vendor's first day."""

import csv
import json

import pytest

from tests.support.paths import DEMO, DEMO_CATALOGUE


def lines_of(said):
    return [json.loads(line) for line in said.splitlines()]


@pytest.fixture
def first_day(installation):
    """The demo vendor's book with its first day run; what the commands need stays running."""
    with installation.home.in_use():
        installation.run("import", "catalogue", str(DEMO_CATALOGUE))
        installation.run("import", "book", str(DEMO / "book"))
        installation.run("advance", "--days", "1")
        yield installation


def test_finance_keeps_the_books_from_the_command_line(first_day, tmp_path):
    run = first_day.run

    code, said = run("invoices", "list", "--json")
    invoices = lines_of(said)
    assert code == 0
    assert {(one["status"], one["open_minor"]) for one in invoices} == {("paid", 0)}

    statement = tmp_path / "bank.csv"
    statement.write_text(
        "reference,booked_on,amount,currency,payer,text\n"
        f"B1,2026-12-01,1000,TWD,Somebody,again {invoices[0]['number']}\n"
        "B2,2026-12-01,5,TWD,Somebody,hello\n"
    )
    importing = ("payments", "import", str(statement), "--by", "fin", "--json")
    assert json.loads(run(*importing)[1]) == {
        "read": 2,
        "known": 0,
        "nothing_named": 1,
        "number": 1,
    }
    assert json.loads(run(*importing)[1]) == {"read": 2, "known": 2}
    (waiting,) = lines_of(run("payments", "unmatched", "--json")[1])
    assert (waiting["reference"], waiting["amount_minor"]) == ("B2", 500)
    aside = ("payments", "set-aside", waiting["line"], "--reason", "a greeting", "--by", "fin")
    assert run(*aside) == (0, f"Set {waiting['line']} aside.\n")

    code, said = run("invoices", "credit", invoices[0]["number"], "--net", "100", "--by", "fin")
    assert (code, said.splitlines()[0]) == (
        0,
        f"Credit note C-000001 over NT$105 for invoice {invoices[0]['number']}.",
    )
    assert lines_of(run("refunds", "list", "--json")[1]) == []
    code, said = run("reconcile", "--json")
    assert (code, json.loads(said)["differences"]) == (0, [])

    target = tmp_path / "gl.csv"
    exporting = ("export", "gl", "--from", "2026-12-01", "--to", "2026-12-31")
    told = json.loads(run(*exporting, "--out", str(target))[1])
    with target.open(encoding="utf-8", newline="") as file:
        assert told["rows"] == len(list(csv.DictReader(file))) > 0

    closing = ("period", "close", "--through", "2026-12-01", "--region", "TW", "--by", "fin")
    assert run(*closing) == (0, "Closed TW through 2026-12-01.\n")
    assert run(*closing)[0] == 1
    code, said = run("check", "--json")
    assert (code, json.loads(said)["violations"]) == (0, 0)


NOT_THERE = [
    (("unpark", "S999999", "--by", "fin"), "there is no subscription 'S999999'"),
    (("invoices", "void", "R-999999", "--by", "fin"), "there is no invoice 'R-999999'"),
    (("credit", "C99999"), "there is no company 'C99999'"),
    (
        ("refunds", "settle", "rfd_x", "--declined", "--reference", "no", "--by", "fin"),
        "there is no refund 'rfd_x'",
    ),
    (("payments", "match", "bln_x", "--by", "fin"), "there is no bank line 'bln_x'"),
    (
        ("partners", "statement", "P9", "--from", "2026-12-01", "--to", "2026-12-31"),
        "there is no partner 'P9'",
    ),
    (("invoices", "void", "R-000001"), "Missing option '--by'"),
]


def test_what_is_not_there_is_named_in_one_line(installation):
    with installation.home.in_use():
        installation.run("import", "catalogue", str(DEMO_CATALOGUE))
        answers = [(installation.run(*arguments), said) for arguments, said in NOT_THERE]

    for (code, told), said in answers:
        assert code != 0
        assert said in told
        assert "Traceback" not in told
