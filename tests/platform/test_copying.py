"""Whatever a text says, COPY brings it to the table as it was."""

import json
import string
from datetime import UTC, date, datetime

import pytest
from django.db import DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perenne.platform.bulk import as_array, copy_rows, make_staging, select

AWKWARD = string.ascii_letters + " \\\t\n\r,{}\"'\x1c\x1d\x1e\x1f\x08\x0b\x7f\u2028\u202e吳ع"
TEXTS = st.text(st.sampled_from(AWKWARD), max_size=12) | st.sampled_from(
    ["", "\\N", "\\.", "NULL", "null", "\x1d", "\x1e\x1f"]
)


@pytest.fixture
def in_a_transaction(fresh_database):
    with transaction.atomic():
        yield


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(st.integers(-9, 9), TEXTS, st.none() | TEXTS), max_size=8))
def test_what_was_written_is_read_back(fresh_database, rows):
    with transaction.atomic():
        make_staging("copied", "at int generated always as identity, n int, a text, b text")
        assert copy_rows("copied", ["n", "a", "b"], rows) == len(rows)
        read = select("select n, a, b from copied order by at")
    assert [tuple(row.values()) for row in read] == rows


def test_blocks_of_any_number_of_rows_arrive_in_order(in_a_transaction):
    for size in (1, 499, 500, 501, 1000, 1203):
        make_staging("copied", "at int generated always as identity, n int")
        assert copy_rows("copied", ["n"], ([n] for n in range(size))) == size
        read = select("select n from copied order by at")
        assert [row["n"] for row in read] == list(range(size))


def test_values_of_every_kind_arrive_as_what_they_are(in_a_transaction):
    make_staging("copied", "yes bool, no bool, day date, at timestamptz, facts jsonb, nothing int")
    at = datetime(2026, 12, 1, 3, 4, 5, 6, tzinfo=UTC)
    facts = {"name": 'Dr. "\\" Ünal\n', "seats": [1, None], "awkward": "\x1d\x1e\x1f"}
    copy_rows(
        "copied",
        ["yes", "no", "day", "at", "facts", "nothing"],
        [[True, False, date(2028, 2, 29), at, facts, None]],
    )
    [row] = select("select yes, no, day, at, facts::text, nothing from copied")
    assert json.loads(row.pop("facts")) == facts
    assert row == {"yes": True, "no": False, "day": date(2028, 2, 29), "at": at, "nothing": None}


def test_a_nul_is_refused_by_the_database_and_nothing_is_written(in_a_transaction):
    make_staging("copied", "a text")
    with pytest.raises(DataError), transaction.atomic():
        copy_rows("copied", ["a"], [["good"], ["b\x00d"]])
    assert select("select * from copied") == []


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(TEXTS, max_size=6))
def test_texts_as_one_parameter_are_the_texts(fresh_database, texts):
    with connection.cursor() as cursor:
        cursor.execute("select %s::text[]", [as_array(texts)])
        assert cursor.fetchone()[0] == texts


def test_ids_travel_as_one_text():
    assert as_array(["sub_1", "sub_2"]) == "{sub_1,sub_2}"
