"""Read YAML strictly, and know on which line each value stands."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from perenne.importing.errors import Problem, Problems

_BYTES_MAX = 16 * 1024 * 1024
Place = tuple[str | int, ...]


class _StrictLoader(yaml.SafeLoader):
    """Safe, without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - yaml's signature
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases are not allowed; write the value out", event.start_mark
            )
        return super().compose_node(parent, index)


class Document:
    """A parsed file: its content, and the line of each place in it."""

    def __init__(self, file: str, content: Any, lines: dict[Place, int]) -> None:  # noqa: ANN401 - whatever YAML holds
        self.file = file
        self.content = content
        self._lines = lines

    def problem(self, place: Place, value: object, reason: str) -> Problem:
        """A mistake at a place, such as ``("price_lists", 0, "prices", 3, "new")``."""
        known = place
        while known not in self._lines and known:
            known = known[:-1]
        shown = "" if isinstance(value, dict | list) or value is None else str(value)
        return Problem(self.file, self._lines.get(known, 1), path_text(place), shown, reason)


def path_text(place: Place) -> str:
    """A place as people write it: ``price_lists[0].prices[3].new``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def read_yaml(path: Path, problems: Problems) -> Document | None:
    """Read a file; mistakes of form are added, and then there is no document."""
    raw = b""
    try:
        raw = path.read_bytes()
        if len(raw) > _BYTES_MAX:
            problems.add(Problem(path.name, 0, "", "", "is larger than 16 MB"))
            return None
        text = raw.decode("utf-8-sig")
    except OSError as error:
        problems.add(Problem(str(path), 0, "", "", f"cannot be read: {error.strerror}"))
        return None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.add(Problem(path.name, line, "", "", "is not UTF-8"))
        return None
    try:
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        before = problems.count
        if node is not None:
            _walk(node, (), path.name, lines, problems)
        sound = node is not None and problems.count == before
        content = loader.construct_document(node) if sound else None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 0
        problems.add(Problem(path.name, line, "", "", f"is not YAML: {reason}"))
        return None
    return Document(path.name, content, lines) if problems.count == before else None


def _walk(
    node: yaml.Node, place: Place, file: str, lines: dict[Place, int], problems: Problems
) -> None:
    line = node.start_mark.line + 1
    lines[place] = line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                problems.add(
                    Problem(file, key.start_mark.line + 1, path_text(inner), "", "stands twice")
                )
            _walk(value, inner, file, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*place, index), file, lines, problems)
    elif node.tag == "tag:yaml.org,2002:float":
        reason = 'is read as a binary number and would lose cents; quote it, like "467.00"'
        problems.add(Problem(file, line, path_text(place), node.value, reason))
    elif node.tag == "tag:yaml.org,2002:timestamp" and not _is_day(node.value):
        reason = "is not a day in the calendar; write one like 2026-12-01"
        problems.add(Problem(file, line, path_text(place), node.value, reason))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
