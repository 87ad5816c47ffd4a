"""Operators over integers of 8 bits: to them, between them and back.

MXNet's library adds products of uint8 and int8 in 16 bits on processors without instructions for it, which overflow for
large weights; weights here are small enough that they do not. Results of 8 bits that were rounded elsewhere on the way
are compared as floats, to within one step.
"""

from __future__ import annotations

import numpy as np

from fidelity.support import data, tolerance


def _array(mx, values, dtype=None):
    values = np.asarray(values)
    return mx.nd.array(values, dtype=dtype or values.dtype)


def _end(mx, value):
    return mx.nd.array([value])


def _bytes(shape, seed, kind="int8", reach=127):
    return data(
        shape, seed, low=0 if kind == "uint8" else -reach, high=256 if kind == "uint8" else reach + 1, dtype=kind
    )


def _steps(outputs):
    """Integers as floats, which a tolerance applies to."""
    return [each.astype("float32") for each in outputs]


FLOATS = [-3, -1.5, -0.2, 0, 0.3, 0.5, 1, 2, 2.5, 4]
HALVES = [0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 127, 254.5, 300]


def quantize(mx):
    call, found = mx.nd.contrib.quantize, []
    for values in (FLOATS, HALVES):
        for low, high in ((-2.0, 2.5), (0.0, 2.5), (0.5, 2.5), (-127.0, 127.0), (-3.0, 255.0)):
            for kind in ("int8", "uint8"):
                found += call(mx.nd.array(values), _end(mx, low), _end(mx, high), out_type=kind)
    return found + call(mx.nd.array([[1, 2], [3, 4]]), _end(mx, 0.0), _end(mx, 4.0))


def quantize_v2_by_the_data(mx):
    arrays = [
        mx.nd.array(FLOATS),
        mx.nd.array(np.abs(FLOATS)),
        mx.nd.array(data((3, 4, 5), 1, -2, 2)),
        mx.nd.ones((2, 3)),
    ]
    return [mx.nd.contrib.quantize_v2(each, out_type=kind) for each in arrays for kind in ("int8", "uint8", "auto")]


def quantize_v2_by_a_range(mx):
    call, found = mx.nd.contrib.quantize_v2, []
    for low, high in ((-2.0, 2.5), (0.0, 2.5), (-0.1, 2.5), (-127.5, 127.5), (-300.0, 255.5)):
        for kind in ("int8", "uint8", "auto"):
            for values in (FLOATS, HALVES):
                found += call(mx.nd.array(values), out_type=kind, min_calib_range=low, max_calib_range=high)
    return found + call(mx.nd.array(FLOATS), min_calib_range=-0.1)


def quantize_v2_of_bytes(mx):
    signed, unsigned = _array(mx, _bytes((6,), 1)), _array(mx, _bytes((6,), 2, "uint8", 100) // 2)
    call = mx.nd.contrib.quantize_v2
    found = [call(signed), call(signed, min_calib_range=-1.0, max_calib_range=2.0)]
    return found + [call(unsigned, out_type=kind) for kind in ("int8", "uint8")]


def no_numbers(mx):
    strange, found = mx.nd.array([1, float("nan"), float("inf"), -float("inf")]), []
    for kind in ("int8", "uint8"):
        found += mx.nd.contrib.quantize_v2(strange, out_type=kind, min_calib_range=0.0, max_calib_range=2.0)
        found += mx.nd.contrib.quantize(strange, _end(mx, -1.0), _end(mx, 1.0), out_type=kind)
        found += mx.nd.contrib.quantize_v2(mx.nd.zeros(4), out_type=kind)
    return found + mx.nd.contrib.quantize_v2(mx.nd.array([float("nan"), 1, 2]))


def dequantize(mx):
    found = []
    for low, high in ((-2.0, 2.5), (0.0, 2.5), (-2.7, 2.0), (1.0, 2.0)):
        for values in (np.arange(-128, 128, 5).astype("int8"), np.arange(0, 256, 5).astype("uint8")):
            found.append(mx.nd.contrib.dequantize(_array(mx, values), _end(mx, low), _end(mx, high)))
    return found


WIDE = [-(2**31) + 1, -(10**9), -1, 0, 1, 5, 1000, 123456789, 2**31 - 1]


def requantize(mx):
    call, found, wide = mx.nd.contrib.requantize, [], _array(mx, WIDE, "int32")
    medium = _array(mx, WIDE[1:-1], "int32")  # MXNet's maximum of the outermost integers is below 0
    for low, high in ((-100.0, 100.0), (-100.0, 50.0)):
        for kind in ("int8", "uint8", "auto"):
            found += call(medium, _end(mx, low), _end(mx, high), out_type=kind)
            for least in (-20.0, 0.0):
                found += call(
                    wide, _end(mx, low), _end(mx, high), out_type=kind, min_calib_range=least, max_calib_range=30.0
                )
    small = _array(mx, [5, -7, 100], "int32")
    return found + call(small, _end(mx, -100.0), _end(mx, 100.0))


def gradients_are_zero(mx):
    x = mx.nd.array(FLOATS)
    x.attach_grad()
    with mx.autograd.record():
        _, low, high = mx.nd.contrib.quantize_v2(x)
        (low + high).backward()
    return x.grad


def refused_dtypes(mx):
    found = []
    calls = [
        lambda: mx.nd.contrib.quantize_v2(mx.nd.array(FLOATS, dtype="float64")),
        lambda: mx.nd.contrib.quantize(mx.nd.array(FLOATS, dtype="float64"), _end(mx, -1.0), _end(mx, 1.0)),
        lambda: mx.nd.contrib.dequantize(mx.nd.array(FLOATS), _end(mx, -1.0), _end(mx, 1.0)),
        lambda: mx.nd.contrib.dequantize(_array(mx, WIDE, "int32"), _end(mx, -1.0), _end(mx, 1.0)),
        lambda: mx.nd.contrib.dequantize(_array(mx, [1, 2], "int8"), mx.nd.array([[1.0]]), _end(mx, 1.0)),
        lambda: mx.nd.contrib.requantize(_array(mx, [1, 2], "int8"), _end(mx, -1.0), _end(mx, 1.0)),
        lambda: mx.nd.contrib.quantized_act(_array(mx, [1, 2], "int8"), _end(mx, -1.0), _end(mx, 1.0), act_type="tanh"),
        lambda: mx.nd.contrib.quantized_pooling(
            _array(mx, np.ones((1, 1, 4, 4)), "int8"), _end(mx, -1.0), _end(mx, 1.0), kernel=(2, 2), pool_type="sum"
        ),
    ]
    for call in calls:
        try:
            call()[0].asnumpy()
            found.append("taken")
        except mx.base.MXNetError:
            found.append("refused")
    return found


def _convolution(mx, kind, shape, filters, kernel, seed=0, **attributes):
    """Without a bias, which MXNet adds without bringing it to the steps of the sums."""
    weight = _bytes((filters, shape[1], *kernel), seed + 1, reach=60)
    arrays = [_array(mx, _bytes(shape, seed, kind)), _array(mx, weight)]
    ends = [_end(mx, each) for each in (0.0 if kind == "uint8" else -1.5, 2.0, -0.5, 0.7)]
    names = ["data", "weight", "min_data", "max_data", "min_weight", "max_weight"]
    return mx.nd.contrib.quantized_conv(
        **dict(zip(names, arrays + ends)), kernel=kernel, num_filter=filters, no_bias=True, **attributes
    )


def convolutions(mx):
    found = [
        _convolution(mx, "uint8", (2, 4, 7, 7), 4, (3, 3)),
        _convolution(mx, "uint8", (1, 6, 9, 8), 6, (3, 2), stride=(2, 1), pad=(1, 1), seed=5),
        _convolution(mx, "uint8", (1, 4, 9, 9), 8, (3, 3), dilate=(2, 2), seed=9),
        _convolution(mx, "uint8", (1, 40, 5, 5), 3, (5, 5), seed=17),
    ]
    return [each[0] for each in found]  # the range is the next case's


def range_of_a_convolution(mx):
    return _convolution(mx, "uint8", (1, 2, 3, 3), 2, (3, 3))[1:]


def convolution_of_signed_data(mx):
    return _convolution(mx, "int8", (1, 2, 3, 3), 2, (3, 3))


def _dense(mx, kind, shape, units, seed=0, reach=60, **attributes):
    x = _bytes(shape, seed, kind)
    columns = shape[-1] if not attributes.get("flatten", True) else int(np.prod(shape[1:]))
    arrays = [_array(mx, x), _array(mx, _bytes((units, columns), seed + 1, reach=reach))]
    names = ["data", "weight", "min_data", "max_data", "min_weight", "max_weight"]
    values = [_end(mx, each) for each in (0.0 if kind == "uint8" else -1.5, 2.0, -0.5, 0.7)]
    if not attributes.get("no_bias"):
        names += ["bias", "min_bias", "max_bias"]
        values += [_array(mx, _bytes((units,), seed + 2)), _end(mx, -0.3), _end(mx, 0.25)]
    return mx.nd.contrib.quantized_fully_connected(**dict(zip(names, arrays + values)), num_hidden=units, **attributes)


def dense(mx):
    return [
        _dense(mx, kind, shape, 5, seed, no_bias=no_bias)
        for kind in ("int8", "uint8")
        for seed, shape in ((3, (3, 10)), (7, (2, 3, 2, 2)), (11, (2, 700)))
        for no_bias in (False, True)
    ]


def dense_of_sums_beyond_single_precision(mx):
    ones = np.full((1, 3000), 60)
    low, high = _end(mx, -1.0), _end(mx, 1.0)
    weight = _array(mx, np.concatenate([ones, -ones, ones - 1]), "int8")
    x = _array(mx, np.full((1, 3000), 127), "int8")
    return mx.nd.contrib.quantized_fully_connected(
        data=x, weight=weight, min_data=low, max_data=high, min_weight=low, max_weight=high, num_hidden=3, no_bias=True
    )


def dense_without_flattening(mx):
    return _dense(mx, "int8", (2, 3, 6), 4, 21, flatten=False, no_bias=True)


POOLED = [
    {"kernel": (2, 2), "stride": (2, 2)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
    {"kernel": (2, 2), "global_pool": True},
    {"kernel": (2, 2), "stride": (2, 2), "pooling_convention": "full"},
]


def pooling(mx):
    return [
        mx.nd.contrib.quantized_pooling(
            _array(mx, _bytes((1, 3, 5, 5), 4, kind)), _end(mx, -1.0), _end(mx, 2.0), pool_type=how, **attributes
        )
        for kind in ("int8", "uint8")
        for how in ("max", "avg")
        for attributes in POOLED
    ]


def mean_without_the_border(mx):
    x = _array(mx, _bytes((1, 3, 5, 5), 4))
    return mx.nd.contrib.quantized_pooling(
        x, _end(mx, -1.0), _end(mx, 2.0), pool_type="avg", count_include_pad=False, **POOLED[1]
    )


def means_of_halves(mx):
    x = np.array([1, 2, 1, 3, 1, 1, 3, 4, -1, -2, -1, -3, 0, -1, 0, -2], "int8").reshape((1, 1, 4, 4))
    ends = _end(mx, -1.0), _end(mx, 1.0)
    return [
        mx.nd.contrib.quantized_pooling(_array(mx, each), *ends, kernel=(1, 2), stride=(1, 2), pool_type="avg")
        for each in (x, np.abs(x).astype("uint8"))
    ]


def flattened(mx):
    arrays = _bytes((2, 3, 4), 1), _bytes((2, 3, 1, 2), 1, "uint8")
    return [mx.nd.contrib.quantized_flatten(_array(mx, each), _end(mx, -1.0), _end(mx, 2.0)) for each in arrays]


def activation(mx):
    x = _array(mx, _bytes((2, 6), 1))
    return mx.nd.contrib.quantized_act(x, _end(mx, -1.0), _end(mx, 2.0), act_type="relu")


def activation_without_a_sign(mx):
    x = _array(mx, _bytes((2, 6), 1, "uint8"))
    return mx.nd.contrib.quantized_act(x, _end(mx, 0.0), _end(mx, 2.0), act_type="relu")


def embedding(mx):
    table = _array(mx, _bytes((5, 4), 1))
    call = lambda rows: mx.nd.contrib.quantized_embedding(  # noqa: E731
        rows, table, _end(mx, -1.0), _end(mx, 2.0), input_dim=5, output_dim=4
    )
    return [call(mx.nd.array([0, 4, 1])), call(_array(mx, [[1, 2], [3, 3]], "int32"))]


def concatenated(mx):
    signed, unsigned = (
        np.array([[-128, -100, -1, 0, 1, 99, 127]], "int8"),
        np.array([[0, 1, 50, 100, 200, 254, 255]], "uint8"),
    )
    found = []
    pairs = (signed, signed, (-1.0, -2.0)), (signed, unsigned, (-1.0, 0.0)), (unsigned, unsigned, (0.0, 0.0))
    for first, second, lows in pairs:
        for high in (1.0, 2.0, 3.0):
            arrays = [_array(mx, first), _array(mx, second)]
            ends = [_end(mx, lows[0]), _end(mx, high), _end(mx, lows[1]), _end(mx, 2.0)]
            found += [mx.nd.contrib.quantized_concat(*arrays, *ends, num_args=2, dim=dim) for dim in (0, 1)]
    return found


LEFT = np.array([[-128, -127, -3, 0, 1, 99, 127]], "int8")
RIGHT = np.array([[-128, 5, 7, 0, 100, -99, 127]], "int8")
PLAIN = np.array([[0, 5, 7, 0, 100, 255, 254]], "uint8")
RANGES = [{"min_calib_range": -2.0, "max_calib_range": 2.5}, {"min_calib_range": 0.0, "max_calib_range": 2.5}]


def _added(mx, lhs, rhs, **attributes):
    ends = [_end(mx, each) for each in (-1.0, 1.2, -1.7, 2.0)]
    return mx.nd.contrib.quantized_elemwise_add(_array(mx, lhs), _array(mx, rhs), *ends, **attributes)


def added(mx):
    return [_added(mx, lhs, rhs, **known) for lhs, rhs in ((LEFT, RIGHT), (PLAIN, PLAIN)) for known in RANGES]


# MXNet adds in floats of 32 bits, in another order of operations
@tolerance(1e-6, 512)
def added_without_a_range(mx):
    return [_steps(_added(mx, LEFT, RIGHT)), _steps(_added(mx, PLAIN, PLAIN))]


# MXNet brings the one without a sign to 7 bits first
@tolerance(0, 1)
def added_with_and_without_a_sign(mx):
    return [_steps(_added(mx, *pair, **known)) for pair in ((LEFT, PLAIN), (PLAIN, LEFT)) for known in RANGES]


def added_with_and_without_a_sign_and_range(mx):
    return _steps(_added(mx, LEFT, PLAIN))


def _bound(mx, symbol, arrays):
    states = symbol.list_auxiliary_states()
    placed = {name: value if hasattr(value, "context") else _array(mx, value) for name, value in arrays.items()}
    executor = symbol.bind(
        mx.cpu(),
        {name: value for name, value in placed.items() if name not in states},
        aux_states={name: placed[name] for name in states},
        grad_req="null",
    )
    return executor.forward()


def multiplied(mx):
    """As a graph: MXNet cannot call it on arrays."""
    names = ["lhs", "rhs", "lhs_min", "lhs_max", "rhs_min", "rhs_max"]
    values = [LEFT, RIGHT, *[np.array([each], "float32") for each in (-1.0, 1.2, -1.7, 2.0)]]
    variables = [mx.sym.Variable(name) for name in names]
    return [
        _bound(mx, mx.sym.contrib.quantized_elemwise_mul(*variables, **attributes), dict(zip(names, values)))
        for attributes in ({}, *RANGES, {"enable_float_output": True})
    ]


def _normalized(mx, kind, **attributes):
    parameters = [mx.nd.array(data((3,), seed, 0.5, 1.5)) for seed in range(4)]
    ends = _end(mx, 0.0 if kind == "uint8" else -1.0), _end(mx, 1.5)
    x = _array(mx, _bytes((2, 3, 2, 2), 4, kind))
    return mx.nd.contrib.quantized_batch_norm(
        x, *parameters, *ends, min_calib_range=-2.0, max_calib_range=3.0, **attributes
    )


@tolerance(0, 1)
def normalized(mx):
    calls = ("int8", 0.001), ("uint8", 0.001), ("int8", 1e-5)
    return [_steps(_normalized(mx, kind, fix_gamma=False, eps=eps)) for kind, eps in calls]


def normalized_with_a_fixed_scale(mx):
    return _normalized(mx, "int8")


def _histogram(mx, bins, seed, reach=None):
    values = np.random.RandomState(seed).standard_normal(5000).astype("float32")
    counts, edges = np.histogram(values, bins, (-np.abs(values).max(), np.abs(values).max()))
    return mx.nd.array(counts.astype("float32")), mx.nd.array(edges.astype("float32"))


def _threshold(mx, counts, edges, levels):
    return mx.nd.contrib.calibrate_entropy(
        mx.nd.array(counts.astype("float32")), mx.nd.array(edges.astype("float32")), num_quantized_bins=levels
    )


# a logarithm of the C library's may be another by its last bit
@tolerance(1e-6, 0)
def entropy(mx):
    cases = ((2001, 0, 255), (511, 1, 255), (511, 2, 127))
    return [
        mx.nd.contrib.calibrate_entropy(*_histogram(mx, bins, seed), num_quantized_bins=levels)
        for bins, seed, levels in cases
    ]


@tolerance(1e-6, 0)
def entropy_of_few_bins(mx):
    draw = np.random.RandomState(4)
    found = []
    for bins, levels in ((3, 3), (5, 3), (7, 3), (9, 4), (9, 5), (13, 4), (21, 7)):
        edges = np.linspace(-1, 2, bins + 1)
        for counts in (
            draw.randint(1, 20, bins), draw.randint(0, 4, bins), draw.randint(0, 9, bins) * (draw.rand(bins) < 0.4),
            draw.rand(bins) * 5, np.arange(bins) == bins // 2,
        ):  # fmt: skip
            found += _threshold(mx, counts, edges, levels)
    return found


@tolerance(1e-6, 0)
def entropy_of_distributions(mx):
    draw = np.random.RandomState(5)
    found = []
    for bins, levels in ((101, 15), (201, 31), (401, 63), (801, 255)):
        for values in (
            draw.standard_normal(2000), np.maximum(draw.standard_normal(2000), 0), draw.laplace(size=5000),
            draw.rand(500) * 3 - 1, draw.standard_normal(30),
        ):  # fmt: skip
            reach = np.abs(values).max()
            found += _threshold(mx, *np.histogram(values, bins, (-reach, reach)), levels)
    return found


def names_in_graphs(mx):
    v = mx.sym.Variable
    x = v("x")
    q = mx.sym.contrib.quantize_v2(x, out_type="int8", name="q")
    conv = mx.sym.contrib.quantized_conv(q[0], v("w"), v("b"), q[1], q[2], kernel=(3, 3), num_filter=2, name="c")
    r = mx.sym.contrib.requantize(conv[0], conv[1], conv[2], name="r")
    pooled = mx.sym.contrib.quantized_pooling(r[0], r[1], r[2], kernel=(2, 2), name="p")
    norm = mx.sym.contrib.quantized_batch_norm(pooled[0], min_data=pooled[1], max_data=pooled[2], name="n")
    flat = mx.sym.contrib.quantized_flatten(norm[0], norm[1], norm[2], name="f")
    dense = mx.sym.contrib.quantized_fully_connected(flat[0], no_bias=True, num_hidden=3, name="d")
    back = mx.sym.contrib.dequantize(dense[0], dense[1], dense[2], name="e")
    return [
        back.list_arguments(), back.list_auxiliary_states(), back.get_internals().list_outputs(),
        [each.list_outputs() for each in (q, conv, r, pooled, norm, flat, dense)],
        mx.sym.contrib.quantized_concat(v("a"), v("b"), num_args=2, name="j").list_arguments(),
        mx.sym.contrib.calibrate_entropy(v("a"), v("b"), name="t").list_outputs(),
    ]  # fmt: skip


def shapes_in_graphs(mx):
    v = mx.sym.Variable
    conv = mx.sym.contrib.quantized_conv(v("x"), kernel=(3, 3), num_filter=2, name="c")
    dense = mx.sym.contrib.requantize(conv[0], conv[1], conv[2], name="r")
    dense = mx.sym.contrib.quantized_fully_connected(dense[0], num_hidden=3, name="d")
    found = [conv.infer_shape(x=(2, 3, 5, 5)), dense.infer_shape(x=(2, 3, 5, 5))]
    return [*found, conv.infer_type(x="uint8")]
