"""A cache that all processes share: one PostgreSQL table, values as JSON, never pickled.

It remembers what counts for minutes: how often somebody tried to sign in, and which codes were
used. Its time is the database's, so that processes on several machines agree.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

# Each write also removes some rows that are over, so that nobody has to tidy up.
_REMOVED_BY_A_WRITE = 20

_TIDY = f"""
with over as (
    delete from platform_cache where key in (
        select key from platform_cache where expires_at < clock_timestamp() and key <> %(key)s
        order by expires_at limit {_REMOVED_BY_A_WRITE} for update skip locked)
)
"""  # noqa: S608 - a constant of ours

_SET = f"""{_TIDY}
insert into platform_cache (key, value, expires_at)
values (%(key)s, %(value)s, clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
"""  # noqa: S608 - idem

_ADD = f"{_SET} where platform_cache.expires_at < clock_timestamp() returning key"

_GET = "select value from platform_cache where key = %s and expires_at >= clock_timestamp()"

# As good as for ever: for callers who ask that something never expires.
_FOR_EVER_S = 10 * 366 * 24 * 3600.0


class PostgresCache(BaseCache):
    """Django's cache interface over one table; ``add`` is atomic over all processes."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self,
        key: str,
        value: Any,  # noqa: ANN401 - Django's interface, as below
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Store the value unless the key is held already; whether it was stored."""
        with connection.cursor() as cursor:
            cursor.execute(_ADD, self._row(key, value, timeout, version))
            return cursor.fetchone() is not None

    def set(
        self,
        key: str,
        value: Any,  # noqa: ANN401 - as Django has it
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        """Store the value for ``timeout`` seconds."""
        with connection.cursor() as cursor:
            cursor.execute(_SET, self._row(key, value, timeout, version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:  # noqa: ANN401 - as Django has it
        """The value; ``default`` where there is none or its time is over."""
        with connection.cursor() as cursor:
            cursor.execute(_GET, [self._known(key, version)])
            row = cursor.fetchone()
        return default if row is None else json.loads(row[0])

    def touch(
        self,
        key: str,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Give a held key another time; whether it was held."""
        with connection.cursor() as cursor:
            cursor.execute(
                "update platform_cache set expires_at = clock_timestamp() "
                "+ make_interval(secs => %(seconds)s) where key = %(key)s "
                "and expires_at >= clock_timestamp()",
                self._row(key, None, timeout, version),
            )
            return bool(cursor.rowcount)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget the key; whether it was held."""
        with connection.cursor() as cursor:
            cursor.execute("delete from platform_cache where key = %s", [self._known(key, version)])
            return bool(cursor.rowcount)

    def clear(self) -> None:
        """Forget everything."""
        with connection.cursor() as cursor:
            cursor.execute("delete from platform_cache")

    def _known(self, key: str, version: int | None) -> str:
        return self.make_and_validate_key(key, version=version)

    def _row(
        self,
        key: str,
        value: Any,  # noqa: ANN401 - as Django has it
        timeout: float | None,
        version: int | None,
    ) -> Mapping[str, Any]:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return {
            "key": self._known(key, version),
            "value": json.dumps(value),
            "seconds": _FOR_EVER_S if seconds is None else float(seconds),
        }
