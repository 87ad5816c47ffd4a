import pytest

import mxnet as mx
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, train
from remxnet.experiments.models import Model
from remxnet.experiments.names import find_family, find_model

WIDE = """
from remxnet.experiments.families import FREE, WIDTH, Dense, Family

wide = Family("very-wide", "one wide layer", (Dense(4 * WIDTH), Dense(FREE)))
number = 3
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text, name="my.py"):
        (tmp_path / name).write_text(text)
        return name

    return write


def test_a_familys_model_has_the_layers_of_its_size():
    net = find_model("mlp:12x5").build(10)
    net.initialize()
    net(mx.nd.zeros((1, 1, 28, 28)))
    assert [parameter.shape for parameter in net.collect_params().values()][::2] == [(12, 784), (5, 12), (10, 5)]


def test_a_size_that_is_left_out_is_as_planned():
    planned, given = (find_model(name).build(10) for name in ("conv-pool:9", "conv-pool:9x9"))
    assert repr(planned) == repr(given)


@pytest.mark.parametrize("name", ["my.py:wide", "my.py:very-wide"])
def test_a_family_from_a_file_goes_by_its_name_or_its_variables(file, name):
    file(WIDE)
    assert find_family(name).summary == "one wide layer"
    assert find_model(f"{name}:3x8").build(10)[0]._units == 12


def test_a_family_from_a_file_trains_like_any_model(file, tmp_path, capsys):
    file(WIDE)
    assert cli.main(["train", "my.py:wide:3", "--data", "sample", "--epochs", "1", "--output", "run"]) == 0
    assert "my.py:wide:3, " in capsys.readouterr().out
    run = train(Settings("conv:6", "sample", 1, output="another"))
    assert run.results[0].test_accuracy > 0.1


def test_a_file_may_import_its_neighbours_and_make_models(file):
    file("SIZE = 6\n", "sizes_beside.py")
    file(
        "from mxnet.gluon import nn\nfrom sizes_beside import SIZE\nfrom remxnet.experiments.models import Model\n"
        "mine = Model('mine', 'one layer', lambda classes: nn.Dense(classes + SIZE), 0.1, 0.0)\n"
    )
    model = find_model("my.py:mine")
    assert isinstance(model, Model)
    assert model.build(4)._units == 10


@pytest.mark.parametrize(
    ("text", "family", "complaint"),
    [
        ("def f():\n    return 1 / 0\nf()\n", "wide", "my.py, line 2: ZeroDivisionError: division by zero"),
        ("wide = (\n", "wide", "my.py, line 1: SyntaxError: '(' was never closed"),
        ("import sys\nsys.exit('bye')\n", "wide", "my.py, line 2: SystemExit: bye"),
        ("import not_there_at_all\n", "wide", "my.py, line 1: ModuleNotFoundError: No module named 'not_there_at_all'"),
        (
            "from remxnet.experiments.families import *\n\nDense(0)\n",
            "wide",
            "my.py, line 3: ValueError: Dense: units=0",
        ),
        (WIDE, "narrow", "my.py has no family called 'narrow'; its families are very-wide"),
        ("", "wide", "my.py has no family called 'wide'; it makes no Family"),
        (WIDE, "number", "my.py: number is of type int; expected a remxnet.experiments.families.Family"),
        (WIDE, "Dense", "my.py: Dense is of type type; expected"),
    ],
)
def test_a_file_that_is_no_use_is_one_line_with_the_place(file, text, family, complaint):
    file(text)
    with pytest.raises(InputError) as raised:
        find_family(f"my.py:{family}")
    assert str(raised.value).startswith(complaint)
    assert len(str(raised.value).splitlines()) == 1


def test_a_layer_that_raises_when_it_is_built_is_one_line_with_the_place(file):
    file(
        "from dataclasses import dataclass\n"
        "from remxnet.experiments.families import *\n"
        "@dataclass(frozen=True)\n"
        "class Mine(Layer):\n"
        "    def block(self):\n"
        "        return [][1]\n"
        "odd = Family('odd', '', (Dense(WIDTH), Mine()))\n"
    )
    with pytest.raises(InputError, match=r"^my.py, line 6: IndexError: list index out of range$"):
        find_model("my.py:odd:3").build(10)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere.py:wide:3", "nowhere.py: No such file or directory"),
        ("lenet:3", "no family is called 'lenet'; there are mlp, conv, conv-pool, and FILE.py:FAMILY"),
        ("mlp:0", "model 'mlp:0': size '0'; expected WIDTH or WIDTHxSIZE, such as 50 or 50x75"),
        ("mlp:", "model 'mlp:': size ''; expected WIDTH"),
        ("mlp:3x", "size '3x'; expected WIDTH"),
        ("mlp:1000000000", "size '1000000000'; expected WIDTH"),
        ("a:b:c", "'a:b:c' names no family; expected FAMILY or FILE.py:FAMILY"),
        ("my.py:wide", "model 'my.py:wide': a family without a width; expected my.py:wide:WIDTH"),
        ("my.py:one:3x4", "model 'my.py:one:3x4': family 'one' makes no layer from FREE; expected a width alone"),
    ],
)
def test_a_name_that_is_no_model_is_one_line_and_exit_2(file, name, complaint, capsys):
    file(WIDE + "one = Family('one', '', (Dense(WIDTH),))\n")
    assert cli.main(["train", name, "--data", "sample"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("remxnet train: ")
    assert complaint in error
    assert len(error.splitlines()) == 1


def test_a_comparison_wants_families_without_a_size():
    with pytest.raises(InputError, match="names a family and a size; expected the family alone"):
        find_family("mlp:12")
    with pytest.raises(InputError, match="'my.py' is a file; add the family in it, as in my.py:wide"):
        find_family("my.py")
