"""A bank statement is taken in whole or not at all, and a second time without effect."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from perenne.billing.bank import unmatched_lines
from perenne.billing.bank_models import BankLine, BankStatement
from perenne.importing.bank_statement import COLUMNS, import_statement
from perenne.importing.errors import ImportRefusedError
from perenne.platform.models import JournalEntry
from perenne.platform.occasion import Occasion
from tests.support.builders import the_demo_catalogue
from tests.support.paths import ROOT

OCCASION = Occasion(date(2026, 12, 10), "staff:fin", datetime(2026, 12, 10, 12, tzinfo=UTC))
HEADER = "reference,booked_on,amount,currency,payer,text\n"
LINES = (
    "B1,2026-12-08,420.00,USD,Atelier Nord,Invoice R-000012\n"
    "B2,2026-12-09,-12.50,USD,Bank,fee\n"
    'B3,2026-12-09,37730,TWD,和泰工程,"訂閱, 續約"\n'
)


@pytest.fixture
def taken_in(db, tmp_path):
    """Take a statement with these lines in."""
    the_demo_catalogue()

    def taking(content=HEADER + LINES, *, file="bank.csv", account="main", encoding="utf-8"):
        path = tmp_path / file
        path.write_bytes(content.encode(encoding))
        return import_statement(path, account=account, encoding=encoding, occasion=OCCASION)

    return taking


def refused(taken_in, content, **given):
    with pytest.raises(ImportRefusedError) as error:
        taken_in(content, **given)
    assert BankStatement.objects.count() == 0
    return str(error.value).splitlines()[:-1]


def test_what_a_statement_says_is_kept_as_it_is(taken_in):
    done = taken_in()

    assert (done.read, done.known, len(done.received)) == (3, 0, 2)
    kept = BankLine.objects.order_by("line").values_list(
        "line", "reference", "amount_minor", "currency", "payer", "text"
    )
    assert list(kept) == [
        (2, "B1", 42000, "USD", "Atelier Nord", "Invoice R-000012"),
        (3, "B2", -1250, "USD", "Bank", "fee"),
        (4, "B3", 3773000, "TWD", "和泰工程", "訂閱, 續約"),
    ]
    assert [line.told.reference for line in unmatched_lines()] == ["B1", "B3"]


def test_the_same_file_again_changes_nothing(taken_in):
    taken_in()
    told = JournalEntry.objects.count()

    again = taken_in()
    renamed = taken_in(file="again.csv")

    assert {(one.read, one.known, one.received) for one in (again, renamed)} == {(3, 3, ())}
    assert (BankStatement.objects.count(), BankLine.objects.count()) == (1, 3)
    assert JournalEntry.objects.count() == told


def test_a_statement_that_overlaps_brings_only_its_new_lines(taken_in):
    taken_in()

    more = taken_in(HEADER + LINES + "B4,2026-12-10,1.00,USD,,\n", file="more.csv")

    assert (more.read, more.known) == (4, 3)
    assert BankLine.objects.count() == 4


def test_another_account_counts_for_itself(taken_in):
    taken_in()

    assert taken_in(account="second").known == 0
    assert BankLine.objects.count() == 6


def test_a_line_that_the_bank_changed_is_refused(taken_in):
    taken_in()

    with pytest.raises(ImportRefusedError, match="a bank line never changes"):
        taken_in(HEADER + LINES.replace("420.00", "421.00"), file="changed.csv")
    assert BankLine.objects.count() == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",2026-12-08,1.00,USD,,", "bank.csv:2: reference: is empty; it is required"),
        (
            "B1,2026-13-08,1.00,USD,,",
            "bank.csv:2: booked_on: “2026-13-08” is not in the calendar: 2026 has no such day",
        ),
        (
            "B1,116/01/05,1.00,USD,,",
            "bank.csv:2: booked_on: “116/01/05” looks like a year of the Republic; "
            "write 2027-01-05",
        ),
        *(
            (
                f'B1,2026-12-08,"{bad}",USD,,',
                f"bank.csv:2: amount: “{bad}” is not an amount like 467.00, "
                "or -12.50 for money that went out",
            )
            for bad in ("1,000.00", "+5", "1e3", "１０", "NaN", "--5", "5.", "007")
        ),
        (
            "B1,2026-12-08,1.005,USD,,",
            "bank.csv:2: amount: “1.005” has more than 2 decimals",
        ),
        ("B1,2026-12-08,1.5,JPY,,", "bank.csv:2: amount: “1.5” has more than 0 decimals"),
        ("B1,2026-12-08,0.00,USD,,", "bank.csv:2: amount: “0.00” is nothing; leave the line out"),
        (
            "B1,2026-12-08,1.00,XXX,,",
            "bank.csv:2: currency: “XXX” is no currency of a region: EUR, JPY, KWD, TWD, USD",
        ),
        (
            "B1,2026-12-08,1.00,USD,,a\u202eb",
            "bank.csv:2: text: “a\\u202eb” has characters that turn the reading direction; "
            "remove them",
        ),
        ("B1,2026-12-08,1.00,USD,", "bank.csv:2: has 5 cells, the header has 6"),
    ],
)
def test_every_mistake_has_its_place_and_remedy(taken_in, line, said):
    assert refused(taken_in, f"{HEADER}{line}\n") == [said]


def test_all_mistakes_are_told_at_once_and_a_reference_stands_once(taken_in):
    assert refused(
        taken_in,
        HEADER + "B1,2026-12-08,1.00,USD,,\nB1,2026-12-08,2.00,USD,,\nB3,yesterday,x,USD,,\n",
    ) == [
        "bank.csv:3: reference: “B1” stands in line 2 already; the bank gives it once",
        "bank.csv:4: amount: “x” is not an amount like 467.00, or -12.50 for money that went out",
        "bank.csv:4: booked_on: “yesterday” is not a date like 2026-12-01",
    ]


def test_a_file_in_big5_is_read_when_it_says_so(taken_in):
    assert taken_in(encoding="cp950").read == 3
    assert BankLine.objects.get(reference="B3").payer == "和泰工程"


def test_an_encoding_that_nobody_knows_is_named(taken_in, tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text(HEADER)

    with pytest.raises(ImportRefusedError, match="is not an encoding: try big5"):
        import_statement(path, account="main", encoding="klingon", occasion=OCCASION)


def test_the_format_is_in_the_reference():
    page = (ROOT / "docs" / "reference" / "bank-statements.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE) == list(COLUMNS)
