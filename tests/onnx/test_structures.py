"""Layers and graphs of many nodes written as ONNX: recurrent, with control flow, of detectors, deep."""

import numpy as np
import onnx
import onnxruntime
import pytest

import mxnet as mx
from exported import alike, arrays_of, ours, run, same, written
from mxnet import sym

RANDOM = np.random.RandomState(5)
Variable = sym.Variable


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def arrays(symbol, **shapes):
    return {name: normal(*shape) * 0.5 for name, shape in zip(symbol.list_arguments(), symbol.infer_shape(**shapes)[0])}


# --- recurrent layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "both", "known"),  # whether it goes both ways, whether the parameters are known
    [("lstm", True, True), ("lstm", False, False), ("gru", True, False), ("gru", False, True), ("rnn_tanh", True, True),
     ("rnn_relu", False, False)],
)  # fmt: skip
def test_recurrent_layers(mode, both, known):
    cell = {"state_cell": Variable("cell")} if mode == "lstm" else {}
    layer = sym.RNN(
        Variable("data"), Variable("weights"), Variable("state"), mode=mode, state_size=3, num_layers=2,
        bidirectional=both, state_outputs=True, name="layer", **cell,
    )  # fmt: skip
    given = arrays(layer, data=(4, 3, 2))
    states = [name for name in given if name not in ("data", "weights")]
    dynamic = {"data": {0: "T", 1: "N"}, **{name: {1: "N"} for name in states}}
    small = dict(zip(layer.list_arguments(), layer.infer_shape(data=(2, 1, 2))[0]))
    del small["weights"]
    same(layer, given, ("weights",) if known else (), dynamic, shapes=small)


def test_sequences_of_several_lengths():
    layer = sym.RNN(
        Variable("data"), Variable("weights"), Variable("state"), sequence_length=Variable("lengths"), mode="gru",
        state_size=3, num_layers=1, bidirectional=True, state_outputs=True, use_sequence_length=True,
    )  # fmt: skip
    given = arrays(layer, data=(4, 2, 2), lengths=(2,))
    given["lengths"] = np.array([2, 4], "float32")
    same(layer, given)


def test_a_recurrent_layer_of_gluon():
    layer = mx.gluon.rnn.LSTM(4, num_layers=2, prefix="lstm_", layout="NTC")
    layer.initialize()
    data = mx.nd.array(normal(2, 5, 3))
    layer(data)
    symbol = layer(Variable("data"))
    given = {name: each.data() for name, each in layer.collect_params().items()}
    model = same(symbol, {**given, "data": data}, list(given), {"data": {0: "N", 1: "T"}}, shapes={"data": (1, 2, 3)})
    kinds = [each.op_type for each in model.graph.node]
    assert kinds.count("LSTM") == 2 and "Gather" not in kinds  # the weights are laid out beforehand


def test_what_the_layer_of_onnx_has_not():
    layer = sym.RNN(
        Variable("data"), Variable("weights"), Variable("state"), Variable("cell"), mode="lstm", state_size=3,
        num_layers=1, projection_size=2, name="layer",
    )  # fmt: skip
    with pytest.raises(mx.MXNetError, match=r"layer \(RNN\): an LSTM whose states are projected"):
        written(layer, arrays_of(arrays(layer, data=(4, 2, 2))))


# --- control flow ----------------------------------------------------------------------------------------------------


def test_foreach():
    weight = Variable("weight")

    def step(data, states):
        new = sym.broadcast_add(sym.dot(data, weight), states[0])
        return [new * 2, sym.sum(data)], [new]

    outputs, states = sym.contrib.foreach(step, Variable("data"), [Variable("state")])
    given = {"data": normal(4, 2, 3), "weight": normal(3, 5), "state": normal(2, 5)}
    same(sym.Group([*outputs, *states]), given, ("weight",))
    same(sym.Group([*outputs, *states]), given, (), {"data": {0: "T"}}, shapes={"data": (2, 2, 3)})


@pytest.mark.parametrize("start", [0, -7, 9])  # which stops in the middle, at the most, and at once
def test_while_loop(start):
    outputs, variables = sym.contrib.while_loop(
        lambda x, number: number < 5, lambda x, number: ([x * 2, number], [x + 1, number + 1]),
        [Variable("x"), Variable("number")], max_iterations=8,
    )  # fmt: skip
    same(sym.Group([*outputs, *variables]), {"x": normal(2), "number": np.array([start], "float32")})


@pytest.mark.parametrize("flag", [0, 1])
def test_cond(flag):
    x, other = Variable("x"), Variable("other")
    chosen = sym.contrib.cond(Variable("flag") > 0.5, lambda: sym.exp(x) + other, lambda: x)
    same(chosen * 2, {"x": normal(3), "other": normal(3), "flag": np.array([flag], "float32")})


def test_a_refusal_within_a_loop():
    out, _ = sym.contrib.foreach(
        lambda data, state: (sym.linalg.inverse(data, name="inner"), state), Variable("data"), Variable("state")
    )
    with pytest.raises(mx.MXNetError, match=r"inner.* \(_linalg_inverse\)"):
        written(out, arrays_of({"data": normal(2, 3, 3), "state": normal(1)}))


# --- detection -------------------------------------------------------------------------------------------------------


def boxes(*shape, size=1.0):
    corner = RANDOM.uniform(0, 0.6, (*shape, 2))
    return (np.concatenate([corner, corner + RANDOM.uniform(0.1, 0.4, (*shape, 2))], -1) * size).astype("float32")


def detections(batch, count):
    """Rows of class, score and box."""
    classes = RANDOM.randint(0, 3, (batch, count, 1))
    scores = RANDOM.permutation(batch * count).reshape(batch, count, 1) / (batch * count)
    return np.concatenate([classes, scores, boxes(batch, count)], -1).astype("float32")


@pytest.mark.parametrize(
    "attributes",
    [
        {}, {"id_index": 0}, {"id_index": 0, "background_id": 1, "force_suppress": True},
        {"id_index": 0, "topk": 7, "valid_thresh": 0.3, "overlap_thresh": 0.2}, {"overlap_thresh": -1}, {"topk": 0},
        {"in_format": "center", "out_format": "corner"}, {"out_format": "center"},
    ],
)  # fmt: skip
def test_box_nms(attributes):
    symbol = sym.contrib.box_nms(Variable("data"), **attributes)
    same(symbol, {"data": detections(3, 20)}, dynamic={"data": {0: "N", 1: "rows"}}, shapes={"data": (2, 12, 6)})


@pytest.mark.parametrize(
    "attributes",
    [{}, {"nms_topk": 6, "threshold": 0.3}, {"force_suppress": True, "nms_threshold": 0.2}, {"nms_threshold": -1}],
)
def test_a_single_shot_detector(attributes):
    features = Variable("features")
    anchors = sym.contrib.MultiBoxPrior(features, sizes=(0.3, 0.5), ratios=(1, 2))
    scores = sym.softmax(Variable("scores"), axis=1)
    symbol = sym.contrib.MultiBoxDetection(scores, Variable("steps"), anchors, **attributes)
    given = {"features": normal(3, 2, 3, 4), "scores": normal(3, 4, 36) * 3, "steps": normal(3, 144)}
    dynamic = {name: {0: "N"} for name in given}
    same(symbol, given, (), dynamic, shapes={"features": (1, 2, 3, 4), "scores": (1, 4, 36), "steps": (1, 144)})


def test_proposals_and_regions():
    symbol = sym.contrib.MultiProposal(
        Variable("scores"), Variable("steps"), Variable("size"), rpn_pre_nms_top_n=30, rpn_post_nms_top_n=8,
        threshold=0.5, rpn_min_size=4, scales=(2, 4), ratios=(0.5, 1), feature_stride=4, output_score=True,
    )  # fmt: skip
    given = {"scores": RANDOM.permutation(2 * 8 * 5 * 6).reshape(2, 8, 5, 6).astype("float32") / 480}
    given |= {"steps": normal(2, 16, 5, 6) * 0.1, "size": np.array([[20, 24, 1], [18, 20, 1]], "float32")}
    same(sym.Group(list(symbol)), given)
    rois = np.concatenate([[[0], [1], [1], [-1]], boxes(4, size=16)], 1).astype("float32")
    for aligned, ratio in ((True, 2), (False, -1)):
        align = sym.contrib.ROIAlign(
            Variable("data"),
            Variable("rois"),
            pooled_size=(2, 3),
            spatial_scale=0.5,
            sample_ratio=ratio,
            aligned=aligned,
        )
        same(align, {"data": normal(2, 3, 8, 9), "rois": rois})
    pool = sym.ROIPooling(Variable("data"), Variable("rois"), pooled_size=(2, 2), spatial_scale=0.5)
    same(pool, {"data": normal(2, 3, 8, 9), "rois": rois})


# --- graphs ----------------------------------------------------------------------------------------------------------


def test_a_deep_graph():
    out = Variable("x")
    for number in range(1500):
        out = out + 1 if number % 2 else sym.exp(out * 0.1)
    same(out, {"x": normal(2)})


def test_the_newest_opset():
    data = Variable("data")
    hidden = sym.LayerNorm(sym.sum(data, axis=2), Variable("gamma"), Variable("beta"))
    symbol = sym.Group([hidden, sym.split(data, num_outputs=2, axis=1)[0], sym.mean(data, axis=1), sym.max(data)])
    given = {"data": normal(2, 4, 3), "gamma": normal(4), "beta": normal(4)}
    model = same(symbol, given, opset=21)
    assert model.opset_import[0].version == 21
    newest = onnx.defs.onnx_opset_version()
    assert written(symbol, arrays_of(given), opset=newest).opset_import[0].version == newest
    for opset in (16, newest + 1):
        with pytest.raises(mx.MXNetError, match=f"opset {opset}; expected 17 to {newest}"):
            written(symbol, arrays_of(given), opset=opset)


def test_outputs_that_are_inputs_or_come_twice():
    x, w = Variable("x"), Variable("w")
    out = x * 2
    symbol = sym.Group([x, w, out, out, sym.Dropout(out)])
    model = same(symbol, {"x": normal(2), "w": normal(2)}, ("w",))
    names = [each.name for each in model.graph.output]
    assert len(set(names)) == 5


def test_lengths_that_a_number_is_made_of():
    x = Variable("x")
    given = arrays_of({"x": normal(4, 3)})
    with pytest.raises(mx.MXNetError, match="needs a length that varies with the inputs as a number"):
        written(sym.split(x, num_outputs=2, axis=0), given, dynamic={"x": {0: "N"}})
    with pytest.raises(mx.MXNetError, match=r"does not hold for other lengths .*x \(8, 3\)"):
        written(sym.reshape(x, shape=(2, 6)), given, dynamic={"x": {0: "N"}})
    with pytest.raises(mx.MXNetError, match="the graph has no input 'y'; it has x"):
        written(sym.exp(x), given, dynamic={"y": {0: "N"}})
    with pytest.raises(mx.MXNetError, match="input x has no axis 2"):
        written(sym.exp(x), given, dynamic={"x": {2: "N"}})


def test_bfloat16_and_float16_parameters():
    x, w = Variable("x"), Variable("w")
    half = arrays_of({"x": normal(2).astype("float16"), "w": normal(2).astype("float16")})
    alike(run(written(x * w, half, ("w",)), half), ours(x * w, half), 1e-3)
    short = {"x": mx.nd.array(normal(2)), "w": mx.nd.array([1.5, -2]).astype("bfloat16")}
    (found,) = run(written(sym.cast(w, "float32") * x, short, ("w",)), {"x": short["x"]})
    np.testing.assert_allclose(found, short["x"].asnumpy() * [1.5, -2], 1e-6)


def test_numbers_drawn():
    onnxruntime.set_seed(1)
    chances, given = Variable("chances"), {"chances": mx.nd.array([0.0, 1.0, 0.5])}
    symbols = [
        sym.random.normal(2, 3, shape=(2000,)), sym.random.uniform(1, 5, shape=(2000,)),
        sym.random.exponential(2.0, shape=(2000,)), sym.random.randint(3, 6, shape=(500,)),
        sym.shuffle(chances), sym.sample_multinomial(chances, shape=200),
    ]  # fmt: skip
    normal_, uniform, exponential, integers, shuffled, classes = run(written(sym.Group(symbols), given), given)
    assert abs(normal_.mean() - 2) < 0.5 and abs(normal_.std() - 3) < 0.5
    assert uniform.min() >= 1 and uniform.max() < 5 and abs(uniform.mean() - 3) < 0.3
    assert exponential.min() >= 0 and abs(exponential.mean() - 2) < 0.3
    assert {*integers.tolist()} == {3, 4, 5} and sorted(shuffled) == [0.0, 0.5, 1.0]
    assert {*classes.tolist()} == {1, 2}


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_a_network_over_integers_of_8_bits(kind):
    data, ends = Variable("data"), {"min_calib_range": 0.0 if kind == "uint8" else -3.0, "max_calib_range": 3.0}
    names = ["weight", "bias", "min_weight", "max_weight", "min_bias", "max_bias"]
    weight, bias, *ranges = (Variable(name) for name in names)
    integers, low, high = sym.contrib.quantize_v2(data, out_type=kind, **ends)
    sums = sym.contrib.quantized_conv(
        integers, weight, bias, low, high, *ranges, kernel=(3, 3), pad=(1, 1), stride=(2, 2), num_filter=6, num_group=2
    )
    scaled, low, high = sym.contrib.requantize(*sums, min_calib_range=-2.0, max_calib_range=2.0)
    pooled = sym.contrib.quantized_pooling(scaled, low, high, kernel=(2, 2), pool_type="max")
    symbol = sym.Group([integers, sums[0], scaled, sym.contrib.dequantize(*pooled)])
    given = {"data": normal(2, 8, 9, 9) * 2, "weight": RANDOM.randint(-127, 128, (6, 4, 3, 3)).astype("int8")}
    given |= {"bias": RANDOM.randint(-127, 128, 6).astype("int8")}
    given |= {name: np.array([-1 if "min" in name else 1], "float32") for name in names[2:]}
    same(symbol, given, names)
