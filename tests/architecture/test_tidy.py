"""Our own lint: sizes, docstrings, purity, and pages that list what the code says."""

import ast
import re
import subprocess

import pytest

from tests.support.paths import ROOT

# Migrations that Django wrote are as long as they are.
SOURCES = sorted(
    path
    for path in (ROOT / "src" / "perenne").rglob("*.py")
    if path.parent.name != "migrations" or path.stem.endswith("guards")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MODULE_LINES, TEST_LINES, FUNCTION_LINES = 400, 500, 50
BANNED_MODULES = {"utils", "helpers", "service", "manager", "misc"}
BANNED_WORDS = ("end_date", "customer_id", "licence_key", "license_key", "datetime.utcnow")


def mistakes_in(path, text, *, lines_max, is_source):
    """What this file breaks, with the remedy."""
    found = []
    lines = text.count("\n")
    if lines > lines_max:
        found.append(f"{path}: {lines} lines; split it by verb, at most {lines_max}")
    tree = ast.parse(text)
    if is_source and text and ast.get_docstring(tree) is None:
        found.append(f"{path}: say in one sentence what the module is for")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and is_source:
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{path}: {node.name} has {length} lines; at most {FUNCTION_LINES}")
        if "/rules/" in path and is_float(node):
            found.append(f"{path}: a float in rules; use Fraction")
    return found


def is_float(node):
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Name) and node.id == "float"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_is_tidy(path):
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8")

    assert mistakes_in(name, text, lines_max=MODULE_LINES, is_source=True) == []
    assert path.stem not in BANNED_MODULES
    assert [word for word in BANNED_WORDS if word in text] == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_are_not_too_long(path):
    text = path.read_text(encoding="utf-8")

    assert mistakes_in(str(path), text, lines_max=TEST_LINES, is_source=False) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "say in one sentence"),
        ('"""A."""\n' + "x = 1\n" * 400, "split it by verb"),
        ('"""A."""\n\n\ndef f():\n' + "    x = 1\n" * 50, "f has 51 lines"),
        ('"""A."""\nx = 0.5\n', "a float in rules"),
        ('"""A."""\nx = float("1")\n', "a float in rules"),
    ],
)
def test_the_lint_finds_what_it_is_for(text, said):
    found = mistakes_in("src/perenne/rules/x.py", text, lines_max=MODULE_LINES, is_source=True)

    assert any(said in mistake for mistake in found)


def test_the_lint_leaves_good_code_alone():
    text = '"""What this is for."""\n\n\ndef f() -> int:\n    return 1\n'

    assert mistakes_in("src/perenne/rules/x.py", text, lines_max=9, is_source=True) == []


def test_every_kind_of_fact_is_in_the_reference():
    page = (ROOT / "docs" / "reference" / "facts.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([\w.]+)` \|", page, flags=re.MULTILINE))
    stages = ("past_due", "grace", "suspended", "expired", "restored")
    used = {f"subscription.{stage}" for stage in stages}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'kind="([a-z_]+\.[a-z_]+)"', text))
        used |= set(re.findall(r'SaleKind\.[A-Z]+: "([a-z_]+\.[a-z_]+)"', text))
        used |= set(re.findall(r'"(reminder\.(?:sent|undeliverable))"', text))

    assert used == listed


def tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name]


def test_no_host_of_a_registry_and_no_foreign_file_is_in_the_repository():
    hosts = re.compile(r"https?://(?:registry|files|deb|index|cdn|fonts)\.|unpkg|jsdeli" + "vr")
    for path in tracked():
        if path.is_file() and path.suffix not in {".png", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert not hosts.search(text) or path.name == "test_tidy.py", path
        assert path.suffix not in {".woff2", ".ttf", ".mo"}
        assert "node_modules" not in path.parts
