"""Convolution and its transpose: axes, strides, dilation, padding, groups, layouts, dtypes, errors."""

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import outcomes

SHAPES = {1: (2, 4, 9), 2: (2, 4, 7, 6), 3: (1, 4, 5, 4, 6)}


def _convolve(mx, shape, kernel, filters=6, dtype="float32", groups=1, train=True, **attributes):
    weight = data((filters, shape[1] // groups, *kernel), 2, dtype=dtype)
    arrays = [data(shape, 1, dtype=dtype), weight, data((filters,), 3, dtype=dtype)]
    if attributes.get("no_bias"):
        arrays.pop()

    def call(*inputs):
        return mx.nd.Convolution(*inputs, kernel=kernel, num_filter=filters, num_group=groups, **attributes)

    return grads(mx, call, *arrays, train=train)


def _transpose(mx, shape, kernel, filters=6, dtype="float32", groups=1, **attributes):
    weight = data((shape[1], filters // groups, *kernel), 2, dtype=dtype)
    arrays = [data(shape, 1, dtype=dtype), weight]
    if attributes.get("no_bias") is False:
        arrays.append(data((filters,), 3, dtype=dtype))

    def call(*inputs):
        return mx.nd.Deconvolution(*inputs, kernel=kernel, num_filter=filters, num_group=groups, **attributes)

    return grads(mx, call, *arrays)


def axes(mx):
    return [_convolve(mx, SHAPES[n], (3,) * n) for n in (1, 2, 3)]


def strides(mx):
    return [_convolve(mx, SHAPES[n], (3, 2, 1)[:n], stride=(2, 1, 3)[:n]) for n in (1, 2, 3)]


def dilation(mx):
    return [_convolve(mx, SHAPES[n], (2, 3, 2)[:n], dilate=(3, 1, 2)[:n], pad=(0, 1, 0)[:n]) for n in (1, 2, 3)]


def padding(mx):
    return [_convolve(mx, SHAPES[n], (3, 2, 3)[:n], pad=(1, 2, 3)[:n]) for n in (1, 2, 3)]


def all_together(mx):
    found = []
    for n in (1, 2, 3):
        options = {"stride": (2, 3, 1)[:n], "dilate": (2, 1, 2)[:n], "pad": (2, 1, 3)[:n]}
        found.append(_convolve(mx, SHAPES[n], (3, 3, 2)[:n], groups=2, **options))
    return found


def groups(mx):
    return [_convolve(mx, SHAPES[2], (3, 3), filters=8, groups=g, no_bias=True) for g in (1, 2, 4)]


def depthwise(mx):
    return [_convolve(mx, SHAPES[n], (3,) * n, filters=4, groups=4, pad=(1,) * n) for n in (1, 2, 3)]


def without_bias(mx):
    return [_convolve(mx, SHAPES[n], (2,) * n, no_bias=True) for n in (1, 2, 3)]


def pointwise(mx):
    return [_convolve(mx, SHAPES[n], (1,) * n) for n in (1, 2, 3)]


def double_precision(mx):
    return [_convolve(mx, SHAPES[n], (3,) * n, dtype="float64", pad=(1,) * n) for n in (1, 2, 3)]


def named_layouts(mx):
    return [_convolve(mx, SHAPES[n], (3,) * n, layout=name) for n, name in ((1, "NCW"), (2, "NCHW"), (3, "NCDHW"))]


def ignored_attributes(mx):
    return _convolve(mx, SHAPES[2], (3, 3), workspace=8, cudnn_tune="off", cudnn_off=True)


def attributes_as_texts(mx):
    x, w = mx.nd.array(data(SHAPES[2], 1)), mx.nd.array(data((6, 4, 3, 3), 2))
    return mx.nd.Convolution(x, w, kernel="(3, 3)", num_filter="6", no_bias="True", pad="[1, 1]", stride="(2,2)")


def first_version(mx):
    x, w, b = mx.nd.array(data(SHAPES[2], 1)), mx.nd.array(data((6, 4, 3, 3), 2)), mx.nd.array(data((6,), 3))
    return mx.nd.Convolution_v1(x, w, b, kernel=(3, 3), num_filter=6, pad=(1, 1))


def in_numpy_arrays(mx):
    mx.npx.set_np()
    x, w, b = mx.np.array(data(SHAPES[2], 1)), mx.np.array(data((6, 4, 3, 3), 2)), mx.np.array(data((6,), 3))
    return mx.npx.convolution(x, w, b, kernel=(3, 3), num_filter=6, stride=(2, 2))


def wrong_arguments(mx):
    x, w, b = mx.nd.ones((2, 4, 7, 6)), mx.nd.ones((6, 4, 3, 3)), mx.nd.ones((6,))
    call = mx.nd.Convolution
    return outcomes(
        lambda: call(x, w, kernel=(3, 3), num_filter=6),
        lambda: call(x, w, b, kernel=(3, 3)),
        lambda: call(x, w, b, num_filter=6),
        lambda: call(x, w, b, kernel=(3,), num_filter=6),
        lambda: call(x, w, b, kernel=(3, 3, 3), num_filter=6),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=5),
        lambda: call(x, w, b, kernel=(2, 3), num_filter=6),
        lambda: call(x, w, mx.nd.ones((5,)), kernel=(3, 3), num_filter=6),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, num_group=4),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, num_group=3),
        lambda: call(x, mx.nd.ones((6, 4, 9, 9)), b, kernel=(9, 9), num_filter=6),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, stride=(2,)),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, stride=(0, 1)),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, dilate=(0, 1)),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, layout="NCW"),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, layout="CHWN"),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, cudnn_tune="slow"),
        lambda: call(x, w, b, kernel=(3, 3), num_filter=6, padding=(1, 1)),
        lambda: call(x.astype("float64"), w, b, kernel=(3, 3), num_filter=6),
        lambda: call(x[0], w, b, kernel=(3, 3), num_filter=6),
        lambda: call(x, w, b.astype("float64"), kernel=(3, 3), num_filter=6),
        lambda: call(*(each.astype("int32") for each in (x, w, b)), kernel=(3, 3), num_filter=6),
    )


def transpose_axes(mx):
    return [_transpose(mx, SHAPES[n], (3,) * n) for n in (1, 2, 3)]


def transpose_strides(mx):
    return [_transpose(mx, SHAPES[n], (3, 2, 4)[:n], stride=(2, 1, 3)[:n]) for n in (1, 2, 3)]


@tolerance(rtol=1e-5, atol=1e-5, reason="sums of 200 products, added in another order")
def transpose_padding(mx):
    options = {"pad": (1, 1, 1), "adj": (1, 0, 1), "stride": (2, 1, 2)}
    return [_transpose(mx, SHAPES[n], (4, 3, 3)[:n], **{k: v[:n] for k, v in options.items()}) for n in (1, 2, 3)]


def transpose_dilation(mx):
    found = []
    for n in (1, 2):
        weight = mx.nd.array(data((SHAPES[n][1], 6, *(2, 3)[:n]), 2))
        options = {"kernel": (2, 3)[:n], "dilate": (2, 3)[:n], "stride": (1, 2)[:n], "num_filter": 6}
        found.append(mx.nd.Deconvolution(mx.nd.array(data(SHAPES[n], 1)), weight, **options))
    return found


def transpose_groups(mx):
    return [_transpose(mx, SHAPES[2], (3, 3), filters=8, groups=g, stride=(2, 2)) for g in (1, 2, 4)]


def transpose_bias(mx):
    return [_transpose(mx, SHAPES[n], (2,) * n, no_bias=False) for n in (1, 2, 3)]


def transpose_target_shape(mx):
    options = {"stride": (2, 2), "dtype": "float64"}  # MXNet's kernel for single precision fails on every target shape
    return [
        _transpose(mx, SHAPES[2], (4, 4), target_shape=(14, 12), **options),
        _transpose(mx, SHAPES[2], (4, 4), target_shape=(13, 13), **options),
        _transpose(mx, SHAPES[2], (3, 3), target_shape=(15, 13), pad=(1, 1), adj=(1, 1), **options),
        _transpose(mx, SHAPES[1], (4,), target_shape=(18,), stride=(2,), dtype="float64"),
    ]


def transpose_double_precision(mx):
    return [_transpose(mx, SHAPES[n], (3,) * n, dtype="float64", stride=(2,) * n) for n in (1, 2)]


def transpose_in_numpy_arrays(mx):
    mx.npx.set_np()
    x, w = mx.np.array(data(SHAPES[2], 1)), mx.np.array(data((4, 6, 3, 3), 2))
    return mx.npx.deconvolution(x, w, kernel=(3, 3), num_filter=6, stride=(2, 2))


def transpose_wrong_arguments(mx):
    x, w = mx.nd.ones((2, 4, 7, 6)), mx.nd.ones((4, 6, 3, 3))
    call = mx.nd.Deconvolution
    return outcomes(
        lambda: call(x, w, kernel=(3, 3)),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, no_bias=False),
        lambda: call(x, w, kernel=(3, 3), num_filter=5),
        lambda: call(x, w, kernel=(3, 2), num_filter=6),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, num_group=3),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, adj=(1, 1)),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, stride=(2,)),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, target_shape=(40, 40)),
        lambda: call(x, w, kernel=(3,), num_filter=6),
        lambda: call(x, w, kernel=(3, 3), num_filter=6, layout="NCW"),
        lambda: call(x.astype("int32"), w.astype("int32"), kernel=(3, 3), num_filter=6),
    )


@tolerance(rtol=1e-4, atol=1e-4, reason="sums of 800 products, added in another order")
def many_channels(mx):
    return _convolve(mx, (1, 32, 6, 6), (5, 5), filters=2, pad=(2, 2))
