"""Each founding statement has a scenario named as its question, or a reason why not yet."""

import ast
import re

import pytest

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "reference" / "statements.md"
SCENARIOS = ROOT / "tests" / "scenarios"
ROW = re.compile(r"^\| S(\d+) \| (.*?) \| (?:`(\w+\.py)::(\w+)` )?\| (?:(.*?) )?\|$", re.MULTILINE)
STATEMENTS = 52


def scenarios_in(texts):
    """The docstring of each test, by file and name."""
    return {
        (file, node.name): ast.get_docstring(node) or ""
        for file, text in texts.items()
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def words_of(text):
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", ""))


def mistakes_in(page, texts):
    """Where page and scenarios do not agree, with the remedy."""
    known = scenarios_in(texts)
    rows = ROW.findall(page)
    found = [mistake for row in rows for mistake in mistakes_of(*row, known=known)]
    if [int(number) for number, *_ in rows] != list(range(1, STATEMENTS + 1)):
        found.append(f"the page has to list S1 to S{STATEMENTS}, each once and in order")
    listed = {(file, name) for _, _, file, name, _ in rows}
    return found + [
        f"{file}::{name} answers a statement but is not on the page"
        for (file, name), said in known.items()
        if re.match(r"S\d+: ", said) and (file, name) not in listed
    ]


def mistakes_of(number, question, file, name, not_yet, *, known):
    """What is wrong with one row."""
    if not name:
        if not re.match(r"(?:later|missing): \S", not_yet):
            yield f"S{number}: name its scenario, or say “later: …” or “missing: …”"
    elif (file, name) not in known:
        yield f"S{number}: there is no {file}::{name}"
    else:
        if not known[file, name].startswith(f"S{number}: "):
            yield f"S{number}: the docstring of {name} has to begin with “S{number}: ”"
        if words_of(f"test s{number} {question}") != words_of(name.replace("_", " ")):
            yield f"S{number}: {name} does not ask “{question}”"


def page_with(*rows, upto=STATEMENTS):
    """A page on which these rows stand first and all others come later."""
    later = [f"| S{number} | Q? | | later: L |" for number in range(len(rows) + 1, upto + 1)]
    return "\n".join([*rows, *later])


def test_every_statement_has_its_scenario_or_a_reason():
    texts = {path.name: path.read_text(encoding="utf-8") for path in SCENARIOS.glob("test_*.py")}

    assert mistakes_in(PAGE.read_text(encoding="utf-8"), texts) == []


GOOD = 'def test_s1_is_it_easy():\n    """S1: It is."""\n'
ASKED = "| S1 | Is it easy? | `test_a.py::test_s1_is_it_easy` | |"


@pytest.mark.parametrize(
    ("page", "text", "said"),
    [
        (page_with(ASKED, upto=51), GOOD, "list S1 to S52"),
        (page_with("| S1 | Is it easy? | | |"), "", "name its scenario"),
        (page_with("| S1 | Is it easy? | | some day |"), "", "name its scenario"),
        (page_with(ASKED), "", "there is no test_a.py::test_s1_is_it_easy"),
        (page_with(ASKED), GOOD.replace("S1:", "S2:"), "has to begin with “S1: ”"),
        (page_with(ASKED.replace("easy?", "hard?")), GOOD, "does not ask “Is it hard?”"),
        (page_with(), GOOD, "answers a statement but is not on the page"),
    ],
)
def test_what_does_not_agree_is_found(page, text, said):
    assert any(said in mistake for mistake in mistakes_in(page, {"test_a.py": text}))


def test_what_agrees_is_left_alone():
    row = ASKED.replace("| |", "| missing: M |")

    assert mistakes_in(page_with(row), {"test_a.py": GOOD}) == []
    assert mistakes_in(page_with(ASKED), {"test_a.py": GOOD}) == []
