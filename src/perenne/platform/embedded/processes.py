"""What the kernel says of a process, and what it does for us when one of them is killed."""

import ctypes
import os
import signal
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process that has a pid; a zombie has ended, but was not reaped by its parent."""

    is_zombie: bool
    command: str


def process_state(pid: int) -> ProcessState | None:
    """Look a process up; None if there is none."""
    directory = Path("/proc") / str(pid)
    try:
        command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        after_name = (directory / "stat").read_text(errors="replace").rpartition(")")[2]
    except OSError:
        return None
    return ProcessState(is_zombie=after_name.split()[0] == "Z", command=command)


def end_with(parent: int, *, by: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel end this process when ``parent`` is gone, however that was killed.

    Call it in the child. Nothing is left behind if the parent went before the call.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os.kill(os.getpid(), by)
