"""Layers fused with what follows them, over floats and over integers of 8 bits.

On processors without instructions for it MXNet's library adds products of uint8 and int8 in 16 bits, which overflow,
and has weights in 7 bits beside data of int8. Convolutions are held to the bit for data without a sign up to half of
what there is, which no weight makes overflow.
"""

from __future__ import annotations

import numpy as np

from fidelity.quantized_support import fused, run
from fidelity.support import data, tolerance

CONV, DENSE = "_sg_mkldnn_conv", "_sg_mkldnn_fully_connected"
RANGE = {"min_calib_range": "-0.9", "max_calib_range": "0.7"}
ABOVE = {"min_calib_range": "0.0", "max_calib_range": "0.8"}


def _steps(outputs):
    return [each.astype("float32") for each in outputs]


def _bytes(shape, seed, kind="uint8"):
    low, high = (0, 129) if kind == "uint8" else (-127, 128)
    return data(shape, seed, low=low, high=high, dtype=kind)


def _convolution(mx, bias=True, **attributes):
    v = mx.sym.Variable
    inputs = [v("data"), v("weight")] + ([v("bias")] if bias else [])
    attributes = {"kernel": (3, 3), "num_filter": 4, **attributes}
    return mx.sym.Convolution(*inputs, no_bias=not bias, name="c", **attributes)


def _norm(mx, of, **attributes):
    parameters = [mx.sym.Variable(name) for name in ("gamma", "beta", "mean", "var")]
    return mx.sym.BatchNorm(of, *parameters, name="n", **attributes)


def _relu(mx, of, name="r"):
    return mx.sym.Activation(of, act_type="relu", name=name)


NORMS = {name: data((4,), 10 + place, 0.5, 1.5) for place, name in enumerate(("gamma", "beta", "mean", "var"))}


def _parameters(filters=4, channels=3, kernel=(3, 3)):
    # the largest weight, and with it the steps, are the same for both numbers of bits
    return {"weight": data((filters, channels, *kernel), 1, -0.05, 0.05), "bias": data((filters,), 2, -0.3, 0.3)}


def _conv(
    mx, inner, attributes, kind="uint8", more=None, ends=("low", "high"), bias=True, states=(), shape=(2, 3, 6, 5)
):
    arrays = {"data": _bytes(shape, 5, kind), "low": 0.0 if kind == "uint8" else -2.0, "high": 2.0, **_parameters()}
    if not bias:
        del arrays["bias"]
    symbol = fused(mx, CONV, inner, {"quantized": "true", **attributes}, list(ends), states)
    return run(mx, symbol, **arrays, **(more or {}))


def over_floats(mx):
    """What the graph computes."""
    inner = _relu(mx, _norm(mx, _convolution(mx), fix_gamma=False))
    symbol = fused(mx, CONV, inner, {"with_bn": "true", "with_act": "true"}, [], ("mean", "var"))
    x = data((2, 3, 6, 5), 3)
    found = [symbol.list_arguments(), symbol.list_auxiliary_states(), symbol.list_outputs()]
    found += run(mx, symbol, data=x, **_parameters(), **NORMS)
    v = mx.sym.Variable
    inner = _relu(mx, mx.sym.FullyConnected(v("data"), v("weight"), v("bias"), num_hidden=4, name="c"))
    symbol = fused(mx, DENSE, inner, {"with_eltwise": "True"}, [])
    weight = data((4, 90), 6)
    return found + run(mx, symbol, data=x, weight=weight, bias=data((4,), 2))


def shapes_and_dtypes(mx):
    inner = _relu(mx, _norm(mx, _convolution(mx)))
    found = []
    for attributes in ({}, ABOVE):
        given = {"quantized": "true", "with_bn": "true", "with_act": "true", **attributes}
        symbol = fused(mx, CONV, inner, given, ["low", "high"], ("mean", "var"))
        found += [symbol.infer_shape(data=(2, 3, 6, 5)), symbol.infer_type(data="uint8"), symbol.list_outputs()]
    v = mx.sym.Variable
    inner = mx.sym.FullyConnected(v("data"), v("weight"), v("bias"), num_hidden=4, name="c")
    ends = ["low", "high", "wl", "wh", "bl", "bh"]
    for attributes in ({}, ABOVE, {"enable_float_output": "True"}):
        symbol = fused(mx, DENSE, inner, {"quantized": "True", **attributes}, ends)
        found += [symbol.infer_shape(data=(2, 3, 6, 5)), symbol.infer_type(data="int8"), symbol.list_outputs()]
    return found


def convolutions(mx):
    found = []
    for attributes in ({}, RANGE, ABOVE):
        found += _conv(mx, _convolution(mx), attributes)
        found += _conv(mx, _convolution(mx, bias=False), attributes, bias=False)
        found += _conv(mx, _convolution(mx, stride=(2, 1), pad=(1, 0), dilate=(1, 2)), attributes)
        found += _conv(mx, _relu(mx, _convolution(mx)), {"with_act": "true", **attributes})
    return found


def normalized(mx):
    found = []
    for attributes in ({}, RANGE, ABOVE):
        for norm in ({"fix_gamma": False}, {}, {"fix_gamma": False, "eps": 0.1}):
            inner = _norm(mx, _convolution(mx), **norm)
            given = {"with_bn": "true", **attributes}
            found += _conv(mx, inner, given, more=NORMS, states=("mean", "var"))
            given["with_act"] = "true"
            found += _conv(mx, _relu(mx, inner), given, more=NORMS, states=("mean", "var"))
    return found


@tolerance(0, 1)
def other_activations(mx):
    found = []
    for act in (
        lambda of: mx.sym.LeakyReLU(of, act_type="leaky", slope=0.2, name="r"),
        lambda of: mx.sym.clip(of, a_min=0, a_max=0.4, name="r"),
    ):
        found.append(_steps(_conv(mx, act(_convolution(mx)), {"with_act": "true", **ABOVE})))
    return found


def _summed(mx, attributes, kind="uint8", addend="uint8", act=True, first="conv", last=None):
    other, conv = mx.sym.Variable("addend"), _norm(mx, _convolution(mx), fix_gamma=False)
    inner = mx.sym.elemwise_add(conv, other, name="s")
    if last is not None:
        inner = last(mx, inner)
    if act:
        inner, attributes = _relu(mx, inner), {**attributes, "with_postsum_act": "true"}
    more = {**NORMS, "addend": _bytes((2, 4, 4, 3), 8, addend), "al": 0.0 if addend == "uint8" else -1.1, "ah": 1.1}
    given = {"with_sum": "true", "with_bn": "true", **attributes}
    ends = ("low", "high", "al", "ah")
    return _steps(_conv(mx, inner, given, kind, more, ends, states=("mean", "var")))


# MXNet brings the addend to the steps of the result before it adds it
@tolerance(0, 1)
def added(mx):
    found = [_summed(mx, ABOVE), _summed(mx, {}), _summed(mx, {}, act=False)]
    return [*found, _summed(mx, RANGE, addend="int8", act=False), _summed(mx, {}, addend="int8")]


def added_with_and_without_a_sign(mx):
    """MXNet writes a result with a sign as one without, where the addend has none."""
    return _summed(mx, RANGE, act=False)


# data with a sign: weights of 7 bits under MXNet
@tolerance(0, 3)
def signed_data(mx):
    found = [_conv(mx, _convolution(mx), attributes, "int8") for attributes in (RANGE, ABOVE)]
    found.append(_conv(mx, _relu(mx, _convolution(mx)), {"with_act": "true", **ABOVE}, "int8"))
    return [_steps(each) for each in found]


# --- fully connected -----------------------------------------------------------------------------------------------


def _dense(mx, attributes, kind="int8", act=None, bias=True, told=True, **layer):
    v = mx.sym.Variable
    inputs = [v("data"), v("weight")] + ([v("bias")] if bias else [])
    inner = mx.sym.FullyConnected(*inputs, num_hidden=4, no_bias=not bias, name="c", **layer)
    given = {"quantized": "True", **attributes}
    if act is not None:
        inner = act(inner)
        given.update({"with_eltwise": "True"} if told else {})
    weight = data((4, 30), 6, low=-60, high=61, dtype="int8")
    arrays = {
        "data": _bytes((2, 3, 10), 5, kind),
        "weight": weight,
        "low": 0.0 if kind == "uint8" else -2.0,
        "high": 2.0,
    }
    arrays.update(wl=-0.05, wh=0.1)
    if bias:
        arrays.update(bias=data((4,), 7, low=-127, high=128, dtype="int8"), bl=-0.2, bh=0.3)
    ends = ["low", "high", "wl", "wh"] + (["bl", "bh"] if bias else [])
    return run(mx, fused(mx, DENSE, inner, given, ends), **arrays)


FLOATS = {"enable_float_output": "True"}


def dense(mx):
    found = []
    for kind in ("int8", "uint8"):
        for attributes in ({}, RANGE, ABOVE, FLOATS):
            found += [_dense(mx, attributes, kind, bias=bias) for bias in (True, False)]
    return found


def dense_and_relu(mx):
    act = lambda of: _relu(mx, of)  # noqa: E731
    return [_dense(mx, each, kind, act) for kind in ("int8", "uint8") for each in ({}, RANGE, ABOVE, FLOATS)]


def _curves(mx):
    kinds = ("sigmoid", "tanh", "softrelu")
    return [lambda of, kind=kind: mx.sym.Activation(of, act_type=kind, name="r") for kind in kinds]


@tolerance(1e-5, 1)
def dense_and_other_activations(mx):
    acts = [
        lambda of, kind=kind: mx.sym.Activation(of, act_type=kind, name="r") for kind in ("sigmoid", "tanh", "softrelu")
    ]
    acts += [
        lambda of: mx.sym.LeakyReLU(of, act_type="gelu", name="r"),
        lambda of: mx.sym.LeakyReLU(of, act_type="elu", slope=0.3, name="r"),
        lambda of: mx.sym.clip(of, a_min=0, a_max=0.3, name="r"),
        lambda of: mx.sym.abs(of, name="r"),
        lambda of: mx.sym.square(of, name="r"),
        lambda of: mx.sym.exp(of, name="r"),
    ]
    return [_steps(_dense(mx, attributes, "int8", act)) for act in acts for attributes in (RANGE, ABOVE)]


@tolerance(1e-5, 1e-5)
def dense_and_other_activations_as_floats(mx):
    acts = [
        lambda of, kind=kind: mx.sym.Activation(of, act_type=kind, name="r") for kind in ("sigmoid", "tanh", "softrelu")
    ]
    return [_dense(mx, FLOATS, "int8", act) for act in acts]


def rows_with_steps_of_their_own(mx):
    v = mx.sym.Variable
    found = []
    for attributes in (RANGE, ABOVE, FLOATS):
        inner = mx.sym.FullyConnected(v("data"), v("weight"), v("bias"), num_hidden=4, name="c")
        symbol = fused(
            mx, DENSE, inner, {"quantized": "True", "channel_wise_quantize": "True", **attributes}, ["low", "high"]
        )
        weight = data((4, 6), 6, -0.1, 0.1) * np.array([[1], [0.1], [2], [0.5]], "float32")
        arrays = {
            "data": -_bytes((2, 6), 5).astype("int8"),
            "weight": weight,
            "bias": data((4,), 7),
            "low": -2.0,
            "high": 2.0,
        }
        found += run(mx, symbol, **arrays)
    return found


def rows_with_steps_of_their_own_without_a_range(mx):
    v = mx.sym.Variable
    inner = mx.sym.FullyConnected(v("data"), v("weight"), num_hidden=4, no_bias=True, name="c")
    symbol = fused(mx, DENSE, inner, {"quantized": "True", "channel_wise_quantize": "True"}, ["low", "high"])
    arrays = {"data": _bytes((2, 6), 5, "int8"), "weight": data((4, 6), 6), "low": -2.0, "high": 2.0}
    return run(mx, symbol, **arrays)[0].asnumpy()


# MXNet brings the addend to the steps of the result before it adds it
@tolerance(0, 1)
def attributes_as_graphs_before_1_6_call_them(mx):
    found = [_steps(_conv(mx, _relu(mx, _convolution(mx)), {"with_relu": "true", **ABOVE}))]
    found.append(_summed(mx, {"with_postsum_relu": "true", **ABOVE}, act=False, last=_relu))
    return [*found, _steps(_dense(mx, {"with_relu": "True", **ABOVE}, "uint8", lambda of: _relu(mx, of), told=False))]
