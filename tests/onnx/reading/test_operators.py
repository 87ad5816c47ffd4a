"""Every operator of ONNX that is read, with its attributes, beside onnxruntime."""

import numpy as np
import pytest

from mxnet.onnx import reading
from mxnet.onnx.reading import READERS

onnx = pytest.importorskip("onnx")
I = np.int64  # noqa: E741 - as short as what it stands in
RNG = np.random.default_rng(7)


def x(*shape, low=-2.0, high=2.0, dtype="float32"):
    return RNG.uniform(low, high, shape).astype(dtype)


def whole(*shape, low=0, high=4, dtype="int64"):
    return RNG.integers(low, high, shape).astype(dtype)


def known(value, dtype="int64"):
    """An input that the model holds."""
    return ("known", np.array(value, dtype))


#: (operator, operator set, inputs, attributes, how many outputs)
CASES = []


def case(op, *inputs, outputs=1, opset=17, **attributes):
    CASES.append((op, opset, inputs, attributes, outputs))


for op in (
    "Abs Neg Exp Floor Ceil Sign Sin Cos Tan Atan Sinh Cosh Tanh Asinh Sigmoid Relu Softsign Softplus Erf Identity "
    "Round HardSwish Elu LeakyRelu Selu Celu HardSigmoid ThresholdedRelu Shrink Mean Sum"
).split():
    case(op, x(2, 3))
for op in ("Mish",):
    case(op, x(2, 3), opset=18)
case("Gelu", x(2, 3), opset=20)
case("Gelu", x(2, 3), opset=20, approximate="tanh")
for op in ("Log", "Sqrt", "Reciprocal"):
    case(op, x(2, 3, low=0.5))
for op in ("Asin", "Acos", "Atanh"):
    case(op, x(2, 3, low=-0.9, high=0.9))
case("Acosh", x(2, 3, low=1.5, high=3))
case("Round", np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], "float32"))
case("Elu", x(2, 3), alpha=0.5)
case("LeakyRelu", x(2, 3), alpha=0.2)
case("Celu", x(2, 3), alpha=2.0)
case("Shrink", x(2, 3), lambd=1.0, bias=0.5)
case("PRelu", x(2, 3, 4), known(x(3, 1), "float32"))
case("PRelu", x(2, 3, 4), known([0.2], "float32"))
case("PRelu", x(2, 3, 4), x(2, 3, 4))
for op in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum"):
    case(op, x(2, 3, 4), x(3, 1, low=0.5))
    case(op, x(3, 1), x(2, 3, 4, low=0.5))
for op in ("Add", "Sub", "Mul", "Div"):
    case(op, x(2, 3), known(3, "float32"))
    case(op, known([3], "float32"), x(2, 3, low=0.5))
case("Div", whole(2, 5, low=-7, high=8), known([[2, -3, 2, 3, -2]]))
case("Add", x(), x())
for op in ("Max", "Min", "Sum", "Mean"):
    case(op, x(2, 3), x(2, 3), x(2, 3))
case("Pow", x(2, 3, low=0.5), x(3))
case("Pow", x(2, 3, low=0.5), known(2.0, "float32"))
case("Pow", x(2, 3, low=0.5), known(0.5, "float32"))
case("Pow", x(2, 3, low=0.5), known(3))
case("Mod", whole(2, 3, low=-5, high=6), known([3, -3, 2]))
case("Mod", x(2, 3), known([1.5, -1.5, 0.5], "float32"), fmod=1)
for op in ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
    case(op, whole(2, 3, high=2), whole(3, high=2))
for op in ("And", "Or", "Xor"):
    case(op, whole(2, 3, high=2, dtype="bool"), whole(3, high=2, dtype="bool"))
case("Not", whole(2, 3, high=2, dtype="bool"))
case("IsNaN", np.array([1, np.nan, np.inf], "float32"))
case("IsInf", np.array([1, np.nan, np.inf, -np.inf], "float32"))
case("IsInf", np.array([1, np.nan, np.inf, -np.inf], "float32"), detect_negative=0)
case("Where", whole(2, 3, high=2, dtype="bool"), x(3), x(2, 1))
case("Clip", x(2, 3), known(-1, "float32"), known(1, "float32"))
case("Clip", x(2, 3), None, known(1, "float32"))
case("Clip", x(2, 3), min=-1.0, opset=7)
for kind in ("INT32", "INT64", "FLOAT16", "DOUBLE", "UINT8", "BOOL"):
    case("Cast", x(2, 3, low=0, high=3), to=getattr(onnx.TensorProto, kind))
case("CastLike", x(2, 3), x(1, dtype="float64"))
case("Dropout", x(2, 3))
case("Dropout", x(2, 3), outputs=2)
for op in ("And", "Or", "Xor"):
    case(f"Bitwise{op}", whole(2, 3, low=-9, high=9), whole(3, low=-9, high=9), opset=18)
case("BitwiseNot", whole(2, 3, low=-9, high=9), opset=18)
case("BitwiseNot", whole(2, 3, high=9, dtype="uint8"), opset=18)
case("BitShift", whole(2, 3, high=200, dtype="uint8"), whole(3, high=8, dtype="uint8"), direction="LEFT")
case("BitShift", whole(2, 3, high=200, dtype="uint8"), whole(3, high=8, dtype="uint8"), direction="RIGHT")
case("Dropout", x(2, 3), opset=9, ratio=0.3)

# products
case("Gemm", x(2, 3), known(x(3, 4), "float32"), known(x(4), "float32"), alpha=0.5, beta=2.0)
case("Gemm", x(2, 3), known(x(4, 3), "float32"), known(x(4), "float32"), transB=1)
case("Gemm", x(3, 2), known(x(3, 4), "float32"), transA=1)
case("Gemm", x(2, 3), x(3, 4), x(2, 4), alpha=0.5)
case("MatMul", x(2, 3, 4), known(x(4, 5), "float32"))
case("MatMul", x(2, 3), x(3, 4))
case("MatMul", x(5, 2, 3), x(5, 3, 4))
case("MatMul", x(2, 1, 2, 3), x(5, 3, 4))
case("Einsum", x(2, 3), x(3, 4), equation="ij,jk->ki")
case("Det", x(2, 3, 3))

# shapes
case("Reshape", x(2, 3, 4), known([0, -1]))
case("Reshape", x(2, 3, 4), known([4, 3, 2]))
case("Flatten", x(2, 3, 4))
case("Flatten", x(2, 3, 4), axis=2)
case("Flatten", x(2, 3, 4), axis=0)
case("Transpose", x(2, 3, 4))
case("Transpose", x(2, 3, 4), perm=[1, 0, 2])
case("Squeeze", x(1, 3, 1), known([0]))
case("Squeeze", x(1, 3, 1))
case("Squeeze", x(1, 3, 1), axes=[-1], opset=11)
case("Unsqueeze", x(2, 3), known([0, -1]))
case("Unsqueeze", x(2, 3), axes=[1], opset=11)
case("Concat", x(2, 3), x(2, 1), axis=-1)
case("Split", x(2, 6), outputs=3, axis=1)
case("Split", x(2, 6), known([1, 2, 3]), outputs=3, axis=1)
case("Split", x(2, 6), outputs=2, axis=1, split=[2, 4], opset=11)
case("Slice", x(4, 5), known([1, 0]), known([3, 1000]))
case("Slice", x(4, 5), known([-1]), known([-1000]), known([1]), known([-2]))
case("Slice", x(4, 5), known([-3]), known([-1]), known([0]))
case("Slice", x(4, 5), opset=9, starts=[1], ends=[4], axes=[1])
case("Expand", x(3, 1), known([2, 1, 4]))
case("Tile", x(2, 3), known([2, 3]))
for mode in ("constant", "edge", "reflect"):
    case("Pad", x(2, 3, 4, 5), known([0, 0, 1, 2, 0, 0, 2, 1]), mode=mode)
    case("Pad", x(3, 4), known([1, 0, 2, 1]), mode=mode)
case("Pad", x(3, 4), known([1, -1, 0, 1]), known(2.5, "float32"))
case("Pad", x(3, 4), opset=10, pads=[1, 0, 2, 1], value=1.5)
case("DepthToSpace", x(1, 8, 2, 3), blocksize=2)
case("DepthToSpace", x(1, 8, 2, 3), blocksize=2, mode="CRD")
case("SpaceToDepth", x(1, 2, 4, 6), blocksize=2)
case("Trilu", x(3, 4), known(1))
case("Trilu", x(3, 4), upper=0)

# places
case("Gather", x(4, 3), known([[0, 2], [1, -1]]))
case("Gather", x(4, 3), known(-1), axis=1)
case("Gather", x(4, 3), whole(2, 2, low=-2, high=3), axis=1)
case("GatherElements", x(3, 4), whole(2, 4, low=-3, high=3))
case("GatherElements", x(3, 4), whole(3, 2), axis=1)
case("GatherND", x(3, 4, 2), whole(5, 2, low=-3, high=3))
case("ScatterND", x(3, 4), known([[0, 1], [2, -1]]), x(2))
case("ScatterElements", x(3, 4), known([[0, 2], [1, -1], [3, 0]]), x(3, 2), axis=1)
case("OneHot", whole(2, 3, low=-4, high=6), known(4), known([0.5, 2], "float32"), axis=1)
case("ReverseSequence", x(4, 2, 3), known([2, 4]))
case("ReverseSequence", x(2, 4, 3), known([2, 4]), time_axis=1, batch_axis=0)
case("Compress", x(3, 4), known([1, 0, 1], "bool"), axis=0)
case("Compress", x(3, 4), np.array([True, False, True]), axis=0)
case("Compress", x(3, 4), np.array([True, False, True, False, True]))
case("Unique", whole(3, 4), outputs=4)
case("Unique", whole(3, 4), outputs=4, axis=1)

# over axes
for op in "Sum Mean Max Min Prod L1 L2 LogSumExp SumSquare LogSum".split():
    data = x(2, 3, 4, low=0.1)
    case(f"Reduce{op}", data, **({} if op == "Sum" else {"axes": [1, -1]}))
    case(f"Reduce{op}", data, keepdims=0, **({} if op == "Sum" else {"axes": [1]}))
case("ReduceSum", x(2, 3, 4), known([0, 2]), keepdims=0)
case("ReduceMax", x(2, 3), keepdims=0)
for op in ("ArgMax", "ArgMin"):
    case(op, x(2, 3, 4), axis=1)
    case(op, whole(2, 3, 4, high=2, dtype="float32"), axis=-1, keepdims=0, select_last_index=1)
case("TopK", x(2, 5), known([3]), outputs=2)
case("TopK", x(2, 5), known([2]), outputs=2, axis=0, largest=0)
case("CumSum", x(2, 5), known(1))
case("CumSum", x(2, 5), known(0), exclusive=1, reverse=1)
for op in ("Softmax", "LogSoftmax", "Hardmax"):
    case(op, x(2, 3, 4), axis=1)
    case(op, x(2, 3, 4), opset=11)

# layers
W = known(x(4, 2, 3, 3), "float32")
case("Conv", x(1, 4, 6, 7), W, group=2)
case("Conv", x(1, 2, 6, 7), W, known(x(4), "float32"), strides=[2, 1], pads=[1, 1, 1, 1], dilations=[1, 2])
case("Conv", x(1, 2, 6, 7), W, pads=[0, 1, 2, 1])
case("Conv", x(1, 2, 6, 7), W, auto_pad="SAME_UPPER", strides=[2, 2])
case("Conv", x(1, 2, 6, 7), W, auto_pad="SAME_LOWER", strides=[2, 2])
case("Conv", x(1, 2, 8), known(x(3, 2, 3), "float32"), auto_pad="VALID")
case("Conv", x(1, 2, 4, 4, 4), known(x(3, 2, 2, 2, 2), "float32"))
case("Conv", x(1, 2, 6, 7), x(4, 2, 3, 3))
W = known(x(2, 3, 3, 3), "float32")
case("ConvTranspose", x(1, 2, 4, 5), W, known(x(3), "float32"), strides=[2, 2], pads=[1, 1, 1, 1])
case("ConvTranspose", x(1, 2, 4, 5), W, strides=[2, 2], output_padding=[1, 1], pads=[1, 0, 0, 1])
case("ConvTranspose", x(1, 2, 4, 5), W, strides=[2, 2], output_shape=[8, 10])
case("ConvTranspose", x(1, 4, 4), known(x(4, 1, 3), "float32"), group=4)
for op in ("MaxPool", "AveragePool", "LpPool"):
    case(op, x(1, 2, 7, 8), kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])
    case(op, x(1, 2, 7, 8), kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
for op in ("MaxPool", "AveragePool"):
    case(op, x(1, 2, 7, 8), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case(op, x(1, 2, 4, 5), kernel_shape=[2, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)
    case(op, x(1, 2, 9), kernel_shape=[3])
case("MaxPool", x(1, 2, 7, 8), kernel_shape=[2, 3], dilations=[2, 1], pads=[1, 1, 0, 0])
case("AveragePool", x(1, 2, 7, 8), kernel_shape=[3, 3], pads=[1, 0, 2, 0], count_include_pad=1)
for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
    case(op, x(2, 3, 4, 5))
PER_CHANNEL = [known(x(3, low=0.5), "float32") for _ in range(4)]
case("BatchNormalization", x(2, 3, 4), *PER_CHANNEL, epsilon=1e-3)
case("BatchNormalization", x(2, 3, 4), *PER_CHANNEL[:2], x(3), x(3, low=0.5))
case("InstanceNormalization", x(2, 3, 4), *PER_CHANNEL[:2])
case("LayerNormalization", x(2, 3, 4), known(x(4), "float32"), known(x(4), "float32"))
case("LayerNormalization", x(2, 3, 4), known(x(3, 4), "float32"), axis=1)
case("GroupNormalization", x(2, 4, 3), known(x(4), "float32"), known(x(4), "float32"), num_groups=2, opset=21)
case("MeanVarianceNormalization", x(2, 3, 4, 5))
case("LRN", x(2, 5, 3, 3), size=3, alpha=0.1, beta=0.5, bias=2.0)
case("LpNormalization", x(2, 3, 4), axis=1)
case("LpNormalization", x(2, 3, 4), p=1)


def recurrent(op, gates, direction, steps=4, batch=2, inputs=3, units=5, states=1, lengths=None, layout=0, **more):
    count = 2 if direction == "bidirectional" else 1
    given = [known(x(*shape, low=-0.5, high=0.5), "float32") for shape in (
        (count, gates * units, inputs), (count, gates * units, units), (count, 2 * gates * units),
    )]  # fmt: skip
    start = (batch, count, units) if layout else (count, batch, units)
    data = x(batch, steps, inputs) if layout else x(steps, batch, inputs)
    case(
        op, data, *given, lengths, *[x(*start) for _ in range(states)], outputs=2 + (states == 2),
        hidden_size=units, direction=direction, layout=layout, **more,
    )  # fmt: skip


for direction in ("forward", "reverse", "bidirectional"):
    recurrent("LSTM", 4, direction, states=2)
    recurrent("GRU", 3, direction, linear_before_reset=1)
    recurrent("RNN", 1, direction)
recurrent("LSTM", 4, "forward", states=0)
recurrent("LSTM", 4, "bidirectional", states=0, lengths=known([4, 2], "int32"))
recurrent("RNN", 1, "forward", activations=["Relu"])

# images
case("Resize", x(1, 2, 3, 4), None, known([1, 1, 2, 2], "float32"))
for mode in ("nearest", "linear", "cubic"):
    for transform in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
        settings = {"mode": mode, "coordinate_transformation_mode": transform}
        case("Resize", x(1, 2, 4, 5), None, None, known([1, 2, 7, 9]), **settings)
        case("Resize", x(1, 2, 5, 6), None, known([1, 1, 0.6, 2.0], "float32"), **settings)
for nearest in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
    case("Resize", x(1, 1, 4, 5), None, None, known([1, 1, 6, 3]), nearest_mode=nearest)
case("Upsample", x(1, 2, 3, 4), known([1, 1, 2, 3], "float32"), opset=9)
case("Upsample", x(1, 2, 3, 4), opset=7, scales=[1.0, 1.0, 2.0, 2.0], mode="linear")
for corners in (0, 1):
    for outside in ("zeros", "border"):
        case(
            "GridSample", x(1, 2, 4, 5), x(1, 3, 2, 2, low=-1.2, high=1.2), align_corners=corners, padding_mode=outside
        )
case(
    "RoiAlign", x(1, 2, 8, 8), known([[0, 0, 7, 7], [1, 2, 5, 6]], "float32"), known([0, 0]), output_height=2,
    output_width=3, sampling_ratio=2, spatial_scale=0.5,
)  # fmt: skip
case("MaxRoiPool", x(1, 2, 8, 8), known([[0, 0, 0, 7, 7]], "float32"), pooled_shape=[2, 2])

# small integers
scale, zero = known(0.05, "float32"), known(3, "uint8")
case("QuantizeLinear", x(2, 3), scale, zero)
case("QuantizeLinear", x(2, 3), known([0.1, 0.2, 0.3], "float32"), known([1, 2, 3], "int8"), axis=1)
case("DequantizeLinear", whole(2, 3, high=200, dtype="uint8"), scale, zero)
case("DequantizeLinear", whole(2, 3, high=100, dtype="int8"), known([0.1, 0.2, 0.3], "float32"), axis=1)
case("DynamicQuantizeLinear", x(2, 3), outputs=3)
W = known(whole(3, 2, 3, 3, high=200), "uint8")
case(
    "QLinearConv", whole(1, 2, 5, 5, high=200, dtype="uint8"), scale, zero, W, scale, zero, known(0.7, "float32"), zero
)
case("ConvInteger", whole(1, 2, 5, 5, high=200, dtype="uint8"), W, zero, zero)
W = known(whole(4, 5, high=200), "uint8")
case("MatMulInteger", whole(3, 4, high=200, dtype="uint8"), W, zero, zero)
case("QLinearMatMul", whole(3, 4, high=200, dtype="uint8"), scale, zero, W, scale, zero, known(0.7, "float32"), zero)


# recurrent layers step by step
def layer(op, gates, *states, lengths=None, weights=known, both=1, **attributes):
    """A recurrent layer of 3 numbers in and 4 units over 5 steps of a batch of 2."""
    matrices = [x(both, gates * 4, n, low=-0.5, high=0.5) for n in (3, 4)] + [x(both, gates * 8, low=-0.5, high=0.5)]
    inputs = [x(5, 2, 3), *(weights(each, "float32") for each in matrices), lengths, *states]
    while inputs[-1] is None:
        inputs.pop()
    case(op, *inputs, outputs=3 if op == "LSTM" else 2, hidden_size=4, **attributes)


holes, two = known(x(1, 12), "float32"), np.array([2, 5], "int32")
layer("GRU", 3, linear_before_reset=0)
layer("GRU", 3, x(2, 2, 4), both=2, direction="bidirectional", lengths=two)
layer("GRU", 3, weights=np.asarray, linear_before_reset=1)
layer("LSTM", 4, x(1, 2, 4), x(1, 2, 4), holes, direction="reverse")
layer("LSTM", 4, None, None, holes, lengths=two, direction="reverse")
layer("LSTM", 4, clip=0.3, activations=["HardSigmoid", "Softsign", "Relu"])
layer("RNN", 1, both=2, direction="bidirectional", activations=["Elu", "ScaledTanh"], activation_alpha=[0.5, 1.5],
      activation_beta=[0.7, 0.7])  # fmt: skip  # one for Elu too: the runtime looks, and may end, where there is none
layer("RNN", 1, activations=["Affine"], activation_alpha=[0.5], activation_beta=[0.1])

#: what onnxruntime does not run on the processor, or runs otherwise than ONNX says
ELSEWHERE = {"CumProd", "RMSNormalization", "SimplifiedLayerNormalization", "Scatter"}
#: what draws numbers
DRAWN = {
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
}  # fmt: skip
#: what has tests of its own
FOLDED = {
    "Constant",
    "ConstantOfShape",
    "EyeLike",
    "If",
    "Loop",
    "NonMaxSuppression",
    "NonZero",
    "Range",
    "Scan",
    "Shape",
    "Size",
    "Swish",
}


@pytest.mark.parametrize("op", sorted({each[0] for each in CASES}))
def test_an_operator_gives_what_onnxruntime_gives(op, make, agree):
    for _, opset, inputs, attributes, outputs in (each for each in CASES if each[0] == op):
        feed = {f"i{n}": each for n, each in enumerate(inputs) if isinstance(each, np.ndarray)}
        held = {f"i{n}": each[1] for n, each in enumerate(inputs) if isinstance(each, tuple)}
        names = ["" if each is None else f"i{n}" for n, each in enumerate(inputs)]
        results = [f"o{n}" for n in range(outputs)]
        node = onnx.helper.make_node(op, names, results, name="node", **attributes)
        model = make([node], feed, results, held, opset)
        try:
            # small integers may round the other way where a half is met
            agree(model, feed, tolerance=5e-3 if op.startswith("QLinear") else 1e-5)
        except Exception as error:
            raise AssertionError(f"{op}, operator set {opset}, {attributes}: {error}") from error


def test_every_operator_that_is_read_has_a_case():
    assert set(READERS) - {each[0] for each in CASES} == ELSEWHERE | FOLDED | DRAWN


def test_numbers_that_are_drawn(make, compute):
    node = onnx.helper.make_node
    nodes = [
        node("RandomNormal", [], ["a"], shape=[400], mean=2.0, scale=0.5),
        node("RandomUniform", [], ["b"], shape=[400], low=-1.0, high=3.0, dtype=11),
        node("RandomNormalLike", ["x"], ["c"]),
        node("RandomUniformLike", ["x"], ["d"], low=5.0, high=6.0),
        node("Bernoulli", ["x"], ["e"]),
        node("Multinomial", ["logs"], ["f"], sample_size=300),
    ]
    given = {"x": np.full((20, 20), 0.25, "float32"), "logs": np.log(np.array([[0.7, 0.2, 0.1]], "float32"))}
    a, b, c, d, e, f = compute(*reading.read(make(nodes, given, list("abcdef"))), given)
    assert (a.shape, b.dtype, c.shape, d.dtype, f.shape, f.dtype) == (
        (400,), np.float64, (20, 20), np.float32, (1, 300), np.int32,
    )  # fmt: skip
    assert abs(a.mean() - 2) < 0.2 and abs(a.std() - 0.5) < 0.2 and abs(c.mean()) < 0.3
    assert b.min() < -0.8 and b.max() > 2.8 and 5 <= d.min() < d.max() <= 6
    assert {*e.reshape(-1)} == {0, 1} and 0.1 < e.mean() < 0.4 and 0.5 < (f == 0).mean() < 0.9
