"""The notebooks in `examples/` run, with what is stored in them and with small parameters."""

import os
from pathlib import Path

import nbformat
import pytest

import mxnet
from remxnet import cli
from remxnet.notebooks.document import output_text
from remxnet.notebooks.parameters import parameters_of, set_parameters

pytestmark = pytest.mark.usefixtures("warm")

EXAMPLES = Path(__file__).parent.parent / "examples"
ELSEWHERE = {"homework"}  # test_homework.py
NOTEBOOKS = {
    path.stem: nbformat.read(path, as_version=4)
    for path in sorted(EXAMPLES.glob("*.ipynb"))
    if path.stem not in ELSEWHERE
}

# These take a few seconds as they are.
QUICK = {
    "channels": {"SIDE": "2", "CHANNELS": "4"},
    "convolutions": {"SIDE": "6", "STEPS": "6"},
    "learning-a-kernel": {"SIDE": "6", "STEPS": "4"},
    "padding-and-stride": {"SIDE": "5"},
    "pooling": {"IMAGE": "3", "SIDE": "5"},
}
# These train; in the tests on few images.
SHORTENED = {
    "alexnet": {"SIDE": "67", "TRAIN_IMAGES": "10", "TEST_IMAGES": "5", "EPOCHS": "1", "BATCH": "5"},
    "lenet": {"DATA": "sample", "EPOCHS": "1"},
}


@pytest.fixture(autouse=True)
def _kernels_import_this_package(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(mxnet.__file__).parents[1]), prepend=os.pathsep)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_example_is_run():
    assert set(NOTEBOOKS) == QUICK.keys() | SHORTENED.keys()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_example_is_stored_as_it_ran_from_start_to_end(name):
    notebook = NOTEBOOKS[name]
    cells = code_of(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert cells[0].metadata.tags == ["parameters"]
    assert parameters_of(notebook).keys() >= QUICK.get(name, SHORTENED.get(name, {})).keys()
    for cell in cells:
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        assert {output.output_type for output in cell.outputs} <= {"stream", "execute_result", "display_data"}, cell.id
        assert ("plt.show()" in cell.source or "draw." in cell.source) == bool(kinds & {"image/png", "text/html"}), (
            cell.id
        )
        assert ("print(" in cell.source) <= bool(output_text(cell.outputs)) or "def " in cell.source, cell.id


@pytest.mark.parametrize("name", QUICK)
def test_an_example_gives_what_is_stored_in_it(name, capsys):
    assert cli.main(["run", str(EXAMPLES / f"{name}.ipynb"), "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", SHORTENED)
def test_an_example_runs_with_small_parameters(name, tmp_path, capsys):
    settings = [part for pair in SHORTENED[name].items() for part in ("--set", "=".join(pair))]
    target = tmp_path / "executed.ipynb"
    assert cli.main(["run", str(EXAMPLES / f"{name}.ipynb"), *settings, "--output", str(target)]) == 0, (
        capsys.readouterr()
    )
    pictures, wanted = (
        [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code_of(notebook)]
        for notebook in (nbformat.read(target, as_version=4), NOTEBOOKS[name])
    )
    assert pictures == [wanted[0], 0, *wanted[1:]]  # the second cell is the one with the set parameters


def test_quick_examples_run_with_small_parameters(tmp_path, capsys):
    """All in one kernel, as one long notebook."""
    cells = []
    for name, settings in QUICK.items():
        notebook = nbformat.from_dict(NOTEBOOKS[name])
        set_parameters(notebook, settings)
        cells += code_of(notebook)
    path = tmp_path / "all.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells]), path)
    assert cli.main(["run", str(path)]) == 0, capsys.readouterr().err
