"""A book comes in whole or not at all, and twice is once."""

from datetime import date

import pytest

from perenne.accounts.models import Company, Person
from perenne.daily.queries import marks
from perenne.importing.errors import ImportRefusedError
from perenne.platform.clock import demo_clock_stands_on
from perenne.platform.models import JournalEntry
from perenne.renewals.models import PlanRevision
from perenne.subscriptions.models import Assignment, Subscription, Term


def problems_of(book, **given):
    with pytest.raises(ImportRefusedError) as refused:
        book.load(**given)
    return [str(problem) for problem in refused.value.problems]


def test_what_is_read_stands_in_the_tables(book):
    done = book.load()

    assert done.new["subscriptions"] == 3
    first = Subscription.objects.get(code="S1")
    plan = PlanRevision.objects.get(subscription=first)
    assert (first.renews_on, first.anchor_day, first.imported_as_of) == (
        date(2027, 3, 31),
        31,
        date(2026, 12, 1),
    )
    assert (plan.offer_id, plan.seats, plan.payment_method.code) == (
        "LT/named_user/36",
        None,
        "M1",
    )
    second = PlanRevision.objects.get(subscription__code="S2")
    assert (second.seats, second.renews_automatically) == (3, False)
    assert Subscription.objects.get(code="S3").renewable_online is False
    assert Assignment.objects.filter(subscription=first).count() == 2
    assert Company.objects.get(code="C1").tax_id_is_verified
    assert set(marks().values()) == {date(2026, 11, 30)}
    assert demo_clock_stands_on() == date(2026, 12, 1)


def test_the_same_book_twice_changes_nothing(book, rows_written):
    book.load()
    before = rows_written(), JournalEntry.objects.count()

    assert book.load().changed_nothing

    assert (rows_written(), JournalEntry.objects.count()) == before


def test_new_rows_of_a_later_book_are_added(book):
    book.load()
    with (book.directory / "people.csv").open("a", encoding="utf-8") as people:
        people.write("U5,C1,Cy,cy@c1.example,viewer,en\nU1,C1,Ana Diaz,ana@c1.example,payer,en\n")

    done = book.load()

    assert (done.new["people"], done.new["subscriptions"]) == (1, 0)
    roles = Person.objects.get(code="U1").roles.values_list("role", flat=True)
    assert set(roles) == {"contract_manager", "payer"}


def test_what_is_on_file_is_not_rewritten(book):
    book.load()
    book.put("subscriptions", 2, seats="7")
    book.put("companies", 3, name="另一家公司")

    assert problems_of(book) == [
        "companies.csv:3: company: “C2” is on file with other values; an import adds, "
        "it does not change",
        "subscriptions.csv:2: subscription: “S1” is on file with other values; an import adds, "
        "it does not change",
    ]


@pytest.mark.parametrize(
    ("renews_on", "region_row", "ended_on"),
    [
        # No stages: over since its renewal day, whatever its switch.
        ("2026-11-15", 2, date(2026, 11, 15)),
        ("2026-11-30", 2, date(2026, 11, 30)),
        # The first day that will be run: nothing has ended yet.
        ("2026-12-01", 2, None),
    ],
)
def test_what_is_over_comes_in_as_expired(book, renews_on, region_row, ended_on):
    day = date.fromisoformat(renews_on)
    starts_on = day.replace(year=day.year - 1)
    book.put(
        "subscriptions",
        region_row,
        starts_on=str(starts_on),
        renews_on=renews_on,
        anchor_day=str(day.day),
    )
    book.load()

    found = Subscription.objects.get(code="S1")
    assert found.ended_on == ended_on
    assert Term.objects.filter(subscription=found).count() == 1


def test_an_unverified_tax_id_is_kept_and_listed(book):
    book.put("companies", 2, tax_id="DE136695977")

    done = book.load()

    assert done.unverified_tax_ids == ("C1",)
    company = Company.objects.get(code="C1")
    assert (company.tax_id, company.tax_id_is_verified) == ("DE136695977", False)


def test_text_that_looks_like_a_formula_stays_text(book):
    book.put("companies", 2, name="=1+1")
    book.put("people", 2, name="@Ana")
    book.put("people", 3, name="'=cmd")

    book.load()

    assert Company.objects.get(code="C1").name == "=1+1"
    assert Person.objects.get(code="U1").name == "@Ana"
    assert Person.objects.get(code="U2").name == "=cmd"


def test_big5_as_excel_in_taiwan_writes_it(book):
    from tests.importing.conftest import BOOK

    for name, content in BOOK.items():
        book.write(name, content.replace("Søren Ødegård", "Soren"), encoding="cp950")

    book.load(encoding="big5")

    assert Company.objects.get(code="C2").name == "和泰工程"


def test_a_day_that_is_finished_cannot_be_the_first(book):
    book.load()
    with (book.directory / "people.csv").open("a", encoding="utf-8") as people:
        people.write("U5,C1,Cy,cy@c1.example,viewer,en\n")

    assert problems_of(book, as_of=date(2026, 11, 30)) == [
        "--as-of: “2026-11-30” is finished already in region EU; "
        "its next business day is 2026-12-01",
        "--as-of: “2026-11-30” is finished already in region TW; "
        "its next business day is 2026-12-01",
    ]
