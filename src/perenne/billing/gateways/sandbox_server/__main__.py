"""Starts the sandbox gateway: ``python -m perenne.billing.gateways.sandbox_server --home DIR``."""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from pathlib import Path

from perenne.billing.gateways.sandbox_server import serving
from perenne.billing.gateways.sandbox_server.charging import Waits
from perenne.billing.gateways.sandbox_server.outbox import LATE_MS


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 after a wished end, 1 with one line when it cannot start."""
    parser = argparse.ArgumentParser(prog="sandbox-gateway", description=serving.__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the PERENNE_HOME to serve")
    parser.add_argument("--hang-ms", type=int, default=30_000, help="how long a hanging reply is")
    parser.add_argument("--slow-ms", type=int, default=2_000, help="how long a slow charge takes")
    parser.add_argument("--late-ms", type=int, default=LATE_MS, help="how late a late webhook is")
    parser.add_argument("--search-lag-s", type=int, default=0, help="how late Stripe's search is")
    options = parser.parse_args(arguments)
    waits = Waits(hang_ms=options.hang_ms, slow_ms=options.slow_ms, late_ms=options.late_ms)
    serve = serving.serve(options.home.resolve(), waits=waits, search_lag_s=options.search_lag_s)
    try:
        asyncio.run(serve)
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"The sandbox gateway cannot run in {options.home}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
