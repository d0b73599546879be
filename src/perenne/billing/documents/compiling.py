"""Compile a sheet into a file, in this process or, as a program, in one that ends with it.

The compiler keeps what it made of its last ten documents. Of small ones that is little; a large
one takes hundreds of megabytes, so it gets a process of its own, with limits.
"""

import resource
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from perenne.billing.documents.errors import DocumentTooLargeError, FontsMissingError

if TYPE_CHECKING:
    from typst import PDFStandard  # known to type checkers only

TEMPLATES = Path(__file__).with_name("templates")
FONTS = Path(__file__).with_name("fonts")
# Archivable with its structure (A-2a), and readable by everybody's tools (UA-1).
STANDARDS: "list[PDFStandard]" = ["a-2a", "ua-1"]
FAMILIES = LATIN, TAIWAN, JAPAN, ARABIC = ("Noto Sans", "Noto Sans TC", "Noto Sans JP", "Vazirmatn")

_SECONDS_MAX = 60
_BYTES_MAX = 3 * 1024**3
_one_at_a_time = threading.Lock()


def compiled(sheet: str, *, issued_on: date, root: Path = TEMPLATES) -> bytes:
    """The file. The template reads files below its root and no other; its fonts are ours.

    Raises:
        FontsMissingError: if the fonts were not built.
    """
    return typst.compile(
        root / "document.typ",
        root=root,
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheet": sheet},
        pdf_standards=STANDARDS,
        timestamp=datetime.combine(issued_on, time(), tzinfo=UTC),
    )


def compiled_apart(sheet: str, *, issued_on: date) -> bytes:
    """The same file from a process of its own; one at a time, so that memory has a bound.

    Raises:
        DocumentTooLargeError: if it takes more than a minute or 3 GB.
    """
    command = [sys.executable, "-I", "-m", __spec__.name, issued_on.isoformat()]
    with _one_at_a_time:
        try:
            done = subprocess.run(
                command, input=sheet.encode(), capture_output=True, timeout=_SECONDS_MAX, check=True
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
            said = (error.stderr or b"").decode(errors="replace").strip()[-500:]
            raise DocumentTooLargeError(f"the document cannot be compiled: {said}") from error
    return done.stdout


@cache
def fonts() -> typst.Fonts:
    """The fonts as the compiler takes them; none of the machine's, so that every machine agrees.

    Raises:
        FontsMissingError: if one of them is not there.
    """
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
    missing = sorted(set(FAMILIES) - set(found.families()))
    if missing:
        raise FontsMissingError(
            f"{FONTS} lacks {', '.join(missing)}: build the front end (`make install`)"
        )
    return found


def main() -> None:
    """Read a sheet, write its file; the day of issue is the argument."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES_MAX, _BYTES_MAX))
    sheet = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(compiled(sheet, issued_on=date.fromisoformat(sys.argv[1])))


if __name__ == "__main__":
    main()
