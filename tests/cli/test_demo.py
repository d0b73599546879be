"""The demo as somebody uses it who pulls plugs: what is killed comes back, and nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from perenne.cli.home import GATEWAY, MAIL_SINK
from perenne.platform.embedded import postgres
from perenne.platform.embedded.processes import process_state
from perenne.platform.embedded.services import is_alive, pid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Installation

PATIENCE_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(happens: Callable[[], object], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.1)


class Demo:
    """``perenne demo`` in a home of its own."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = free_port()
        self.process = installation.start("demo", PERENNE_PORT=str(self.port))

    def serves(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/sign-in/", timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def until_ready(self) -> list[str]:
        """What it says up to the line that it is ready."""
        said: list[str] = []
        for line in self.process.stdout or ():
            said.append(line)
            if line.startswith("ready:"):
                return said
        raise AssertionError("".join(said))

    def parts(self) -> dict[str, int]:
        """The processes of each part that lives."""
        home = self.installation.home
        found = {
            "database": postgres.postmaster_pid(home.cluster),
            "gateway": pid_of(home.path, GATEWAY),
            "mail": pid_of(home.path, MAIL_SINK),
            "serve": self.child("perenne.cli serve", self.process.pid),
            "worker": self.child("perenne.cli worker", self.process.pid),
        }
        found["pages"] = found["serve"] and self.child("", found["serve"])
        return {name: pid for name, pid in found.items() if pid}

    @staticmethod
    def child(command: str, parent: int) -> int | None:
        for pid in _children(parent):
            state = process_state(pid)
            if (
                state
                and not state.is_zombie
                and command in state.command
                and "tracker" not in (state.command)
            ):
                return pid
        return None

    def end(self, by: signal.Signals) -> str:
        self.process.send_signal(by)
        return self.process.communicate(timeout=PATIENCE_S)[0]


def _children(parent: int) -> list[int]:
    try:
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(pid) for pid in listed.split()]


@pytest.fixture
def demo(installation: Installation) -> Iterator[Demo]:
    started = Demo(installation)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


def test_whatever_is_killed_comes_back_and_nothing_is_lost(installation, demo):
    said = demo.until_ready()
    assert any("194" in line and "NT$50,088" in line for line in said)

    for part in ("serve", "pages", "worker", "gateway", "mail", "database"):
        eventually(lambda: len(demo.parts()) == 6, f"all parts live before {part} is killed")
        killed = demo.parts()[part]
        os.kill(killed, signal.SIGKILL)
        eventually(
            lambda part=part, killed=killed: demo.parts().get(part, killed) != killed,
            f"{part} comes back",
        )
        eventually(demo.serves, f"pages after {part} was killed")
    assert installation.run("check")[0] == 0

    # The demo itself: what it started alone ends with it, and the next start finds the rest.
    orphans = demo.parts()
    demo.process.kill()
    demo.process.wait()
    for part in ("serve", "pages", "worker"):
        eventually(lambda pid=orphans[part]: not _lives(pid), f"{part} ends with the demo")
    again = Demo(installation)
    assert again.until_ready() == [f"ready: http://127.0.0.1:{again.port}/\n"]
    assert again.serves()
    parts = again.parts()
    again.process.send_signal(signal.SIGINT)  # and somebody impatient:
    assert (again.end(signal.SIGTERM), again.process.returncode) == ("stopped\n", 0)
    assert not any(_lives(pid) for pid in parts.values())
    assert not is_alive(installation.path, GATEWAY)


def _lives(pid: int) -> bool:
    state = process_state(pid)
    return state is not None and not state.is_zombie
