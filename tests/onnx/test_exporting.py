"""mx.onnx.export_model."""

from pathlib import Path

import numpy as np
import onnx
import pytest

import mxnet as mx
from exported import run


@pytest.fixture
def network():
    symbol = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="dense")
    symbol = mx.sym.SoftmaxOutput(symbol, name="softmax")
    return symbol, {"dense_weight": mx.nd.ones((2, 3)), "dense_bias": mx.nd.array([0, 1])}


def lengths(value):
    return [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]


@pytest.mark.parametrize("prefixed", [False, True])
@pytest.mark.parametrize("files", [False, True])
def test_a_graph_and_its_parameters(network, prefixed, files, tmp_path):
    symbol, params = network
    if prefixed:
        params = {f"arg:{name}": array for name, array in params.items()}
    if files:
        symbol.save(str(tmp_path / "net-symbol.json"))
        mx.nd.save(str(tmp_path / "net.params"), params)
        symbol, params = str(tmp_path / "net-symbol.json"), str(tmp_path / "net.params")
    path = str(tmp_path / "net.onnx")
    assert mx.onnx.export_model(symbol, params, [(1, 3)], np.float32, path) == path
    (found,) = run(onnx.load(path), {"data": mx.nd.ones((1, 3))})
    np.testing.assert_allclose(found, [[1 / (1 + np.e), np.e / (1 + np.e)]], 1e-6)
    assert [each.name for each in onnx.load(path).graph.output] == ["softmax"]
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith("part")] == []


def test_lengths_that_vary(network, tmp_path):
    symbol, params = network
    path = str(tmp_path / "net.onnx")
    mx.onnx.export_model(symbol, params, [(2, 3)], onnx_file_path=path, dynamic=True, dynamic_input_shapes=[("N", 3)])
    model = onnx.load(path)
    assert lengths(model.graph.input[0]) == ["N", 3] and lengths(model.graph.output[0]) == ["N", 2]
    mx.onnx.export_model(mx.sym.exp(mx.sym.Variable("a")), {}, [(2, 3)], onnx_file_path=path, dynamic=True)
    assert lengths(onnx.load(path).graph.output[0]) == ["a_0", "a_1"]


def test_outputs_have_their_nodes_names(tmp_path):
    data = mx.sym.Variable("data")
    parts = mx.sym.split(data, num_outputs=2, name="parts")
    symbol = mx.sym.Group([parts[1], mx.sym.exp(data, name="exp"), parts[0], data])
    model = onnx.load(mx.onnx.export_model(symbol, {}, [(2, 4)], onnx_file_path=str(tmp_path / "net.onnx")))
    assert [each.name for each in model.graph.output] == ["parts1", "exp", "parts0", "data_1"]
    found = run(model, {"data": mx.nd.ones((2, 4))})
    assert [each.shape for each in found] == [(2, 2), (2, 4), (2, 2), (2, 4)]


def test_older_names_and_more(network, tmp_path, capsys):
    symbol, params = network
    path = str(tmp_path / "net.onnx")
    mx.onnx.export_model(
        symbol, params, onnx_file_path=path, input_shape=[(2, 3)], input_type=np.float32, verbose=True,
        run_shape_inference=True,
    )  # fmt: skip
    assert capsys.readouterr().out == f"{path}: 2 nodes, 2 parameters\n"
    assert mx.onnx.mx2onnx.export_model is mx.onnx.export_model
    assert {"Convolution", "softmax", "_foreach"} & set(mx.onnx.get_operator_support())


def test_what_does_not_fit(network, tmp_path):
    symbol, params = network
    with pytest.raises(mx.MXNetError, match="in_shapes is not given"):
        mx.onnx.export_model(symbol, params)
    with pytest.raises(mx.MXNetError, match="in_shapes has 3 shapes; the graph has 2 inputs .*: data, softmax_label"):
        mx.onnx.export_model(symbol, params, [(2, 3)] * 3)
    with pytest.raises(mx.MXNetError, match="in_types has 0 dtypes for 1 inputs"):
        mx.onnx.export_model(symbol, params, [(2, 3)], [])
    with pytest.raises(mx.MXNetError, match="dynamic_input_shapes=.*; expected a shape for each input"):
        mx.onnx.export_model(symbol, params, [(2, 3)], dynamic=True, dynamic_input_shapes=[("N",)])


def test_a_refusal_leaves_the_file(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_text("what stood here")
    a = mx.sym.Variable("a")
    symbol = mx.sym.exp(mx.sym.linalg.inverse(mx.sym.linalg.inverse(a, name="one"), name="two"))
    with pytest.raises(mx.MXNetError, match=r"2 of 3 calls cannot be written:\n  one \(_linalg_inverse\): .*\n  two"):
        mx.onnx.export_model(symbol, {}, [(3, 3)], onnx_file_path=str(path))
    assert path.read_text() == "what stood here" and len(list(tmp_path.iterdir())) == 1


def test_parameters_past_one_file_lie_beside_it(network, tmp_path, monkeypatch):
    from mxnet.onnx import exporting

    symbol, params = network
    params["dense_weight"] = mx.nd.random.normal(shape=(2, 400))
    monkeypatch.setattr(exporting, "LARGEST_FILE", 1000)
    path = tmp_path / "net.onnx"
    mx.onnx.export_model(symbol, params, [(1, 400)], onnx_file_path=str(path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["net.onnx", "net.onnx.data"]
    assert path.stat().st_size < 1500 and (tmp_path / "net.onnx.data").stat().st_size >= 3200
    model = onnx.load(str(path))
    np.testing.assert_array_equal(
        onnx.numpy_helper.to_array(next(each for each in model.graph.initializer if each.name == "dense_weight")),
        params["dense_weight"].asnumpy(),
    )


@pytest.mark.parametrize("name", ["small", "mlp"])
def test_what_mxnets_own_exporter_writes_computes_the_same(name, tmp_path):
    """The outputs were computed by onnxruntime of the files that MXNet 1.9.1's export_model wrote of these models."""
    import onnxruntime

    place = Path(__file__).with_name("from_mxnet")
    file = str(tmp_path / "out.onnx")
    with np.load(place / f"{name}.npz") as kept:
        data, expected = kept["data"], kept["output"]
    mx.onnx.export_model(f"{place / name}-symbol.json", f"{place / name}.params", [data.shape], np.float32, file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"data": data})
    np.testing.assert_allclose(found, expected, 1e-5, 1e-6)
