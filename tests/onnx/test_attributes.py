"""Operators with one combination of attributes after the other: equal under onnxruntime, and for another batch."""

import itertools

import numpy as np
import pytest

from exported import same
from mxnet import sym

RANDOM = np.random.RandomState(3)


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def positive(*shape):
    return RANDOM.uniform(0.5, 1.5, shape).astype("float32")


def whole(high, *shape):
    return RANDOM.randint(0, high, shape).astype("float32")


def convolutions():
    for axes, (stride, dilate, pad, groups) in itertools.product((1, 2, 3), [(1, 1, 0, 1), (2, 1, 1, 2), (1, 2, 2, 1)]):
        attributes = {
            "kernel": (3,) * axes, "stride": (stride,) * axes, "dilate": (dilate,) * axes, "pad": (pad,) * axes,
            "num_group": groups, "num_filter": 4,
        }  # fmt: skip
        data = (normal(2, 4, *(7, 6, 5)[:axes]), normal(4, 4 // groups, *(3,) * axes), normal(4))
        yield lambda x, w, b, given=attributes: sym.Convolution(x, w, b, **given), data
        transposed = (data[0], normal(4, 4 // groups, *(3,) * axes), normal(4))
        yield lambda x, w, b, given=attributes: sym.Deconvolution(x, w, b, no_bias=False, **given), transposed
    data, weight = normal(2, 4, 5, 6), normal(4, 3, 3, 3)
    for more in ({"adj": (1, 0), "stride": (2, 2)}, {"target_shape": (9, 11), "stride": (2, 2)}):
        yield lambda x, w, given=more: sym.Deconvolution(x, w, kernel=(3, 3), num_filter=3, **given), (data, weight)
    yield (
        lambda x, w: sym.Convolution(x, w, kernel=(3, 3), num_filter=3, no_bias=True, layout="NHWC"),
        (normal(2, 5, 6, 4), normal(3, 3, 3, 4)),
    )


def poolings():
    for kind, convention, pad in itertools.product(("max", "avg", "sum", "lp"), ("valid", "full"), (0, 1)):
        for include in (True, False) if kind == "avg" else (None,):
            attributes = {
                "kernel": (3, 2), "stride": (2, 2), "pool_type": kind, "pooling_convention": convention,
                "pad": (pad, pad if kind != "max" else 0), "p_value": 2, "count_include_pad": include,
            }  # fmt: skip
            yield lambda x, given=attributes: sym.Pooling(x, **given), (positive(2, 3, 8, 7),)
    for kind in ("max", "avg"):
        yield (
            lambda x, kind=kind: sym.Pooling(
                x, kernel=(3, 3), stride=(2, 2), pool_type=kind, pooling_convention="same"
            ),
            (normal(1, 2, 6, 7),),
        )
        yield lambda x, kind=kind: sym.Pooling(x, kernel=(3,), pool_type=kind, stride=(2,)), (normal(1, 2, 9),)
        yield lambda x, kind=kind: sym.Pooling(x, kernel=(2, 2, 2), pool_type=kind), (normal(1, 2, 3, 4, 5),)
        yield (
            lambda x, kind=kind: sym.Pooling(x, kernel=(2, 2), pool_type=kind, layout="NHWC"),
            (normal(2, 4, 5, 3),),
        )
    for kind, p in (("max", None), ("avg", None), ("sum", None), ("lp", 1), ("lp", 3)):
        yield (
            lambda x, kind=kind, p=p: sym.Pooling(x, global_pool=True, pool_type=kind, p_value=p),
            (normal(2, 3, 4, 5),),
        )
    for kind in ("max", "avg", "sum"):
        yield (
            lambda x, kind=kind: sym.Pooling_v1(
                x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type=kind, pooling_convention="full"
            ),
            (normal(2, 3, 6, 7),),
        )


def norms():
    for fixed, axis in ((True, 1), (False, 1), (False, 3)):
        data = normal(2, 3, 4, 3)
        given = (data, *(positive(3) for _ in range(4)))
        yield (
            lambda x, g, b, m, v, fixed=fixed, axis=axis: sym.BatchNorm(x, g, b, m, v, fix_gamma=fixed, axis=axis),
            given,
        )
    for axis in (-1, 1):
        for mean in (0, 10):  # far from 0, where a difference of squares loses the variance
            given = (normal(2, 3, 3) + mean, positive(3), normal(3))
            yield lambda x, g, b, axis=axis: sym.LayerNorm(x, g, b, axis=axis), given
    yield lambda x, g, b: sym.InstanceNorm(x, g, b), (normal(2, 3, 5), positive(3), normal(3))
    yield lambda x, g, b: sym.GroupNorm(x, g, b, num_groups=2), (normal(2, 4, 3, 3), positive(2), normal(2))
    for mode in ("instance", "channel", "spatial"):
        yield lambda x, mode=mode: sym.L2Normalization(x, mode=mode), (normal(2, 3, 4),)
    yield lambda x: sym.LRN(x, nsize=3, alpha=0.1), (normal(2, 5, 3, 3),)
    yield lambda x: sym.Dropout(x, p=0.5), (normal(2, 3),)


def activations():
    for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        yield lambda x, kind=kind: sym.Activation(x, act_type=kind), (normal(2, 3),)
    for kind in ("leaky", "elu", "selu", "gelu"):
        yield lambda x, kind=kind: sym.LeakyReLU(x, act_type=kind, slope=0.3), (normal(2, 3),)
    yield lambda x: sym.LeakyReLU(x, act_type="rrelu")[0], (normal(2, 3),)
    for slopes in (3, 1):
        yield lambda x, g: sym.LeakyReLU(x, g, act_type="prelu"), (normal(2, 3, 4), positive(slopes))
    for function in (sym.softmax, sym.log_softmax, sym.softmin):
        yield lambda x, f=function: f(x, axis=1, temperature=2.0), (normal(2, 3, 4),)
    yield lambda x, n: sym.softmax(x, n, axis=1, use_length=True), (normal(2, 4, 3), whole(4, 2, 3) + 1)
    yield lambda x: sym.SoftmaxActivation(x, mode="channel"), (normal(2, 3, 4),)
    yield lambda x: sym.hard_sigmoid(x, alpha=0.3) + sym.smooth_l1(x, scalar=2.0), (normal(2, 3),)
    for flatten in (True, False):
        yield (
            lambda x, w, b, flatten=flatten: sym.FullyConnected(x, w, b, num_hidden=4, flatten=flatten),
            (normal(2, 3, 5), normal(4, 15 if flatten else 5), normal(4)),
        )


def outputs():
    for attributes in ({}, {"multi_output": True}, {"preserve_shape": True}):
        shape = (2, 12) if not attributes else (2, 3, 4)
        label = (2,) if not attributes else (2, 4) if "multi_output" in attributes else (2, 3)
        yield lambda x, y, given=attributes: sym.SoftmaxOutput(x, y, **given), (normal(*shape), whole(2, *label))
    for function in (sym.LinearRegressionOutput, sym.LogisticRegressionOutput, sym.MAERegressionOutput):
        yield lambda x, y, f=function: f(x, y), (normal(2, 3), normal(2, 3))
    yield lambda x, y: sym.SVMOutput(x, y) + sym.BlockGrad(x) + sym.MakeLoss(x) * 2, (normal(2, 3), whole(3, 2))


def reductions():
    functions = (sym.sum, sym.mean, sym.max, sym.min, sym.prod, sym.nansum, sym.norm)
    for function, axis, kept in itertools.product(functions, (None, 1, (0, 2)), (False, True)):
        yield lambda x, f=function, axis=axis, kept=kept: f(x, axis=axis, keepdims=kept), (normal(2, 3, 4),)
    yield lambda x: sym.sum(x, axis=1, exclude=True), (normal(2, 3, 4),)
    for function in (sym.argmax, sym.argmin):
        yield lambda x, f=function: f(x, axis=1), (normal(2, 3, 4),)
        yield lambda x, f=function: f(x, axis=1, keepdims=True), (normal(2, 3, 4),)
    yield lambda x: sym.moments(x, axes=(1, 2)), (normal(2, 3, 4),)
    yield lambda x: sym.cumsum(x, axis=1), (normal(2, 3, 4),)


def orders():
    for kind, ascending in itertools.product(("value", "indices", "mask", "both"), (False, True)):
        yield (
            lambda x, kind=kind, up=ascending: sym.topk(x, k=2, axis=1, ret_typ=kind, is_ascend=up),
            (normal(2, 4, 3),),
        )
    for ascending in (False, True):
        yield lambda x, up=ascending: sym.sort(x, axis=1, is_ascend=up), (normal(2, 4),)
        yield lambda x, up=ascending: sym.argsort(x, axis=-1, is_ascend=up, dtype="int32"), (normal(2, 4),)


def elements():
    for mode in ("clip", "wrap"):
        yield lambda x, i, mode=mode: sym.take(x, i, axis=1, mode=mode), (normal(2, 3, 4), whole(6, 2, 2) - 2)
        yield lambda x, i, mode=mode: sym.pick(x, i, axis=1, mode=mode, keepdims=True), (normal(2, 3), whole(5, 2) - 1)
    yield lambda x, i: sym.gather_nd(x, i), (normal(2, 3, 4), whole(2, 2, 5))
    yield lambda x, i: sym.scatter_nd(x, i, shape=(2, 3)), (normal(2), np.array([[0, 1], [2, 0]], "float32"))
    yield lambda i: sym.one_hot(i, depth=3, on_value=2, off_value=-1, dtype="int32"), (whole(5, 2, 2) - 1,)
    yield lambda i, w: sym.Embedding(i, w, input_dim=4, output_dim=3), (whole(6, 2, 3) - 1, normal(4, 3))
    yield lambda c, x, y: sym.where(c, x, y), (whole(2, 2), normal(2, 3), normal(2, 3))
    yield lambda x, n: sym.SequenceMask(x, n, use_sequence_length=True, value=-1), (normal(4, 2, 3), whole(4, 2) + 1)
    yield lambda x, n: sym.SequenceLast(x, n, use_sequence_length=True, axis=1), (normal(2, 4, 3), whole(4, 2) + 1)
    yield lambda x, n: sym.SequenceReverse(x, n, use_sequence_length=True), (normal(4, 2, 3), whole(4, 2) + 1)


def shapes():
    x = normal(2, 6, 4)
    for shape, reverse in [
        ((0, -1), False), ((-3, 0), False), ((0, -4, 2, -1, 0), False), ((0, -2), False), ((-1, 0), True),
        ((-1, 2, 4), False),
    ]:  # fmt: skip
        yield lambda x, shape=shape, reverse=reverse: sym.reshape(x, shape=shape, reverse=reverse), (x,)
    yield lambda x: sym.reshape(sym.transpose(x, axes=(1, 0, 2)), shape=(3, -1)), (x,)
    yield lambda x: sym.expand_dims(sym.flatten(x), axis=1), (x,)
    yield lambda x: sym.slice(x, begin=(None, 4, None), end=(None, 0, 3), step=(1, -2, 1)), (x,)
    yield lambda x: sym.slice_axis(x, axis=1, begin=-3, end=None), (x,)
    yield lambda x, y: sym.slice_like(x, y, axes=(0, 1)), (x, normal(2, 3, 1))
    yield lambda x, y: sym.broadcast_like(x, y), (normal(2, 1, 4), x)
    yield lambda x: sym.split(x, num_outputs=3, axis=1), (x,)
    yield lambda x: sym.split(x, num_outputs=4, axis=2, squeeze_axis=True), (x,)
    yield lambda x: sym.split_v2(x, (1, 3), axis=1), (x,)
    yield lambda x, y: sym.concat(x, y, dim=1) + sym.concat(y, x, dim=1), (x, x)
    yield lambda x, y: sym.stack(x, y, axis=1), (x, x)
    yield lambda x: sym.tile(x, reps=(1, 2, 3)), (x,)
    yield lambda x: sym.repeat(x, repeats=2, axis=1), (x,)
    yield lambda x: sym.reverse(x, axis=(1, 2)), (x,)
    yield lambda x: sym.swapaxes(x, 1, 2), (x,)
    for mode in ("constant", "edge", "reflect"):
        yield (
            lambda x, m=mode: sym.pad(x, mode=m, pad_width=(0, 0, 0, 0, 1, 2, 2, 1), constant_value=3),
            (normal(2, 1, 4, 4),),
        )
    yield lambda x: sym.depth_to_space(x, block_size=2), (normal(2, 8, 3, 2),)
    yield lambda x: sym.space_to_depth(x, block_size=2), (normal(2, 2, 4, 6),)
    yield lambda x: sym.Crop(x, h_w=(2, 3), center_crop=True), (normal(2, 1, 5, 5),)
    yield lambda x: sym.Group([sym.zeros_like(x) + sym.ones_like(x), sym.shape_array(x), sym.size_array(x)]), (x,)
    yield lambda x: sym.contrib.arange_like(x, axis=1, start=2, step=0.5), (x,)


def arithmetic():
    x, y = positive(2, 3), positive(1, 3)
    for name in ("add", "sub", "mul", "div", "mod", "power", "maximum", "minimum", "hypot"):
        yield lambda x, y, name=name: getattr(sym, f"broadcast_{name}")(x, y), (x, y)
    for name in ("equal", "greater", "lesser_equal", "logical_and", "logical_xor"):
        yield lambda x, y, name=name: getattr(sym, f"broadcast_{name}")(x, y), (whole(2, 2, 3), whole(2, 1, 3))
    yield lambda x: (2 - x) / 3 + 4 / x - x % 0.3 + 2**x + (x > 1) * (x != 2), (x,)
    yield lambda x: sym.clip(x, 0.7, 1.1) + sym.round(x * 3) + sym.rint(x * 3) + sym.fix(x * -3), (x,)
    yield lambda x: sym.expm1(x * 1e-4) + sym.log1p(x * 1e-4) + sym.cbrt(x) + sym.rsqrt(x), (x,)
    yield lambda x: sym.gamma(x - 2.3) + sym.gammaln(x * 3) + sym.erfinv(x - 1), (x,)
    yield lambda x: sym.add_n(x, x, x), (x,)
    yield lambda x: x / 2 + x % 3, (np.arange(6, dtype="int32").reshape(2, 3),)


def products():
    for first, second in itertools.product((False, True), repeat=2):
        a, b = normal(*((4, 3) if first else (3, 4))), normal(*((5, 4) if second else (4, 5)))
        yield lambda a, b, s=first, t=second: sym.dot(a, b, transpose_a=s, transpose_b=t), (a, b)
        yield (
            lambda a, b, s=first, t=second: sym.batch_dot(a, b, transpose_a=s, transpose_b=t),
            (np.stack([a] * 2), np.stack([b] * 2)),
        )
        yield (
            lambda a, b, s=first, t=second: sym.linalg.gemm2(a, b, transpose_a=s, transpose_b=t, alpha=2.0),
            (np.stack([a] * 2), np.stack([b] * 2)),
        )
    yield lambda a, b: sym.dot(a, b), (normal(2, 3, 4), normal(4, 2))
    yield lambda a, b: sym.dot(a, b, transpose_a=True), (normal(2, 3), normal(2))
    heads = normal(4, 2, 18)
    yield lambda x: sym.contrib.interleaved_matmul_selfatt_qk(x, heads=3), (heads,)
    yield lambda x, a: sym.contrib.interleaved_matmul_selfatt_valatt(x, a, heads=3), (heads, normal(6, 4, 4))


def images():
    for kind, mode in (("nearest", "concat"), ("nearest", "sum")):
        yield (
            lambda x, y, kind=kind, mode=mode: sym.UpSampling(
                x, y, scale=4, sample_type=kind, multi_input_mode=mode, num_args=2
            ),
            (normal(2, 1, 2, 2), normal(2, 1, 4, 4)),
        )
    yield (
        lambda x, w: sym.UpSampling(x, w, scale=2, sample_type="bilinear", num_filter=3, num_args=2),
        (normal(2, 3, 3, 4), positive(3, 1, 4, 4)),
    )
    for corners in (True, False):
        yield (
            lambda x, c=corners: sym.contrib.BilinearResize2D(x, height=7, width=5, align_corners=c),
            (normal(2, 2, 4, 3),),
        )
    for size in ((1, 1), (2, 2), (3, 5)):
        yield lambda x, s=size: sym.contrib.AdaptiveAvgPooling2D(x, output_size=s), (normal(2, 2, 4, 6),)
    yield (
        lambda x, p: sym.SpatialTransformer(
            x, p, target_shape=(4, 5), transform_type="affine", sampler_type="bilinear"
        ),
        (normal(2, 2, 5, 6), normal(2, 6) * 0.5),
    )
    yield lambda x, f: sym.BilinearSampler(x, sym.GridGenerator(f, "warp")), (normal(2, 2, 4, 5), normal(2, 2, 4, 5))


FAMILIES = [
    convolutions, poolings, norms, activations, outputs, reductions, orders, elements, shapes, arithmetic, products,
    images,
]  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_attributes(family):
    for number, (function, arrays) in enumerate(family()):
        names = [f"x{place}" for place in range(len(arrays))]
        symbol = function(*map(sym.Variable, names))
        try:
            same(symbol, dict(zip(names, arrays)))
        except Exception as error:
            raise AssertionError(f"case {number} of {family.__name__}: {symbol.attr_dict()}: {error}") from error


#: families whose inputs of two axes and more have the batch first
BATCHED = [convolutions, poolings, norms, activations, outputs, reductions, orders, shapes, images]


@pytest.mark.parametrize("family", BATCHED, ids=lambda family: family.__name__)
def test_another_batch(family):
    for number, (function, arrays) in enumerate(family()):
        names = [f"x{place}" for place in range(len(arrays))]
        batched = [name for name, each in zip(names, arrays) if each.ndim > 1 and each.shape[0] == 2]
        if number % 2 or not batched:
            continue
        symbol = function(*map(sym.Variable, names))
        label = [name for name, each in zip(names, arrays) if each.ndim == 1 and family is outputs]
        larger = [
            np.concatenate([each, each[:1]]) if name in batched + label else each for name, each in zip(names, arrays)
        ]
        written_for = {name: each.shape for name, each in zip(names, arrays)}
        dynamic = {name: {0: "N"} for name in batched}
        try:
            model = same(symbol, dict(zip(names, larger)), dynamic=dynamic, shapes=written_for)
        except Exception as error:
            raise AssertionError(f"case {number} of {family.__name__}: {symbol.attr_dict()}: {error}") from error
        first = model.graph.input[0].type.tensor_type.shape.dim[0]
        assert first.dim_param == ("N" if batched[0] == "x0" else "")
