"""Figures are shown in a real Jupyter kernel, though pyplot had no part in them."""

import json
import os
import sys

import pytest

nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")


@pytest.mark.filterwarnings("ignore")  # of the client's own threads and sockets
def test_a_figure_is_shown_as_a_picture(tmp_path, monkeypatch):
    import nbformat

    specification = tmp_path / "kernels" / "here"
    specification.mkdir(parents=True)
    argv = [sys.executable, "-W", "ignore", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (specification / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "here", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    sources = ["from remxnet import draw", "draw.max_pooling([[1, 2]], (1, 2))"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "IPYTHONDIR": str(tmp_path)}
    nbclient.NotebookClient(notebook, kernel_name="here", timeout=120).execute(env=environment)
    (shown,) = notebook.cells[-1].outputs
    assert "image/png" in shown["data"]
