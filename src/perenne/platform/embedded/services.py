"""The local services of one home: started for whoever needs them, stopped by the last one out."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from perenne.platform.embedded import postgres
from perenne.platform.embedded.layout import Layout
from perenne.platform.embedded.processes import process_state
from perenne.platform.errors import PerenneError
from perenne.platform.run_file import LOOPBACK, read_run_file

_START_TIMEOUT_S = 20.0
_POLL_S = 0.02


class HomeUnusableError(PerenneError):
    """PERENNE_HOME cannot be written, or a service of it does not start."""

    code = "home.unusable"


@dataclass(frozen=True, slots=True)
class Service:
    """A process of ours: the name of its run file, and the module that is run."""

    name: str
    module: str


@dataclass(frozen=True, slots=True)
class Home:
    """A PERENNE_HOME: its services, and its embedded cluster unless DATABASE_URL names another."""

    path: Path
    cluster: Layout | None
    services: Sequence[Service]
    durable: bool = True

    def ensure_running(self) -> list[str]:
        """Start what does not live; return the names of what was started. Under the lock."""
        # All of them at once: somebody waits for the slowest, not for their sum.
        starting = {
            service: _spawn(self.path, service)
            for service in self.services
            if not is_alive(self.path, service)
        }
        started = [service.name for service in starting]
        try:
            if self.cluster is not None and not postgres.answers(self.cluster):
                postgres.ensure_running(self.cluster, durable=self.durable)
                started.append("database")
            for service, process in starting.items():
                _wait_until_alive(self.path, service, process)
        except BaseException:
            # They may not have said yet where they are, and nobody else could end them.
            for process in starting.values():
                process.terminate()
                process.wait()
            raise
        return started

    def stop_all(self) -> None:
        """Stop everything that belongs to this home. Under the lock."""
        for service in self.services:
            _stop(self.path, service)
        if self.cluster is not None:
            postgres.stop(self.cluster)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Have the services running for the duration; the last user of the home stops them.

        Raises:
            HomeUnusableError: if the home cannot be written or a service does not start.
            DatabaseUnavailableError: if the embedded server does not come up.
        """
        run = _run_directory(self.path)
        with (run / "users.lock").open("ab") as users:
            try:
                with self.locked():
                    fcntl.flock(users, fcntl.LOCK_SH)
                    self.ensure_running()
                yield
            finally:
                with self.locked():
                    if _is_last_out(users):
                        self.stop_all()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Start and stop one at a time; a killed holder's lock is free again."""
        with (_run_directory(self.path) / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _run_directory(home: Path) -> Path:
    run = home / "run"
    try:
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusableError(
            f"PERENNE_HOME {home} cannot be used: {error.strerror}; set it to a directory of yours"
        ) from error
    return run


def _is_last_out(users: BufferedWriter) -> bool:
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def pid_of(home: Path, service: Service) -> int | None:
    """The living process of a service of this home; None if its run file is stale."""
    said = read_run_file(home, service.name)
    if said is None:
        return None
    state = process_state(said.pid)
    is_ours = (
        state is not None
        and not state.is_zombie
        and service.module in state.command
        and str(home) in state.command
    )
    return said.pid if is_ours else None


def is_alive(home: Path, service: Service) -> bool:
    """Whether the service's process lives and takes connections."""
    said = read_run_file(home, service.name)
    if said is None or pid_of(home, service) is None:
        return False
    with suppress(OSError), socket.create_connection((LOOPBACK, said.port), timeout=5):
        return True
    return False


def _spawn(home: Path, service: Service) -> "subprocess.Popen[bytes]":
    with (home / "run" / f"{service.name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", service.module, "--home", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own session: it outlives a killed owner, and the next command adopts it.
            start_new_session=True,
        )


def _wait_until_alive(home: Path, service: Service, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if is_alive(home, service):
            return
        time.sleep(_POLL_S)
    raise HomeUnusableError(
        f"the {service.name} service did not start; see {home}/run/{service.name}.log"
    )


def _stop(home: Path, service: Service) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    pid = pid_of(home, service)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while time.monotonic() < deadline and pid_of(home, service) == pid:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(_POLL_S)
