import json
import re
import sys
from pathlib import Path

import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.notebooks import Cell, InProcessEngine, difference, read_notebook, runnable


def code(source, *outputs, tags=(), name=None):
    cell = {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": list(outputs)}
    return cell | ({"id": name} if name else {})


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(text, **other):
    return {"output_type": "execute_result", "data": {"text/plain": text, **other}, "metadata": {}}


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of the given cells and return its path."""

    def write(*cells, name="small.ipynb"):
        path = tmp_path / name
        markdown = {"cell_type": "markdown", "source": ["text"], "metadata": {}}
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [markdown, *cells]}))
        return path

    return write


def run(path, *arguments):
    return cli.main(["run", str(path), *arguments])


# --- reading


def test_stored_output_is_what_running_prints(notebook):
    path = notebook(
        code(["a = 1\n", "a"], stream(["one\n", "two\n"]), stream("warned\n", "stderr"), result("1")),
        code("plot()", result("<Figure>", **{"image/png": "aGk="})),
    )
    first, second = read_notebook(path)
    assert first == Cell(1, "cell 1", "a = 1\na", "one\ntwo\n1\n")
    assert second.stored == ""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot read"),
        ("not json", "not JSON"),
        ("[1, 2]", "no list of cells"),
        ('{"worksheets": []}', "no list of cells"),
        ('{"cells": [{"source": "x"}]}', "malformed"),
        ('{"cells": [{"cell_type": "code"}]}', "malformed"),
        ('{"cells": [3]}', "malformed"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path, content, complaint, capsys):
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=complaint):
        read_notebook(path)
    assert run(path) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert "broken.ipynb" in captured.err


# --- running


@pytest.mark.parametrize(
    ("source", "python", "left_out"),
    [
        ("x = 1", "x = 1", ()),
        ("!pip install d2l\nimport os", "pass\nimport os", ("!pip install d2l",)),
        ("%matplotlib inline\nx = 1", "pass\nx = 1", ("%matplotlib inline",)),
        ("%%time\nx = 1", "pass\nx = 1", ("%%time",)),
        ("if x:\n    !ls\ny = 2", "if x:\n    pass\ny = 2", ("!ls",)),
        ("print('%d'\n      % 3)", "print('%d'\n      % 3)", ()),
        ("text = '''\n!not a command\n'''", "text = '''\n!not a command\n'''", ()),
        ("x = = 1", "x = = 1", ()),
    ],
)
def test_commands_and_magics_are_left_out(source, python, left_out):
    assert runnable(source) == (python, left_out)


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("1 + 1", "2\n"),
        ("print('a'); 'b'", "a\n'b'\n"),
        ("None", ""),
        ("x = 3", ""),
        ("3;", ""),
        ("# nothing", ""),
    ],
)
def test_a_cell_prints_and_then_shows_its_last_value(source, output):
    assert InProcessEngine().run(Cell(1, "a", source, "")).output == output


def test_an_error_is_shown_from_the_cell_on():
    outcome = InProcessEngine().run(Cell(1, "divide", "def f(x):\n    return 1 / x\nf(0)", ""))
    assert "ZeroDivisionError" in outcome.error
    assert 'File "<divide>", line 3' in outcome.error
    assert "return 1 / x" in outcome.error
    assert "notebooks.py" not in outcome.error


def test_cells_share_a_namespace_and_print_as_they_run(notebook, capsys):
    path = notebook(code("x = 20\nprint('first')"), code("!pip install d2l\nx + 1"))
    assert run(path) == 0
    out = capsys.readouterr().out
    assert "first\n" in out
    assert "21\n" in out
    assert "left out, not Python: !pip install d2l" in out
    assert out.endswith("small.ipynb: 2 of 2 cells ran\n")


def test_an_error_stops_the_notebook(notebook, capsys):
    assert run(notebook(code("import sys"), code("sys.exit(3)"), code("print('after')"))) == 1
    captured = capsys.readouterr()
    assert "SystemExit: 3" in captured.err
    assert "after" not in captured.out
    assert "1 of 3 cells ran" in captured.out


def test_a_cell_may_be_expected_to_raise(notebook, capsys):
    assert run(notebook(code("1 / 0", tags=["raises-exception"]), code("print('after')"))) == 0
    assert "after" in capsys.readouterr().out


def test_a_notebook_runs_in_its_own_directory(notebook, tmp_path, capsys):
    (tmp_path / "values.txt").write_text("37")
    (tmp_path / "beside_the_notebook.py").write_text("ANSWER = 42")
    path = notebook(
        code("from pathlib import Path\nfrom beside_the_notebook import ANSWER"),
        code("print(Path('values.txt').read_text(), ANSWER)"),
    )
    here, import_path, main = Path.cwd(), list(sys.path), sys.modules["__main__"]
    assert run(path) == 0
    assert "37 42\n" in capsys.readouterr().out
    assert (Path.cwd(), sys.path, sys.modules["__main__"]) == (here, import_path, main)


def test_the_books_helpers_are_there_and_come_last(notebook, tmp_path, capsys):
    (tmp_path / "gluonbook.py").write_text("MINE = True")
    path = notebook(code("import d2lzh, gluonbook\nprint(hasattr(d2lzh, 'corr2d'), gluonbook.MINE)"))
    try:
        assert run(path) == 0
    finally:
        for name in ("d2lzh", "gluonbook"):
            sys.modules.pop(name, None)
    assert "True True\n" in capsys.readouterr().out


def test_cells_can_be_skipped(notebook, capsys):
    assert run(notebook(code("train()"), code("print('rest')")), "--skip", "train(") == 0
    assert "1 of 2 cells ran" in capsys.readouterr().out


# --- checking


def test_check_passes_where_the_outputs_are_the_stored_ones(notebook, capsys):
    path = notebook(
        code("from mxnet import nd\nx = nd.ones((2, 3))"),
        code("x", result("\n[[1. 1. 1.]\n [1. 1. 1.]]\n<NDArray 2x3 @cpu(0)>")),
        code("print('a'); print('b')", stream("a\n"), stream("b\n")),
        code("object()", result("<object object at 0x7f0000000000>")),
        code("print('nothing stored')"),
    )
    assert run(path, "--check") == 0
    assert capsys.readouterr().out == "small.ipynb: 5 of 5 cells ran, 3 of 3 stored outputs match\n"


def test_check_shows_what_differs(notebook, capsys):
    path = notebook(code("print('same\\nnew')", stream("same\nold\n"), name="the-cell"), code("1", result("1")))
    assert run(path, "--check") == 1
    out = capsys.readouterr().out
    assert "the-cell: the output differs from the stored one" in out
    assert re.search(r"^-old\n\+new$", out, re.MULTILINE)
    assert out.endswith("2 of 2 cells ran, 1 of 2 stored outputs match\n")


def test_check_fails_where_a_cell_raises(notebook, capsys):
    assert run(notebook(code("print('x')", stream("x")), code("1 / 0")), "--check") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_without_check_nothing_is_compared(notebook):
    assert run(notebook(code("1", result("2")))) == 0


def test_blanks_do_not_make_a_difference():
    assert difference("a   b\n\nc\n", "a b\nc") == ""
    assert difference("a b", "ab") != ""
