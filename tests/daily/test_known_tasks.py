"""The worker knows every task that any page or job hands to it."""

import re
import subprocess
import sys

from tests.support.paths import ROOT

_SAYS_ITS_TASKS = """
import django
django.setup()
from perenne.daily import working
from procrastinate.contrib.django import app
print(*app.tasks)
"""


def test_a_worker_knows_every_task_of_the_source():
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / "perenne").rglob("*.py")
    )
    written = set(re.findall(r'@queue\.task\(\s*name="([a-z_.]+)"', source))

    said = subprocess.run(
        [sys.executable, "-c", _SAYS_ITS_TASKS], capture_output=True, text=True, check=True
    )

    assert len(written) > 3
    assert written - set(said.stdout.split()) == set()
