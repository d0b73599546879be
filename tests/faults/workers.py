"""Workers: forked processes that do one thing, and are struck at one point of it."""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import connection

from perenne.platform.faults import strike_with
from tests.faults.board import Board, DatabaseFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HUNG_AFTER_S = 40.0
_LOOK_S = 0.02
# Long enough for others to come in between; a transaction may be silent for a little longer.
PAUSE_MAX_S = 1.5
_PR_SET_PDEATHSIG = 1
_MESSAGE_MAX = 1 << 20


class Blow(StrEnum):
    """What happens to a worker when it comes to a point."""

    KILL = "kill"
    STALL = "stall"
    PAUSE = "pause"
    RESTART_DATABASE = "restart-database"
    CUT_CONNECTION = "cut-connection"
    LOSE_REQUEST = "lose-request"
    LOSE_REPLY = "lose-reply"


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow at the ``nth`` time that a worker comes to a point."""

    point: str
    nth: int
    blow: Blow

    def __str__(self) -> str:
        return f"{self.blow} at {self.point}#{self.nth}"


@dataclass
class Worker:
    """A living worker, and how it ended."""

    name: str
    pid: int
    talk: int
    strike: Strike | None
    how: str = ""
    said: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    is_stopped: bool = False
    is_paused: bool = False
    _heard: bytes = b""

    def __str__(self) -> str:
        return f"{self.name} [{self.strike or 'no strike'}] {self.how} {self.said.get('error', '')}"


class Crew:
    """Forks workers and waits for them; ``restart`` and ``cut`` are what a worker may ask for."""

    def __init__(
        self, board: Board, *, restart: Callable[[], None], cut: Callable[[int], None], log: int
    ) -> None:
        self._board = board
        self._restart = restart
        self._cut = cut
        self._log = log
        self._answers: dict[int, int] = {}
        self.forked = 0
        self.kills = 0

    def fork(self, name: str, work: Callable[[], object], strike: Strike | None = None) -> Worker:
        """Start a worker; it inherits what this process has loaded, and no connection."""
        connection.close()
        ours, theirs = os.pipe()
        back_theirs, back_ours = os.pipe()
        self.forked += 1
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            os.close(back_ours)
            _be_worker(work, _Striker(self._board, strike, theirs, back_theirs), self._log)
        os.close(theirs)
        os.close(back_theirs)
        os.set_blocking(ours, False)
        worker = Worker(name, pid, ours, strike)
        self._answers[ours] = back_ours
        return worker

    def see_through(
        self, workers: Sequence[Worker], relief: Callable[[], Worker] | None = None
    ) -> list[Worker]:
        """Wait until all have ended; a stalled one goes on after ``relief`` has done its work."""
        all_of_them = list(workers)
        while any(not worker.how for worker in all_of_them):
            for worker in [one for one in all_of_them if not one.how]:
                self._hear(worker)
                self._look_after(worker)
            stopped = [worker for worker in all_of_them if worker.is_stopped]
            if stopped and all(worker.how or worker.is_stopped for worker in all_of_them):
                if relief is not None:
                    helper = relief()
                    all_of_them += self.see_through([helper])
                for worker in stopped:
                    worker.is_stopped = False
                    worker.began = time.monotonic()
                    os.kill(worker.pid, signal.SIGCONT)
            self._let_go_on(all_of_them)
            select.select([one.talk for one in all_of_them if not one.how], [], [], _LOOK_S)
        return all_of_them

    def wait_for_pause(self, worker: Worker) -> None:
        """Wait until a worker pauses, so that others come in between; or until it has ended."""
        while not (worker.how or worker.is_paused or worker.is_stopped):
            self._hear(worker)
            self._look_after(worker)
            time.sleep(_LOOK_S / 4)

    def _let_go_on(self, workers: Sequence[Worker]) -> None:
        """Let those that pause go on when the others have ended."""
        if all(worker.how or worker.is_paused for worker in workers):
            for worker in [one for one in workers if one.is_paused and not one.how]:
                worker.is_paused = False
                os.write(self._answers[worker.talk], b"!")

    def kill_while(self, worker: Worker, it_is_time: Callable[[], bool]) -> None:
        """Kill a worker from outside once it is time; too late if it has ended before."""
        give_up_at = time.monotonic() + HUNG_AFTER_S
        while not worker.how and time.monotonic() < give_up_at:
            self._hear(worker)
            self._look_after(worker)
            if worker.is_stopped:
                return
            if it_is_time() and not worker.how:
                os.kill(worker.pid, signal.SIGKILL)
                return
            time.sleep(_LOOK_S / 4)

    def _hear(self, worker: Worker) -> None:
        try:
            chunk = os.read(worker.talk, _MESSAGE_MAX)
        except BlockingIOError:
            return
        worker._heard += chunk
        while b"\n" in worker._heard:
            line, _, worker._heard = worker._heard.partition(b"\n")
            self._do(worker, json.loads(line))

    def _do(self, worker: Worker, message: dict[str, str]) -> None:
        match message["ask"]:
            case "restart":
                self._restart()
            case "cut":
                self._cut(int(message["backend"]))
            case "pause":
                worker.is_paused = True
                return
            case _:
                worker.said = message
                return
        os.write(self._answers[worker.talk], b"!")

    def _look_after(self, worker: Worker) -> None:
        pid, status = os.waitpid(worker.pid, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):
            worker.is_stopped = True
        elif pid:
            self._hear(worker)
            self._end(worker, status)
        elif time.monotonic() - worker.began > HUNG_AFTER_S and not worker.is_stopped:
            os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)
            self._close(worker)
            worker.how = "hung"

    def _end(self, worker: Worker, status: int) -> None:
        self._close(worker)
        if os.WIFSIGNALED(status):
            worker.how = "killed"
            self.kills += 1
        else:
            worker.how = worker.said.get("how", "vanished")

    def _close(self, worker: Worker) -> None:
        os.close(worker.talk)
        os.close(self._answers.pop(worker.talk))


class _Striker:
    """What a worker does at points: counts them all, and strikes at one."""

    def __init__(self, board: Board, strike: Strike | None, talk: int, answer: int) -> None:
        self._board = board
        self._strike = strike
        self._talk = talk
        self._answer = answer
        self._seen = 0

    def __call__(self, name: str) -> None:
        self._board.hit(name)
        if self._strike is None or name != self._strike.point:
            return
        self._seen += 1
        if self._seen == self._strike.nth:
            self._do(name, self._strike.blow)

    def _do(self, name: str, blow: Blow) -> None:
        match blow:
            case Blow.KILL:
                self._board.killed(name)
                os.kill(os.getpid(), signal.SIGKILL)
            case Blow.STALL:
                os.kill(os.getpid(), signal.SIGSTOP)
            case Blow.PAUSE:
                self.say(ask="pause")
                select.select([self._answer], [], [], PAUSE_MAX_S)
            case Blow.LOSE_REQUEST:
                self._board.arm_database(DatabaseFault.LOSE_REQUEST, os.getpid())
            case Blow.LOSE_REPLY:
                self._board.arm_database(DatabaseFault.LOSE_REPLY, os.getpid())
            case Blow.RESTART_DATABASE | Blow.CUT_CONNECTION:
                self._have_the_database(blow)

    def _have_the_database(self, blow: Blow) -> None:
        session = connection.connection
        if blow is Blow.RESTART_DATABASE:
            self._ask(ask="restart")
        elif session is not None and not session.closed:
            self._ask(ask="cut", backend=str(session.info.backend_pid))

    def _ask(self, **message: str) -> None:
        self.say(**message)
        os.read(self._answer, 1)

    def say(self, **message: str) -> None:
        """Tell the lane something."""
        os.write(self._talk, json.dumps(message).encode() + b"\n")


def _be_worker(work: Callable[[], object], striker: _Striker, log: int) -> None:
    """Do the work and end; never returns."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        strike_with(striker)
        value = work()
        striker.say(ask="end", how="done", value=str(value))
    except BaseException as error:  # noqa: BLE001 - whatever it was is judged by the lane
        causes = [error, *([error.__cause__] if error.__cause__ else [])]
        kinds = " ".join(kind.__name__ for one in causes for kind in type(one).__mro__)
        trace = "".join(traceback.format_exception(error))[-4000:]
        striker.say(ask="end", how="raised", error=repr(error)[:600], kinds=kinds, trace=trace)
    finally:
        sys.stdout.flush()
        os._exit(0)
