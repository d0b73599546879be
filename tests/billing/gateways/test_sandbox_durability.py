"""The sandbox gateway dies, moves and comes back; what it answered for stays."""

from __future__ import annotations

import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.support.charges import a_charge
from tests.support.local_process import GATEWAY, LocalProcess, running

from perenne.billing.gateways.protocol import ChargeResult, GatewayUnavailableError
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.platform.run_file import read_run_file, run_file_path, write_run_file

if TYPE_CHECKING:
    from pathlib import Path


def test_is_a_charge_there_after_the_gateway_was_killed(tmp_path: Path):
    request = a_charge()
    with running(GATEWAY, tmp_path) as first:
        charged = SandboxGateway(tmp_path).charge(request)
        first.kill()

    with running(GATEWAY, tmp_path):
        gateway = SandboxGateway(tmp_path)
        assert gateway.find_charge(request.attempt_id) == charged
        assert gateway.charge(request) == charged
        assert gateway.counts().charges == 1


def test_is_everything_answered_for_there_when_it_is_killed_in_the_middle(tmp_path: Path):
    answered: dict[str, ChargeResult] = {}
    with running(GATEWAY, tmp_path) as first:
        gateway = SandboxGateway(tmp_path)

        def charge_until_it_dies(_: int) -> None:
            try:
                while True:
                    request = a_charge()
                    answered[request.attempt_id] = gateway.charge(request)
                    if len(answered) >= 200:
                        first.kill()
            except GatewayUnavailableError:
                return

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(charge_until_it_dies, range(8)))

    with running(GATEWAY, tmp_path):
        again = SandboxGateway(tmp_path)
        found = {attempt_id: again.find_charge(attempt_id) for attempt_id in answered}

    assert len(answered) >= 200
    assert found == answered


def test_does_a_client_find_a_gateway_that_moved(tmp_path: Path):
    gateway = SandboxGateway(tmp_path)
    with running(GATEWAY, tmp_path) as first:
        gateway.charge(a_charge())
        first.kill()
        with socket.create_server(("127.0.0.1", first.port)), running(GATEWAY, tmp_path) as second:
            moved_to = second.port
        # The old port refuses again now; the second gateway is gone too.
        with running(GATEWAY, tmp_path) as third:
            gateway.charge(a_charge())
            assert third.port == moved_to
            assert gateway.counts().charges == 2


def test_is_a_gateway_started_again_on_its_port(tmp_path: Path):
    with running(GATEWAY, tmp_path) as first:
        assert first.end() == 0
    with running(GATEWAY, tmp_path) as second:
        assert second.port == first.port
        assert read_run_file(tmp_path, "gateway").pid == second.pid


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "port": 99999999}'])
def test_does_a_broken_run_file_stop_the_gateway(tmp_path: Path, content: str):
    run_file_path(tmp_path, "gateway").parent.mkdir()
    run_file_path(tmp_path, "gateway").write_text(content, "ascii")

    with running(GATEWAY, tmp_path):
        assert SandboxGateway(tmp_path).counts().charges == 0


def test_is_the_gateway_of_another_home_taken_for_ours(tmp_path: Path):
    with running(GATEWAY, tmp_path / "theirs") as theirs:
        write_run_file(tmp_path / "ours", "gateway", port=theirs.port)

        with pytest.raises(GatewayUnavailableError) as refusal:
            SandboxGateway(tmp_path / "ours").charge(a_charge())

        assert refusal.value.code == "not_running"
        assert SandboxGateway(tmp_path / "theirs").counts().charges == 0


def test_what_does_the_client_say_when_no_gateway_ever_ran(tmp_path: Path):
    with pytest.raises(GatewayUnavailableError) as refusal:
        SandboxGateway(tmp_path).charge(a_charge())

    assert refusal.value.code == "not_started"


def test_does_a_home_that_cannot_be_written_give_one_clear_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "gateway").write_text("a file where a directory must be", "ascii")

    with pytest.raises(AssertionError):
        LocalProcess(GATEWAY, tmp_path)

    line = capfd.readouterr().err
    assert line.startswith(f"The sandbox gateway cannot run in {tmp_path}: ")
    assert line.count("\n") == 1


def test_what_does_a_gateway_say_whose_book_cannot_be_written(tmp_path: Path):
    with running(GATEWAY, tmp_path):
        gateway = SandboxGateway(tmp_path)
        gateway.charge(a_charge())
        with closing(sqlite3.connect(tmp_path / "gateway" / "book.sqlite3")) as book:
            book.execute("drop table charge")

        for ask in (lambda: gateway.charge(a_charge()), lambda: gateway.find_charge("att_1")):
            with pytest.raises(GatewayUnavailableError) as refusal:
                ask()
            assert refusal.value.code == "book_unavailable"


def test_is_a_book_of_an_earlier_version_brought_up_to_date(tmp_path: Path):
    path = tmp_path / "gateway" / "book.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as book:
        book.executescript(FIRST_BOOK)

    with running(GATEWAY, tmp_path):
        gateway = SandboxGateway(tmp_path)
        old = gateway.find_charge("att_old")
        new = gateway.charge(a_charge())

        assert old is not None
        assert old.charge_id == "ch_old"
        assert gateway.settle("ch_old", succeeds=True).outcome.value == "succeeded"
        assert [line.result.charge_id for line in gateway.charges_after("", limit=9).charges] == [
            "ch_old",
            new.charge_id,
        ]


def test_is_a_book_of_a_later_version_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    path = tmp_path / "gateway" / "book.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as book:
        book.execute("pragma user_version = 99")

    with pytest.raises(AssertionError):
        LocalProcess(GATEWAY, tmp_path)

    assert "the book has version 99" in capfd.readouterr().err


# As it was made before books had versions, with one charge.
FIRST_BOOK = """
create table charge (
    seq integer primary key autoincrement, id text not null unique, attempt_id text not null,
    amount_minor integer not null check (amount_minor > 0), currency text not null,
    outcome text not null check (outcome in ('succeeded', 'declined', 'pending')),
    decline text check ((outcome = 'declined') = (decline is not null)),
    description text not null, business_day text not null,
    refunded_minor integer not null default 0 check (refunded_minor between 0 and amount_minor)
) strict;
create index charge_by_attempt on charge (attempt_id);
create table refund (
    seq integer primary key autoincrement, id text not null unique, refund_id text not null,
    charge_id text not null references charge (id),
    amount_minor integer not null check (amount_minor > 0), currency text not null
) strict;
create table answer (
    key text primary key, fingerprint text not null, status integer not null, body blob not null
) strict, without rowid;
create table idempotency_error (
    seq integer primary key autoincrement, key text not null,
    first_fingerprint text not null, other_fingerprint text not null
) strict;
insert into charge (id, attempt_id, amount_minor, currency, outcome, description, business_day)
values ('ch_old', 'att_old', 500, 'USD', 'pending', '', '2026-12-01');
"""
