"""Memory that a lane shares with its workers and proxies: what to do, and what was hit."""

from __future__ import annotations

import mmap
import struct
from enum import IntEnum

from tests.faults.points import named_points

_WORD = struct.Struct("=I")
_DATABASE, _DATABASE_PID, _GATEWAY, _GATEWAY_LEFT, _HELD = range(5)
_FIRST_POINT = 16


class DatabaseFault(IntEnum):
    """What the proxy before PostgreSQL does to the next statement of one process."""

    NONE = 0
    LOSE_REQUEST = 1
    LOSE_REPLY = 2


class GatewayFault(IntEnum):
    """What the proxy before the gateway does to requests."""

    NONE = 0
    DROP_BEFORE = 1
    DROP_AFTER = 2
    CUT_MIDWAY = 3
    DELAY = 4
    GARBLE = 5
    HTML = 6
    FAIL_BEFORE = 7
    FAIL_AFTER = 8
    TWICE = 9
    HOLD = 10


class Board:
    """Words of shared memory, each written by one side at a time."""

    def __init__(self) -> None:
        self._points = {name: number for number, name in enumerate(named_points())}
        words = _FIRST_POINT + 2 * len(self._points)
        self._memory = mmap.mmap(-1, words * _WORD.size)

    def _get(self, word: int) -> int:
        return int(_WORD.unpack_from(self._memory, word * _WORD.size)[0])

    def _set(self, word: int, value: int) -> None:
        _WORD.pack_into(self._memory, word * _WORD.size, value)

    def arm_database(self, fault: DatabaseFault, pid: int) -> None:
        """Have the next statement of this process meet a fault."""
        self._set(_DATABASE_PID, pid)
        self._set(_DATABASE, fault)

    def database_fault_of(self, pid: int) -> DatabaseFault:
        """The fault that is meant for this process; taken once it is read."""
        fault = DatabaseFault(self._get(_DATABASE))
        if fault is DatabaseFault.NONE or self._get(_DATABASE_PID) != pid:
            return DatabaseFault.NONE
        self._set(_DATABASE, DatabaseFault.NONE)
        return fault

    def arm_gateway(self, fault: GatewayFault, requests: int = 1) -> None:
        """Have the next requests to the gateway meet a fault."""
        self._set(_HELD, 0)
        self._set(_GATEWAY_LEFT, requests)
        self._set(_GATEWAY, fault)

    def gateway_fault(self) -> GatewayFault:
        """The fault of the next request; counted down by being read."""
        left = self._get(_GATEWAY_LEFT)
        if not left:
            return GatewayFault.NONE
        self._set(_GATEWAY_LEFT, left - 1)
        return GatewayFault(self._get(_GATEWAY))

    def hold(self) -> None:
        """Say that a reply is held back."""
        self._set(_HELD, 1)

    @property
    def is_held(self) -> bool:
        """Whether a reply is held back."""
        return bool(self._get(_HELD))

    def disarm(self) -> None:
        """No more faults."""
        self.arm_database(DatabaseFault.NONE, 0)
        self.arm_gateway(GatewayFault.NONE, 0)

    def hit(self, name: str) -> None:
        """Count that a worker came to a point."""
        self._add(_FIRST_POINT + self._points[name])

    def killed(self, name: str) -> None:
        """Count that a worker is killed at a point."""
        self._add(_FIRST_POINT + len(self._points) + self._points[name])

    def _add(self, word: int) -> None:
        self._set(word, self._get(word) + 1)

    def counts(self) -> dict[str, tuple[int, int]]:
        """How often each point was hit, and killed at."""
        return {
            name: (
                self._get(_FIRST_POINT + number),
                self._get(_FIRST_POINT + len(self._points) + number),
            )
            for name, number in self._points.items()
        }
