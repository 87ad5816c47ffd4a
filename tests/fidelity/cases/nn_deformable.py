"""Convolutions whose taps are moved, as operators and as layers."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import outcomes


def _convolved(mx, name="DeformableConvolution", moves=1.0, x=(2, 4, 6, 5), filters=4, group=1, moved=1, **attributes):
    """Values, and for taps that are moved alone gradients, which MXNet has for the other on graphics cards alone."""
    kernel = attributes.setdefault("kernel", (3, 2))
    stride, dilate, pad = (
        attributes.get(each, (default,) * 2) for each, default in (("stride", 1), ("dilate", 1), ("pad", 0))
    )
    lengths = tuple(
        (n + 2 * p - (d * (k - 1) + 1)) // s + 1 for n, p, d, k, s in zip(x[2:], pad, dilate, kernel, stride)
    )
    taps = moved * kernel[0] * kernel[1]
    offset = data((x[0], 2 * taps, *lengths), 1, -2, 2) * np.float32(moves)
    arrays = [data(x), offset, data((filters, x[1] // group, *kernel), 3), data((filters,), 4)]
    if name.startswith("Modulated"):
        arrays.insert(2, data((x[0], taps, *lengths), 2, low=0))
    if attributes.get("no_bias"):
        arrays.pop()

    def call(*inputs):
        return getattr(mx.nd.contrib, name)(
            *inputs, num_filter=filters, num_group=group, num_deformable_group=moved, **attributes
        )

    if name.startswith("Modulated"):
        return call(*map(mx.nd.array, arrays))
    return grads(mx, call, *arrays)


def _variants(mx, name):
    return [
        _convolved(mx, name),
        _convolved(mx, name, moves=0, pad=(1, 1)),
        _convolved(mx, name, moves=3.0, pad=(1, 0), stride=(2, 1), no_bias=True),
        _convolved(mx, name, kernel=(2, 2), dilate=(2, 1), group=2),
        _convolved(mx, name, kernel=(1, 1), moved=2, stride=(1, 2)),
        _convolved(mx, name, kernel=(3, 3), pad=(2, 2), moved=4, group=2, filters=8, layout="NCHW"),
        _convolved(mx, name, x=(1, 4, 1, 1), kernel=(1, 1), moves=0.4),
    ]


def moved(mx):
    return _variants(mx, "DeformableConvolution")


def moved_and_weighted(mx):
    return _variants(mx, "ModulatedDeformableConvolution")


def in_double_precision(mx):
    x, offset, weight = (
        mx.nd.array(each, dtype="float64")
        for each in (data((1, 2, 5, 4)), data((1, 8, 4, 3), 1), data((2, 2, 2, 2), 2))
    )
    return mx.nd.contrib.DeformableConvolution(x, offset, weight, kernel=(2, 2), num_filter=2, no_bias=True)


def wrong_arguments(mx):
    x, offset, weight, bias = (
        mx.nd.array(each) for each in (data((1, 4, 5, 4)), data((1, 8, 4, 3)), data((4, 4, 2, 2)), data((4,)))
    )
    call, kernel = mx.nd.contrib.DeformableConvolution, {"kernel": (2, 2), "num_filter": 4}
    mask = mx.nd.array(data((1, 4, 4, 3)))
    return outcomes(
        lambda: call(x, offset, weight, bias, kernel=(2, 2)),
        lambda: call(x, offset, weight, bias, num_filter=4),
        lambda: call(x, offset[:, :6], weight, bias, **kernel),
        lambda: call(x, offset[:, :, 1:], weight, bias, **kernel),
        lambda: call(x, offset, weight[:2], bias, **kernel),
        lambda: call(x, offset, weight[:, :2], bias, **kernel),
        lambda: call(x[0], offset, weight, bias, **kernel),
        lambda: call(x, offset, weight, bias, num_group=3, **kernel),
        lambda: call(x, offset, weight, bias, num_deformable_group=3, **kernel),
        lambda: call(
            x, mx.nd.zeros((1, 16, 4, 3)), weight[:3], bias[:3], kernel=(2, 2), num_filter=3, num_deformable_group=2
        ),
        lambda: call(x, offset, weight, bias, kernel=(7, 2), num_filter=4),
        lambda: call(x, offset, weight, bias, stride=(0, 1), **kernel),
        lambda: call(x, offset.astype("float64"), weight, bias, **kernel),
        lambda: call(x, offset, weight, bias, layout="NHWC", **kernel),
        lambda: mx.nd.contrib.ModulatedDeformableConvolution(x, offset, mask[:, :3], weight, bias, **kernel),
        lambda: mx.nd.contrib.ModulatedDeformableConvolution(x, offset, mask, weight, bias, num_group=3, **kernel),
    )


def _graph(mx, symbol, moves):
    shapes = {"x": (2, 4, 6, 5), "offset": (2, 2 * moves, 4, 4)}
    if "mask" in symbol.list_arguments():
        shapes["mask"] = (2, moves, 4, 4)
    arguments, outputs, _ = symbol.infer_shape(**shapes)
    return {"arguments": symbol.list_arguments(), "shapes": [list(arguments), list(outputs)]}


def as_graphs(mx):
    x, offset, mask = (mx.sym.Variable(name) for name in ("x", "offset", "mask"))
    attributes = {"kernel": (3, 2), "num_filter": 4, "num_deformable_group": 2, "name": "moved"}
    return [
        _graph(mx, mx.sym.contrib.DeformableConvolution(x, offset, **attributes), 12),
        _graph(mx, mx.sym.contrib.DeformableConvolution(x, offset, no_bias=True, num_group=2, **attributes), 12),
        _graph(mx, mx.sym.contrib.ModulatedDeformableConvolution(x, offset, mask, **attributes), 12),
    ]


def _layer(mx, name, hybridized, **arguments):
    mx.random.seed(3)
    layer = getattr(mx.gluon.contrib.cnn, name)(4, **{"kernel_size": (3, 2), "prefix": "layer_", **arguments})
    layer.initialize(mx.init.Uniform(0.5))
    if hybridized:
        layer.hybridize()
    x = mx.nd.array(data((2, 4, 6, 5)))
    shown = repr(layer) if name == "DeformableConvolution" else None
    out = [layer(x)]
    if name == "DeformableConvolution":
        x.attach_grad()
        with mx.autograd.record():
            out.append(layer(x))
        out[1].backward()
        out += [x.grad, {key: value.grad() for key, value in layer.collect_params().items()}]
    return [shown, repr(layer) if shown else None, out, list(layer.collect_params())]


def layers(mx):
    return [
        _layer(mx, name, hybridized, **arguments)
        for name in ("DeformableConvolution", "ModulatedDeformableConvolution")
        for hybridized in (False, True)
        for arguments in (
            {"offset_weight_initializer": mx.init.Uniform(0.4), "offset_bias_initializer": "ones"},
            {
                "use_bias": False,
                "offset_use_bias": False,
                "activation": "relu",
                "num_deformable_group": 2,
                "strides": 2,
            },
            {"groups": 2, "padding": (1, 2), "dilation": (2, 1), "in_channels": 4},
        )
    ]


def layer_as_a_graph(mx):
    found = []
    for name in ("DeformableConvolution", "ModulatedDeformableConvolution"):
        layer = getattr(mx.gluon.contrib.cnn, name)(2, kernel_size=(3, 1), prefix="layer_", activation="relu")
        symbol = layer(mx.sym.Variable("data"))
        found.append([symbol.list_arguments(), symbol.get_internals().list_outputs(), layer._alias()])
    return found


def wrong_layers(mx):
    layer = mx.gluon.contrib.cnn.DeformableConvolution

    def run(**arguments):
        made = layer(**{"channels": 4, "kernel_size": (3, 3), **arguments})
        made.initialize()
        return mx.nd.array(made(mx.nd.ones((1, 4, 5, 5))).shape)

    return outcomes(
        lambda: run(padding=(1,)),
        lambda: run(adj=(1, 1)),
        lambda: run(op_name="Nothing"),
        lambda: run(strides=2, kernel_size=3),
    )
