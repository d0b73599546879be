"""The fault harness: ``python -m tests.faults``; see docs/explanation/exactly-once.md.

Everything happens on this machine, in servers of its own; it ends by itself.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

# Of a limited time, what is left after it is for planted bugs.
_PART_OF_CHAPTERS = 0.6


def set_up() -> Path:
    """A home of this process's own, before Django's settings are read."""
    # Short, because the path of a socket may have 107 bytes; and reachable for the database's
    # own user when the harness runs as root.
    home = Path(tempfile.mkdtemp(prefix="perenne-faults-"))
    home.chmod(0o711)
    for name in [name for name in os.environ if name.startswith("PERENNE_")]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {
        "PERENNE_HOME": str(home),
        "PERENNE_DATABASE_POOL": "no",
        "DJANGO_SETTINGS_MODULE": "perenne.platform.django_settings",
    }
    import django

    django.setup()
    return home


def main() -> int:
    """Strike, judge, and tell; 0 if every law held and every planted bug was caught."""
    began = time.monotonic()
    options = _parser().parse_args()
    home = set_up()
    from tests.faults.lane import Lane
    from tests.faults.report import Limits, Report

    seconds = options.seconds
    lane = Lane(home)
    try:
        lane.open()
        report = Report(lane, seed=options.seed, began=began)
        if not options.mutant:
            report.play_chapters(
                Limits(options.runs, None if seconds is None else seconds * _PART_OF_CHAPTERS),
                only=options.chapter,
            )
        if options.chapter is None:
            report.plant_mutants(named=options.mutant, seconds=seconds)
        return report.sum_up(must_kill_everywhere=options.must_kill_everywhere)
    finally:
        lane.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides about all chapters")
    parser.add_argument("--runs", type=int, default=10_000, help="worker runs in chapters")
    parser.add_argument("--seconds", type=float, help="begin nothing new after this time")
    parser.add_argument("--chapter", type=int, help="play this one alone, and show the log")
    parser.add_argument("--mutant", default="", help="plant only those with this in their names")
    parser.add_argument(
        "--must-kill-everywhere",
        action="store_true",
        help="fail if at some point no worker was killed",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
