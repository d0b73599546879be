"""Where the embedded cluster of a home lies, and as whom it runs; known from the home alone."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

DATABASE = "perenne"
USER = "perenne"
# sun_path holds 108 bytes with its end; the name of the socket and of its lock come on top.
_SOCKET_DIRECTORY_BYTES = 107 - len("/.s.PGSQL.5432.lock")
_ROOT_BASE = Path("/var/lib/perenne")


@dataclass(frozen=True, slots=True)
class Layout:
    """Directories of the cluster; ``uid`` and ``gid`` are None when it runs as ourselves."""

    base: Path
    sockets: Path
    uid: int | None
    gid: int | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "server.log"


def layout_of(home: Path) -> Layout:
    """Decide by the home and by who we are; touches nothing.

    PostgreSQL refuses to run as root. Then it runs as ``postgres`` (or ``nobody``), and if that
    user cannot reach the home, the cluster lies under /var/lib/perenne instead: permissions
    outside our own directory are never changed.
    """
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    if os.geteuid() != 0:
        base = home / "postgres"
        return Layout(base, _sockets(base, digest), None, None)
    account = _unprivileged()
    base = home / "postgres"
    if not _can_reach(home, account):
        base = _ROOT_BASE / digest
    return Layout(base, _sockets(base, digest), account.pw_uid, account.pw_gid)


def _sockets(base: Path, digest: str) -> Path:
    inside = base / "socket"
    if len(os.fsencode(inside)) <= _SOCKET_DIRECTORY_BYTES:
        return inside
    return Path(f"/tmp/perenne-{os.geteuid()}-{digest}")  # noqa: S108 - made 0700, and checked


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise OSError("there is no user to run PostgreSQL as: add one named postgres")


def _can_reach(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether ``account`` may pass through every existing directory up to ``path``."""
    for directory in (path, *path.parents):
        try:
            found = directory.stat()
        except FileNotFoundError:
            continue
        needed = stat.S_IXOTH
        if found.st_uid == account.pw_uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.pw_gid:
            needed = stat.S_IXGRP
        if not found.st_mode & needed:
            return False
    return True
