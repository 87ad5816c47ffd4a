"""The kernel that Jupyter offers: registered, started as Jupyter starts it, and taken away."""

import json
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from remxnet import cli
from remxnet.notebooks import kernelspec, session


@pytest.fixture(autouse=True)
def data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path / "jupyter"


@pytest.mark.usefixtures("warm")
def test_a_notebook_of_the_books_runs_in_it(data_directory, tmp_path, capsys):
    assert cli.main(["kernel", "install"]) == 0
    out = capsys.readouterr().out
    assert str(data_directory / "kernels" / "remxnet") in out
    assert "choose the kernel 'MXNet (remxnet, Python" in out
    (tmp_path / "gluonbook.py").write_text("beside = True\n")
    cells = [
        "!pip install mxnet d2l\nimport d2l, mxnet\nprint(d2l.__file__, mxnet.__version__)",
        "import gluonbook\nprint(gluonbook.beside)",
        "%matplotlib inline\n!echo still a shell",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, kernel_name="remxnet", timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    first, second, third = ("".join(o.get("text", "") for o in cell.outputs) for cell in notebook.cells)
    assert first.startswith("left out, as it comes with remxnet: pip install mxnet d2l\n")
    assert "remxnet/book/modules/d2l/__init__.py 1.9.1" in first
    assert second == "True\n"  # what lies beside the notebook comes first
    assert third.strip() == "still a shell"


def test_it_is_removed_and_nothing_else_is(data_directory, capsys):
    other = data_directory / "kernels" / "other"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(
        json.dumps({"argv": [sys.executable], "display_name": "Other", "language": "python"})
    )
    for arguments, complaint in (
        (["remove"], "no kernel is called 'remxnet'"),
        (["remove", "--name", "other"], "is no kernel of remxnet"),
        (["install", "--name", "other"], "is no kernel of remxnet"),
        (["install", "--name", "a b"], "expected letters, digits"),
    ):
        assert cli.main(["kernel", *arguments]) == 2
        error = capsys.readouterr().err
        assert complaint in error
        assert len(error.splitlines()) == 1
    for _ in range(2):  # a second time brings it up to date
        assert cli.main(["kernel", "install", "--name", "mine"]) == 0
    assert kernelspec.found("mine").is_dir()
    assert cli.main(["kernel", "remove", "--name", "mine"]) == 0
    assert kernelspec.found("mine") is None
    assert other.is_dir()


def test_a_cell_that_installs_nothing_of_ours_is_as_it_was():
    lines = ["!pip install pandas\n", "x = 1"]
    said = []
    assert session.cleaned(lines, said.append) is lines
    assert not said
    assert session.cleaned(["%pip install mxnet-cu101==1.7 pandas\n", "x = 1"], said.append)[1] == "x = 1"
    assert said == ["left out, as it comes with remxnet: pip install mxnet-cu101==1.7"]


def test_a_kernel_of_its_own_has_the_old_names_of_numpy(data_directory, capsys):
    assert cli.main(["kernel", "install", "--old-numpy"]) == 0
    written = json.loads((data_directory / "kernels" / "remxnet-old-numpy" / "kernel.json").read_text())
    assert "begin(old_numpy=True)" in written["argv"][-1]
    assert written["display_name"] != kernelspec.specification()["display_name"]
    assert "begin(old_numpy=False)" in kernelspec.specification()["argv"][-1]
    assert cli.main(["kernel", "remove", "--old-numpy"]) == 0
