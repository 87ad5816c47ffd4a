"""Activation functions: values at ordinary and special points, gradients, dtypes, errors."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import SPECIAL, array, outcome, outcomes

KINDS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")
LEAKY = ("leaky", "elu", "gelu")
WIDE = [-100.0, -30.0, -5.0, -1.5, -1e-3, 0.0, 1e-3, 0.7, 3.0, 20.0, 100.0]


def plain(mx):
    return [grads(mx, lambda x, k=k: mx.nd.Activation(x, act_type=k), data((3, 4), 1, -3, 3)) for k in KINDS]


def plain_far_from_zero(mx):
    x = np.array(WIDE, "float32")
    return [grads(mx, lambda x, k=k: mx.nd.Activation(x, act_type=k), x) for k in KINDS]


def plain_special(mx):
    x = array(mx, [value for value in SPECIAL if value == value])
    return [mx.nd.Activation(x, act_type=k) for k in ("relu", "sigmoid", "softrelu", "tanh")]


def plain_of_nan(mx):
    return [mx.nd.Activation(array(mx, [float("nan"), 1.0]), act_type=kind) for kind in KINDS]


def plain_dtypes(mx):
    found = []
    for dtype in ("float64", "int32", "int8", "uint8"):
        for kind in KINDS:
            x = array(mx, [0, 1, 2, 3], dtype)
            found.append(outcome(lambda x=x, kind=kind: mx.nd.Activation(x, act_type=kind)))
    return found


@tolerance(2e-3, 2e-3, "half precision")
def plain_half_precision(mx):
    return [mx.nd.Activation(array(mx, WIDE, "float16"), act_type=kind) for kind in KINDS]


def plain_wrong_arguments(mx):
    x = mx.nd.ones(3)
    return outcomes(
        lambda: mx.nd.Activation(x),
        lambda: mx.nd.Activation(x, act_type="swish"),
        lambda: mx.nd.Activation(x, act_type="relu", slope=1),
    )


def functions(mx):
    x = data((3, 4), 1, -3, 3)
    names = ("relu", "sigmoid", "softsign", "hard_sigmoid")
    return [grads(mx, lambda a, n=n: getattr(mx.nd, n)(a), x) for n in names]


def functions_far_from_zero(mx):
    x = np.array(WIDE, "float32")
    return [grads(mx, lambda a, n=n: getattr(mx.nd, n)(a), x) for n in ("relu", "sigmoid", "softsign", "hard_sigmoid")]


def functions_dtypes(mx):
    found = []
    for dtype in ("float64", "int32", "int64", "uint8"):
        for name in ("relu", "sigmoid", "softsign", "hard_sigmoid"):
            x = array(mx, [0, 1, 2, 3], dtype)
            found.append(outcome(lambda x=x, name=name: getattr(mx.nd, name)(x)))
    return found


def hard_sigmoid_slopes(mx):
    x = data((3, 4), 1, -3, 3)
    return [grads(mx, lambda a, o=o: mx.nd.hard_sigmoid(a, **o), x) for o in ({"alpha": 0.5}, {"beta": 0.1})]


def hard_sigmoid_at_its_corners(mx):
    x = np.array([-3, -2.5, -2, 0, 1, 2, 2.5, 3], "float32")
    return [grads(mx, lambda a, o=o: mx.nd.hard_sigmoid(a, **o), x) for o in ({}, {"alpha": 0.5, "beta": 0.0})]


def smooth_l1(mx):
    x = np.array([-3, -1, -0.5, -0.25, 0, 0.1, 0.25, 0.9, 1, 4], "float32")
    return [grads(mx, lambda a, s=s: mx.nd.smooth_l1(a, scalar=s), x) for s in (1.0, 2.0, 0.5, 3)]


def smooth_l1_default(mx):
    return mx.nd.smooth_l1(array(mx, [-2.0, 0.5]), scalar=1)


def leaky(mx):
    return [grads(mx, lambda x, k=k: mx.nd.LeakyReLU(x, act_type=k), data((3, 4), 1, -3, 3)) for k in LEAKY]


def leaky_far_from_zero(mx):
    x = np.array(WIDE, "float32")
    return [grads(mx, lambda a, k=k: mx.nd.LeakyReLU(a, act_type=k), x) for k in LEAKY]


def leaky_slopes(mx):
    x = data((3, 4), 1, -3, 3)
    return [
        grads(mx, lambda a, k=k, s=s: mx.nd.LeakyReLU(a, act_type=k, slope=s), x)
        for k in ("leaky", "elu")
        for s in (0.01, 1.5, 0.0)
    ]


def leaky_default(mx):
    return grads(mx, mx.nd.LeakyReLU, data((3, 4), 1, -3, 3))


def learned_slopes(mx):
    found = []
    for shape in ((4, 3), (2, 3, 4), (2, 3, 4, 2)):
        for slopes in (3, 1):
            arrays = data(shape, 1, -3, 3), data((slopes,), 2, 0.1, 0.9)
            found.append(grads(mx, lambda *a: mx.nd.LeakyReLU(*a, act_type="prelu"), *arrays))
    return found


def random_slopes_in_prediction_mode(mx):
    x = mx.nd.array(data((3, 4), 1, -3, 3))  # the second output, the slopes drawn, is not defined outside training
    default = mx.nd.LeakyReLU(x, act_type="rrelu")
    return [len(default), default[0], mx.nd.LeakyReLU(x, act_type="rrelu", lower_bound=0.3, upper_bound=0.5)[0]]


def selu(mx):
    return mx.nd.LeakyReLU(mx.nd.array(WIDE), act_type="selu")


def selu_gradients(mx):
    return grads(mx, lambda x: mx.nd.LeakyReLU(x, act_type="selu"), np.array(WIDE, "float32"))


@tolerance(1e-5, 1e-7, "MXNet keeps the constants of gelu in single precision")
def leaky_double_precision(mx):
    x = data((3, 4), 1, -3, 3, "float64")
    return [grads(mx, lambda a, k=k: mx.nd.LeakyReLU(a, act_type=k), x) for k in LEAKY]


def leaky_wrong_arguments(mx):
    x = mx.nd.ones((2, 3, 4))
    return outcomes(
        lambda: mx.nd.LeakyReLU(x, act_type="silu"),
        lambda: mx.nd.LeakyReLU(x, slope="steep"),
        lambda: mx.nd.LeakyReLU(x, alpha=1),
    )


def in_numpy_arrays(mx):
    mx.npx.set_np()
    x = mx.np.array(data((3, 4), 1, -3, 3))
    return [
        mx.npx.relu(x),
        mx.npx.sigmoid(x),
        mx.npx.activation(x, act_type="softrelu"),
        mx.npx.leaky_relu(x, act_type="gelu"),
        mx.npx.smooth_l1(x, scalar=1.0),
    ]
