"""House rules that no linter knows, over everything in the tree."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ["src", "tests", "tools", "bench", "docs", "examples", ".ci"]
PYTHON = sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py"))
SOURCES = [p for p in PYTHON if p.is_relative_to(ROOT / "src")]
TEXT = {".md", ".toml", ".txt", ".json", ".pyi", ".ipynb", ".sh", ""}
TEXTS = [
    *(p for p in ROOT.iterdir() if p.is_file() and p.suffix in TEXT and p.name != ".git"),
    *(p for folder in FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in TEXT),
    *PYTHON,
]
MXNET = ROOT / "src" / "mxnet"
LONGEST = 600
BROAD = {"Exception", "BaseException"}


def relative(path):
    return str(path.relative_to(ROOT))


def swallowed_errors(tree):
    """The lines of handlers that catch everything and neither raise nor look at what they caught."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else BROAD
        inside = [n for statement in node.body for n in ast.walk(statement)]
        reacts = any(isinstance(n, ast.Raise) or (isinstance(n, ast.Name) and n.id == node.name) for n in inside)
        if kinds & BROAD and not reacts:
            yield node.lineno


def ignored_keywords(tree):
    """The functions that take **kwargs and never read them; what an event offers (**offered) its listeners need not."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.args.kwarg:
            name = node.args.kwarg.arg
            if name != "offered" and not any(
                isinstance(n, ast.Name) and n.id == name for s in node.body for n in ast.walk(s)
            ):
                yield f"{node.name} (line {node.lineno})"


def imports_of_the_package_itself(tree):
    """The lines that import mxnet by its name, which in mxnet the layers' contract cannot place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(a.name.split(".")[0] == "mxnet" for a in node.names):
            yield node.lineno


@pytest.fixture(scope="module")
def found():
    """What each sweep finds, by file; a file is parsed once for all of them."""
    every = {sweep: {} for sweep in (swallowed_errors, ignored_keywords, imports_of_the_package_itself)}
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for sweep, files in every.items():
            if finds := list(sweep(tree)):
                files[path] = finds
    return every


def test_there_is_something_to_sweep():
    assert len(SOURCES) > 10
    assert len(TEXTS) > 30


def test_no_error_is_swallowed(found):
    assert {relative(path): lines for path, lines in found[swallowed_errors].items()} == {}


def test_no_keyword_arguments_are_ignored(found):
    # functions that are carried into programs for PyTorch are called as where they come from, and check nothing there
    own = {path: names for path, names in found[ignored_keywords].items() if path.parent.name != "carried"}
    assert {relative(path): names for path, names in own.items()} == {}


def test_mxnet_imports_itself_relatively(found):
    inside = {path: lines for path, lines in found[imports_of_the_package_itself].items() if MXNET in path.parents}
    assert {relative(path): lines for path, lines in inside.items()} == {}


def test_no_file_has_two_subjects():
    lengths = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in PYTHON}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


def test_no_path_of_a_machine_is_in_the_tree():
    folders = "|".join(["work", "root", r"home/[a-z]\w*", r"Users/[a-z]\w*", "tmp/[a-z]"])
    homes = re.compile(rf"(?<![\w.~-])/(?:{folders})(?:/|\b)")
    found = {}
    for path in TEXTS:
        if path == Path(__file__):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        hits = [i for i, line in enumerate(lines, 1) if homes.search(line)]
        if hits:
            found[relative(path)] = hits
    assert found == {}


def test_folders_of_tests_do_not_shadow_packages():
    """`tests` is on the path for `fidelity`; a package in it must not stand before one that is installed."""
    packages = {p.parent.name for p in (ROOT / "tests").glob("*/__init__.py")}
    assert not packages & (sys.stdlib_module_names | set(packages_distributions()))


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try:\n    f()\nexcept Exception:\n    pass\n", [3]),
        ("try:\n    f()\nexcept:\n    x = 1\n", [3]),
        ("try:\n    f()\nexcept Exception as e:\n    log(e)\n", []),
        ("try:\n    f()\nexcept (ValueError, BaseException):\n    raise\n", []),
        ("try:\n    f()\nexcept ValueError:\n    pass\n", []),
    ],
)
def test_the_sweep_finds_swallowed_errors(source, lines):
    assert list(swallowed_errors(ast.parse(source))) == lines


def test_the_sweep_finds_ignored_keywords():
    assert list(ignored_keywords(ast.parse("def f(a, **kwargs):\n    return a\n"))) == ["f (line 1)"]
    assert list(ignored_keywords(ast.parse("def f(a, **kwargs):\n    return g(**kwargs)\n"))) == []
