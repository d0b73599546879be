"""CPU and wall time of a piece of work: ours and that of the database's backend."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.db import connection

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU (this process and its database session), of the clock, and of this process."""

    cpu_s: float
    wall_s: float
    client_s: float

    def each(self, n: int) -> dict[str, float]:
        """Microseconds for one of ``n``."""
        return {
            "cpu_us": round(self.cpu_s * 1e6 / n, 1),
            "client_us": round(self.client_s * 1e6 / n, 1),
            "wall_us": round(self.wall_s * 1e6 / n, 1),
        }


def spend(work: Callable[[], object]) -> Spent:
    """Do the work once and say what it took."""
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    before, client, wall = _cpu_of(backend), _own_cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - wall
    client = _own_cpu() - client
    return Spent(client + _cpu_of(backend) - before, wall, client)


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(fields[0]) / 1e9


def medians(rounds: list[Spent]) -> Spent:
    """The middle of several rounds, each number by itself."""
    return Spent(
        median(one.cpu_s for one in rounds),
        median(one.wall_s for one in rounds),
        median(one.client_s for one in rounds),
    )
