"""A PostgreSQL for the tests, before Django's settings are read; the last worker out stops it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perenne.platform.embedded import postgres
from perenne.platform.embedded.layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_HOME = "PERENNE_TEST_HOME"
_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 2 * 1024**3


def _in_memory() -> Path | None:
    """Where files cost no disk, if there is room: a clone of a database is many small files."""
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free >= _MEMORY_NEEDED else None


def _take_a_home() -> None:
    """Give this run a home of its own; xdist's workers inherit it."""
    if _HOME not in os.environ:
        # Short, because the path of a socket may have 107 bytes; and reachable for the
        # database's own user when the tests run as root.
        home = Path(tempfile.mkdtemp(prefix="perenne-tests-", dir=_in_memory()))
        home.chmod(0o711)
        os.environ[_HOME] = str(home)
        os.environ["PERENNE_TEST_OWNER"] = str(os.getpid())
    os.environ["PERENNE_HOME"] = os.environ[_HOME]
    os.environ["PERENNE_MODE"] = "demo"
    os.environ["PERENNE_DATABASE_POOL"] = "no"
    os.environ.pop("PERENNE_PORT", None)


# At import, before pytest-django reads the settings.
_take_a_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run's own process stops the server and removes the home; its workers have ended."""
    if os.environ.get("PERENNE_TEST_OWNER") != str(os.getpid()):
        return
    home = Path(os.environ[_HOME])
    if not os.environ.get("DATABASE_URL"):
        postgres.stop(layout_of(home))
    shutil.rmtree(home, ignore_errors=True)


def home() -> Path:
    """The home that this run's processes share."""
    return Path(os.environ[_HOME])


def one_at_a_time() -> AbstractContextManager[None]:
    """Take turns with the other workers of this run."""
    from contextlib import contextmanager

    @contextmanager
    def locked() -> Iterator[None]:
        with (home() / "tests.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    return locked()
