"""A real browser on a real server, in Fjord Software's world."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import httpx
import pytest
from django.db import connection
from playwright.sync_api import sync_playwright

from tests.support.worlds import gateway_home, world_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["gateway_home", "world_on"]

PATIENCE_S = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has the browser; two of them would fight for the machine."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; Django would then refuse the database here.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visit:
    """Pages that somebody looks at, and everything that went wrong behind them."""

    context: BrowserContext
    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)


@pytest.fixture
def visiting(chromium: Browser, served: str) -> Callable[..., object]:
    """Open a browser context that notices errors, refusals and requests to other hosts."""

    @contextmanager
    def opened(**options: object) -> Iterator[Visit]:
        context = chromium.new_context(**options)
        visit = Visit(context, context.new_page(), served)
        visit.page.on("console", lambda said: _note(visit, said.type, said.text))
        visit.page.on("pageerror", lambda error: visit.wrong.append(str(error)))
        visit.page.on("request", lambda request: _note_host(visit, request.url))
        yield visit
        context.close()
        assert visit.wrong == []

    return opened


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning") and "404" not in text:
        visit.wrong.append(text)


def _note_host(visit: Visit, url: str) -> None:
    if not url.startswith((visit.base, "data:")):
        visit.wrong.append(f"asked another host: {url}")


@pytest.fixture
def served(gateway_home: Path, fresh_database: None) -> Iterator[str]:
    """The web server of this world's database, as `perenne serve` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "perenne.cli", "serve"],
        env=os.environ
        | {
            "DATABASE_URL": _address(),
            "PERENNE_HOME": str(gateway_home),
            "PERENNE_PORT": str(port),
        },
        stdin=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, process)
        yield base
    finally:
        process.terminate()
        process.wait()


def _address() -> str:
    there = connection.settings_dict
    who = quote(there["USER"] or "") + (f":{quote(there['PASSWORD'])}" if there["PASSWORD"] else "")
    where = urlencode({"host": there["HOST"]}) if there["HOST"] else ""
    port = f":{there['PORT']}" if there["PORT"] else ""
    return f"postgresql://{who}@{port}/{there['NAME']}?{where}"


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            if httpx.get(f"{base}/healthz", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the pages did not come up")
