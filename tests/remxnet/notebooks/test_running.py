"""Notebooks in kernels. A kernel takes a second to start, so one notebook here asks several questions."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

pytestmark = pytest.mark.usefixtures("warm")


def executed(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_cells_share_a_kernel_and_show_what_a_notebook_shows(notebook, parts, run, tmp_path, capsys):
    code, *_ = parts
    (tmp_path / "values.txt").write_text("37")
    (tmp_path / "gluonbook.py").write_text("MINE = True")
    path = notebook(
        code("!pip install d2l\nx = 20\nprint('first')"),
        code("# one more\nx + 1"),
        code("x;"),
        code("open('values.txt').read()"),
        code("import d2lzh, d2l, gluonbook, mxnet\nprint(hasattr(d2lzh, 'corr2d'), gluonbook.MINE, mxnet.__file__)"),
        code("raise ValueError('meant')", tags=["raises-exception"]),
        code("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
        code("train()"),
        code("import numpy\nnumpy.float, numpy.arange(3, dtype='u1').tostring(), float(numpy.ones((1, 1)))"),
    )
    stored = path.read_bytes()
    target = tmp_path / "executed.ipynb"
    assert run(path, "--output", target, "--skip", "train(", "--old-numpy") == 0
    out, err = capsys.readouterr()
    assert err == ""
    for line in (
        "first",
        "21",
        "'37'",
        "cell 1: d2l comes with remxnet, and what would install it was left out",
        "[2/9] x + 1",
        r"(float, b'\x00\x01\x02', 1.0)",
    ):
        assert line in out.splitlines()
    assert "20" not in out.splitlines()
    import mxnet

    assert f"True True {mxnet.__file__}" in out
    assert out.endswith(f"small.ipynb: 8 of 9 cells ran\nwritten  {target}\n")
    assert "\x1b" not in out
    assert path.read_bytes() == stored
    cells = executed(target)
    assert cells[0].source == "!pip install d2l\nx = 20\nprint('first')"
    assert [cell.execution_count for cell in cells] == [1, 2, 3, 4, 5, 6, 7, None, 8]
    assert cells[5].outputs[0].evalue == "meant"
    assert cells[6].outputs[0].data["image/png"].startswith("iVBOR")


def test_check_compares_with_what_is_stored(notebook, parts, run, capsys):
    code, stream, result = parts
    path = notebook(
        code("from mxnet import nd\nx = nd.ones((2, 3))"),
        code("x", result("\n[[1. 1. 1.]\n [1. 1. 1.]]\n<NDArray 2x3 @cpu(0)>")),
        code("print('a'); print('b')", stream("a\n"), stream("b\n")),
        code("print(object())", result("<object object at 0x7f0000000000>")),
        code("print('same\\nnew')", stream("same\nold\n"), name="the-cell"),
        code("print('by chance')", stream("other"), random=True),
        code("1 / 0", stream("ZeroDivisionError: division by zero"), tags=["raises-exception"]),
        code("print('nothing stored')"),
    )
    assert run(path, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "cell 5 (the-cell): the output differs from the stored one",
        *("--- stored", "+++ printed", "@@ -1,2 +1,2 @@", " same", "-old", "+new"),
        "small.ipynb: 8 of 8 cells ran, 4 of 5 stored outputs match, 1 random ones not compared",
    ]
    assert run(path, "--check", "--exact", "--skip", "same") == 1
    assert "-other" in capsys.readouterr().out


def test_a_notebook_that_agrees_passes(notebook, parts, run, capsys):
    code, stream, _ = parts
    assert run(notebook(code("print('a')", stream("a\n"))), "--check") == 0
    assert capsys.readouterr().out == "small.ipynb: 1 of 1 cells ran, 1 of 1 stored outputs match\n"


def test_an_error_is_told_by_the_lines_of_the_notebook(notebook, parts, run, tmp_path, capsys):
    code, *_ = parts
    path = notebook(
        code("import json\ndef f(x):\n    return json.loads(x)"),
        code("# call\nf('{')", name="call"),
        code("print('after')"),
    )
    target = tmp_path / "out.ipynb"
    assert run(path, "--output", target) == 1
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "small.ipynb: cell 2 (call) raised JSONDecodeError: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "  cell 2 (call), line 2: f('{')",
        "  cell 1, line 3: return json.loads(x)",
    ]
    assert "after" not in out.splitlines()
    assert "1 of 3 cells ran" in out
    assert executed(target)[1].outputs[0].ename == "JSONDecodeError"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 1\nx = = 1", ["cell 1 raised SyntaxError: invalid syntax", "  cell 1, line 2: x = = 1"]),
        ("raise SystemExit(3)", ["cell 1 raised SystemExit: 3"]),
        ("input()", ["cell 1 raised StdinNotImplementedError", "  cell 1, line 1: input()"]),
        ("raise ValueError('line\\n' * 30)", ["cell 1 raised ValueError: line", "    … and 23 more lines"]),
        ("import os\nos._exit(3)", ["the kernel died in cell 1, exit code 3"]),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", ["the kernel died in cell 1, ended by SIGTERM"]),
        ("import time\ntime.sleep(60)", ["cell 1 took longer than 1.5 s"]),
    ],
)
def test_what_stops_a_notebook_is_one_clear_line(notebook, parts, run, source, complaint, capsys):
    code, *_ = parts
    path = notebook(code(source), code("1"))
    stored = path.read_bytes()
    assert run(path, "--timeout", 1.5 if "sleep" in source else 60, "--output", path) == 1
    out, err = capsys.readouterr()
    told = [line for line in err.splitlines() if line.startswith(("small.ipynb", "  cell", "    …"))]
    assert told[0].startswith(f"small.ipynb: {complaint[0]}")
    assert all(line in told for line in complaint[1:])
    assert "0 of 2 cells ran" in out
    assert path.read_bytes() == stored  # it was to be overwritten by the executed one


def test_the_notebook_itself_is_overwritten_when_it_is_named(notebook, parts, run):
    code, stream, _ = parts
    path = notebook(code("N = 1", tags=["parameters"]), code("print(N)", stream("old")))
    assert run(path, "--output", path, "--set", "N=7") == 0
    cells = executed(path)
    assert [cell.source for cell in cells] == ["N = 1", "N = 7", "print(N)"]
    assert cells[2].outputs[0].text == "7\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "N=2"], "tagged 'parameters'"),
        (["--output", "nowhere/x.ipynb"], "there is no directory nowhere"),
        (["--exact"], "give both"),
    ],
)
def test_what_cannot_be_done_is_one_line_before_a_kernel_starts(notebook, parts, run, arguments, complaint, capsys):
    code, *_ = parts
    assert run(notebook(code("1")), *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert complaint in err


@pytest.mark.parametrize("seconds", ["0", "soon", "inf", "-1"])
def test_a_timeout_is_a_positive_number(run, seconds, capsys):
    with pytest.raises(SystemExit) as stopped:
        run("x.ipynb", f"--timeout={seconds}")
    assert stopped.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_kernel_that_cannot_start_is_one_line(notebook, parts, run, tmp_path, monkeypatch, capsys):
    code, *_ = parts
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'No module named ipykernel_launcher' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    assert run(notebook(code("1"))) == 2
    assert capsys.readouterr().err == ("remxnet run: the kernel did not start: No module named ipykernel_launcher\n")


def test_without_what_runs_notebooks_the_way_to_get_it_is_named(notebook, parts, run, monkeypatch, capsys):
    code, *_ = parts
    for name in [name for name in sys.modules if name.startswith("remxnet.notebooks")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("remxnet.notebooks", raising=False)
    monkeypatch.setitem(sys.modules, "nbclient", None)
    assert run(notebook(code("1"))) == 2
    assert "nbclient, which runs notebooks, is missing: pip install 'remxnet[notebooks]'" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_interrupting_ends_the_kernel_and_keeps_what_ran(notebook, parts, tmp_path):
    code, *_ = parts
    wait = "import os, time\nopen('kernel.pid', 'w').write(str(os.getpid()))\nprint('here', flush=True)\ntime.sleep(60)"
    path, target = notebook(code("print('first')"), code(wait)), tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "remxnet.cli", "run", str(path), "--output", str(target)]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while (line := program.stdout.readline()) not in ("here\n", ""):
        pass
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=60)
    assert (line, program.returncode, err) == ("here\n", 130, "remxnet run: interrupted\n")
    assert executed(target)[0].outputs[0].text == "first\n"
    kernel = int((tmp_path / "kernel.pid").read_text())
    deadline = time.monotonic() + 20
    while is_running(kernel) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(kernel)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
