"""Softmax and its kin: axes, temperatures, lengths, dtypes, gradients, errors."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcome, outcomes

NAMES = ("softmax", "log_softmax", "softmin")
APPROXIMATE = "MXNet's kernel approximates the logarithm"


@tolerance(1e-5, 1e-5, APPROXIMATE)
def axes(mx):
    found = []
    for name in NAMES:
        for axis in (0, 1, 2, -1, -3):
            x = data((2, 3, 4), 1, -4, 4)
            found.append(grads(mx, lambda a, n=name, axis=axis: getattr(mx.nd, n)(a, axis=axis), x))
    return found


@tolerance(1e-5, 1e-5, APPROXIMATE)
def one_axis(mx):
    return [grads(mx, getattr(mx.nd, name), data((5,), 1, -4, 4)) for name in NAMES]


@tolerance(1e-5, 1e-5, APPROXIMATE)
def temperatures(mx):
    found = []
    for name in NAMES:
        for value in (0.5, 1.0, 3.0, None):
            x = data((3, 4), 1, -4, 4)
            found.append(grads(mx, lambda a, n=name, t=value: getattr(mx.nd, n)(a, temperature=t), x))
    return found


@tolerance(1e-5, 1e-5, APPROXIMATE)
def extremes(mx):
    x = array(mx, [[1000.0, 999.0, -1000.0], [1e30, 0.0, -1e30], [-1e-30, 0.0, 1e-30]])
    return [getattr(mx.nd, name)(x) for name in NAMES]


@tolerance(1e-5, 1e-5, APPROXIMATE)
def infinite_scores(mx):
    x = array(mx, [[float("-inf"), 1.0, 2.0], [float("-inf"), float("-inf"), 0.0]])
    return [mx.nd.softmax(x), mx.nd.log_softmax(x)]


def dtypes(mx):
    found = []
    for name in NAMES:
        for dtype in ("float64", "int32", "uint8"):
            found.append(outcome(lambda n=name, d=dtype: getattr(mx.nd, n)(array(mx, [[1, 2, 3]], d))))
    return found


@tolerance(1e-2, 2e-4, "half precision")
def half_precision(mx):
    x = array(mx, data((3, 4), 1, -4, 4), "float16")
    return [getattr(mx.nd, name)(x) for name in NAMES]


@tolerance(1e-2, 2e-4, "half precision")
def dtype_of_the_result(mx):
    x = mx.nd.array(data((3, 4), 1, -4, 4))
    found = []
    for name in NAMES:
        for source, wanted in (("float16", "float32"), ("float32", "float64"), ("float32", "float32")):
            found.append(getattr(mx.nd, name)(x.astype(source), dtype=wanted))
    return found


def dtype_of_the_result_and_gradients(mx):
    return [grads(mx, lambda a: mx.nd.softmax(a, dtype="float64"), data((3, 4), 1, -4, 4))["out"]]


def lengths(mx):
    found = []
    for length_dtype in ("int32", "int64"):
        x, counts = data((3, 2, 5), 1, -4, 4), np.array([[1, 5], [3, 2], [4, 1]], length_dtype)
        found.append(grads(mx, lambda a, n: mx.nd.softmax(a, n, use_length=True), x, counts))
    x, counts = data((3, 2, 5), 1, -4, 4), np.array([[1, 2, 1, 2, 1]] * 3, "int32")
    found.append(grads(mx, lambda a, n: mx.nd.softmax(a, n, use_length=True, axis=1), x, counts))
    counts = np.array([[1, 5], [3, 2], [4, 1]], "int32")
    found.append(grads(mx, lambda a, n: mx.nd.softmax(a, length=n, use_length=True, temperature=2.0), x, counts))
    return found


def activation(mx):
    shapes = (2, 3, 4), (2, 3, 2, 2)
    modes = ("instance", "channel")
    return [mx.nd.SoftmaxActivation(mx.nd.array(data(shape, 1, -4, 4)), mode=m) for shape in shapes for m in modes]


def activation_gradients(mx):
    found = [grads(mx, lambda a: mx.nd.SoftmaxActivation(a), data((3, 4), 1, -4, 4))]
    for shape in ((2, 3, 4), (2, 3, 2, 2)):
        found.append(grads(mx, lambda a: mx.nd.SoftmaxActivation(a, mode="channel"), data(shape, 1, -4, 4)))
    return found


def cross_entropy(mx):
    x, label = mx.nd.array(data((4, 5), 1, -4, 4)), mx.nd.array([0, 4, 2, 2])
    x.attach_grad()
    with mx.autograd.record():
        out = mx.nd.softmax_cross_entropy(x, label)
    out.backward()
    return [out, x.grad]


def cross_entropy_of_sure_scores(mx):
    x = np.array([[0, 100], [0, 100], [30, -30], [0, 5]], "float32")
    labels = mx.nd.array([1, 0, 1, 0])
    return grads(mx, lambda a: mx.nd.softmax_cross_entropy(a, labels), x)


def methods(mx):
    x = mx.nd.array(data((3, 4), 1, -4, 4))
    return [x.softmax(), x.log_softmax(axis=0), x.softmin(axis=1)]


@tolerance(1e-5, 1e-5, APPROXIMATE)
def attributes_as_texts(mx):
    x = mx.nd.array(data((3, 4), 1, -4, 4))
    return [mx.nd.softmax(x, axis="0", temperature="2.0"), mx.nd.log_softmax(x, temperature="None")]


def wrong_arguments(mx):
    x = mx.nd.ones((2, 3))
    return outcomes(
        lambda: mx.nd.softmax(x, axis=2),
        lambda: mx.nd.softmax(x, axis=-3),
        lambda: mx.nd.log_softmax(x, axis=2),
        lambda: mx.nd.softmax(x, dtype="int32"),
        lambda: mx.nd.softmax(x, temperature="hot"),
        lambda: mx.nd.softmax(x, mx.nd.ones((3,), dtype="int32"), use_length=True),
        lambda: mx.nd.softmax(x, use_length=True),
        lambda: mx.nd.SoftmaxActivation(x, mode="all"),
        lambda: mx.nd.SoftmaxActivation(x, mode="channel"),
        lambda: mx.nd.softmax_cross_entropy(x, mx.nd.ones((3,))),
    )


def in_numpy_arrays(mx):
    mx.npx.set_np()
    x = mx.np.array(data((3, 4), 1, -4, 4))
    return [mx.npx.softmax(x), mx.npx.log_softmax(x, axis=0)]
