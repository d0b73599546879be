"""Commands as an operator types them: what they need beside them starts, and ends with them."""

import json
import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from perenne.cli.home import GATEWAY, MAIL_SINK
from perenne.daily.invariants import ALL
from perenne.platform.embedded import postgres
from perenne.platform.embedded.services import is_alive, pid_of
from tests.support.paths import DEMO, DEMO_CATALOGUE


def rows(installation, query):
    layout = installation.home.cluster
    with psycopg.connect(host=str(layout.sockets), user="perenne", dbname="perenne") as connection:
        return connection.execute(query).fetchall()


SET_ASIDE = (
    "insert into renewals_parkedsubscription "
    "(id, subscription_id, reason, parked_at, business_day, unparked_by) "
    "select 'prk_x', id, 'no such account', now(), '2026-12-01', '' "
    "from subscriptions_subscription where code = 'S000001' returning id"
)


def is_quiet(installation):
    layout = installation.home.cluster
    return not postgres.answers(layout) and not any(
        is_alive(installation.path, service) for service in (GATEWAY, MAIL_SINK)
    )


def test_a_vendor_imports_advances_and_checks_without_starting_anything(installation):
    assert installation.run("import", "catalogue", str(DEMO_CATALOGUE)) == (
        0,
        "56 parts published.\n",
    )
    code, said = installation.run("import", "book", str(DEMO / "book"), "--json")
    assert (code, json.loads(said)["new"]["subscriptions"]) == (0, 3153)
    code, said = installation.run("advance", "--days", "1", "--json")
    assert json.loads(said) == {
        "day": "2026-12-01",
        "reminders": 194,
        "renewed": 2,
        "declined": 2,
        "past_due": 2,
        "expired": 6,
        "amounts": {"TWD": 5008800},
    }
    code, said = installation.run("check")
    assert (code, said.split(" ", 1)[1]) == (0, "invariants checked, 0 violations\n")
    code, said = installation.run("run", "--day", "2026-12-01", "--json")
    assert (code, json.loads(said.splitlines()[-1])["renewed"]) == (0, 2)
    code, said = installation.run("run", "--day", "2026-12-02")
    assert (code, "has not come yet" in said) == (5, True)
    assert is_quiet(installation)

    code, said = installation.run("doctor", "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)

    with installation.home.in_use():
        rows(installation, SET_ASIDE)
        code, said = installation.run("doctor")
        assert (code, "!! set aside: 1\n" in said, "finished through 2026-12-01" in said) == (
            1,
            True,
            True,
        )
        assert installation.run("check") == (
            0,
            "set aside on 2026-12-01: S000001: no such account\n"
            f"{len(ALL)} invariants checked, 0 violations\n",
        )


def test_what_is_killed_comes_back_and_nothing_is_lost(installation):
    installation.run("import", "catalogue", str(DEMO_CATALOGUE))
    layout = installation.home.cluster
    with installation.home.in_use():
        os.kill(postgres.postmaster_pid(layout), signal.SIGKILL)
        os.kill(pid_of(installation.path, GATEWAY), signal.SIGKILL)
        os.kill(pid_of(installation.path, MAIL_SINK), signal.SIGKILL)
        with installation.home.locked():
            installation.home.ensure_running()
        assert rows(installation, "select count(*) from catalog_pricelist") == [(6,)]
        assert installation.run("check")[0] == 0
        assert postgres.answers(layout)
    assert is_quiet(installation)


def test_a_command_that_is_killed_leaves_nothing_that_the_next_cannot_use(installation):
    process = installation.start("worker")
    give_up_at = time.monotonic() + 60
    while not postgres.answers(installation.home.cluster) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    process.kill()
    process.communicate()

    assert installation.run("migrate") == (0, "The database is up to date.\n")
    assert is_quiet(installation)


def test_two_commands_at_once_share_what_they_need(installation):
    together = [installation.start("check") for _ in range(2)]

    assert [process.communicate(timeout=120)[0] for process in together] == [
        f"{len(ALL)} invariants checked, 0 violations\n"
    ] * 2
    assert is_quiet(installation)


def test_the_database_listens_on_its_socket_alone(installation):
    layout = installation.home.cluster
    with installation.home.in_use():
        with psycopg.connect(
            host=str(layout.sockets), user="perenne", dbname="postgres"
        ) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert layout.sockets.stat().st_mode & 0o077 == 0
        assert layout.cluster.stat().st_mode & 0o077 == 0
        assert installation.path.stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PERENNE_PORT": "x"}, "PERENNE_PORT is 'x': write a number from 1 to 65535"),
        ({"PERENNE_MODE": "test"}, "PERENNE_MODE is 'test': write demo or live"),
        ({"DATABASE_URL": "mysql://a:b@c/d"}, "DATABASE_URL is 'mysql://a:…@c/d': write"),
        (
            {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"},
            "DATABASE_URL cannot be used: connection failed",
        ),
        ({"PERENNE_MODE": "live"}, "PERENNE_SECRET_KEY is not set"),
        ({"PERENNE_HOME": "/proc/nothing"}, "PERENNE_HOME /proc/nothing cannot be used"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(installation, environment, said):
    code, output = installation.run("check", **environment)

    assert code == 1
    assert said in output
    assert "Traceback" not in output
    assert all(line.startswith("perenne: ") for line in output.splitlines())


def test_a_taken_port_is_said_before_anything_starts(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said = installation.run("demo", PERENNE_PORT=str(port))

    assert (code, said) == (
        1,
        f"perenne: port {port} cannot be used (Address already in use): "
        "set PERENNE_PORT to a free one\n",
    )


def test_an_older_database_is_not_changed_without_being_asked(installation):
    installation.run("migrate")
    with installation.home.in_use():
        with psycopg.connect(
            host=str(installation.home.cluster.sockets), user="perenne", dbname="perenne"
        ) as connection:
            connection.execute(
                "delete from django_migrations where id = (select max(id) "
                "from django_migrations where app = 'notices')"
            )
        code, said = installation.run("check")

    assert (code, "run perenne migrate" in said) == (1, True)


def test_a_full_disk_is_said_before_the_cluster_is_made(installation, monkeypatch):
    nothing = type("Usage", (), {"free": 1024 * 1024})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: nothing)

    with (
        pytest.raises(postgres.DatabaseUnavailableError, match="MB free: PostgreSQL needs"),
        installation.home.locked(),
    ):
        installation.home.ensure_running()
    assert still_running(installation.path) == []


def still_running(home):
    """The commands of living processes that name this home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(home) in command:
                found.append(command)
    return found


def test_mistakes_of_an_import_are_lines_and_nothing_is_written(installation, tmp_path):
    installation.run("import", "catalogue", str(DEMO_CATALOGUE))
    book = tmp_path / "book"
    book.mkdir()
    (book / "companies.csv").write_text(
        "company,name,region,country,locale,tax_id,kind\nC1,A,XX,US,en,,shop\n", encoding="utf-8"
    )

    code, said = installation.run("import", "book", str(book))

    assert code == 1
    assert "perenne: companies.csv:2: kind: “shop” is none of business, consumer" in said
    assert "perenne: contracts.csv: is missing" in said
    assert said.endswith("nothing was imported\n")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, ["ok database: embedded", "ok server: not made yet; every perenne command starts it"]),
        (
            {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"},
            ["!! connection: DATABASE_URL cannot be used", "→ correct DATABASE_URL, or start that"],
        ),
        ({"PERENNE_HOME": "/proc/nothing"}, ["!! home: /proc/nothing, 0 MB free"]),
    ],
)
def test_doctor_says_what_is_in_use_and_what_is_wrong(installation, environment, said):
    code, output = installation.run("doctor", **environment)

    assert code == any("!!" in words for words in said)
    for words in said:
        assert words in output


def workers_seen(installation):
    """Ids of the workers that the queue knows; none while the database is away."""
    try:
        return {row[0] for row in rows(installation, "select id from procrastinate_workers")}
    except psycopg.Error:
        return set()


def test_a_worker_outlives_a_restart_of_the_database(installation):
    installation.run("migrate")
    with installation.home.in_use():
        process = installation.start("worker")
        before = until(lambda: workers_seen(installation))
        os.kill(postgres.postmaster_pid(installation.home.cluster), signal.SIGQUIT)
        until(lambda: not postgres.answers(installation.home.cluster))
        with installation.home.locked():
            installation.home.ensure_running()

        after = until(lambda: workers_seen(installation) - before)

        assert after
        assert process.poll() is None
        process.terminate()
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "the worker lost the database; looking for it again" in said


def until(found):
    """What is found in the end; nothing if that takes too long."""
    give_up_at = time.monotonic() + 90
    while not (seen := found()) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return seen
