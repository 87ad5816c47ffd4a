"""Notebook files: read and checked, the text of their outputs, and written back.

Notebooks in formats 1 to 4 are read and become format 4. What a cell does is not looked at here.
"""

import json
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from mxnet.base import brief
from mxnet.serialization.files import replacing

from ..errors import InputError

__all__ = [
    "Cell",
    "cell_tags",
    "code_cells",
    "is_picture",
    "output_text",
    "read_notebook",
    "without_colours",
    "write_notebook",
]

INJECTED = "injected-parameters"  # papermill's name for the cell of values set from outside
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4,12})*|cell-\d+")
DEEPEST = 100  # levels of lists and dicts; the outputs of widgets have a dozen
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among the code cells, from 1, its place among all cells, and the text stored with it.

    The cell of values that were set from outside is not counted: its number is 0.
    """

    number: int
    index: int
    node: NotebookNode
    stored: str

    @property
    def source(self) -> str:
        """The code."""
        return self.node.source

    @property
    def title(self) -> str:
        """Its number, with its name where somebody gave it one."""
        if self.is_injected:
            return "the cell of set parameters"
        name = self.node.get("id", "")
        return f"cell {self.number}" + ("" if not name or RANDOM_ID.fullmatch(name) else f" ({name})")

    @property
    def first_line(self) -> str:
        """The first line of code, shortened."""
        lines = [line.strip() for line in self.source.splitlines()]
        code = [line for line in lines if line and not line.startswith("#")] or [line for line in lines if line]
        return textwrap.shorten(code[0], 60, placeholder=" …") if code else ""

    @property
    def is_injected(self) -> bool:
        """Whether it holds values that were set from outside."""
        return self.number == 0

    @property
    def is_random(self) -> bool:
        """Whether its output is marked as different from run to run."""
        return bool(self.node.metadata.get("random"))


def cell_tags(node: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(node.metadata.get("tags", []))


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook and make it a valid one in format 4.

    Missing or unusable cell names, execution counts and metadata are filled in; anything else that is not as the
    format has it is an error.

    Raises
    ------
    InputError
        If the file is missing, is no notebook, or is of a format that does not exist yet.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a notebook: it is not UTF-8 text") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a notebook: it is not JSON ({brief(error)})") from error
    if not isinstance(document, dict) or not {"cells", "worksheets"} & document.keys():
        raise InputError(f"{path} is not a notebook: it has no list of cells")
    if is_deeper(document, DEEPEST):
        raise InputError(f"{path} is not a notebook: what it holds is nested more than {DEEPEST} times")
    version = document.get("nbformat")
    if type(version) is not int or version < 1:
        raise InputError(f"{path} is not a notebook: its nbformat is {version!r:.40}, not a version number")
    minor = document.get("nbformat_minor", 0)
    if type(minor) is not int or minor < 0:
        raise InputError(f"{path} is not a notebook: its nbformat_minor is {minor!r:.40}, not a version number")
    if version > nbformat.current_nbformat:
        raise InputError(
            f"{path} is a notebook in format {version}; formats up to {nbformat.current_nbformat} can be read"
        )
    try:
        if version == nbformat.current_nbformat:
            complete(document)
        notebook = nbformat.convert(nbformat.reader.reads(json.dumps(document)), nbformat.current_nbformat)
        nbformat.validate(notebook, relax_add_props=True)
        json.dumps(notebook, ensure_ascii=False).encode()
        code_cells(notebook)
    except nbformat.ValidationError as error:
        raise InputError(f"{path} is not a valid notebook: {brief(str(error).strip().splitlines()[0])}") from error
    except UnicodeEncodeError as error:
        half = f"U+{ord(error.object[error.start]):04X}"
        raise InputError(f"{path} is not a valid notebook: it holds half a character, {half}") from error
    except Exception as error:  # nbformat has a conversion for each old version, which raise what they stumble over
        raise InputError(f"{path} is not a valid notebook: a cell is malformed ({error!r:.200})") from error
    return notebook


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and dicts are nested in each other more often than that; nbformat goes into them by recursion."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            item
            for each in level
            if isinstance(each, (list, dict))
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def complete(document: dict[str, Any]) -> None:
    """Fill in what can be left out without changing what a notebook means."""
    document.setdefault("metadata", {})
    minor = document.setdefault("nbformat_minor", 0)
    names: set[str] = set()
    for place, cell in enumerate(document["cells"], start=1):
        cell.setdefault("metadata", {})
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output.setdefault("execution_count", None)
        if (nbformat.current_nbformat, minor) >= (4, 5):
            name = cell.get("id")
            if not isinstance(name, str) or name in names or not VALID_ID.fullmatch(name):
                cell["id"] = f"cell-{place}"
            names.add(cell["id"])


def code_cells(notebook: NotebookNode) -> list[Cell]:
    """The code cells in order, with the text of their stored outputs."""
    cells: list[Cell] = []
    number = 0
    for index, node in enumerate(notebook.cells):
        if node.cell_type == "code":
            injected = INJECTED in cell_tags(node)
            number += not injected
            cells.append(Cell(0 if injected else number, index, node, output_text(node.outputs)))
    return cells


def output_text(outputs: list[NotebookNode]) -> str:
    """The part of a cell's outputs that can be compared: what it printed, showed as text, or raised."""
    return "".join(comparable_part(output) for output in outputs)


def is_picture(output: NotebookNode) -> bool:
    """Whether an output is an image."""
    return any(kind.startswith("image/") for kind in output.get("data", {}))


def comparable_part(output: NotebookNode) -> str:
    """The text of one output; empty for pictures and for warnings."""
    if output.output_type == "stream":
        return output.text if output.name == "stdout" else ""
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}\n"
    data = output.get("data", {})
    return "" if is_picture(output) or "text/plain" not in data else data["text/plain"] + "\n"


def without_colours(text: str) -> str:
    """The text without a terminal's colour codes."""
    return COLOURS.sub("", text)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook; a reader sees the old file or the whole new one."""
    with replacing(path, "w") as stream:
        stream.write(nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n")
