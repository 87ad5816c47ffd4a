"""The table of converted networks: what it is made of, and that the small networks convert."""

import numpy as np
import pytest

from bench.conversions import __main__ as conversions
from bench.conversions.networks import NETWORKS, of_zoo
from remxnet.convert import convert
from remxnet.convert.targets import session
from remxnet.errors import InputError


@pytest.mark.parametrize("name", ["lstm_language_model", "mtcnn_pnet"])
def test_a_network_becomes_a_program_for_pytorch(tmp_path, name):
    (row,) = conversions.converted(name, ["py"], tmp_path, 1e-5)
    assert row.problem == ""
    assert 0 <= row.predicted < 1e-5
    assert row.trained is not None and row.trained < 1e-9
    assert row.gradients is not None and row.gradients < 1e-9


def test_states_that_come_and_go_have_their_examples_along_the_second_axis(tmp_path):
    (row,) = conversions.converted("lstm_language_model", ["pt2"], tmp_path, 1e-5)
    assert row.problem == ""


@pytest.mark.parametrize("name", ["mtcnn_pnet", "lstm_language_model"])
def test_a_network_goes_to_onnx_and_comes_back(tmp_path, name):
    out, back = conversions.converted(name, ["onnx", "back"], tmp_path, 1e-5)
    assert (out.problem, back.problem) == ("", "")
    assert back.predicted < 1e-5 and back.trained is None
    (refused,) = conversions.converted(name, ["back"], tmp_path, -1.0)
    assert "what comes back differs" in refused.problem


def test_a_model_of_one_size_is_proven_at_that_size(tmp_path):
    prefix, shapes = NETWORKS["lstm_language_model"](tmp_path)
    convert(prefix, tmp_path / "fixed.onnx", shapes=shapes)
    done = convert(str(tmp_path / "fixed.onnx"), tmp_path / "again.params", shapes=shapes)
    assert done.cases == 3 and max(each.share for each in done.outputs) < 1e-5
    run = session((tmp_path / "fixed.onnx").read_bytes())
    wrong = {name: np.zeros([length + 1 for length in shape], "float32") for name, shape in shapes.items()}
    with pytest.raises(InputError, match=r"onnxruntime does not take inputs of the shapes data0 \(6, 3\), .*Expected"):
        run(wrong)
    with pytest.raises(InputError, match="onnxruntime does not take the model"):
        session(b"no model")


def test_every_network_of_the_zoo_is_asked_for():
    assert len([name for name in conversions.chosen(None) if name not in NETWORKS]) == 34
    assert conversions.chosen(["mtcnn*", "resnet18*"]) == [
        "mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet", "resnet18_v1", "resnet18_v2",
    ]  # fmt: skip


def test_what_cannot_be_converted_is_a_row_with_its_reason(tmp_path):
    prefix, shapes = of_zoo("squeezenet1.1", tmp_path)
    assert shapes == {"data": (1, 3, 224, 224)}
    row = conversions._row("squeezenet1.1", "py", prefix, {"data": (1, 3, 8, 8)}, 1e-5)
    assert "Pooling" in row.problem


def test_the_table_has_a_line_for_each_network():
    rows = [
        conversions.Row("one", "py", 2e-7, 3e-12, 5e-11, 4.4), conversions.Row("one", "pt2", 0.0, seconds=5),
        conversions.Row("two", "py", problem="a|b", seconds=1), conversions.Row("two", "pt2", 1e-7, seconds=2),
    ]  # fmt: skip
    lines = conversions.table(rows).splitlines()
    assert lines[2] == "| one | 2.0e-07 | 3.0e-12 | 5.0e-11 | 4 | 0 | – | – | 5 |  |"
    assert lines[3] == "| two | – | – | – | 1 | 1.0e-07 | – | – | 2 | `.py`: a\\|b |"
