"""List the lines of this project whose words or tokens also stand, in the same order, in another source.

usage: python tools/originality.py OTHER [OTHER ...] [--run 12] [--show facts brief] [--only PREFIX]

OTHER is a folder (or a file) of the other source. Code is compared as tokens; docstrings, comments, the sentences in
strings and plain text as words, whatever their case and punctuation. Only lines of this project are printed.

A run is one of four things. *Facts* are what two implementations of one interface must share: argument lists, class
heads, imports, literals, arguments handed on under their own names, attributes named after the argument they keep, the
argument lines of a docstring, examples; and what stands in unrelated code too (Python's library, torch's modules) and
is everybody's. *Brief* is code of which, without the facts, less than one and a half runs is left. *Allowed* is what
tools/originality_facts.toml names, with the reason why it is a fact. The rest is *open*, and is to be written anew.
Ends with 1 while something is open.
"""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import re
import subprocess
import sys
import sysconfig
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = Path(__file__).with_name("originality_facts.toml")
OURS = {".py", ".c", ".h", ".md", ".toml", ".txt", ".ipynb", ".sh"}
C_LIKE = {".c", ".h", ".cc", ".cpp", ".cu", ".cuh", ".hpp"}
THEIRS = {*OURS, *C_LIKE, ".pyi", ".rst", ".proto"}
LARGEST = 64 << 20  # bytes of a file of the other source
WORD = re.compile(r"[^\W\d_]\w*|\d+(?:\.\d+)?")
QUOTES = re.compile(r"^\w*(\"{3}|'{3}|['\"])(.*)\1$", re.DOTALL)
C_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|[^\s\w]')
C_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
PLACEHOLDER = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}|%[-+ #0]*[\d.]*[a-zA-Z]")
STATES = ("facts", "brief", "allowed", "open")
BRIEF = 1.5  # of a run: one or two short statements, which nobody could write otherwise
SENTENCE = 4  # words from which on a string is taken for text
SKIPPED = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Token:
    """A token of code or a word, its line, and the kind of fact it belongs to, if any."""

    text: str
    line: int
    fact: str = ""


@dataclass
class Unit:
    """Tokens that are compared as one sequence: the code of a file, a docstring, a block of comments, a string."""

    kind: str
    tokens: list[Token]


@dataclass(frozen=True)
class Run:
    """A stretch of one of our units that also stands in the other source."""

    kind: str
    first: int
    last: int
    windows: int
    facts: tuple[str, ...]
    longest: int  # in it that are no facts


# --- reading


def read(path: Path, facts: bool = False) -> list[Unit]:
    """Split a file into what is compared."""
    text = path.read_bytes().decode("utf-8", "replace")
    if path.suffix in {".py", ".pyi"}:
        try:
            return read_python(text, facts)
        except (SyntaxError, tokenize.TokenError, IndentationError):
            pass  # another version of Python, or a template: as text, then
    if path.suffix in C_LIKE:
        return read_c(text)
    return [Unit("text", words(text, 1))]


def words(text: str, line: int) -> list[Token]:
    """The words of a text that starts in the given line."""
    found = []
    for offset, content in enumerate(text.split("\n")):
        fact = fact_of_text(content)
        found += [Token(word.lower(), line + offset, fact) for word in WORD.findall(content)]
    return found


def fact_of_text(line: str) -> str:
    """What a line of a docstring is, if it says nothing in sentences of its own."""
    if re.match(r"\s*(>>>|\.\.\.) ", line):
        return "example"
    if re.match(r"\s*[\w*, `]+ : ", line):
        return "argument"
    if re.fullmatch(
        r"\s*(Parameters|Returns|Raises|Examples?|Attributes|References|Inputs?|Outputs?|Yields):?\s*", line
    ):
        return "heading"
    return ""


def read_c(text: str) -> list[Unit]:
    """Comments as text, the rest as tokens."""
    units = []
    for comment in C_COMMENT.finditer(text):
        units.append(Unit("comment", words(comment.group(), text.count("\n", 0, comment.start()) + 1)))
    code = C_COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)
    tokens = [Token(t, i, "") for i, line in enumerate(code.split("\n"), 1) for t in C_TOKEN.findall(line)]
    return [*units, Unit("code", tokens)]


def read_python(text: str, with_facts: bool) -> list[Unit]:
    """Code as tokens; docstrings, comments and sentences in strings as text."""
    tree = ast.parse(text)
    facts = sorted(fact_ranges(tree)) if with_facts else []
    docstrings = {
        (node.value.lineno, node.value.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    code: list[Token] = []
    units: list[Unit] = []
    comment: list[Token] = []
    string: list[Token] = []  # adjacent strings are one
    last_comment = -1
    for kind, content, (line, column) in joined(text):
        if kind == tokenize.COMMENT:
            if line != last_comment + 1:
                comment = []
                units.append(Unit("comment", comment))
            comment += words(content, line)
            last_comment = line
            continue
        if kind in SKIPPED:
            continue
        fact = next((name for start, end, name in facts if start <= (line, column) < end), "")
        if kind == tokenize.STRING:
            if (line, column) in docstrings:
                units.append(Unit("docstring", words(inside(content), line)))
                continue
            if not string:
                units.append(Unit("string", string))
            prose = words(PLACEHOLDER.sub(" ", inside(content)), line)
            string += [Token(token.text, token.line, fact or token.fact) for token in prose]
        else:
            string = []
        code.append(Token(content.replace('"', "'"), line, fact))
    units = [unit for unit in units if unit.kind != "string" or len(unit.tokens) >= SENTENCE]
    return [Unit("code", code), *units]


def inside(literal: str) -> str:
    """A string without its prefix and quotes."""
    found = QUOTES.match(literal)
    return found.group(2) if found else literal


def joined(text: str) -> Iterator[tuple[int, str, tuple[int, int]]]:
    """The tokens of Python, with an f-string as one token on every version."""
    start, end = getattr(tokenize, "FSTRING_START", None), getattr(tokenize, "FSTRING_END", None)
    lines = text.splitlines(keepends=True)
    depth, begin = 0, (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if start is not None and token.type == start:
            begin = begin if depth else token.start
            depth += 1
        elif end is not None and token.type == end:
            depth -= 1
            if not depth:
                yield tokenize.STRING, extract(lines, begin, token.end), begin
        elif not depth:
            yield token.type, token.string, token.start


def extract(lines: list[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    """The text between two places."""
    if begin[0] == end[0]:
        return lines[begin[0] - 1][begin[1] : end[1]]
    middle = lines[begin[0] : end[0] - 1]
    return "".join([lines[begin[0] - 1][begin[1] :], *middle, lines[end[0] - 1][: end[1]]])


# --- what is a fact


def fact_ranges(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """The parts of a program that its interface dictates: from, to, name."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = "class" if isinstance(node, ast.ClassDef) else "signature"
            yield (node.lineno, node.col_offset), start_of(node.body[0]), name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield start_of(node), end_of(node), "import"
        elif isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Set)) and is_literal(node):
            yield start_of(node), end_of(node), "literal"
        elif isinstance(node, ast.Call) and hands_on(node):
            yield start_of(node), end_of(node), "arguments handed on"
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and keeps_argument(node):
            yield start_of(node), end_of(node), "attribute"


def start_of(node: ast.AST) -> tuple[int, int]:
    """Where a node begins, its decorators included."""
    first: Any = next(iter(getattr(node, "decorator_list", [])), node)
    return first.lineno, first.col_offset


def end_of(node: ast.AST) -> tuple[int, int]:
    """The first place after a node."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def is_literal(node: ast.AST) -> bool:
    """Whether nothing in it is computed: constants, names, attributes of self, and collections of them."""
    if isinstance(node, ast.UnaryOp):
        return is_literal(node.operand)
    if isinstance(node, ast.Dict):
        return all(
            key is not None and is_literal(key) and is_literal(value) for key, value in zip(node.keys, node.values)
        )
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return all(is_literal(element) for element in node.elts)
    of_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return of_self or isinstance(node, (ast.Constant, ast.Name))


def hands_on(node: ast.Call) -> bool:
    """Whether a call passes names on as they are: `super().__init__(**kwargs)`, `f(data, axis=axis)`."""
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    plain = all(is_literal(value.value if isinstance(value, ast.Starred) else value) for value in values)
    constructor = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
    return plain and (constructor or len(values) > 1)


def keeps_argument(node: ast.Assign | ast.AnnAssign) -> bool:
    """Whether it is `self.name = name` or `self._name = name`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    target, value = targets[0], node.value
    return isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and target.attr.lstrip("_") == value.id


# --- comparing


class Runs:
    """The runs of a source, by their hashes; with `wanted`, only those of these hashes."""

    def __init__(self, length: int, wanted: Runs | None = None):
        self.length = length
        self.files = 0
        self._wanted = wanted
        self._known: dict[bool, set[int]] = {True: set(), False: set()}

    def add(self, path: Path) -> None:
        """Take up a file, or every file of a folder that may hold text or code."""
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in THEIRS and p.is_file())
        for file in files:
            if file.stat().st_size > LARGEST:
                print(f"{file} is left out: more than {LARGEST} bytes", file=sys.stderr)
                continue
            self.files += 1
            for unit in read(file):
                self.take(unit)

    def take(self, unit: Unit) -> None:
        """Take up a unit."""
        code = unit.kind == "code"
        found = hashes(unit.tokens, self.length)
        self._known[code].update(found if self._wanted is None else self._wanted._known[code].intersection(found))

    def hits(self, unit: Unit) -> list[int]:
        """Where in a unit the runs begin that stand here too."""
        known = self._known[unit.kind == "code"]
        return [i for i, value in enumerate(hashes(unit.tokens, self.length)) if value in known]


def stretches(unit: Unit, other: Runs, common: Runs) -> Iterator[Run]:
    """The stretches of a unit that stand in the other source, the longest possible."""
    length = other.length
    hits, everybodys = other.hits(unit), set(common.hits(unit))
    while hits:
        count = next((n for n, (a, b) in enumerate(itertools.pairwise(hits), 1) if b > a + length), len(hits))
        tokens = unit.tokens[hits[0] : hits[count - 1] + length]
        facts = dict.fromkeys(token.fact for token in tokens if token.fact)
        if everybodys.issuperset(hits[:count]):
            longest = 0
            facts["everybody's"] = ""
        else:
            longest = max(map(len, "".join("." if token.fact else "#" for token in tokens).split(".")))
        yield Run(unit.kind, tokens[0].line, tokens[-1].line, count, tuple(facts), longest)
        hits = hits[count:]


def shared(files: list[Path], other: Runs) -> Runs:
    """What files of ours and another source have in common."""
    found = Runs(other.length, wanted=other)
    for path in files:
        for unit in read(path):
            found.take(unit)
    return found


def everybodys_code() -> list[Path]:
    """Where code lies that has nothing to do with either source: Python's library, torch's modules and optimizers."""
    library = Path(sysconfig.get_paths()["stdlib"])
    torch = find_spec("torch")
    roots = torch.submodule_search_locations if torch else None
    folders = [Path(root) / part for root in roots or [] for part in ("nn", "optim", "utils/data")]
    return [*library.glob("*.py"), *(library / part for part in ("asyncio", "logging", "multiprocessing")), *folders]


def hashes(tokens: list[Token], length: int) -> Iterator[int]:
    """A number for each run of so many tokens."""
    texts = [token.text for token in tokens]
    for start in range(len(texts) - length + 1):
        yield hash(tuple(texts[start : start + length]))


# --- reporting


class Allowed:
    """The open runs that were looked at and are facts, with the reason."""

    def __init__(self, path: Path):
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._entries = content.get("fact", [])
        self._used: set[int] = set()

    def covers(self, name: str, lines: Iterable[str]) -> bool:
        """Whether an entry names this file and a text that stands in these lines."""
        text = " ".join(" ".join(lines).split())
        for number, entry in enumerate(self._entries):
            if entry["file"] == name and " ".join(entry["what"].split()) in text:
                self._used.add(number)
                return True
        return False

    def unused(self) -> list[str]:
        """The entries that no run needs any more."""
        return [f"{e['file']}: {e['what']}" for i, e in enumerate(self._entries) if i not in self._used]


def ours(prefix: str) -> list[Path]:
    """The files of this project that somebody wrote: not the generated stubs, data or the license."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [ROOT / name for name in listed if Path(name).suffix in OURS and name.startswith(prefix)]


def state_of(run: Run, length: int) -> str:
    """Judge a run by the longest part of it that is no fact."""
    if run.longest < length * 2 / 3:
        return "facts"
    return "brief" if run.kind == "code" and run.longest < length * BRIEF else "open"


def report(other: Runs, common: Runs, files: list[Path], allowed: Allowed, shown_too: list[str]) -> int:
    """Print what was found, file by file, and return how many runs are open."""
    totals = Counter[str]()
    for path in files:
        name = str(path.relative_to(ROOT))
        lines = path.read_text(encoding="utf-8").splitlines()
        shown, counts = [], Counter[str]()
        for unit in read(path, facts=True):
            for run in stretches(unit, other, common):
                own = lines[run.first - 1 : run.last]
                state = state_of(run, other.length)
                if state == "open" and allowed.covers(name, own):
                    state = "allowed"
                counts[state] += 1
                if state == "open" or state in shown_too:
                    what = (
                        state.upper()
                        if state == "open"
                        else state + (f" ({', '.join(run.facts)})" if run.facts else "")
                    )
                    shown.append(f"  {run.first}-{run.last} {run.kind}, {run.windows} in a row: {what}")
                    shown += [f"    | {line}" for line in own]
        if counts:
            print(f"{name}: {told(counts)}", *shown, sep="\n")
        totals += counts
    print(f"{len(files)} files against {other.files}: {told(totals)}")
    return totals["open"]


def told(counts: Counter[str]) -> str:
    """The number of each state."""
    return ", ".join(f"{counts[state]} {state}" for state in STATES)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("other", nargs="+", type=Path, metavar="OTHER", help="a folder or file of the other source")
    parser.add_argument("--run", type=int, default=12, help="tokens or words in a row that count (%(default)s)")
    parser.add_argument("--show", nargs="*", default=[], choices=STATES, help="show these, too")
    parser.add_argument("--only", default="", metavar="PREFIX", help="only our files whose path starts with this")
    parser.add_argument("--common", nargs="*", type=Path, metavar="DIR", help="unrelated code (Python, NumPy, torch)")
    options = parser.parse_args(arguments)
    other = Runs(options.run)
    for path in options.other:
        if not path.exists():
            parser.error(f"{path} does not exist")
        other.add(path)
    if not other.files:
        parser.error(f"no source in {', '.join(map(str, options.other))}")
    files = ours(options.only)
    common = Runs(options.run, wanted=shared(files, other))
    for path in everybodys_code() if options.common is None else options.common:
        common.add(path)
    allowed = Allowed(ALLOWED)
    still_open = report(other, common, files, allowed, options.show)
    stale = [] if options.only or options.run != 12 else allowed.unused()
    for entry in stale:
        print(f"{ALLOWED.name} names what is not found any more: {entry}")
    return 1 if still_open or stale else 0


if __name__ == "__main__":
    sys.exit(main())
