import json

import nbformat
import pytest

from remxnet.errors import InputError
from remxnet.installs import without_provided_installs
from remxnet.notebooks.document import code_cells, read_notebook, write_notebook
from remxnet.notebooks.parameters import set_parameters


def test_stored_output_is_what_running_gives(notebook, parts):
    code, stream, result = parts
    raised = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["\x1b[31mlong\x1b[0m"]}
    path = notebook(
        code(["a = 1\n", "a"], stream(["one\n", "two\n"]), stream("warned\n", "stderr"), result("1")),
        code("plot()", result("<Figure>", **{"image/png": "aGk="})),
        code("raise ValueError('no')", raised),
    )
    first, second, third = code_cells(read_notebook(path))
    assert (first.number, first.source, first.stored) == (1, "a = 1\na", "one\ntwo\n1\n")
    assert second.stored == ""
    assert third.stored == "ValueError: no\n"


def test_a_cell_is_told_by_its_number_and_by_a_name_that_somebody_gave(notebook, parts):
    code, *_ = parts
    path = notebook(code("# why\n\nx = 1"), code("y = 1", name="the-loop"), code("z = 1", name="3f2a90bc"))
    cells = code_cells(read_notebook(path))
    assert [cell.title for cell in cells] == ["cell 1", "cell 2 (the-loop)", "cell 3"]
    assert cells[0].first_line == "x = 1"


def cell_of(source):
    """A notebook of one cell, whose source is this JSON text."""
    cell = f'{{"cell_type": "code", "source": {source}, "metadata": {{}}, "outputs": [], "execution_count": null}}'
    return f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{cell}]}}'.encode()


def old_output(output):
    """A notebook in format 3 of one cell, which has this JSON text for an output."""
    cell = f'{{"cell_type": "code", "input": ["1"], "language": "python", "metadata": {{}}, "outputs": [{output}]}}'
    sheets = f'[{{"cells": [{cell}], "metadata": {{}}}}]'
    return f'{{"nbformat": 3, "nbformat_minor": 0, "metadata": {{"name": ""}}, "worksheets": {sheets}}}'.encode()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot read"),
        (b"not json", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "no list of cells"),
        (b'{"metadata": {}}', "no list of cells"),
        (b'{"cells": []}', "nbformat is None"),
        (b'{"nbformat": "4", "cells": []}', "nbformat is '4'"),
        (b'{"nbformat": 7, "nbformat_minor": 0, "metadata": {}, "cells": []}', "in format 7; formats up to 4"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "cells": [{"source": "x"}]}', "malformed"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "cells": [{"cell_type": "code"}]}', "source"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "cells": [3]}', "malformed"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "cells": {"a": 1}}', "malformed"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "cells": [{"cell_type": "code", "source": 7}]}', "valid"),
        (b'{"nbformat": 4, "nbformat_minor": "5", "cells": []}', "nbformat_minor is '5', not a version number"),
        (b'{"nbformat": 4, "nbformat_minor": -1, "cells": []}', "nbformat_minor is -1"),
        (b'{"nbformat": true, "nbformat_minor": 1, "cells": []}', "nbformat is True"),
        (cell_of("\"x = '\\ud800'\""), r"half a character, U\+D800"),
        (old_output('{"output_type": "stream", "stream": "stdout"}'), "valid notebook"),
        (old_output('{"output_type": "pyout", "prompt_number": 1, "text": 3}'), "valid notebook"),
        (old_output('{"output_type": "stream", "stream": "stdout", "text": null}'), "valid notebook"),
        (old_output("null"), "valid notebook"),
        (cell_of(f"{'[' * 200}{']' * 200}"), "nested more than 100 times"),
        (cell_of(f'{{"{"x" * 10_000}": 1}}'), "valid notebook"),
    ],
)
def test_what_is_no_notebook_is_named_in_one_line(tmp_path, content, complaint, run, capsys):
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        read_notebook(path)
    assert run(path) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith("remxnet run: ")
    assert "broken.ipynb" in captured.err


@pytest.mark.parametrize(
    "source", ["A = " + "-" * 20_000 + "1 # pip", "A = 1" + "+1" * 50_000 + " # pip", "(" * 5_000 + "# pip"]
)
def test_a_cell_that_python_cannot_read_is_left_to_run(source):
    assert without_provided_installs(f"{source} # pip") == (f"{source} # pip", [])


@pytest.mark.parametrize("source", ["A = " + "-" * 20_000 + "1", "A = 1" + "+1" * 50_000, "A = 'x\0'"])
def test_parameters_that_python_cannot_read_are_one_line(notebook, parts, source):
    code, *_ = parts
    document = read_notebook(notebook(code(source, tags=["parameters"])))
    with pytest.raises(InputError, match="the cell tagged 'parameters'"):
        set_parameters(document, {"A": "1"})


def test_an_old_notebook_is_read(tmp_path):
    path = tmp_path / "old.ipynb"
    cell = {"cell_type": "code", "input": ["print(1)"], "language": "python", "metadata": {}, "collapsed": False}
    output = {"output_type": "stream", "stream": "stdout", "text": ["1\n"]}
    sheet = {"cells": [cell | {"outputs": [output]}], "metadata": {}}
    path.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}))
    (only,) = code_cells(read_notebook(path))
    assert (only.source, only.stored) == ("print(1)", "1\n")


def test_names_that_are_missing_double_or_impossible_are_made_anew(notebook, parts):
    code, *_ = parts
    cells = code("1", name="a"), code("2", name="a"), code("3", name="not a name"), code("4")
    read = read_notebook(notebook(*cells))
    assert [cell.id for cell in read.cells] == ["cell-1", "a", "cell-3", "cell-4", "cell-5"]
    assert "id" not in read_notebook(notebook(code("1"), minor=2)).cells[1]


def test_a_notebook_of_a_later_minor_format_is_read(notebook, parts):
    code, *_ = parts
    path = notebook(code("1", name="a") | {"new in 4.99": True}, minor=99)
    assert [cell.source for cell in code_cells(read_notebook(path))] == ["1"]


def test_what_is_written_is_a_valid_notebook(notebook, parts, tmp_path):
    code, *_ = parts
    target = tmp_path / "written.ipynb"
    write_notebook(read_notebook(notebook(code("1"))), target)
    nbformat.validate(nbformat.read(target, as_version=4))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.ipynb", "written.ipynb"]
