"""Setting up on a bad day: no network for a moment, and programs that are not there."""

import os
import subprocess

import pytest

from tests.support.paths import ROOT


def patiently(*command, pauses="0 0"):
    return subprocess.run(
        ["sh", ROOT / "scripts" / "patiently.sh", "fetching uv", *command],
        env={"PATH": os.environ["PATH"], "SETUP_PAUSES": pauses},
        capture_output=True,
        text=True,
        check=False,
    )


def fails_times(how_often, counter):
    """A command that fails so many times, and then works."""
    return (
        "sh",
        "-c",
        f'echo x >> "{counter}"; echo no route to host >&2; '
        f'[ "$(wc -l < "{counter}")" -gt {how_often} ]',
    )


def test_a_step_that_fails_for_a_moment_is_tried_again(tmp_path):
    done = patiently(*fails_times(2, tmp_path / "tries"))

    assert done.returncode == 0
    assert done.stderr == "fetching uv failed; trying again in 0 s\n" * 2


def test_a_step_that_works_says_nothing(tmp_path):
    done = patiently(*fails_times(0, tmp_path / "tries"))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_step_that_never_works_ends_with_its_reason_and_a_remedy(tmp_path):
    done = patiently(*fails_times(9, tmp_path / "tries"))

    assert done.returncode == 1
    assert (tmp_path / "tries").read_text() == "x\n" * 3
    assert done.stderr.splitlines()[-2:] == [
        "    no route to host",
        "make: fetching uv failed every time; the lines above say why. "
        "Is the network there? Then run make again.",
    ]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (("python", "python3"), "make: python3 is missing: apt-get install python3 python3-venv"),
        (("node",), "make: Node 20 with npm is missing"),
    ],
)
def test_what_the_machine_lacks_is_one_line(tmp_path, what, said):
    done = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "require.sh", *what],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
