"""Figures are shown in a real Jupyter kernel, though pyplot had no part in them."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("warm")

nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

PACKAGE = Path(__file__).parents[3] / "src" / "remxnet"


@pytest.mark.filterwarnings("ignore")  # of the client's own threads and sockets
def test_a_figure_is_shown_as_a_picture(tmp_path, monkeypatch):
    import nbformat

    specification = tmp_path / "kernels" / "here"
    specification.mkdir(parents=True)
    argv = [sys.executable, "-W", "ignore", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (specification / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "here", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    # one as any function makes it, before one that draw makes
    sources = ["from remxnet.figures import new_figure", "figure = new_figure((2, 2)); figure.subplots(); figure"]
    sources += ["from remxnet import draw", "draw.max_pooling([[1, 2]], (1, 2))"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "IPYTHONDIR": str(tmp_path)}
    nbclient.NotebookClient(notebook, kernel_name="here", timeout=120).execute(env=environment)
    for cell in notebook.cells[1::2]:
        (shown,) = cell.outputs
        assert "image/png" in shown["data"]


def test_every_figure_that_is_returned_is_made_ready_for_jupyter():
    own = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    makers = {path.name for path, text in own.items() if re.search(r"\bFigure\(", text)}
    # into files: the curves of a run, the charts of a report; draw.figures makes those of sheet.py ready
    assert makers == {"figures.py", "recording.py", "charts.py", "sheet.py"}
