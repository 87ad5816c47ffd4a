"""Arrays from nothing but numbers, and conversion between dtypes."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import NUMBERS, array, outcomes


def filled(mx):
    f = mx.nd._internal
    return (
        f._zeros(shape=(2, 3)), f._ones(shape=3), f._full(shape=(2,), value=2.5),
        f._full(shape=(2,), value=2.7, dtype="int32"),
        f._full(shape=(2,), value=2.7, dtype="bool"), f._zeros(shape=(2,), dtype="float16"),
        f._ones(shape=(2,), dtype="int64"),
        f._zeros(shape=(1, 2), ctx="cpu(0)"),
    )  # fmt: skip


def filled_errors(mx):
    f = mx.nd._internal
    return outcomes(
        lambda: f._full(shape=(2,)), lambda: f._zeros(shape=(2,), dtype="x"), lambda: f._zeros(shape=(-2,)),
        lambda: f._ones(shape="x"), lambda: f._full(value=1),
    )  # fmt: skip


def arange(mx):
    f = mx.nd._internal._arange
    return (
        f(start=0, stop=5, step=2), f(start=0, stop=2, repeat=3), f(start=4), f(start=5, stop=0, step=-2),
        f(start=0, stop=1, step=0.1),
        f(start=0.5, stop=4, step=1.5, dtype="int32"), f(start=0, stop=100, step=0.7),
        f(start=-1, stop=1, step=0.25, dtype="float64"),
        f(start=1, stop=9, dtype="uint8"), f(start=1.5, stop=9, dtype="float64"),
    )  # fmt: skip


def arange_errors(mx):
    f = mx.nd._internal._arange
    return outcomes(
        lambda: f(start=5, stop=0, step=1), lambda: f(start=0, stop=0), lambda: f(start=0, stop=3, step=0),
        lambda: f(stop=3),
        lambda: f(start=0, step=2, infer_range=True),
    )  # fmt: skip


def linspace(mx):
    f = mx.nd._internal._linspace
    return (
        f(start=0, stop=1, num=5), f(start=0, stop=1, num=5, endpoint=False), f(start=3, stop=-1, num=4),
        f(start=2, stop=3, num=1),
        f(start=0, stop=10, num=4, dtype="int32"), f(start=0, stop=1, num=11),
        f(start=0, stop=1, num=11, dtype="float64"),
    )  # fmt: skip


def eye(mx):
    f = mx.nd._internal._eye
    return f(N=3), f(N=2, M=4, k=1), f(N=3, k=-1), f(N=3, M=2, dtype="int32"), f(N=2, k=5), f(N=2, M=3, k=-1)


def arange_like(mx):
    f, x = mx.nd.contrib.arange_like, mx.nd.zeros((2, 3))
    return (
        f(x), f(x, axis=1, start=2, step=0.5), f(x, repeat=2), f(x, axis=1, repeat=2), f(x, axis=-1), f(x, axis=0),
        f(x.astype("int32"), step=1.5), f(x.astype("float64"), start=0.1, step=0.1), outcomes(lambda: f(x, axis=3)),
    )  # fmt: skip


def cast(mx):
    found = []
    for source in (*NUMBERS, "bool"):
        x = array(mx, [0, 1, 2.7, 100.5], source)
        found += [mx.nd.cast(x, dtype=target) for target in (*NUMBERS, "bool")]
    return found


def cast_wraps(mx):
    x = mx.nd.array([-1.5, 300.0, -300.0, 70000.0])
    return [mx.nd.cast(x, dtype=d) for d in ("uint8", "int8", "int32", "int64", "float64", "float16")] + [
        mx.nd.cast(x.astype("int32"), dtype=d) for d in ("uint8", "int8", "int64")
    ]


def cast_names(mx):
    x = mx.nd.array([1.5])
    return (
        mx.nd.Cast(x, dtype="int32"),
        mx.nd.cast(x, dtype=np.float64),
        x.astype("float16"),
        x.astype(np.int32),
        x.astype(float),
    )


def cast_gradients(mx):
    return grads(mx, lambda x: mx.nd.cast(x, dtype="float64"), data((2, 3))), grads(
        mx, lambda x: mx.nd.cast(x, dtype="float16"), data((2, 3))
    )


def cast_errors(mx):
    x = mx.nd.ones(2)
    return outcomes(lambda: mx.nd.cast(x), lambda: mx.nd.cast(x, dtype="x"), lambda: mx.nd.cast(x, dtype="complex64"))


def amp(mx):
    x, i = mx.nd.array([1.5, 2.5]), array(mx, [1, 2], "int32")
    return (
        mx.nd.amp_cast(x, dtype="float16"),
        mx.nd.amp_cast(i, dtype="float16"),
        mx.nd.amp_multicast(i, x, num_outputs=2),
    )


def cast_gradients_through_integers(mx):
    return grads(mx, lambda x: mx.nd.cast(mx.nd.cast(x, dtype="int32"), dtype="float32"), data((2, 3), 1, -3, 3))
