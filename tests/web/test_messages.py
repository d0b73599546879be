"""Every message has its translation, and every translation its message."""

import subprocess
import sys

from tests.support.paths import ROOT


def test_no_message_lacks_its_translation():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "messages.py", "check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.strip(), done.returncode) == ("every message is translated", 0)
