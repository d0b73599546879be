"""Where a process of ours can be found: ``DIR/run/NAME.json`` holds its pid and its port.

Used by the sandbox gateway and the mail sink, which import no Django; keep it out of here.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class RunFile:
    """The last word of a process about itself; whether it still lives is for the reader to try."""

    pid: int
    port: int


def run_file_path(home: Path, name: str) -> Path:
    """Name the run file of ``name`` for the ``PERENNE_HOME`` that is ``home``."""
    return home / "run" / f"{name}.json"


def read_run_file(home: Path, name: str) -> RunFile | None:
    """Read where ``name`` was started last; None if it never was, or its file is unreadable."""
    try:
        content = json.loads(run_file_path(home, name).read_bytes())
        return RunFile(pid=int(content["pid"]), port=int(content["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_run_file(home: Path, name: str, *, port: int) -> None:
    """Say that this process is ``name`` now; a reader sees the old file or the new one, whole.

    Raises:
        OSError: if the file cannot be written, for example on a full disk.
    """
    path = run_file_path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{name}-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump({"pid": os.getpid(), "port": port}, file)
        Path(temporary).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def bind_as_before(home: Path, name: str) -> socket.socket:
    """Bind a loopback TCP socket on the port of the last start, or on a free one.

    The socket does not listen yet. Keeping the port lets neighbours that live on find a process
    that was restarted without reading anything again.

    Raises:
        OSError: if no port can be bound at all.
    """
    last = read_run_file(home, name)
    if last is not None:
        with contextlib.suppress(OSError, OverflowError):
            return _bound(last.port)
    return _bound(0)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Old connections in TIME_WAIT must not take the port away; a living listener still does.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
    except BaseException:
        bound.close()
        raise
    return bound
