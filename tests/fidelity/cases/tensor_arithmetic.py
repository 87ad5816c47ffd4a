"""Arithmetic, comparison and logic of two arrays, broadcasting and with equal shapes."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import FLOATS, NUMBERS, SPECIAL, array, case, outcomes

BROADCASTING = (
    "add sub mul div mod power maximum minimum hypot equal not_equal greater greater_equal lesser lesser_equal "
    "logical_and logical_or logical_xor"
).split()
EQUAL_SHAPES = [f"elemwise_{n}" for n in BROADCASTING[:4]] + [f"_{n}" for n in BROADCASTING[4:]]


def _find(mx, name):
    return getattr(mx.nd, name, None) or getattr(mx.nd._internal, name)


def _make(name):
    operation = f"broadcast_{name}"

    def dtypes(mx):
        found = []
        for dtype in NUMBERS:
            left, right = ([1, 2, 7, 200], [1, 3, 2, 200]) if dtype == "uint8" else ([-3, 2, 7, 5], [2, -3, 2, -5])
            found.append(_find(mx, operation)(array(mx, left, dtype), array(mx, right, dtype)))
        return found

    def shapes(mx):
        function = _find(mx, operation)
        pairs = [
            ((2, 3), (1, 3)),
            ((2, 1), (1, 3)),
            ((2, 3), (3,)),
            ((1,), (2, 3)),
            ((2, 1, 3), (4, 1)),
            ((4, 1, 1), (1, 2, 3)),
        ]
        return [function(mx.nd.array(data(a, 1, 0.5, 2)), mx.nd.array(data(b, 2, 0.5, 2))) for a, b in pairs]

    def special(mx):
        left = array(mx, SPECIAL).reshape((-1, 1))
        return _find(mx, operation)(left, array(mx, [1.0, -1.5, 2.0, 0.5, float("inf"), float("nan")]))

    def gradients(mx):
        function = _find(mx, operation)
        same, below = [[1, 2, -2], [3, 3, 0.5]], [[1, -2.5, 2], [1.5, 3, 4]]
        if name == "power":
            same = np.abs(same)
        return [
            grads(mx, function, np.array(same, "float32"), np.array(below, "float32")),
            grads(mx, function, data((2, 1, 3), 1, 0.5, 2), data((4, 1), 2, 0.5, 2)),
            grads(mx, function, data((3,), 1, 0.5, 2, "float64"), data((2, 3), 2, 0.5, 2, "float64")),
        ]

    for made in (dtypes, shapes, special, gradients):
        key = f"{name}_{made.__name__}"
        globals()[key] = case(key, made)


for _name in BROADCASTING:
    _make(_name)


def zero_divisors(mx):
    left = array(mx, SPECIAL)
    return [mx.nd.broadcast_div(left, mx.nd.zeros(1)), mx.nd.broadcast_mod(left, mx.nd.zeros(1))]


def equal_shapes(mx):
    left, right = mx.nd.array(data((2, 3), 1, 0.5, 2)), mx.nd.array(data((2, 3), 2, 0.5, 2))
    return [_find(mx, name)(left, right) for name in EQUAL_SHAPES]


def equal_shapes_gradients(mx):
    left, right = data((2, 3), 1, 0.5, 2), data((2, 3), 2, 0.5, 2)
    return [grads(mx, _find(mx, name), left, right) for name in EQUAL_SHAPES]


def equal_shapes_aliases(mx):
    left, right = mx.nd.array([1.0, 2.0, 3.0]), mx.nd.array([3.0, 2.0, 2.0])
    names = (
        "_add _plus _Plus _grad_add _sub _minus _Minus _mul _Mul _div _Div _Mod _Power _Maximum _Minimum _Hypot _Equal "
        "_Not_Equal _Greater _Greater_Equal _Lesser _Lesser_Equal _Logical_And _Logical_Or _Logical_Xor"
    ).split()
    return [_find(mx, name)(left, right) for name in names]


def broadcasting_aliases(mx):
    left, right = mx.nd.array([[1.0], [2.0]]), mx.nd.array([3.0, 2.0])
    return mx.nd.broadcast_plus(left, right), mx.nd.broadcast_minus(left, right)


def shapes_that_do_not_fit(mx):
    left, right = mx.nd.ones((2, 3)), mx.nd.ones((2,))
    names = [f"broadcast_{n}" for n in BROADCASTING] + EQUAL_SHAPES
    return [outcomes(lambda n=n: _find(mx, n)(left, right))[0] for n in names]


def shapes_that_only_broadcast(mx):
    left, right = mx.nd.ones((2, 3)), mx.nd.ones((3,))
    return [outcomes(lambda n=n: _find(mx, n)(left, right))[0] for n in EQUAL_SHAPES]


def different_dtypes(mx):
    left = mx.nd.ones((2,))
    names = [f"broadcast_{n}" for n in BROADCASTING] + EQUAL_SHAPES
    return [outcomes(lambda n=n: _find(mx, n)(left, left.astype("int32")))[0] for n in names]


def booleans(mx):
    left = mx.nd.array([1, 0], dtype="bool")
    names = [f"broadcast_{n}" for n in BROADCASTING] + EQUAL_SHAPES
    return [outcomes(lambda n=n: _find(mx, n)(left, left))[0] for n in names]


def missing_input(mx):
    return outcomes(lambda: mx.nd.broadcast_add(mx.nd.ones(1)), lambda: mx.nd.elemwise_mul(mx.nd.ones(1)))


def unknown_attribute(mx):
    return mx.nd.broadcast_add(mx.nd.ones(1), mx.nd.ones(1), axis=1)


def in_half_precision(mx):
    left, right = mx.nd.array(data((40,), 1, 0.5, 2, "float16")), mx.nd.array(data((40,), 2, 0.5, 2, "float16"))
    assert FLOATS[0] == "float16"
    return [_find(mx, f"broadcast_{n}")(left.astype("float16"), right.astype("float16")) for n in BROADCASTING]


def infix(mx):
    a, b = mx.nd.array([[1.0], [2.5]]), mx.nd.array([2.0, -3.0])
    return a + b, a - b, a * b, a / b, a % b, a**b, a == b, a != b, a > b, a >= b, a < b, a <= b, -a


def infix_with_numbers(mx):
    a = mx.nd.array([1.0, -2.5])
    return (
        a + 2, 2 + a, a - 2, 2 - a, a * 2, 2 * a, a / 2, 2 / a, a % 2, 2 % a, a**2, 2**a,
        a == 1, a != 1, a > 1, a >= 1, a < 1, a <= 1, 1 < a, a > 0.5, a + True,
    )  # fmt: skip


def power_gradients_at_zero(mx):
    return grads(mx, mx.nd.broadcast_power, [0.0, 0.0], [2.0, 0.0]), grads(mx, lambda x: x**0, [0.0, 1.0])
