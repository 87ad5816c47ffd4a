"""Joining, splitting, slicing, tiling, broadcasting to shapes, diagonals, patches as columns."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import NUMBERS, array, outcomes

SLICES = (
    {"begin": (0, 1), "end": (1, 3)}, {"begin": (None, 1), "end": (None, None)}, {"begin": (-1,), "end": (None,)},
    {"begin": (0, 0, 3), "end": (2, 3, 0), "step": (1, 1, -1)}, {"begin": (1,), "end": (1,)},
    {"begin": (2,), "end": (3,)},
    {"begin": (0,), "end": (5,)}, {"begin": (None,) * 3, "end": (None,) * 3, "step": (-1, -1, -2)},
    {"begin": (1,), "end": (0,), "step": (-1,)}, {"begin": (-3,), "end": (2,)}, {"begin": 0, "end": 1},
    {"begin": (0, 0), "end": (2, 3), "step": (1, 2)}, {"begin": (1, None), "end": (None, -1)},
    {"begin": (1,), "end": (None,), "step": (-1,)}, {"begin": (1,), "end": (-3,), "step": (-1,)},
    {"begin": (0, None, None), "end": (1, None, None), "step": (None, None, 2)}, {"begin": (3,), "end": (0,)},
    {"begin": "(0, None)", "end": "(1, 2)"},
)  # fmt: skip
WRONG_SLICES = (
    {"begin": (0,) * 4, "end": (1,) * 4}, {"begin": (0,), "end": (2,), "step": (0,)}, {"begin": (0, 1), "end": (2,)},
    {"begin": (0, 0), "end": (2, 3), "step": (1,)}, {"begin": (0,)}, {"begin": "x", "end": 1},
)  # fmt: skip


def _counted(mx, shape):
    return mx.nd.array(np.arange(np.prod(shape)).reshape(shape))


def slicing(mx):
    x = _counted(mx, (2, 3, 4))
    return [mx.nd.slice(x, **kw) for kw in SLICES] + [
        x.slice(begin=(0,), end=(1,)),
        mx.nd.crop(x, begin=(0,), end=(1,)),
    ]


def slicing_gradients(mx):
    options = [kw for kw in SLICES if kw["begin"] not in ((1,), (2,), (3,))]
    return [grads(mx, lambda x, k=kw: mx.nd.slice(x, **k), data((2, 3, 4))) for kw in options]


def slicing_errors(mx):
    x = _counted(mx, (2, 3, 4))
    return [outcomes(lambda k=kw: mx.nd.slice(x, **k))[0] for kw in WRONG_SLICES]


def slice_axis(mx):
    x = _counted(mx, (2, 3, 4))
    options = ((0, 0, 1), (2, 1, None), (-1, -2, None), (1, 0, -1), (1, 2, 3), (0, 0, 2))
    return [mx.nd.slice_axis(x, axis=a, begin=b, end=e) for a, b, e in options] + [
        x.slice_axis(1, 0, 2), grads(mx, lambda v: mx.nd.slice_axis(v, axis=1, begin=1, end=None), data((2, 3))),
    ]  # fmt: skip


def slice_axis_errors(mx):
    x = _counted(mx, (2, 3, 4))
    wrong = ((1, 2, 1), (1, 1, 1), (1, 0, 5), (3, 0, 1), (1, -4, 2), (1, 3, None), (-4, 0, 1))
    return [outcomes(lambda o=o: mx.nd.slice_axis(x, axis=o[0], begin=o[1], end=o[2]))[0] for o in wrong]


def slice_like(mx):
    x = _counted(mx, (2, 3, 4))
    options = (((1, 2, 3), {}), ((1, 2, 3), {"axes": (0, 2)}), ((1, 2, 3), {"axes": (-1,)}), ((1, 2), {"axes": (0, 1)}),
               ((5, 1), {"axes": (1,)}), ((2, 3, 4), {}), ((1,), {"axes": (0,)}))  # fmt: skip
    return [mx.nd.slice_like(x, mx.nd.zeros(shape), **kw) for shape, kw in options] + [
        grads(mx, mx.nd.slice_like, data((2, 3)), data((1, 2))),
        mx.nd.slice_like(x, mx.nd.zeros((1, 2, 3), dtype="int32")),
    ]  # fmt: skip


def slice_like_errors(mx):
    x = _counted(mx, (2, 3, 4))
    wrong = (((1, 2), {}), ((3, 3, 4), {}), ((1, 2, 3, 4), {}), ((1, 2, 3), {"axes": (3,)}), ((1, 2), {"axes": (0, 2)}))
    return [outcomes(lambda s=shape, k=kw: mx.nd.slice_like(x, mx.nd.zeros(s), **k))[0] for shape, kw in wrong]


def slice_assign(mx):
    x, assign, number = _counted(mx, (2, 3, 4)), mx.nd._internal._slice_assign, mx.nd._internal._slice_assign_scalar
    return (
        assign(x, -mx.nd.ones((1, 2, 4)), begin=(0, 0), end=(1, 2)),
        assign(x, _counted(mx, (2, 3, 2)) * -1, begin=(None, None, None), end=(None,) * 3, step=(1, -1, 2)),
        number(x, scalar=-1, begin=(0, 0, 3), end=(1, 2, None), step=(1, 1, -2)), number(x, begin=(0,), end=(1,)), x,
        outcomes(lambda: assign(x, mx.nd.ones((2, 2, 4)), begin=(0, 0), end=(1, 2))),
        outcomes(lambda: assign(x, mx.nd.ones((1, 2, 4), dtype="int32"), begin=(0, 0), end=(1, 2))),
    )  # fmt: skip


def concat(mx):
    x, y = _counted(mx, (2, 3, 4)), _counted(mx, (2, 3, 4)) + 100
    return [mx.nd.concat(x, y, **kw) for kw in ({}, {"dim": 0}, {"dim": 2}, {"dim": -1}, {"dim": -3})] + [
        mx.nd.concat(x, _counted(mx, (2, 3, 5)), y, dim=2), mx.nd.Concat(x, y, dim=1), mx.nd.concat(x, dim=0),
        mx.nd.concatenate([x, y], axis=1), mx.nd.concat(*[x] * 5, dim=0),
    ]  # fmt: skip


def concat_dtypes(mx):
    return [mx.nd.concat(array(mx, [[1, 2]], d), array(mx, [[3, 4]], d), dim=0) for d in NUMBERS]


def concat_gradients(mx):
    return grads(mx, lambda a, b, c: mx.nd.concat(a, b, c, dim=1), data((2, 3)), data((2, 1), 1), data((2, 2), 2))


def concat_errors(mx):
    x = _counted(mx, (2, 3, 4))
    return outcomes(
        lambda: mx.nd.concat(x, x, dim=3), lambda: mx.nd.concat(x, x, dim=-4),
        lambda: mx.nd.concat(x, mx.nd.ones((2, 3)), dim=0),
        lambda: mx.nd.concat(x, mx.nd.ones((2, 3, 5)), dim=0), lambda: mx.nd.concat(x, x.astype("int32"), dim=0),
        lambda: mx.nd.concat(dim=0), lambda: mx.nd.concat(mx.nd.ones(3), mx.nd.ones(3)),
    )  # fmt: skip


def stack(mx):
    x, y = _counted(mx, (2, 3)), _counted(mx, (2, 3)) + 100
    return [mx.nd.stack(x, y, **kw) for kw in ({}, {"axis": 1}, {"axis": 2}, {"axis": -1}, {"axis": -3})] + [
        mx.nd.stack(x), grads(mx, lambda a, b: mx.nd.stack(a, b, axis=1), data((2, 3)), data((2, 3), 1)),
        outcomes(
            lambda: mx.nd.stack(x, y, axis=3), lambda: mx.nd.stack(x, y, axis=-4),
            lambda: mx.nd.stack(x, mx.nd.ones((3,))),
            lambda: mx.nd.stack(x, x.astype("int32")),
        ),
    ]  # fmt: skip


def stack_of_other_shapes(mx):
    """As many elements are enough; the first array's shape counts."""
    flat, column, graph = _counted(mx, (4,)), _counted(mx, (4, 1)) + 10, mx.sym.Variable
    return [
        mx.nd.stack(flat, column), mx.nd.stack(column, flat), mx.nd.stack(_counted(mx, (2, 3)), _counted(mx, (6,))),
        grads(mx, lambda a, b: mx.nd.stack(a, b, axis=-1), data((4,)), data((4, 1), 1)),
        mx.np.stack([flat.as_np_ndarray(), column.as_np_ndarray()], axis=1),
        mx.sym.stack(graph("a"), graph("b")).infer_shape(a=(4,), b=(4, 1)),
        outcomes(lambda: mx.nd.stack(flat, mx.nd.ones((5,))), lambda: mx.nd.stack(flat, mx.nd.ones((2, 4)))),
    ]  # fmt: skip


def split(mx):
    x = _counted(mx, (2, 3, 4))
    options = (
        {"num_outputs": 3}, {"num_outputs": 2, "axis": 0}, {"num_outputs": 4, "axis": -1}, {"num_outputs": 1},
        {"num_outputs": 3, "squeeze_axis": True}, {"num_outputs": 2, "axis": 0, "squeeze_axis": 1},
    )  # fmt: skip
    return [mx.nd.split(x, **kw) for kw in options] + [x.split(num_outputs=3), mx.nd.SliceChannel(x, num_outputs=3)]


def split_gradients(mx):
    return (
        grads(mx, lambda x: mx.nd.split(x, num_outputs=3), data((2, 3, 4))),
        grads(mx, lambda x: mx.nd.split(x, num_outputs=3, squeeze_axis=True)[1], data((2, 3, 4))),
        grads(mx, lambda x: mx.nd.split_v2(x, (1, 3)), data((6, 2))),
    )


def split_errors(mx):
    x = _counted(mx, (2, 3, 4))
    wrong = (
        {"num_outputs": 2}, {"num_outputs": 2, "axis": 2, "squeeze_axis": True}, {"num_outputs": 0}, {},
        {"num_outputs": 1, "axis": 0, "squeeze_axis": True}, {"num_outputs": 1, "axis": 3},
        {"num_outputs": 2, "axis": -4},
    )  # fmt: skip
    return [outcomes(lambda k=kw: mx.nd.split(x, **k))[0] for kw in wrong]


def split_v2(mx):
    x = _counted(mx, (6, 2))
    options = ((2, {}), ((1, 3), {}), ((1, 3), {"axis": 0}), (6, {"squeeze_axis": True}), ((0, 2), {}), ((2, 2), {}),
               (3, {"axis": -2}), ((), {}), (2, {"axis": 1}), ((1,), {"axis": 1, "squeeze_axis": True}))  # fmt: skip
    return [mx.nd.split_v2(x, indices, **kw) for indices, kw in options] + [
        mx.nd._internal._split_v2(x, indices=(0, 2, 4), axis=0), x.split_v2(3), x.split_v2((2,), axis=0),
        mx.nd._internal._split_v2(x, indices=(), sections=3, axis=0),
    ]  # fmt: skip


def split_v2_errors(mx):
    x = _counted(mx, (6, 2))
    return outcomes(
        lambda: mx.nd.split_v2(x, (5, 3)), lambda: mx.nd.split_v2(x, (7,)), lambda: mx.nd.split_v2(x, (-1,)),
        lambda: mx.nd.split_v2(x, 4), lambda: mx.nd.split_v2(x, "x"),
        lambda: mx.nd._internal._split_v2(x, indices=(2, 4), axis=0),
    )  # fmt: skip


def tile(mx):
    x = array(mx, [[1, 2, 3], [4, 5, 6]])
    return [mx.nd.tile(x, reps=r) for r in ((2,), (2, 1), (1, 2, 3), (2, 1, 1, 1), (1,), (), 3)] + [
        x.tile((2, 2)), grads(mx, lambda v: mx.nd.tile(v, reps=(2, 1, 3)), data((2, 3))),
        outcomes(lambda: mx.nd.tile(x, reps=(-1,))),
        outcomes(lambda: mx.nd.tile(x, reps=(0,))),
    ]  # fmt: skip


def repeat(mx):
    x = array(mx, [[1, 2], [3, 4]])
    options = (
        {"repeats": 2},
        {"repeats": 2, "axis": 0},
        {"repeats": 3, "axis": -1},
        {"repeats": 0},
        {"repeats": 1, "axis": 1},
    )
    return [mx.nd.repeat(x, **kw) for kw in options] + [
        x.repeat(2), x.repeat(repeats=2, axis=1), grads(mx, lambda v: mx.nd.repeat(v, repeats=2, axis=1), data((2, 3))),
        grads(mx, lambda v: mx.nd.repeat(v, repeats=3), data((2, 3))),
        outcomes(lambda: mx.nd.repeat(x, repeats=-1), lambda: mx.nd.repeat(x, repeats=2, axis=2),
            lambda: mx.nd.repeat(x)),
    ]  # fmt: skip


def flip(mx):
    x = _counted(mx, (2, 3, 2))
    return [mx.nd.flip(x, axis=a) for a in (0, 2, (0, 2), (0, 0))] + [
        mx.nd.reverse(x, axis=1), x.flip(axis=1), grads(mx, lambda v: mx.nd.flip(v, axis=1), data((2, 3))),
        outcomes(lambda: mx.nd.flip(x, axis=3), lambda: mx.nd.flip(x)),
    ]  # fmt: skip


def broadcast_to(mx):
    options = (
        ((1, 3), (2, 3)),
        ((1, 3), (2, 0)),
        ((1, 3), (0, 3)),
        ((1,), (5,)),
        ((2, 1, 3), (2, 4, 3)),
        ((1, 1), (2, 3)),
    )
    return [mx.nd.broadcast_to(_counted(mx, s), shape=t) for s, t in options] + [
        _counted(mx, (1, 3)).broadcast_to((2, 3)), grads(mx, lambda v: v.broadcast_to((2, 4, 3)), data((2, 1, 3))),
    ]  # fmt: skip


def broadcast_to_errors(mx):
    wrong = (
        ((2, 3), (1, 3)),
        ((3,), (2, 3)),
        ((1, 3), (2, -1)),
        ((1, 1), (2, 3, 4)),
        ((2, 3), (2, 4)),
        ((1, 3), ()),
        ((1, 3), (2,)),
    )
    return [outcomes(lambda s=s, t=t: mx.nd.broadcast_to(_counted(mx, s), shape=t))[0] for s, t in wrong]


def broadcast_like(mx):
    options = (
        ((1, 3), (2, 3), {}), ((1, 2, 3), (5, 6, 7), {"lhs_axes": (0,), "rhs_axes": (2,)}),
        ((1, 2, 1), (5, 6, 7), {"lhs_axes": (0, -1), "rhs_axes": (1, 0)}),
    )  # fmt: skip
    wrong = (
        ((1, 3), (2, 4), {}), ((3,), (2, 3), {}), ((1, 2, 3), (5, 6, 7), {"lhs_axes": (0,)}),
        ((1, 2, 3), (5, 6, 7), {"lhs_axes": (1,), "rhs_axes": (1,)}),
        ((1, 2, 3), (5, 6, 7), {"lhs_axes": (5,), "rhs_axes": (1,)}),
        ((1, 2, 3), (5, 6, 7), {"lhs_axes": (0,), "rhs_axes": (1, 2)}),
    )  # fmt: skip
    return (
        [mx.nd.broadcast_like(_counted(mx, s), mx.nd.zeros(t), **kw) for s, t, kw in options]
        + [
            outcomes(lambda s=s, t=t, k=kw: mx.nd.broadcast_like(_counted(mx, s), mx.nd.zeros(t), **k))
            for s, t, kw in wrong
        ]
        + [
            _counted(mx, (1, 3)).broadcast_like(mx.nd.zeros((2, 3))),
            grads(mx, mx.nd.broadcast_like, data((1, 3)), data((2, 3))),
        ]
    )


def broadcast_axis(mx):
    x = _counted(mx, (1, 2, 1))
    options = ({"axis": 0, "size": 3}, {"axis": (0, 2), "size": (3, 4)}, {})
    wrong = ({"axis": 1, "size": 3}, {"axis": (0, 2), "size": (3,)}, {"axis": 3, "size": 2})
    return [mx.nd.broadcast_axis(x, **kw) for kw in options] + [outcomes(lambda k=kw: mx.nd.broadcast_axis(x,
        **k)) for kw in wrong] + [
        mx.nd.broadcast_axes(x, axis=0, size=2), x.broadcast_axes(axis=2, size=2),
        grads(mx, lambda v: mx.nd.broadcast_axis(v, axis=(0, 2), size=(3, 4)), data((1, 2, 1))),
    ]  # fmt: skip


def diag(mx):
    x, y, z = mx.nd.array([1, 2]), _counted(mx, (2, 3)), _counted(mx, (2, 3, 4))
    return [mx.nd.diag(x, k=k) for k in (0, 1, -2)] + [mx.nd.diag(y, k=k) for k in (0, 1, -1, 2)] + [
        mx.nd.diag(z), mx.nd.diag(z, axis1=0, axis2=2), mx.nd.diag(z, k=1, axis1=1, axis2=2),
        mx.nd.diag(z, k=1, axis1=2, axis2=1),
        mx.nd.diag(z, k=-1, axis1=2, axis2=0), mx.nd.diag(z, axis1=-1, axis2=-2), y.diag(k=1),
        grads(mx, lambda v: mx.nd.diag(v, k=1), data((3, 4))), grads(mx, lambda v: mx.nd.diag(v, k=-1), data((3,))),
        grads(mx, lambda v: mx.nd.diag(v, axis1=0, axis2=2), data((2, 3, 4))),
        outcomes(lambda: mx.nd.diag(y, axis1=0, axis2=0), lambda: mx.nd.diag(z, axis1=3, axis2=0)),
    ]  # fmt: skip


def im2col(mx):
    options = (
        ((1, 2, 3, 3), {"kernel": (2, 2)}), ((2, 3, 7, 7), {"kernel": (3, 3), "dilate": (2, 2), "pad": (1, 0),
            "stride": (2, 1)}),
        ((1, 1, 4, 5), {"kernel": (3, 2), "pad": (0, 1)}),
    )  # fmt: skip
    return [mx.nd.im2col(_counted(mx, s), **kw) for s, kw in options] + [
        grads(mx, lambda v: mx.nd.im2col(v, kernel=(2, 2), stride=(2, 1), pad=(1, 1)), data((2, 2, 4, 3))),
        outcomes(
            lambda: mx.nd.im2col(mx.nd.zeros((2, 3, 2, 2)), kernel=(3, 3)),
            lambda: mx.nd.im2col(mx.nd.zeros((2, 3)), kernel=(3, 3)),
            lambda: mx.nd.im2col(mx.nd.zeros((2, 3, 2, 2))),
        ),
    ]  # fmt: skip


def col2im(mx):
    options = {"output_size": (3, 3), "kernel": (2, 2)}
    return (
        mx.nd.col2im(_counted(mx, (1, 8, 4)), **options), mx.nd.col2im(_counted(mx, (2, 4, 9)), pad=(1, 1),
            stride=(2, 2), output_size=(4, 4), kernel=(2, 2)),
        grads(mx, lambda v: mx.nd.col2im(v, **options), data((1, 8, 4))),
        outcomes(lambda: mx.nd.col2im(mx.nd.ones((1, 8, 5)), **options),
            lambda: mx.nd.col2im(mx.nd.ones((1, 7, 4)), **options)),
    )  # fmt: skip


def dtypes(mx):
    found = []
    for dtype in NUMBERS:
        x = array(mx, [[1, 2, 3], [4, 5, 6]], dtype)
        found += [
            mx.nd.slice(x, begin=(0, 1), end=(1, 3)), mx.nd.stack(x, x), mx.nd.split(x, num_outputs=3),
            mx.nd.tile(x, reps=2),
            mx.nd.repeat(x, repeats=2), mx.nd.flip(x, axis=1),
            mx.nd.broadcast_to(x.reshape((2, 1, 3)), shape=(2, 2, 3)), mx.nd.diag(x),
        ]  # fmt: skip
    return found
