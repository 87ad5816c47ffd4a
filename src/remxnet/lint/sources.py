"""Python in files: scripts, the cells of notebooks, and all of either below a folder. Read as text, never run.

What is no Python in a cell, shell lines and IPython's own commands, becomes `pass`, so that lines keep their numbers.
"""

from __future__ import annotations

import ast
import json
import re
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..installs import without_provided_installs

__all__ = ["Part", "parts_of", "programs_below"]

LARGEST = 16 * 1024 * 1024  # bytes of a file
MOST_FILES = 20_000
MOST_CELLS = 10_000
PASSED_OVER = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
SHELL = re.compile(r"^(\s*)(?:[\w, ]+=\s*)?[!%](?!=).*$|^(\s*)\?.*$|^(\s*)[\w.]+\?{1,2}\s*$")


class Part(NamedTuple):
    """A script, or a cell of a notebook.

    Attributes
    ----------
    place : str
        the file, and the cell in it: what line numbers are behind
    tree : ast.Module
    installs : list of (int, str)
        lines that install what comes with remxnet, and what they name
    """

    place: str
    tree: ast.Module
    installs: list[tuple[int, str]]


def programs_below(path: Path) -> list[Path]:
    """The scripts and notebooks that a path stands for: itself, or all below a folder, hidden ones not.

    Raises
    ------
    InputError
        there is no such file, or too many
    """
    if not path.is_dir():
        if not path.is_file():
            raise InputError(f"cannot read {path}: there is no such file")
        return [path]
    found = []
    for each in sorted(path.rglob("*")):
        inside = each.relative_to(path).parts
        if each.suffix not in (".py", ".ipynb") or any(p.startswith(".") or p in PASSED_OVER for p in inside):
            continue
        if each.is_file():
            found.append(each)
            if len(found) > MOST_FILES:
                raise InputError(f"{path} has more than {MOST_FILES} programs; name a folder in it")
    if not found:
        raise InputError(f"there is no script and no notebook below {path}")
    return found


def parts_of(path: Path) -> Iterator[Part]:
    """The Python in a file, piece by piece.

    Raises
    ------
    InputError
        it cannot be read, or is no Python; the message begins with the place
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: larger than {LARGEST // 2**20} MiB; that is no program")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if path.suffix == ".ipynb":
        yield from _cells(path, content)
    else:
        yield _part(str(path), _decoded(path, content), cell=False)


def _decoded(path: Path, content: bytes) -> str:
    """The text of a script, by the encoding it names."""
    try:
        lines = iter(content.splitlines(keepends=True))
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise InputError(f"{path}:1: not Python: {error}") from error


def _cells(path: Path, content: bytes) -> Iterator[Part]:
    """The code cells of a notebook of format 3 or 4."""
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a notebook: not JSON ({str(error)[:200]})") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: not a notebook: it has no list of cells")
    sheets = document.get("worksheets")
    cells: Any = document.get("cells")
    if cells is None and isinstance(sheets, list):
        cells = [cell for each in sheets if isinstance(each, dict) for cell in each.get("cells") or []]
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise InputError(f"{path}: not a notebook: it has no list of cells, or too many")
    number = 0
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        number += 1
        source = cell.get("source", cell.get("input", ""))
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        yield _part(f"{path}:cell {number}", text, cell=True)


def _part(place: str, text: str, cell: bool) -> Part:
    """Parse a piece of Python."""
    installs: list[tuple[int, str]] = []
    if cell:
        text, installs = _without_commands(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the compiler says of the program's own style
            tree = compile(text, place, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        old = " (Python 2)" if "print" in str(error.msg) or re.search(r"^\s*print ", error.text or "") else ""
        raise InputError(f"{place}:{error.lineno or 1}: not Python: {error.msg}{old}") from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise InputError(f"{place}:1: cannot be parsed: {error or 'it is nested too deeply'}") from error
    return Part(place, tree, installs)


def _without_commands(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The source of a cell with `pass` for what is not Python, and the lines that install what is provided."""
    lines = text.split("\n")
    installs = []
    for number, line in enumerate(lines, start=1):
        _, names = without_provided_installs(line)
        if names:
            installs.append((number, " ".join(names)))
    first = next((line for line in lines if line.strip()), "")
    magic = first.strip().split()[0] if first.strip().startswith("%%") else ""
    if magic and magic not in ("%%time", "%%timeit", "%%capture", "%%prun"):
        return "", installs
    if magic:
        lines[lines.index(first)] = ""
    if _is_python("\n".join(lines)):
        return "\n".join(lines), installs
    continued = False
    for index, line in enumerate(lines):
        match = SHELL.match(line)
        if continued or match or line.lstrip().startswith("pip install"):
            lines[index] = "" if continued else f"{next((g for g in match.groups() if g), '') if match else ''}pass"
            continued = line.endswith("\\")
    return "\n".join(lines), installs


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
