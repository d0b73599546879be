"""Real commands with a home of their own: they start database, gateway and mail sink."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perenne.cli.home import GATEWAY, MAIL_SINK
from perenne.platform.embedded.layout import layout_of
from perenne.platform.embedded.services import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 120


class Installation:
    """A PERENNE_HOME and the commands that are run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = Home(path, layout_of(path), (GATEWAY, MAIL_SINK))

    def environment(self, **given: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PERENNE_") and name not in ("DATABASE_URL", "TZ")
        }
        return kept | {"PERENNE_HOME": str(self.path)} | given

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "perenne.cli", *arguments],
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        process = self.start(*arguments, **environment)
        said, _ = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, said


@pytest.fixture
def installation() -> Iterator[Installation]:
    # Short, for the socket; and reachable for the database's own user when we are root.
    path = Path(tempfile.mkdtemp(prefix="perenne-cli-"))
    path.chmod(0o711)
    made = Installation(path)
    try:
        yield made
    finally:
        with made.home.locked():
            made.home.stop_all()
        shutil.rmtree(path, ignore_errors=True)
