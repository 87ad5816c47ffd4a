"""Graphs of ONNX as a whole: open lengths, names, what is refused and how."""

import numpy as np
import pytest

import mxnet as mx
from mxnet.onnx import reading

onnx = pytest.importorskip("onnx")
node = onnx.helper.make_node if hasattr(onnx, "helper") else None


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def classifier():
    """A convolution and a layer, with a shape computed on the way as exporters write it."""
    nodes = [
        node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        node("Relu", ["c"], ["r"]),
        node("Shape", ["r"], ["shape"]),
        node("Gather", ["shape", "zero"], ["n"]),
        node("Unsqueeze", ["n", "axis"], ["first"]),
        node("Concat", ["first", "rest"], ["flat"], axis=0),
        node("Reshape", ["r", "flat"], ["f"]),
        node("Gemm", ["f", "fc"], ["y"], transB=1),
    ]
    constants = {
        "w": data(4, 3, 3, 3), "fc": data(5, 64, seed=1), "zero": np.array(0), "axis": np.array([0]),
        "rest": np.array([-1]),
    }  # fmt: skip
    return nodes, constants


def test_a_batch_that_is_open_stays_open(make, agree):
    nodes, constants = classifier()
    model = make(nodes, {"x": data(1, 3, 4, 4)}, ["y"], constants, shapes={"x": ["N", 3, 4, 4]})
    symbol = agree(model, *[{"x": data(batch, 3, 4, 4, seed=batch)} for batch in (1, 2, 5)])
    assert symbol.attr_dict()["f"]["shape"] == "(0, 64)"
    assert symbol.list_arguments() == ["x", "w", "fc"]


def test_a_graph_that_needs_its_lengths_gets_those_that_are_given(make, agree):
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "one"], ["length"]),
        node("Range", ["zero", "length", "one"], ["places"]),
        node("Cast", ["places"], ["p"], to=onnx.TensorProto.FLOAT),
        node("Add", ["x", "p"], ["y"]),
    ]
    constants = {"zero": np.array(0), "one": np.array(1)}
    model = make(nodes, {"x": data(2, 7)}, ["y"], constants, shapes={"x": ["N", "T"]})
    agree(model, {"x": data(3, 7)}, shapes={"x": (3, 7)})
    with pytest.warns(UserWarning, match=r"y \(Add\): p depends .*open are those of x \(1, 16\)"):
        reading.read(model)


def test_states_that_start_from_zeros_take_any_batch(make, agree):
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Slice", ["s", "one", "two"], ["n"]),
        node("Concat", ["one", "n", "four"], ["start"], axis=0),
        node("ConstantOfShape", ["start"], ["h"]),
        node("RNN", ["x", "w", "r", "", "", "h"], ["all", "last"], hidden_size=4),
    ]
    constants = {
        "one": np.array([1]), "two": np.array([2]), "four": np.array([4]), "w": data(1, 4, 3), "r": data(1, 4, 4),
    }  # fmt: skip
    model = make(nodes, {"x": data(5, 1, 3)}, ["all", "last"], constants, shapes={"x": [5, "N", 3]})
    agree(model, {"x": data(5, 1, 3)}, {"x": data(5, 3, 3)})


def test_a_known_condition_chooses_its_branch(make, agree):
    def branch(op):
        value = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [2, 3])
        return onnx.helper.make_graph([node(op, ["x"], ["out"])], op, [], [value])

    nodes = [
        node("Size", ["x"], ["size"]),
        node("Equal", ["size", "six"], ["is"]),
        node("If", ["is"], ["y"], then_branch=branch("Relu"), else_branch=branch("Neg")),
    ]
    model = make(nodes, {"x": data(2, 3)}, ["y"], {"six": np.array(6)})
    assert [n for n in agree(model, {"x": data(2, 3)}).get_internals().list_outputs() if "y" in n] == ["y_output"]


def test_nodes_may_stand_in_any_order_and_outputs_may_be_inputs_or_constants(make, compute):
    nodes = [node("Neg", ["a"], ["b"]), node("Abs", ["x"], ["a"]), node("Shape", ["x"], ["s"])]
    symbol, arguments, states = reading.read(make(nodes, {"x": data(2, 3)}, ["b", "x", "s"]))
    b, x, s = compute(symbol, arguments, states, {"x": data(2, 3)})
    np.testing.assert_array_equal(b, -np.abs(data(2, 3)))
    np.testing.assert_array_equal(x, data(2, 3))
    assert s.tolist() == [2, 3]


def test_running_statistics_become_states_and_weights_keep_their_names(make):
    nodes = [node("BatchNormalization", ["x", "gamma", "beta", "mean", "var"], ["y_output"])]
    constants = {name: np.abs(data(3)) for name in ("gamma", "beta", "mean", "var")}
    symbol, arguments, states = reading.read(make(nodes, {"x": data(2, 3)}, ["y_output"], constants))
    assert (sorted(arguments), sorted(states)) == (["beta", "gamma"], ["mean", "var"])
    assert symbol.list_outputs() == ["y_output"]
    assert symbol.list_auxiliary_states() == ["mean", "var"]


def test_thousands_of_nodes_in_a_row_are_read(make):
    nodes = [node("Relu", [f"v{n}"], [f"v{n + 1}"]) for n in range(4_000)]
    symbol, _, _ = reading.read(make(nodes, {"v0": data(1, 2)}, ["v4000"]))
    assert len(symbol.get_internals()) == 4_001


def test_mxnets_old_names_read_a_file(make, tmp_path):
    from mxnet.contrib import onnx as onnx_mxnet

    nodes, constants = classifier()
    path = tmp_path / "net.onnx"
    path.write_bytes(
        make(nodes, {"x": data(2, 3, 4, 4)}, ["y"], constants, shapes={"x": ["N", 3, 4, 4]}).SerializeToString()
    )
    symbol, arguments, states = onnx_mxnet.import_model(str(path))
    assert (symbol.list_outputs(), sorted(arguments), states) == (["y_output"], ["fc", "w"], {})
    told = onnx_mxnet.get_model_metadata(str(path))
    assert told["input_tensor_data"] == [("x", (0, 3, 4, 4))]
    assert [name for name, _ in told["output_tensor_data"]] == ["y"]
    net = onnx_mxnet.import_to_gluon(str(path), ctx=mx.cpu())
    executor = symbol.bind(mx.cpu(), {"x": mx.nd.array(data(2, 3, 4, 4)), **arguments})
    np.testing.assert_array_equal(net(mx.nd.array(data(2, 3, 4, 4))).asnumpy(), executor.forward()[0].asnumpy())


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        (
            [node("Wonder", ["x"], ["a"], name="one"), node("StringSplit", ["a"], ["b"]), node("Wonder", ["b"], ["y"])],
            r"operators that are not read: Wonder \(one, y\); StringSplit \(b\)",
        ),
        ([node("Relu", ["x"], ["y"], domain="com.example")], r"operators that are not read: com.example.Relu \(y\)"),
        ([node("Add", ["x", "a"], ["b"]), node("Neg", ["b"], ["a"]), node("Neg", ["a"], ["y"])], "go in a circle"),
        ([node("Relu", ["gone"], ["y"])], "reads 'gone', which nothing gives"),
        ([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])], "y is given twice"),
        ([node("Relu", ["x"], ["x"])], "x is given twice"),
        ([node("Relu", ["x"], ["z"])], "the output 'y' is given by nothing"),
        ([node("Relu", [""], ["y"])], r"y \(Relu\): input 0 is left out"),
        ([node("Transpose", ["x"], ["y"], perm=[0, 5])], r"y \(Transpose\)"),
        ([node("Reshape", ["x", "huge"], ["y"])], r"y \(Reshape\)"),
        ([node("ConstantOfShape", ["huge"], ["y"])], r"its result would have the shape \[1000000, 1000000\]"),
        ([node("Range", ["x", "x", "x"], ["y"])], "its shape depends on elements"),
        ([node("Expand", ["x", "c"], ["y"]), node("Cast", ["x"], ["c"], to=7)], "shape .c. is computed while"),
        ([node("LSTM", ["x"], ["y"], hidden_size=3)], r"y \(LSTM\): input 1 is left out"),
        ([node("Softmax", ["x"], ["y"], axis=4)], r"axis 4 of 2"),
    ],
)
def test_what_cannot_be_read_says_why(nodes, says, make):
    model = make(nodes, {"x": data(2, 3)}, ["y"], {"huge": np.array([10**6, 10**6])})
    with pytest.raises(mx.MXNetError, match=says):
        reading.read(model)


@pytest.mark.parametrize("opset", [6, 99])
def test_operator_sets_that_are_not_read_are_refused(opset, make):
    model = make([node("Relu", ["x"], ["y"])], {"x": data(2, 3)}, ["y"], opset=opset)
    with pytest.raises(mx.MXNetError, match=f"of operator set {opset}; those from 7 to"):
        reading.read(model)


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ({"z": (2, 3)}, "no input 'z'; it has x"),
        ({"x": (2, 3, 4)}, "has 2 axes"),
        ({"x": (2, 4)}, "axis 1 of the input x has the length 3, not 4"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, says, make):
    model = make([node("Relu", ["x"], ["y"])], {"x": data(2, 3)}, ["y"], shapes={"x": ["N", 3]})
    with pytest.raises(mx.MXNetError, match=says):
        reading.read(model, shapes)
