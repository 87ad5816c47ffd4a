"""Reductions, norms, moments, positions of extremes and running sums."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import NUMBERS, array, case, outcomes

REDUCTIONS = "sum mean prod nansum nanprod max min".split()
VALUES = [[[1, -2, 3], [4, 5, -6]], [[1, 1, 2], [7, 8, 2]]]
AXES = (
    {}, {"axis": ()}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}, {"axis": (-1, 0)}, {"axis": 1, "keepdims": True},
    {"keepdims": True}, {"axis": 1, "exclude": True}, {"axis": (1, -1), "exclude": True, "keepdims": True},
    {"exclude": True}, {"axis": (0, 1, 2)}, {"axis": (0, 1, 2), "exclude": True},
)  # fmt: skip
WRONG_AXES = ({"axis": 3}, {"axis": -4}, {"axis": (0, 0)}, {"axis": (1, -2)}, {"axis": 1.5}, {"axis": "x"})


def _make(name):
    def axes(mx):
        x = array(mx, VALUES)
        return [getattr(mx.nd, name)(x, **axes) for axes in AXES]

    def dtypes(mx):
        found = []
        for dtype in (*NUMBERS, "bool"):
            x = array(mx, np.abs(VALUES) if dtype in ("uint8", "bool") else VALUES, dtype)
            found += [getattr(mx.nd, name)(x), getattr(mx.nd, name)(x, axis=1)]
        return found

    def gradients(mx):
        function, x = getattr(mx.nd, name), data((2, 3, 4), 3, 0.5, 2)
        return [grads(mx, lambda v, a=axes: function(v, **a), x) for axes in AXES]

    def wrong_axes(mx):
        x = array(mx, VALUES)
        return [outcomes(lambda a=axes: getattr(mx.nd, name)(x, **a))[0] for axes in WRONG_AXES]

    def vectors(mx):
        x = mx.nd.array([3.0, 1.0, 2.0])
        return getattr(mx.nd, name)(x), getattr(x, name)(), getattr(x, name)(axis=0, keepdims=True)

    for made in (axes, dtypes, gradients, wrong_axes, vectors):
        key = f"{name}_{made.__name__}"
        globals()[key] = case(key, made)


for _name in REDUCTIONS:
    _make(_name)


def aliases(mx):
    x = array(mx, VALUES)
    return mx.nd.sum_axis(x, axis=1), mx.nd.max_axis(x, axis=1), mx.nd.min_axis(x, axis=1)


def not_a_number(mx):
    x = mx.nd.array([[1, float("nan"), 3], [float("nan")] * 3, [float("inf"), 0, 1]])
    return [getattr(mx.nd, name)(x, axis=1) for name in "sum mean prod nanprod max min".split()]


def nansum_gradients(mx):
    return grads(mx, lambda x: mx.nd.nansum(x, axis=1), [[1.0, float("nan"), 2.0], [0.0, 4.0, 3.0]])


def ties_share_nothing(mx):
    x = np.array([[1, 2, 2], [3, -3, -3]], "float32")
    return [grads(mx, lambda v, f=f: f(v, axis=1), x) for f in (mx.nd.max, mx.nd.min)]


def wrapping_sums(mx):
    x = mx.nd.ones((300,), dtype="int8")
    return x.sum(), mx.nd.sum(x.astype("uint8") * 2), mx.nd.prod(x[:10] * 2)


def means_are_cut(mx):
    return [mx.nd.mean(array(mx, v, "int32")) for v in ([1, 2, 4], [-1, -2, -4], [1, 2], [-1, -2])]


def norm(mx):
    x = array(mx, VALUES)
    return [
        mx.nd.norm(x, **kw)
        for kw in (
            {}, {"ord": 1}, {"axis": 1}, {"ord": 1, "axis": 1}, {"axis": (0, 1)}, {"ord": 1, "axis": (1, 2)},
            {"keepdims": True},
            {"axis": -1, "keepdims": True}, {"axis": (0, 1, 2)}, {"out_dtype": "float32"},
        )
    ]  # fmt: skip


def norm_dtypes(mx):
    return [mx.nd.norm(mx.nd.array(data((3, 4), 1), dtype=d), axis=1) for d in ("float16", "float32", "float64")] + [
        mx.nd.norm(array(mx, [[3, -1], [2, 2]], "int32"), ord=1, axis=1)
    ]


def norm_gradients(mx):
    x = data((2, 3, 4), 1, 0.2, 1)
    return [
        grads(mx, lambda v, k=kw: mx.nd.norm(v, **k), x)
        for kw in ({}, {"ord": 1}, {"axis": 1}, {"ord": 1, "axis": (0, 2)}, {"axis": -1, "keepdims": True})
    ]


def norm_errors(mx):
    x = array(mx, VALUES)
    wrong = ({"ord": 3}, {"ord": 0}, {"axis": 3}, {"axis": (0, 0)}, {"exclude": True}, {"out_dtype": "float64"})
    return [outcomes(lambda k=kw: mx.nd.norm(x, **k))[0] for kw in wrong]


def moments(mx):
    x = array(mx, VALUES)
    return [
        mx.nd.moments(x, **kw)
        for kw in ({"axes": 0}, {"axes": (0, 1)}, {"axes": (0, 2), "keepdims": True}, {"axes": -1})
    ]


def moments_gradients(mx):
    return grads(mx, lambda x: mx.nd.moments(x, axes=(0, 2)), data((2, 3, 4), 1)), outcomes(
        lambda: mx.nd.moments(mx.nd.ones((2, 3))), lambda: mx.nd.moments(mx.nd.ones((2, 3)), axes=3)
    )


def positions(mx):
    x = array(mx, VALUES)
    options = ({}, {"axis": 0}, {"axis": -1}, {"axis": 2, "keepdims": True}, {"keepdims": True}, {"axis": 1})
    return [[mx.nd.argmax(x, **kw), mx.nd.argmin(x, **kw)] for kw in options]


def positions_dtypes(mx):
    x = [array(mx, np.abs(VALUES) if d == "uint8" else VALUES, d) for d in NUMBERS]
    return [[mx.nd.argmax(v, axis=1), mx.nd.argmin(v, axis=2), mx.nd.argmax_channel(v)] for v in x]


def positions_of_ties(mx):
    x = mx.nd.array([[1, 1, 0, 0], [float("nan"), 1, 2, 3], [1, float("nan"), 0, 5]])
    return mx.nd.argmax(x, axis=1), mx.nd.argmin(x, axis=1), mx.nd.argmax_channel(x)


def positions_gradients(mx):
    return grads(mx, lambda x: mx.nd.argmax(x, axis=1), data((2, 3))), grads(mx, mx.nd.argmin, data((2, 3)))


def positions_errors(mx):
    x = array(mx, VALUES)
    return outcomes(
        lambda: mx.nd.argmax(x, axis=3), lambda: mx.nd.argmin(x, axis=-4), lambda: mx.nd.argmax(x, axis=(0, 1)),
        lambda: mx.nd.argmax_channel(mx.nd.ones(3)), lambda: mx.nd.argmax(x.astype("bool"), axis=0),
    )  # fmt: skip


def cumsum(mx):
    x = array(mx, VALUES)
    return [
        mx.nd.cumsum(x, **kw)
        for kw in ({}, {"axis": 0}, {"axis": 2}, {"axis": 1, "dtype": "float64"}, {"dtype": "int32"})
    ]


def cumsum_dtypes(mx):
    return [mx.nd.cumsum(array(mx, [1, 0, 1, 100, 100], d)) for d in (*NUMBERS, "bool")]


def cumsum_gradients(mx):
    return [grads(mx, lambda x, a=axis: mx.nd.cumsum(x, axis=a), data((2, 3))) for axis in (None, 0, 1)]


def methods(mx):
    x = array(mx, VALUES)
    return (
        x.sum(), x.mean(axis=1), x.max(axis=(0, 1)), x.min(keepdims=True), x.prod(axis=0), x.nansum(),
        x.nanprod(axis=2),
        x.norm(), x.argmax(axis=1), x.argmin(), x.argmax_channel(), x.sum(1), x.norm(axis=1, ord=1),
    )  # fmt: skip


def allclose(mx):
    f, nan = mx.nd.contrib.allclose, float("nan")
    x, y = mx.nd.array([1.0, 2.0]), mx.nd.array([1.0, 2.1])
    return (
        f(x, x), f(x, y), f(x, y, atol=0.2), f(x, y, rtol=0.1), f(mx.nd.array([nan]), mx.nd.array([nan])),
        f(mx.nd.array([nan]), mx.nd.array([nan]), equal_nan=False), f(array(mx, [1], "int32"), array(mx, [1], "int32")),
        outcomes(lambda: f(x, mx.nd.ones(1)), lambda: f(x, x.astype("float64"))),
    )  # fmt: skip


def prod_gradients_with_zeros(mx):
    return grads(mx, lambda x: mx.nd.prod(x, axis=1), [[0.0, 2.0, 3.0], [0.0, 0.0, 3.0]])


def norm_gradients_at_zero(mx):
    return grads(mx, mx.nd.norm, [0.0, 0.0])


def norm_of_integers(mx):
    return mx.nd.norm(array(mx, VALUES, "int32"))
