import nbformat
import pytest

from remxnet.errors import InputError
from remxnet.notebooks.document import code_cells
from remxnet.notebooks.parameters import read_settings, set_parameters

CELL = "EPOCHS = 5\nRATE: float = 0.5\nDATA = 'all'\nSHUFFLE = True\nSIDES = (1, 2)\nTWICE = 2 * EPOCHS\nDEVICE = None"


def small(source=CELL, tags=("parameters",)):
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("text"), v4.new_code_cell(source, metadata={"tags": list(tags)})]
    return v4.new_notebook(cells=[*cells, v4.new_code_cell("EPOCHS")])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("EPOCHS=1", "EPOCHS = 1"),
        ("RATE=0.1", "RATE = 0.1"),
        ("RATE=1", "RATE = 1.0"),
        ("DATA=sample", "DATA = 'sample'"),
        ("DATA='sample'", "DATA = 'sample'"),
        ("DATA=28", "DATA = '28'"),
        ("DATA=a=b", "DATA = 'a=b'"),
        ("SHUFFLE=False", "SHUFFLE = False"),
        ("SIDES=(3,)", "SIDES = (3,)"),
        ("TWICE=7", "TWICE = 7"),
        ("DEVICE=gpu(0)", "DEVICE = 'gpu(0)'"),
        ("EPOCHS=None", "EPOCHS = None"),
    ],
)
def test_a_value_goes_into_a_cell_behind_the_parameters(text, line):
    notebook = small()
    set_parameters(notebook, read_settings([text]))
    assert [cell.source for cell in notebook.cells] == ["text", CELL, line, "EPOCHS"]
    nbformat.validate(notebook)


def test_several_values_and_the_last_of_a_name_counts():
    notebook = small()
    set_parameters(notebook, read_settings(["EPOCHS=1", "DATA=x", "EPOCHS=2"]))
    assert notebook.cells[2].source == "EPOCHS = 2\nDATA = 'x'"


def test_setting_again_replaces_what_was_set():
    notebook = small()
    set_parameters(notebook, {"EPOCHS": "1"})
    set_parameters(notebook, {"EPOCHS": "2"})
    assert [cell.source for cell in notebook.cells] == ["text", CELL, "EPOCHS = 2", "EPOCHS"]
    assert [cell.number for cell in code_cells(notebook)] == [1, 0, 2]


def test_nothing_set_changes_nothing():
    notebook = small(tags=())
    set_parameters(notebook, {})
    assert len(notebook.cells) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("EPOCHS", "NAME=VALUE"),
        ("2=3", "NAME=VALUE"),
        ("for=3", "NAME=VALUE"),
        ("=3", "NAME=VALUE"),
        ("EPOCH=3", "no parameter EPOCH; it has EPOCHS, RATE, DATA, SHUFFLE, SIDES, TWICE, DEVICE"),
        ("EPOCHS=1O", "EPOCHS is 5 in the notebook, of type int; '1O' is not"),
        ("EPOCHS=True", "of type int; 'True' is not"),
        ("EPOCHS=__import__('os')", "of type int"),
        ("RATE=fast", "of type float"),
        ("SHUFFLE=1", "of type bool"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(text, complaint):
    notebook = small()
    with pytest.raises(InputError, match=complaint):
        set_parameters(notebook, read_settings([text]))
    assert len(notebook.cells) == 3


@pytest.mark.parametrize(
    ("notebook", "complaint"),
    [(small(tags=()), "tagged 'parameters', and this notebook has none"), (small("x = = 1"), "is not Python")],
)
def test_a_notebook_without_parameters_says_so(notebook, complaint):
    with pytest.raises(InputError, match=complaint):
        set_parameters(notebook, {"EPOCHS": "1"})
