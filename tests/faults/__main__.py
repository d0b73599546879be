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
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chapter", type=int)
    parser.add_argument("--chapters", type=int, default=10)
    options = parser.parse_args()
    home = set_up()
    from tests.faults.chapters import Chapter, play
    from tests.faults.lane import Lane

    lane = Lane(home)
    t0 = time.monotonic()
    try:
        lane.open()
        print("open", time.monotonic() - t0)
        numbers = [options.chapter] if options.chapter is not None else range(options.chapters)
        for number in numbers:
            t1 = time.monotonic()
            chapter = Chapter(options.seed, number)
            play(chapter, lane)
            print(
                number,
                f"{time.monotonic() - t1:.2f}s",
                lane.crew.forked,
                lane.crew.kills,
                lane.restarts,
                flush=True,
            )
            if chapter.findings:
                print("\n".join(map(str, chapter.steps)))
                print("\n".join(chapter.findings))
                if options.chapter is not None:
                    print((home / "workers.log").read_text()[-6000:])
        for name, (hit, killed) in lane.board.counts().items():
            print(f"{name:28} {hit:6} {killed:4}")
    finally:
        lane.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
