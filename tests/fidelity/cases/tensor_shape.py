"""Other shapes and orders of axes: reshape and its codes, transpose, axes of length 1, depth and space."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import NUMBERS, array, outcomes

RESHAPES = (
    ((2, 3, 4), (4, 0, 2)), ((2, 3, 4), (2, 0, 0)), ((2, 3, 4), (6, 1, -1)), ((2, 3, 4), (3, -1, 8)),
    ((2, 3, 4), (-1,)),
    ((2, 3, 4), (-2,)), ((2, 3, 4), (2, -2)), ((2, 3, 4), (-2, 1, 1)), ((2, 3, 4), (-3, 4)), ((2, 3, 4, 5), (-3, -3)),
    ((2, 3, 4), (0, -3)), ((2, 3, 4), (-3, -2)), ((2, 3, 4), (-4, 1, 2, -2)), ((2, 3, 4), (2, -4, -1, 3, -2)),
    ((2, 3, 4), (-4, 2, -1, -2)), ((2, 3, 4), (0, -1, 0)), ((8,), (-4, 2, 4)), ((8,), (-4, 2, -1)),
    ((2, 3, 4), (-1, 0)),
    ((2, 3, 4), (24, -1, 1)), ((2, 3, 4), (0, 0, -1)), ((10, 5, 4), (-1, 0)), ((1, 6), (2, 3)), ((6,), (1, 6, 1)),
)  # fmt: skip
IMPOSSIBLE = ((-4, -1, -1, -2), (-1, -1), (0, 0, 0, 0), (-5,), (-4, 3, -1, -2), (-3, -3), (-4, 2), ("a",), (1.5,))
BACKWARDS = (
    ((10, 5, 4), (-1, 0)),
    ((2, 3, 4, 5), (-1, -3)),
    ((2, 3, 4), (4, 0, 2)),
    ((2, 3, 4), (-1,)),
    ((2, 3, 4), (0, -1)),
)


def _counted(mx, shape):
    return mx.nd.array(np.arange(np.prod(shape)).reshape(shape))


def reshape(mx):
    return [mx.nd.reshape(_counted(mx, shape), shape=target) for shape, target in RESHAPES]


def reshape_method(mx):
    return [_counted(mx, shape).reshape(target) for shape, target in RESHAPES if -4 not in target]


def reshape_backwards(mx):
    return [mx.nd.reshape(_counted(mx, shape), shape=target, reverse=True) for shape, target in BACKWARDS]


def reshape_arguments(mx):
    x = _counted(mx, (2, 3, 4))
    return (
        x.reshape(-1),
        x.reshape((6, 4)),
        x.reshape(6, 4),
        x.reshape(shape=(0, -1)),
        x.reshape([4, 6]),
        x.reshape((-1, 0), reverse=True),
        mx.nd.Reshape(x, shape=(4, 6)),
        mx.nd.reshape(x, (4, 6)),
        mx.nd.reshape(data=x, shape="(4, 6)"),
    )


def reshape_impossible(mx):
    x = _counted(mx, (2, 3, 4))
    return [outcomes(lambda t=target: mx.nd.reshape(x, shape=t))[0] for target in IMPOSSIBLE]


def reshape_method_errors(mx):
    x = _counted(mx, (2, 3, 4))
    return outcomes(lambda: x.reshape((5, 5)), lambda: x.reshape(), lambda: x.reshape((-1, -1)))


def reshape_target_shape(mx):
    x = _counted(mx, (2, 3, 4))
    return [
        mx.nd.Reshape(x, **kw)
        for kw in ({"target_shape": (2, 0)}, {"target_shape": (0, 12)}, {"target_shape": (24,)},
                   {"target_shape": (9, 0), "keep_highest": True})
    ]  # fmt: skip


def reshape_gradients(mx):
    return grads(mx, lambda x: mx.nd.reshape(x, shape=(3, 2)), data((2, 3))), grads(
        mx, lambda x: x.reshape(-1), data((2, 3))
    )


def reshape_like(mx):
    like = mx.nd.reshape_like
    return (
        like(_counted(mx, (6, 4)), mx.nd.zeros((2, 3, 4))),
        like(_counted(mx, (30, 7)), mx.nd.zeros((15, 2, 4)), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2),
        like(_counted(mx, (30, 12)), mx.nd.zeros((4, 2, 2, 3)), lhs_begin=-1, lhs_end=None, rhs_begin=1, rhs_end=4),
        like(_counted(mx, (6, 4)), mx.nd.zeros((2, 3, 4), dtype="int32")),
    )


def reshape_like_errors(mx):
    x, like = _counted(mx, (6, 4)), mx.nd.zeros((2, 3, 4))
    return outcomes(
        lambda: mx.nd.reshape_like(x, mx.nd.zeros((5, 5))), lambda: mx.nd.reshape_like(x, like, lhs_begin=1, lhs_end=3),
        lambda: mx.nd.reshape_like(x, like, lhs_end=-1, rhs_end=1),
    )  # fmt: skip


def flatten(mx):
    return [mx.nd.flatten(_counted(mx, s)) for s in ((3,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (1,))] + [
        mx.nd.Flatten(_counted(mx, (2, 2, 2))), _counted(mx, (2, 2, 2)).flatten(),
        grads(mx, mx.nd.flatten, data((2, 3, 4))),
    ]  # fmt: skip


def transpose(mx):
    x = _counted(mx, (2, 3, 4))
    return (
        x.T,
        x.transpose(),
        x.transpose((1, 0, 2)),
        x.transpose(axes=(2, 0, 1)),
        mx.nd.transpose(x, axes=()),
        mx.nd.transpose(x, (0, 2, 1)),
        mx.nd.transpose(_counted(mx, (3,))),
        mx.nd.transpose(_counted(mx, (1, 2, 1, 2, 1, 3))),
        x.T.T,
    )


def transpose_dtypes(mx):
    return [mx.nd.transpose(array(mx, [[1, 2, 3], [4, 5, 6]], d)) for d in NUMBERS]


def transpose_gradients(mx):
    return grads(mx, lambda x: mx.nd.transpose(x, axes=(2, 0, 1)), data((2, 3, 4))), grads(
        mx, lambda x: x.T, data((2, 3))
    )


def transpose_errors(mx):
    x = _counted(mx, (2, 3, 4))
    return outcomes(
        lambda: mx.nd.transpose(x, axes=(0, 1)), lambda: mx.nd.transpose(x, axes=(0, 1, 3)),
        lambda: mx.nd.transpose(x, axes=(-1, 0, 1)), lambda: mx.nd.transpose(x, axes="x"),
    )  # fmt: skip


def expand_dims(mx):
    x = _counted(mx, (2, 3))
    return (
        [mx.nd.expand_dims(x, axis=a) for a in (0, 1, 2, -1, -2, -3)]
        + [x.expand_dims(0), x.expand_dims(axis=-1)]
        + [grads(mx, lambda v: v.expand_dims(1), data((2, 3)))]
    )


def expand_dims_errors(mx):
    x = _counted(mx, (2, 3))
    return outcomes(
        lambda: mx.nd.expand_dims(x, axis=3), lambda: mx.nd.expand_dims(x, axis=-4), lambda: mx.nd.expand_dims(x),
        lambda: mx.nd.expand_dims(x, axis=None),
    )  # fmt: skip


def squeeze(mx):
    x = _counted(mx, (1, 2, 1, 3))
    return [mx.nd.squeeze(x, axis=a) for a in (None, 0, 2, (0, 2), -2)] + [
        mx.nd.squeeze(x), x.squeeze(), x.squeeze(axis=0), mx.nd.squeeze(_counted(mx, (1, 1, 1))),
        mx.nd.squeeze(_counted(mx, (1, 1)), axis=(0, 1)), grads(mx, lambda v: v.squeeze(), data((1, 3))),
    ]  # fmt: skip


def squeeze_errors(mx):
    x = _counted(mx, (1, 2, 1, 3))
    return [outcomes(lambda a=axis: mx.nd.squeeze(x, axis=a))[0] for axis in (1, (0, 1), 5, (0, 0), -5)]


def swapaxes(mx):
    x = _counted(mx, (2, 3, 4))
    pairs = ((0, 2), (0, -1), (1, 1), (-3, 1))
    return [mx.nd.swapaxes(x, dim1=a, dim2=b) for a, b in pairs] + [
        mx.nd.SwapAxis(x), x.swapaxes(0, 1), x.swapaxes(dim1=1, dim2=2),
        grads(mx, lambda v: v.swapaxes(0, 1), data((2, 3, 4))),
        outcomes(lambda: mx.nd.swapaxes(x, dim1=0, dim2=3)),
    ]  # fmt: skip


def depth_and_space(mx):
    x, y = _counted(mx, (2, 8, 2, 3)), _counted(mx, (1, 2, 4, 6))
    return (
        mx.nd.depth_to_space(x, block_size=2), mx.nd.space_to_depth(y, block_size=2), x.depth_to_space(block_size=1),
        mx.nd.depth_to_space(_counted(mx, (1, 9, 1, 2)), 3), y.space_to_depth(block_size=2),
        grads(mx, lambda v: mx.nd.depth_to_space(v, block_size=2), data((2, 8, 2, 3))),
        grads(mx, lambda v: mx.nd.space_to_depth(v, block_size=2), data((1, 2, 4, 6))),
    )  # fmt: skip


def depth_and_space_errors(mx):
    x = _counted(mx, (1, 3, 2, 3))
    return outcomes(
        lambda: mx.nd.depth_to_space(x, block_size=2), lambda: mx.nd.space_to_depth(x, block_size=2),
        lambda: mx.nd.depth_to_space(x, block_size=0), lambda: mx.nd.space_to_depth(x.reshape((6, 3)), block_size=1),
    )  # fmt: skip


def shape_and_size(mx):
    x = _counted(mx, (2, 3, 4))
    return mx.nd.shape_array(x), mx.nd.size_array(x), x.shape_array(), x.size_array()


def results_are_copies(mx):
    nd, found = mx.nd, {}
    for name, function in {
        "reshape": lambda x: nd.reshape(x, shape=(3, 2)), "reshape method": lambda x: x.reshape((3, 2)),
        "flatten": nd.flatten,
        "transpose": nd.transpose, "T": lambda x: x.T, "transpose nothing": lambda x: nd.transpose(x, axes=(0, 1)),
        "expand_dims": lambda x: x.expand_dims(0), "squeeze": nd.squeeze, "swapaxes": lambda x: x.swapaxes(0, 1),
        "swapaxes nothing": lambda x: x.swapaxes(0, 0), "reshape_like": lambda x: nd.reshape_like(x, x),
        "slice_axis": lambda x: nd.slice_axis(x, axis=0, begin=0, end=2),
        "slice": lambda x: nd.slice(x, begin=(0,), end=(2,)),
        "slice_like": lambda x: nd.slice_like(x, x), "broadcast_to": lambda x: nd.broadcast_to(x, shape=(2, 3)),
        "broadcast_like": lambda x: nd.broadcast_like(x, x), "broadcast_axis": lambda x: nd.broadcast_axis(x),
        "identity": nd.identity, "cast": lambda x: nd.cast(x, dtype="float32"),
        "amp_cast": lambda x: nd.amp_cast(x, dtype="float32"),
        "concat": lambda x: nd.concat(x, dim=0), "split": lambda x: nd.split(x, num_outputs=1),
        "tile": lambda x: nd.tile(x, reps=(1, 1)),
        "repeat": lambda x: nd.repeat(x, repeats=1, axis=0), "add_n": nd.add_n, "flip": lambda x: nd.flip(x, axis=0),
        "sum of nothing": lambda x: nd.sum(x, axis=(0, 1), exclude=True), "clip": lambda x: nd.clip(x, -9, 9),
        "diag": nd.diag,
        "split_v2": lambda x: nd.split_v2(x, 1), "stack": lambda x: nd.stack(x, axis=0), "abs": nd.abs,
        "floor": nd.floor,
        "sort": nd.sort, "where": lambda x: nd.where(x, x, x), "take": lambda x: nd.take(x, nd.array([0, 1])),
        "depth_to_space": lambda x: nd.depth_to_space(x.reshape((1, 1, 2, 3)), block_size=1),
        "maximum": lambda x: nd.maximum(x, x),
    }.items():  # fmt: skip
        for recorded in (False, True):
            x = array(mx, [[1, 2, 3], [4, 5, 6]])
            if recorded and name != "sort":  # MXNet's sort fails when it is recorded
                with mx.autograd.record():
                    y = function(x)
            else:
                y = function(x)
            y = y[0] if isinstance(y, list) else y
            y[:] = 99
            found[f"{name} {recorded}"] = bool((x.asnumpy() == 99).any())
    return found


def dtypes(mx):
    found = []
    for dtype in NUMBERS:
        x = array(mx, [[1, 2, 3], [4, 5, 6]], dtype)
        found += [
            x.reshape((3, 2)),
            x.T,
            x.flatten(),
            x.expand_dims(1),
            x.swapaxes(0, 1),
            mx.nd.squeeze(x.reshape((1, 6))),
        ]
    return found
