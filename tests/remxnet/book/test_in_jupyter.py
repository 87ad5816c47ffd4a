"""The helpers in a real Jupyter kernel."""

import json
import os
import sys

import pytest

pytestmark = pytest.mark.usefixtures("warm")

nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """Run cells in a kernel of this interpreter; the outputs of the last one."""
    import nbformat

    specification = tmp_path / "kernels" / "here"
    specification.mkdir(parents=True)
    argv = [sys.executable, "-W", "ignore", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (specification / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "here", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def run(*sources):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        client = nbclient.NotebookClient(notebook, kernel_name="here", timeout=120)
        environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        environment["IPYTHONDIR"] = str(tmp_path)
        client.execute(env=environment)
        return notebook.cells[-1].outputs

    return run


@pytest.mark.filterwarnings("ignore")  # of the client's own threads and sockets
def test_animator_draws_as_the_model_trains(outputs):
    shown = outputs(
        "from remxnet.book.plotting import Animator",
        "animator = Animator(legend=['train loss', 'test acc'])\n"
        "for epoch in range(3):\n"
        "    animator.add(epoch, (1 / (epoch + 1), None))\n"
        "print(len(animator.X[0]), 'points')",
    )
    pictures = [output for output in shown if "image/svg+xml" in output.get("data", {})]
    assert len(pictures) == 1, shown  # drawn over, not three below each other
    assert "3 points\n" in [output.get("text") for output in shown]
