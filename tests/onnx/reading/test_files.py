"""ONNX files that are not to be trusted."""

import os

import numpy as np
import pytest

import mxnet as mx
from mxnet.onnx import reading

onnx = pytest.importorskip("onnx")


@pytest.fixture
def place(tmp_path, make):
    """A folder with a model whose weight can be said to lie anywhere, and a file outside of it."""
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(bytes(64))
    (folder / "weights").write_bytes(np.arange(6, dtype="float32").tobytes())

    def write(**told):
        nodes = [onnx.helper.make_node("Add", ["x", "w"], ["y"])]
        model = make(nodes, {"x": np.zeros((2, 3), "float32")}, ["y"], {"w": np.zeros((2, 3), "float32")})
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in told.items():
            tensor.external_data.add(key=key, value=str(value))
        path = folder / "net.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


def test_elements_in_a_file_beside_the_model_are_read(place):
    _, arguments, _ = reading.read(reading.opened(place(location="weights", offset=0, length=24)))
    assert arguments["w"].asnumpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert reading.opened(place(location="weights")).graph.initializer[0].raw_data


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"location": "../secret"}, "not a file in the model's folder"),
        ({"location": "{root}/secret"}, "not a file in the model's folder"),
        ({"location": "link"}, "not a file in the model's folder"),
        ({"location": "folder/secret"}, "not a file in the model's folder"),
        ({"location": ""}, "not a file in the model's folder"),
        ({"location": "gone"}, "which is not there"),
        ({"location": "weights", "offset": 8, "length": 24}, "bytes 8 to 32, and that has 24"),
        ({"location": "weights", "offset": -4}, "bytes -4"),
        ({"location": "weights", "length": "many"}, "at no number of bytes"),
    ],
)
def test_elements_are_read_from_the_models_folder_alone(told, says, place, tmp_path):
    os.symlink(tmp_path / "secret", tmp_path / "model" / "link")
    os.symlink(tmp_path, tmp_path / "model" / "folder")
    path = place(**{key: str(value).replace("{root}", str(tmp_path)) for key, value in told.items()})
    with pytest.raises(mx.MXNetError, match=says):
        reading.opened(path)


def test_elements_that_are_too_few_are_an_error(place):
    with pytest.raises(mx.MXNetError, match="tensor 'w' of dtype float cannot be read"):
        reading.read(reading.opened(place(location="weights", length=8)))


@pytest.mark.parametrize("content", [b"", b"nonsense, and a lot of it", b"\x08\x08", b"\x00" * 100])
def test_a_file_that_is_no_model_says_so(content, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(mx.MXNetError, match="is no ONNX model"):
        reading.opened(path)


def test_a_file_that_is_cut_off_is_an_error(place):
    path = place(location="weights")
    whole = path.read_bytes()
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(mx.MXNetError):
            reading.read(reading.opened(path))
