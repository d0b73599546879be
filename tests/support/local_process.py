"""Starts and ends the real local processes of Perenne: gateway and mail sink."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from perenne.platform.run_file import read_run_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATEWAY = ("perenne.billing.gateways.sandbox_server", "gateway")
SINK = ("perenne.notices.sink", "mail")
START_TIMEOUT_S = 20
# What the gateway of the tests takes for its scripted hanging and slow charges.
HANG_MS = 300
SLOW_MS = 700


class LocalProcess:
    """One process that serves a home; ``port`` is known once it is started."""

    def __init__(self, program: tuple[str, str], home: Path, *options: str) -> None:
        module, self._name = program
        self.home = home
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, "--home", str(home), *options],
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        self.port = self._started_port()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it without a chance to do anything more."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Ask it to end, as an operator does, and return its exit code."""
        self._process.terminate()
        return self._process.wait(START_TIMEOUT_S)

    def _started_port(self) -> int:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up_at and self._process.poll() is None:
            started = read_run_file(self.home, self._name)
            if started is not None and started.pid == self._process.pid:
                return started.port
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"{self._name} did not start in {self.home}")


@contextmanager
def running(program: tuple[str, str], home: Path, *options: str) -> Iterator[LocalProcess]:
    """Run a process for the length of a block."""
    process = LocalProcess(program, home, *options)
    try:
        yield process
    finally:
        process.kill()
