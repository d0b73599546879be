"""Runs of a region take turns; one that fell silent loses its turn, with all it could still write.

Only an economy: every step of a run finds its work in the tables, and two at once do it once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from zlib import crc32

from perenne.platform.bulk import select

_LOCK_SPACE = 0x5045_5245  # "PERE": keeps our advisory locks apart from other programs'
_LOOK_AGAIN_S = 0.1

# Longer than a gateway needs for a batch of which every single call times out.
SILENCE = timedelta(minutes=30)


@contextmanager
def one_run_at_a_time(region: str) -> Iterator[None]:
    """Wait for another run of the region; the lock ends with the connection, so a kill frees it.

    A holder whose session said nothing for ``SILENCE`` was stopped or cut off from the network:
    its session is ended, so that it can write nothing should it ever wake up.
    """
    key = crc32(region.encode()) & 0x7FFF_FFFF
    while not select("select pg_try_advisory_lock(%s, %s) as got", [_LOCK_SPACE, key])[0]["got"]:
        select(_END_SILENT, [_LOCK_SPACE, key, SILENCE])
        time.sleep(_LOOK_AGAIN_S)
    try:
        yield
    finally:
        select("select pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, key])


_END_SILENT = """
select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.classid::bigint = %s and l.objid::bigint = %s
  and l.database = (select oid from pg_database where datname = current_database())
  and a.state like 'idle%%' and a.state_change < clock_timestamp() - %s
"""
