"""An SMTP server that answers as a test says, and remembers what it took."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DROP = ""


@dataclass
class ScriptedServer:
    """``answers`` by command or by words within it; ``DROP`` closes the connection unanswered.

    ``CONTENT`` stands for the end of a mail's content.
    """

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, said: str, default: str) -> str:
        """What to say to a command."""
        found = (text for words, text in self.answers.items() if words.lower() in said.lower())
        return next(found, default)


class _Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server

    def handle(self) -> None:
        scripted = self.server.scripted
        scripted.connections += 1
        self.say("220 test")
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command[:4].upper()
            scripted.commands.append(verb)
            default = {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")
            answer = scripted.answer(command, default)
            if not self.say(answer) or verb == "QUIT":
                return
            if answer.startswith("354") and not self.take_content():
                return

    def take_content(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.scripted.taken.append(b"".join(lines))
        return self.say(self.server.scripted.answer("CONTENT", "250 taken"))

    def say(self, text: str) -> bool:
        """Answer; False where the connection is to be dropped instead."""
        if text != DROP:
            self.wfile.write(text.encode() + b"\r\n")
        return text != DROP


class _Server(socketserver.ThreadingTCPServer):
    """Listens where there is room."""

    daemon_threads = True

    def __init__(self, scripted: ScriptedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.scripted = scripted
        scripted.port = self.server_address[1]


@contextmanager
def serving(answers: dict[str, str] | None = None) -> Iterator[ScriptedServer]:
    """Run such a server for the duration."""
    scripted = ScriptedServer(answers or {})
    with _Server(scripted) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield scripted
        finally:
            server.shutdown()
            thread.join()
