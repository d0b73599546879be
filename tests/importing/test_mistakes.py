"""Every mistake is named with file, line, column, value and remedy; nothing is written."""

from datetime import date

import pytest

from perenne.importing.errors import ImportRefusedError
from tests.importing.conftest import BOOK

SUBSCRIPTIONS = "subscriptions"

# file, line, cells to put, what is said (after "FILE.csv:LINE: ")
MISTAKES = [
    ("companies", 2, {"region": "XX"}, "region: “XX” is unknown: no such region"),
    ("companies", 2, {"country": "TW"}, "country: “TW” is unknown or not in region EU"),
    ("companies", 2, {"country": "ZZ"}, "country: “ZZ” is unknown or not in region EU"),
    ("companies", 2, {"locale": "fr"}, "locale: “fr” is not one of the vendor's: en, zh-Hant"),
    ("companies", 2, {"kind": "shop"}, "kind: “shop” is none of business, consumer"),
    ("companies", 3, {"company": "C1"}, "company: “C1” stands twice, first in line 2"),
    ("companies", 2, {"name": ""}, "name: is empty; it is required"),
    (
        "companies",
        2,
        {"name": "\u3000 "},
        "name: “\\u3000 ” is only white space; write something or leave it empty",
    ),
    (
        "companies",
        2,
        {"name": "Acme\u202e"},
        "name: “Acme\\u202e” has characters that turn the reading direction; remove them",
    ),
    (
        "companies",
        2,
        {"name": "A\u0007B"},
        "name: “A\\x07B” has control characters; remove them",
    ),
    ("companies", 2, {"name": "x" * 201}, f"name: “{'x' * 80}…” is longer than 200 characters"),
    ("people", 2, {"company": "C9"}, "company: “C9” is unknown: no such company"),
    (
        "people",
        2,
        {"email": "a@x.example\nBcc: b@y.example"},
        "email: “a@x.example\\nBcc: b@y.example” has a line break, which would add mail headers; "
        "remove it",
    ),
    *(
        (
            "people",
            2,
            {"email": bad},
            f"email: “{bad}” is not an e-mail address like ana@example.com",
        )
        for bad in ("a@b@c.example", "ana", "a b@c.example", "a@c.example.", "a,b@c.example")
    ),
    (
        "people",
        3,
        {"email": "ANA@c1.example"},
        "email: “ANA@c1.example” is used by two people of the company",
    ),
    ("people", 3, {"person": "U1"}, "person: “U1” stands twice with other values, first in line 2"),
    (
        "people",
        2,
        {"role": "boss"},
        "role: “boss” is none of contract_manager, payer, approver, primary_admin, "
        "secondary_admin, viewer, named_user",
    ),
    (
        "payment_methods",
        2,
        {"valid_through": "05/27"},
        "valid_through: “05/27” is not a month like 2027-05",
    ),
    (
        "payment_methods",
        2,
        {"valid_through": ""},
        "valid_through: is empty; a card needs its last valid month",
    ),
    ("contracts", 4, {"partner": "P9"}, "partner: “P9” is unknown: no such partner"),
    (
        "contracts",
        4,
        {"partner": ""},
        "partner: is empty; a partner's contract names the partner",
    ),
    (
        "contracts",
        3,
        {"sales_person": "nobody"},
        "sales_person: “nobody” is unknown: no such member of staff",
    ),
    (SUBSCRIPTIONS, 2, {"product": "NOPE"}, "product: “NOPE” is unknown: no such product"),
    (
        SUBSCRIPTIONS,
        2,
        {"next_term_months": "24"},
        "next_term_months: “24” is not an offer of the catalogue: LT/named_user/24",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"payment_method": "M2"},
        "payment_method: “M2” belongs to company C2, the contract to C1",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"payment_method": "M9"},
        "payment_method: “M9” is unknown: no such payment method",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"renews_on": "2027-03-30"},
        "renews_on: “2027-03-30” does not follow from start, anchor and length: "
        "that gives 2027-03-31",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"anchor_day": "30"},
        "starts_on: “2026-03-31” is not on the anchor day 30 of its month",
    ),
    *(
        (
            SUBSCRIPTIONS,
            2,
            {"seats": bad},
            f"seats: “{bad}” is not a number of seats: write 1 to 999999 in plain digits",
        )
        for bad in (
            "0",
            "-1",
            "1_000",
            "１０",
            "٣",
            "+5",
            "10.0",
            "1e3",
            "007",
            "1000000",
            "9" * 50,
        )
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"starts_on": "115/03/31"},
        "starts_on: “115/03/31” looks like a year of the Republic; write 2026-03-31",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"starts_on": "２０２６-０３-３１"},
        "starts_on: “２０２６-０３-３１” has full-width digits; write plain ones like 2026-12-01",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"starts_on": "2027-02-29"},
        "starts_on: “2027-02-29” is not in the calendar: 2027 has no such day",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"starts_on": "9999-12-31"},
        "starts_on: “9999-12-31” is not between 1990 and 2199",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"starts_on": "01/02/03"},
        "starts_on: “01/02/03” is not a date like 2026-12-01",
    ),
    (
        SUBSCRIPTIONS,
        2,
        {"renews_automatically": "true"},
        "renews_automatically: “true” is none of yes, no",
    ),
    ("assignments", 2, {"person": "U9"}, "person: “U9” is unknown: no such person"),
    (
        "assignments",
        3,
        {"person": "U3"},
        "person: “U3” is of company C2, the subscription of C1",
    ),
    ("assignments", 3, {"person": "U1"}, "person: “U1” holds a seat of S1 twice"),
]


@pytest.mark.parametrize(("name", "line", "cells", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_remedy(book, rows_written, name, line, cells, said):
    book.put(name, line, **cells)

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    lines = {str(problem) for problem in refused.value.problems}
    places = {f"{name}.csv:{line}: {said}", f"{name}.csv:{line + 1}: {said}"}
    assert lines & places, lines
    assert rows_written() == 0


def test_more_assignments_than_seats(book):
    book.put(SUBSCRIPTIONS, 2, seats="1", next_seats="1")

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    assert [str(problem) for problem in refused.value.problems] == [
        "assignments.csv:3: subscription: “S1” has 1 seats; this is assignment 2"
    ]


def test_all_mistakes_come_at_once_and_in_order(book):
    book.put("companies", 2, kind="shop")
    book.put("people", 2, locale="fr-FR!")
    book.put(SUBSCRIPTIONS, 2, seats="0", starts_on="x")

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    places = [(one.file, one.line, one.column) for one in refused.value.problems]
    assert places == [
        ("companies.csv", 2, "kind"),
        ("people.csv", 2, "locale"),
        ("subscriptions.csv", 2, "seats"),
        ("subscriptions.csv", 2, "starts_on"),
    ]
    assert str(refused.value).endswith("4 mistakes; nothing was imported")


def test_a_thousand_mistakes_are_counted_and_the_first_are_shown(book):
    lines = "".join(f"X{n},C1,N,n{n}@c1.example,boss,en\n" for n in range(1000))
    book.write("people", BOOK["people"] + lines)

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    assert (refused.value.count, len(refused.value.problems)) == (1000, 200)
    assert "… and 800 more" in str(refused.value)


FILES = [
    ("people", b"", "people.csv:1: has no header line"),
    (
        "people",
        BOOK["people"].replace("email", "mail").encode(),
        "people.csv:1: mail: is not a column of this file",
    ),
    (
        "people",
        BOOK["people"].replace(",", ";").encode(),
        "is not separated by commas; save it as CSV",
    ),
    ("people", BOOK["people"].encode("utf-16"), "people.csv:1: is UTF-16; save it as CSV UTF-8"),
    (
        "people",
        BOOK["people"].replace("Ana", '"Ana').encode(),
        "a quotation mark is opened and never closed",
    ),
    (
        "people",
        BOOK["people"].replace("Ana", "A\0na").encode(),
        "people.csv:2: has a NUL byte; remove it",
    ),
    (
        "people",
        BOOK["people"].replace(",en\n", ",en,more\n", 1).encode(),
        "has 7 cells, the header has 6",
    ),
    (
        "companies",
        BOOK["companies"].encode("utf-8").replace("和泰工程".encode(), "和泰工程".encode("cp950")),
        "companies.csv:3: is not utf-8: byte 0xa9 at position 4",
    ),
]


@pytest.mark.parametrize(("name", "content", "said"), FILES)
def test_a_file_of_the_wrong_form_is_explained(book, rows_written, name, content, said):
    (book.directory / f"{name}.csv").write_bytes(content)

    with pytest.raises(ImportRefusedError, match="nothing was imported") as refused:
        book.load()

    assert said in str(refused.value)
    assert rows_written() == 0


def test_a_missing_file_and_a_header_alone(book):
    (book.directory / "contracts.csv").unlink()
    with pytest.raises(ImportRefusedError, match=r"contracts.csv: is missing"):
        book.load()


def test_columns_may_stand_in_any_order_and_a_mark_may_lead(book):
    turned = [",".join(reversed(line.split(","))) for line in BOOK["people"].splitlines()]
    book.write("people", "\n".join(turned))
    book.write("assignments", "person,subscription\r\nU1,S1\r\n", encoding="utf-8-sig")

    done = book.load()

    assert done.new["people"] == BOOK["people"].count("\n") - 1
    assert done.new["assignments"] == 1


def test_a_file_that_cannot_be_read_is_named(book):
    (book.directory / "people.csv").unlink()
    (book.directory / "people.csv").symlink_to("/proc/self/mem")

    with pytest.raises(ImportRefusedError, match=r"people.csv: cannot be read: Input/output error"):
        book.load()


def test_seats_of_a_subscription_on_file_are_not_assigned_by_an_import(book):
    book.load()
    book.write("assignments", BOOK["assignments"] + "S2,U3\n")

    with pytest.raises(ImportRefusedError, match=r"person: “U3” holds no seat of it on file"):
        book.load()


def test_a_first_day_outside_the_calendar_is_refused(book):
    with pytest.raises(ImportRefusedError, match="--as-of: “9999-12-31” is not between 1990"):
        book.load(as_of=date(9999, 12, 31))
