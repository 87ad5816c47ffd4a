"""Values given from outside to a notebook that names its parameters.

A cell tagged `parameters` assigns the values a reader may want to change; what is set from outside goes into a cell of
its own behind it, tagged `injected-parameters`. Both tags are papermill's.
"""

import ast
import keyword
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from ..errors import InputError
from .document import INJECTED, cell_tags

__all__ = ["parameters_of", "read_settings", "set_parameters"]

TAG = "parameters"


def read_settings(texts: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a dictionary; the last one counts.

    Raises
    ------
    InputError
        If a text has no `=` or no Python name before it.

    Examples
    --------
    >>> read_settings(["EPOCHS=1", "DATA=sample"])
    {'EPOCHS': '1', 'DATA': 'sample'}
    """
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier() or keyword.iskeyword(name):
            raise InputError(f"--set takes NAME=VALUE, with a Python name; it got {text!r}")
        settings[name] = value.strip()
    return settings


def parameters_of(notebook: NotebookNode) -> dict[str, ast.expr]:
    """The names that the parameters cell assigns, each with what it assigns; empty without such a cell."""
    place = tagged(notebook, TAG)
    if place is None:
        return {}
    try:
        statements = ast.parse(notebook.cells[place].source).body
    except SyntaxError as error:
        raise InputError(f"the cell tagged {TAG!r} is not Python: {error.msg}, line {error.lineno}") from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise InputError(f"the cell tagged {TAG!r} cannot be read: {error or 'it is nested too deeply'}") from error
    found: dict[str, ast.expr] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign):
            found |= {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            found[statement.target.id] = statement.value
    return found


def set_parameters(notebook: NotebookNode, settings: Mapping[str, str]) -> None:
    """Put a cell with the given values behind the parameters cell, in place of one that is already there.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    settings : mapping of str to str
        Each value as typed: a Python literal of the kind of the notebook's own value, or the bare text of a string.

    Raises
    ------
    InputError
        If the notebook has no such parameter, or the value is of another kind than the notebook's.
    """
    if not settings:
        return
    known = parameters_of(notebook)
    place = tagged(notebook, TAG)
    if place is None:
        raise InputError(f"--set needs a cell tagged {TAG!r}, and this notebook has none")
    lines = []
    for name, text in settings.items():
        if name not in known:
            raise InputError(f"the notebook has no parameter {name}; it has {', '.join(known) or 'none'}")
        lines.append(f"{name} = {value_like(name, known[name], text)!r}")
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        del cell["id"]
    before = tagged(notebook, INJECTED)
    if before is not None:
        notebook.cells[before] = cell
    else:
        notebook.cells.insert(place + 1, cell)


def tagged(notebook: NotebookNode, tag: str) -> int | None:
    """The place of the first code cell with a tag."""
    places = (i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and tag in cell_tags(cell))
    return next(places, None)


def value_like(name: str, default: ast.expr, text: str) -> Any:
    """The value that was typed, of the kind that the notebook's own value has."""
    try:
        own = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        own = None  # computed: any literal will do
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = text
    if isinstance(own, str) and not isinstance(value, str):
        value = text  # 28 or True for a name is the text
    if isinstance(own, float) and type(value) is int:
        value = float(value)
    if own is not None and value is not None and type(value) is not type(own):
        raise InputError(f"{name} is {own!r} in the notebook, of type {type(own).__name__}; {text!r} is not")
    return value
