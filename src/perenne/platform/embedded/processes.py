"""What the kernel says of a process: whether it lives, and what it runs."""

from dataclasses import dataclass
from pathlib import Path


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
