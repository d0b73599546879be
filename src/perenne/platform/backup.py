"""Dump a database into one file, and load such a file into an empty database."""

import os
import subprocess
from pathlib import Path

from perenne.platform.embedded.postgres import find_binaries
from perenne.platform.errors import PerenneError
from perenne.platform.settings import Database


class BackupFailedError(PerenneError):
    """PostgreSQL's own program failed; the message is its own last line."""

    code = "backup.failed"


def dump(database: Database, target: Path) -> int:
    """Write the database as it stands at one moment, while others go on working; return the size.

    The file appears under its name only when it is whole and on the disk.

    Raises:
        BackupFailedError: if it cannot be written, or the server not be read.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        _run("pg_dump", database, "--format=custom", "--no-owner", f"--file={part}")
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(target)
        _sync_directory(target.parent)
    except OSError as error:
        raise BackupFailedError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def load(source: Path, database: Database) -> None:
    """Load a dump into an empty database, wholly or not at all.

    Raises:
        BackupFailedError: if the file is no whole dump, or the database is not empty.
    """
    if not source.is_file():
        raise BackupFailedError(f"{source} is not a file")
    _run(
        "pg_restore",
        database,
        *("--single-transaction", "--exit-on-error", "--no-owner"),
        f"--dbname={database.name}",
        str(source),
    )


def _run(program: str, database: Database, *arguments: str) -> None:
    done = subprocess.run(
        [str(find_binaries().directory / program), "--no-password", *arguments],
        env=_environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"{program} ended with {done.returncode}"]
        raise BackupFailedError(said[0])


def _environment(database: Database) -> dict[str, str]:
    """Where the server is, in libpq's own words: a password never stands on a command line."""
    named = {
        "PGHOST": database.host,
        "PGPORT": database.port,
        "PGUSER": database.user,
        "PGPASSWORD": database.password,
        "PGDATABASE": database.name,
    }
    named |= {f"PG{name.upper()}": value for name, value in database.options.items()}
    plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return plain | {name: value for name, value in named.items() if value}


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
