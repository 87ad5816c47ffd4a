"""examples/homework.ipynb runs, shortened by its parameters, and gives a table, its findings and pictures."""

import os
from pathlib import Path

import nbformat
import pytest

import mxnet
from remxnet import cli

pytestmark = pytest.mark.usefixtures("warm")

NOTEBOOK = Path(__file__).parent.parent / "examples" / "homework.ipynb"
SMALL = ("DATA=sample", "BUDGET=4000", "EPOCHS=1", "SEEDS=1")


def outputs(notebook, cell_id):
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    return cell.outputs


def kinds(notebook, cell_id):
    return {kind for output in outputs(notebook, cell_id) for kind in output.get("data", {})}


def printed(notebook, cell_id):
    return "".join(output.get("text", "") for output in outputs(notebook, cell_id))


def test_the_homework_runs_with_small_parameters(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", str(Path(mxnet.__file__).parents[1]), prepend=os.pathsep)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where it keeps its runs
    target = tmp_path / "executed.ipynb"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    assert cli.main(["run", str(NOTEBOOK), *settings, "--output", str(target)]) == 0, capsys.readouterr()
    executed = nbformat.read(target, as_version=4)
    assert kinds(executed, "answer") >= {"text/html", "image/png"}
    assert kinds(executed, "classes") >= {"image/png"}
    assert printed(executed, "training").count("of the test images are right") == 3
    by_hand = printed(executed, "by-hand").removesuffix(" parameters\n")
    assert printed(executed, "layers-conv-pool").splitlines()[-1].split()[1] == by_hand
    assert len(list(tmp_path.glob("*/homework/*-seed-0/metrics.jsonl"))) == 3


def test_the_stored_answer_is_that_of_all_images():
    stored = nbformat.read(NOTEBOOK, as_version=4)
    assert "60000 training and 10000 test images" in printed(stored, "imports")
    assert kinds(stored, "answer") >= {"text/html", "image/png"}
    text = "".join(output.data.get("text/plain", "") for output in outputs(stored, "answer"))
    for family in ("mlp", "conv", "conv-pool"):
        assert f"\n{family} " in text
