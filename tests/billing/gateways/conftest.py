"""A sandbox gateway of its own for each test module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.local_process import GATEWAY, HANG_MS, SLOW_MS, running

from perenne.billing.gateways.sandbox import SandboxGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.local_process import LocalProcess

# Failing asserts of the shared classes shall show their values, as those of a test module do.
pytest.register_assert_rewrite("tests.billing.gateways.contract")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    home = tmp_path_factory.mktemp("home")
    options = ("--hang-ms", str(HANG_MS), "--slow-ms", str(SLOW_MS))
    with running(GATEWAY, home, *options) as process:
        yield process


@pytest.fixture
def gateway(server: LocalProcess) -> Iterator[SandboxGateway]:
    client = SandboxGateway(server.home)
    yield client
    client.close()
