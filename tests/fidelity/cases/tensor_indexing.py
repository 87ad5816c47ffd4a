"""Elements picked and placed by arrays of positions, and flat positions."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import NUMBERS, array, outcomes

MODES = ("clip", "wrap")


def take(mx):
    x, y = mx.nd.array(data((2, 3), 1)), mx.nd.array(data((2, 3, 4), 2))
    found = [mx.nd.take(x, array(mx, [1, 0, 1])), mx.nd.take(y, array(mx, [[0, 1]]), axis=1), x.take(array(mx, [1]))]
    for mode in MODES:
        found.append(mx.nd.take(x, array(mx, [[0, -1], [5, -7]]), mode=mode))
        found.append(mx.nd.take(x, array(mx, [0, -1, 4]), axis=1, mode=mode))
    return found + [mx.nd.take(x, array(mx, [2]), axis=-1), mx.nd.take(x, array(mx, [1, 0]), mode="raise")]


def take_positions_of_other_dtypes(mx):
    x = mx.nd.array(data((4, 2), 1))
    return [mx.nd.take(x, array(mx, [1, 3, 0], d)) for d in NUMBERS] + [mx.nd.take(x, array(mx, [0.9, 1.7, -0.5]))]


def take_dtypes(mx):
    return [mx.nd.take(array(mx, [[1, 2], [3, 4]], d), array(mx, [1, 1], "int32")) for d in NUMBERS]


def take_gradients(mx):
    return (
        grads(mx, lambda a, i: mx.nd.take(a, i), data((2, 2)), [0.0, 1.0, 1.0, 7.0]),
        grads(mx, lambda a, i: mx.nd.take(a, i, mode="wrap", axis=1), data((2, 2)), [0.0, -1.0, 3.0]),
        grads(mx, lambda a: mx.nd.take(a, array(mx, [[0, 1], [1, 1]], "int32"), axis=1), data((2, 3, 4))),
    )


def take_errors(mx):
    x = mx.nd.ones((2, 3))
    return outcomes(
        lambda: mx.nd.take(x, array(mx, [2]), mode="raise"), lambda: mx.nd.take(x, array(mx, [-1]), mode="raise"),
        lambda: mx.nd.take(x, array(mx, [2]), axis=2), lambda: mx.nd.take(x, array(mx, [2]), mode="x"),
        lambda: mx.nd.take(x),
    )  # fmt: skip


def batch_take(mx):
    x = mx.nd.array(data((3, 4), 1))
    return (
        mx.nd.batch_take(x, array(mx, [1, 2, 0], "int32")), mx.nd.batch_take(x, array(mx, [-1, 9, 3], "int32")),
        mx.nd.batch_take(x, array(mx, [[1], [2], [0]], "int32")),
        outcomes(lambda: mx.nd.batch_take(x, array(mx, [1, 2, 0])),
            lambda: mx.nd.batch_take(x, array(mx, [1, 2], "int32"))),
    )  # fmt: skip


def where(mx):
    x, y = mx.nd.array(data((2, 3), 1)), mx.nd.array(data((2, 3), 2))
    found = [mx.nd.where(array(mx, [[1, 0, 2], [0, -1, 0]], d), x, y) for d in NUMBERS if d != "uint8"]
    return found + [
        mx.nd.where(array(mx, [1, 0]), x, y), mx.nd.where(array(mx, [float("nan"), 0]), x, y),
        mx.nd.where(x > 0, x.astype("int32"), y.astype("int32")), mx.nd.where(condition=x, x=x, y=y),
    ]  # fmt: skip


def where_gradients(mx):
    return grads(
        mx, mx.nd.where, [[1.0, 0.0], [2.0, 0.0]], data((2, 2), 1, dtype="float64"), data((2, 2), 2, dtype="float64")
    )


def where_errors(mx):
    x, y = mx.nd.ones((2, 3)), mx.nd.ones((1, 3))
    return outcomes(
        lambda: mx.nd.where(y, x, x), lambda: mx.nd.where(x, x, y), lambda: mx.nd.where(mx.nd.ones(3), x, x),
        lambda: mx.nd.where(x, x, x.astype("int32")),
    )  # fmt: skip


def gather_nd(mx):
    x, y = mx.nd.array(data((2, 3), 1)), mx.nd.array(data((2, 3, 4), 2))
    return (
        mx.nd.gather_nd(x, array(mx, [[1, 1, 0], [0, 1, 0]])), mx.nd.gather_nd(x, array(mx, [[1, 0]])),
        mx.nd.gather_nd(x, array(mx, [[-1, 0], [-1, -3]])), mx.nd.gather_nd(y,
            array(mx, [[[0, 1], [1, 0]], [[2, 0], [1, 1]]])),
        mx.nd.gather_nd(y, array(mx, [[1], [2], [3]], "int32")),
        mx.nd.gather_nd(y.astype("int32"), array(mx, [[1], [2]])),
    )  # fmt: skip


def gather_nd_gradients(mx):
    return grads(mx, mx.nd.gather_nd, data((2, 2), 1), [[1.0, 1.0], [0.0, 0.0]]), grads(
        mx, lambda x: mx.nd.gather_nd(x, array(mx, [[0, 1, 0]], "int64")), data((2, 3), 1)
    )


def gather_nd_out_of_bounds(mx):
    return mx.nd.gather_nd(mx.nd.ones((2, 3)), array(mx, [[2]])).asnumpy()


def gather_nd_errors(mx):
    x = mx.nd.ones((2, 3))
    return outcomes(lambda: mx.nd.gather_nd(x, array(mx, [[1], [1], [1]])), lambda: mx.nd.gather_nd(x, array(mx, [1])))


def scatter_nd(mx):
    return (
        mx.nd.scatter_nd(array(mx, [2, 3, 4]), array(mx, [[1, 1, 0], [0, 1, 0]]), shape=(2, 2)),
        mx.nd.scatter_nd(array(mx, [[1, 2], [3, 4]]), array(mx, [[0, 2]]), shape=(3, 2)),
        mx.nd.scatter_nd(array(mx, [2, 3], "int32"), array(mx, [[1, 3]], "int32"), shape=(5,)),
        grads(mx, lambda x: mx.nd.scatter_nd(x, array(mx, [[1, 3]]), shape=(4,)), data((2,))),
        outcomes(lambda: mx.nd.scatter_nd(array(mx, [2, 3, 4]), array(mx, [[1, 1]]), shape=(3,))),
    )


def index_copy(mx):
    old, new = mx.nd.array(data((4, 2), 1)), array(mx, [[1, 2], [3, 4]])
    f = mx.nd.contrib.index_copy
    return [f(old, array(mx, [0, 2], d), new) for d in ("int64", "int32", "float32")] + [
        old, grads(mx, lambda a, b: f(a, array(mx, [3, 1], "int64"), b), data((4, 2), 1), data((2, 2), 2)),
    ]  # fmt: skip


def index_array(mx):
    f, x, y = mx.nd.contrib.index_array, mx.nd.ones((2, 3)), mx.nd.ones((2, 3, 4))
    return f(x), f(y), f(y, axes=(1, 0)), f(x, axes=(-1,)), f(x, axes=(1,)), f(mx.nd.ones(3))


def boolean_mask(mx):
    f, x = mx.nd.contrib.boolean_mask, mx.nd.array(data((3, 2), 1))
    return (
        f(x, array(mx, [0, 1, 1])), f(x, array(mx, [0, 2, 0], "int32")), f(x, array(mx, [0, 1, 1], "bool")),
        grads(mx, f, data((3, 2), 1), [0.0, 1.0, 1.0]),
        outcomes(
            lambda: f(x, array(mx, [0, 1, 1]), axis=1), lambda: f(x, array(mx, [0, 1])), lambda: f(x, x),
        ),
    )  # fmt: skip


def flat_positions(mx):
    ravel, unravel = mx.nd.ravel_multi_index, mx.nd.unravel_index
    x = array(mx, [[3, 6, 6], [4, 5, 1]])
    return (
        ravel(x, shape=(7, 6)), ravel(x.astype("int64"), shape=(7, 6)), ravel(x, shape=(-1, 6)),
        unravel(array(mx, [22, 41, 37]), shape=(7, 6)), unravel(array(mx, [22, 41, 37], "int32"), shape=(-1, 6)),
        unravel(array(mx, [100, 5]), shape=(7, 6)), unravel(array(mx, [23, 5]), shape=(2, 3, 4)),
        outcomes(lambda: ravel(x, shape=(6,))),
    )  # fmt: skip


def histogram(mx):
    f, x = mx.nd.histogram, array(mx, [1, 2, 2, 3, 9, -4])
    return (
        f(x, bins=4, range=(0, 8)), f(x, array(mx, [0, 2, 4, 9])), f(x, bins=4), f(x.astype("int32"), bins=3),
        f(array(mx, [2, 2]), 2),
        f(mx.nd.array(data((5, 40), 1)), bins=7, range=(-0.5, 0.75)),
        mx.nd._internal._histogram(x, bin_cnt=4, range=(0, 8)),
        outcomes(lambda: mx.nd._internal._histogram(x), lambda: f(x, "x")),
    )  # fmt: skip


def positions_beyond_float_precision(mx):
    x = mx.nd.array(np.arange(8))
    return mx.nd.take(x, mx.nd.array([7, 3], dtype="int64")), mx.nd.take(x, mx.nd.array([1e9, -1e9]))
