"""Loops, branches, and what is as long as elements say, beside onnxruntime."""

import numpy as np
import pytest

import mxnet as mx
from mxnet.onnx import reading

onnx = pytest.importorskip("onnx")
node = onnx.helper.make_node if hasattr(onnx, "helper") else None
FLOAT, INT, BOOL = 1, 7, 9


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def graph(nodes, inputs, outputs, constants=()):
    """A graph for a node to hold; inputs and outputs by name with their dtype and shape."""
    value = onnx.helper.make_tensor_value_info
    kept = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in dict(constants).items()]
    infos = ([value(name, *told) for name, told in each.items()] for each in (inputs, outputs))
    return onnx.helper.make_graph(nodes, "body", *infos, kept)


def stepping(more=(), goes_on="going", shape=(2,)):
    """The body of a loop over one state, which gives what the state was, and the number of the step."""
    nodes = [
        node("Add", ["state", "one"], ["next"]),
        node("Identity", ["state"], ["was"]),
        node("Identity", ["step"], ["number"]),
        *more,
    ]
    if goes_on == "going":
        nodes.append(node("Identity", ["before"], ["going"]))
    inputs = {"step": (INT, []), "before": (BOOL, []), "state": (FLOAT, shape)}
    outputs = {goes_on: (BOOL, []), "next": (FLOAT, shape), "was": (FLOAT, shape), "number": (INT, [])}
    return graph(nodes, inputs, outputs, {"one": np.ones(1, "float32"), "limit": np.array(2.5, "float32")})


def test_a_loop_of_a_known_number_of_steps(make, agree):
    nodes = [node("Loop", ["count", "", "x"], ["last", "all", "numbers"], body=stepping())]
    model = make(nodes, {"x": data(2)}, ["last", "all", "numbers"], {"count": np.array(3)})
    symbol = agree(model, {"x": data(2)})
    assert "_foreach" in symbol.tojson()


@pytest.mark.parametrize("start", [-3.0, 1.0, 9.0])  # to the most steps, some, and one
def test_a_loop_that_ends_by_its_condition(start, make, agree):
    more = [node("ReduceMax", ["next"], ["most"], keepdims=0), node("Less", ["most", "limit"], ["going"])]
    nodes = [node("Loop", ["count", "first", "x"], ["last", "all", "numbers"], body=stepping(more))]
    nodes[0].attribute[0].g.node.pop()  # which hands the condition on
    constants = {"count": np.array(4), "first": np.array(True)}
    model = make(nodes, {"x": np.full(2, start, "float32")}, ["last", "all", "numbers"], constants)
    agree(model, {"x": np.array([start, start - 1], "float32")})


def test_a_loop_whose_state_grows_is_written_out(make, agree):
    body = graph(
        [node("Concat", ["state", "state"], ["next"], axis=0), node("Identity", ["before"], ["going"])],
        {"step": (INT, []), "before": (BOOL, []), "state": (FLOAT, None)},
        {"going": (BOOL, []), "next": (FLOAT, None)},
    )
    nodes = [node("Loop", ["count", "", "x"], ["y"], body=body)]
    agree(make(nodes, {"x": data(2, 3)}, ["y"], {"count": np.array(2)}), {"x": data(2, 3)})


def test_a_scan_along_any_axis_in_any_direction(make, agree):
    body = graph(
        [node("Add", ["state", "part"], ["next"]), node("Mul", ["next", "scale"], ["out"])],
        {"state": (FLOAT, [2]), "part": (FLOAT, [2])}, {"next": (FLOAT, [2]), "out": (FLOAT, [2])},
    )  # fmt: skip
    attributes = {
        "scan_input_axes": [1], "scan_input_directions": [1], "scan_output_axes": [1], "scan_output_directions": [1],
    }  # fmt: skip
    nodes = [node("Scan", ["s", "x"], ["last", "all"], body=body, num_scan_inputs=1, **attributes)]
    model = make(nodes, {"s": data(2), "x": data(2, 5)}, ["last", "all"], {"scale": np.full(1, 3, "float32")})
    agree(model, {"s": data(2), "x": data(2, 5, seed=1)})


def test_both_branches_of_a_computed_condition(make, agree):
    def branch(op):
        return graph([node(op, ["x"], ["out"]), node("Add", ["out", "w"], ["o"])], {}, {"o": (FLOAT, [2, 3])})

    nodes = [
        node("ReduceSum", ["x"], ["sum"], keepdims=0),
        node("Greater", ["sum", "zero"], ["is"]),
        node("If", ["is"], ["y"], then_branch=branch("Neg"), else_branch=branch("Exp")),
    ]
    constants = {"zero": np.array(0, "float32"), "w": data(3, seed=4)}
    model = make(nodes, {"x": data(2, 3)}, ["y"], constants)
    symbol = agree(model, {"x": np.abs(data(2, 3))}, {"x": -np.abs(data(2, 3))})
    assert "y_output" in symbol.list_outputs()


def test_names_in_a_graph_within_a_graph_are_its_own(make, agree):
    inner = graph([node("Add", ["a", "x"], ["b"])], {}, {"b": (FLOAT, [2])})
    outer = graph(
        [node("Mul", ["x", "x"], ["a"]), node("If", ["flag"], ["c"], then_branch=inner, else_branch=inner)], {},
        {"c": (FLOAT, [2])},
    )  # fmt: skip
    nodes = [node("If", ["flag"], ["y"], then_branch=outer, else_branch=outer)]
    agree(make(nodes, {"x": data(2), "flag": np.array(True)}, ["y"]), {"x": data(2), "flag": np.array(True)})


@pytest.mark.parametrize("center", [0, 1])
def test_boxes_that_are_chosen_and_what_is_gathered_by_them(center, make, agree):
    nodes = [
        node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["rows"], center_point_box=center),
        node("Gather", ["rows", "last"], ["place"], axis=1),
        node("Gather", ["flat", "place"], ["chosen"], axis=0),
        node("Squeeze", ["boxes", "zero"], ["flat"]),
        node("Mul", ["chosen", "two"], ["y"]),
    ]
    constants = {
        "most": np.array([3]), "overlap": np.array([0.4], "float32"), "least": np.array([0.1], "float32"),
        "last": np.array(2), "zero": np.array([0]), "two": np.array(2, "float32"),
    }  # fmt: skip
    draws = np.random.default_rng(1)
    boxes = draws.uniform(0.2, 1, (1, 12, 4)).astype("float32")
    scores = draws.permutation(24).reshape(1, 2, 12).astype("float32") / 24
    given = {"boxes": boxes, "scores": scores}
    agree(make(nodes, given, ["rows", "y"], constants), given)


def test_places_of_what_is_not_zero(make, agree):
    nodes = [
        node("Greater", ["x", "zero"], ["is"]),
        node("NonZero", ["is"], ["places"]),
        node("Transpose", ["places"], ["rows"]),
        node("GatherND", ["x", "rows"], ["y"]),
        node("Shape", ["y"], ["count"]),
        node("ConstantOfShape", ["count"], ["zeros"]),
        node("Concat", ["y", "zeros"], ["z"], axis=0),
    ]
    model = make(nodes, {"x": data(3, 4)}, ["places", "y", "z"], {"zero": np.array(0, "float32")})
    agree(model, {"x": data(3, 4)}, {"x": data(3, 4, seed=2)})


@pytest.mark.parametrize("batch", [2, 20])
def test_bounds_past_a_length_that_is_open(batch, make, agree):
    nodes = [
        node("Slice", ["x", "zero", "ten"], ["a"]),
        node("Slice", ["x", "ten", "far"], ["b"]),
        node("Slice", ["x", "last", "far"], ["c"]),
        node("Slice", ["x", "far", "before", "axis", "back"], ["d"]),
    ]
    constants = {
        "zero": np.array([0]), "ten": np.array([10]), "far": np.array([2**63 - 1]), "last": np.array([-1]),
        "before": np.array([-(2**63)]), "axis": np.array([0]), "back": np.array([-1]),
    }  # fmt: skip
    model = make(nodes, {"x": data(1, 3)}, ["a", "b", "c", "d"], constants, shapes={"x": ["N", 3]})
    agree(model, {"x": data(batch, 3)})


@pytest.mark.parametrize("op", ["GatherElements", "GatherND", "ScatterND"])
def test_places_from_the_end_of_an_open_length(op, make, agree):
    index = np.array([[0, -1], [2, -4]] if op == "GatherElements" else [[-1, 1], [-4, -2]])
    inputs = {"x": data(5, 2), "i": index}
    if op == "ScatterND":
        inputs["u"] = data(2, seed=3)
    model = make([node(op, list(inputs), ["y"])], inputs, ["y"], shapes={"x": ["N", 2]})
    agree(model, inputs)


def test_an_operator_that_onnx_defines_by_others(make, agree):
    nodes = [node("SoftmaxCrossEntropyLoss", ["x", "label"], ["loss", "log"], reduction="mean")]
    given = {"x": data(4, 3), "label": np.array([0, 2, 1, 1])}
    agree(make(nodes, given, ["loss", "log"]), given)


def test_a_loop_that_keeps_what_nobody_can_count_is_refused(make):
    more = [node("ReduceMax", ["next"], ["most"], keepdims=0), node("Less", ["most", "limit"], ["going"])]
    body = stepping(more)
    body.node.pop()
    model = make([node("Loop", ["", "", "x"], ["l", "a", "n"], body=body)], {"x": data(2)}, ["l", "a"])
    with pytest.raises(mx.MXNetError, match=r"l \(Loop\): what its steps give is kept for as many steps as there may"):
        reading.read(model)
