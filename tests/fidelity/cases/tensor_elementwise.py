"""Functions of one array, element by element, and sums of many."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import FLOATS, NUMBERS, SPECIAL, array, case, outcomes

# name: bounds of the numbers it is asked about
FUNCTIONS = {
    "abs": (-3, 3), "sign": (-3, 3), "negative": (-3, 3), "ceil": (-3, 3), "floor": (-3, 3), "trunc": (-3, 3),
    "fix": (-3, 3), "rint": (-3, 3), "round": (-3, 3), "logical_not": (-3, 3), "square": (-3, 3), "sqrt": (0.1, 4),
    "rsqrt": (0.1, 4),
    "cbrt": (-8, 8), "rcbrt": (0.5, 8), "reciprocal": (0.5, 3), "exp": (-3, 3), "expm1": (-1, 1), "log": (0.1, 4),
    "log2": (0.1, 4), "log10": (0.1, 4), "log1p": (-0.5, 2), "sin": (-4, 4), "cos": (-4, 4), "tan": (-1, 1),
    "arcsin": (-0.9, 0.9), "arccos": (-0.9, 0.9), "arctan": (-4, 4), "sinh": (-2, 2), "cosh": (-2, 2), "tanh": (-2, 2),
    "arcsinh": (-3, 3), "arccosh": (1.1, 4), "arctanh": (-0.9, 0.9), "degrees": (-4, 4), "radians": (-300, 300),
    "erf": (-2, 2), "erfinv": (-0.9, 0.9), "gamma": (0.2, 5), "gammaln": (0.2, 5),
}  # fmt: skip


def _make(name, low, high):
    def dtypes(mx):
        function = getattr(mx.nd, name)
        floats = [function(mx.nd.array(data((3, 4), 1, low, high), dtype=d)) for d in FLOATS]
        domain = (-1, 0, 1) if name in ("arcsin", "arccos", "erf", "tanh") else (1, 2, 4)
        integers = [d for d in NUMBERS if d not in FLOATS]
        if name in ("arctanh", "erfinv"):  # their integers are infinities cut to integers
            integers = []
        return floats + [function(array(mx, [abs(v) for v in domain] if d == "uint8" else domain, d)) for d in integers]

    @tolerance(rtol=2e-5, reason="MXNet evaluates some of them with series of its own")
    def gradients(mx):
        return [
            grads(mx, getattr(mx.nd, name), data((2, 3), 2, low, high)),
            grads(mx, getattr(mx.nd, name), data((5,), 3, low, high, "float64")),
        ]

    def special(mx):
        return getattr(mx.nd, name)(array(mx, SPECIAL))

    for made in (dtypes, gradients, special):
        key = f"{name}_{made.__name__}"
        globals()[key] = case(key, made)


for _name, _bounds in FUNCTIONS.items():
    _make(_name, *_bounds)


def gradients_at_zero(mx):
    names = "abs sign square exp sin cos tanh floor round arcsin arctan cbrt sqrt log1p".split()
    return [grads(mx, getattr(mx.nd, name), [0.0, 0.0]) for name in names]


def halves(mx):
    x = mx.nd.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609.0])
    return mx.nd.round(x), mx.nd.rint(x), mx.nd.fix(x), mx.nd.ceil(x), mx.nd.floor(x), mx.nd.trunc(x)


def gamma_below_zero(mx):
    x = mx.nd.array([-0.5, -1.5, -2.3, -3.7])
    return mx.nd.gamma(x), mx.nd.gammaln(x), grads(mx, mx.nd.gamma, np.array([-0.5, -1.5, -2.3], "float32"))


def booleans(mx):
    x = array(mx, [1, 0], "bool")
    return [
        outcomes(lambda n=n: getattr(mx.nd, n)(x))[0] for n in FUNCTIONS if n not in ("reciprocal", "rsqrt", "rcbrt")
    ]


def copies(mx):
    x = array(mx, [1, 0], "bool")
    y = mx.nd.array([1.0, 2.0])
    copied = mx.nd.identity(y)
    copied[0] = 5
    return mx.nd.identity(x), mx.nd._internal._copy(y), copied, y, mx.nd._internal._identity_with_attr_like_rhs(y, y)


def copy_gradients(mx):
    return grads(mx, mx.nd.identity, data((2, 3)))


def like(mx):
    arrays = [array(mx, [[1, 0], [2, 3]], d) for d in (*NUMBERS, "bool")]
    return [[mx.nd.zeros_like(x), mx.nd.ones_like(x)] for x in arrays]


def like_gradients(mx):
    return grads(mx, mx.nd.zeros_like, data((2,))), grads(mx, lambda x: mx.nd.ones_like(x) * x, data((2,)))


def clip(mx):
    x = mx.nd.array(data((3, 4), 1, -3, 3))
    return (
        mx.nd.clip(x, -1, 1),
        x.clip(0, 2),
        mx.nd.clip(x, a_min=-0.5, a_max=0.25),
        mx.nd.clip(array(mx, SPECIAL), -1, 1),
    )


def clip_dtypes(mx):
    return [mx.nd.clip(array(mx, [0, 1, 2, 100], d), 0.5, 2.5) for d in NUMBERS] + [
        mx.nd.clip(array(mx, [0, 1, 2, 100], d), -1.5, 300) for d in NUMBERS
    ]


def clip_crossed(mx):
    return mx.nd.clip(mx.nd.array([-2.0, -1.0, 0.0, 1.0, 2.0]), 1, -1)


def clip_gradients(mx):
    return grads(mx, lambda x: mx.nd.clip(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0])


def clip_errors(mx):
    x = mx.nd.ones(2)
    return outcomes(
        lambda: mx.nd.clip(x), lambda: mx.nd.clip(x, a_min="a", a_max=1), lambda: mx.nd.clip(x.astype("bool"), 0, 1)
    )


def add_n(mx):
    x = [mx.nd.array(data((2, 3), i)) for i in range(4)]
    return (
        mx.nd.add_n(*x),
        mx.nd.add_n(x[0]),
        mx.nd.ElementWiseSum(*x[:2]),
        mx.nd.add_n(*[v.astype("int32") for v in x]),
    )


def add_n_gradients(mx):
    return grads(mx, lambda a, b, c: mx.nd.add_n(a, b, c, a), data((2, 3)), data((2, 3), 1), data((2, 3), 2))


def add_n_errors(mx):
    one, other = mx.nd.ones((1, 3)), mx.nd.ones((3,))
    return outcomes(
        lambda: mx.nd.add_n(one, other), lambda: mx.nd.add_n(), lambda: mx.nd.add_n(one, one.astype("int32")),
        lambda: mx.nd.add_n(one.astype("bool")),
    )  # fmt: skip


def quadratic(mx):
    x = [array(mx, [1, 2, 9], d) for d in NUMBERS]
    return [mx.nd.contrib.quadratic(v, a=1, b=2, c=3.5) for v in x] + [mx.nd.contrib.quadratic(x[1])]


def quadratic_gradients(mx):
    return grads(mx, lambda x: mx.nd.contrib.quadratic(x, a=2, b=-3, c=1), data((2, 3)))


def div_sqrt_dim(mx):
    x = [mx.nd.contrib.div_sqrt_dim(array(mx, [[0, 1, 2, 100]], d)) for d in NUMBERS]
    return x, grads(mx, mx.nd.contrib.div_sqrt_dim, data((2, 3)))


def straight_through(mx):
    return [grads(mx, f, [-1.5, 0.0, 2.5, 0.2]) for f in (mx.nd.contrib.round_ste, mx.nd.contrib.sign_ste)]


def gradientmultiplier(mx):
    return grads(mx, lambda x: mx.nd.contrib.gradientmultiplier(x, scalar=-0.5), data((2, 3)))


def classes_of_numbers(mx):
    x = array(mx, SPECIAL)
    return mx.nd.contrib.isfinite(x), mx.nd.contrib.isnan(x), mx.nd.contrib.isinf(x)


def methods(mx):
    x = mx.nd.array(data((2, 3), 1, 0.2, 0.9))
    names = (
        "abs sign ceil floor trunc fix rint round square sqrt rsqrt cbrt rcbrt reciprocal exp expm1 log log2 log10 "
        "log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh degrees radians zeros_like ones_like"
    ).split()
    return [getattr(x, name)() for name in names]
