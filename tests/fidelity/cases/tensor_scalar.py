"""Arithmetic, comparison and logic of an array and a number."""

from fidelity.support import grads
from fidelity.tensor_support import NUMBERS, SPECIAL, array, case, outcomes

ARITHMETIC = (
    "_plus_scalar _minus_scalar _rminus_scalar _mul_scalar _div_scalar _rdiv_scalar _mod_scalar _rmod_scalar "
    "_power_scalar _rpower_scalar _maximum_scalar _minimum_scalar _hypot_scalar"
).split()
LOGIC = (
    "_equal_scalar _not_equal_scalar _greater_scalar _greater_equal_scalar _lesser_scalar _lesser_equal_scalar "
    "_logical_and_scalar _logical_or_scalar _logical_xor_scalar"
).split()
ALIASES = (
    "_PlusScalar _MinusScalar _RMinusScalar _MulScalar _DivScalar _RDivScalar _ModScalar _RModScalar _PowerScalar "
    "_RPowerScalar _MaximumScalar _MinimumScalar _HypotScalar _EqualScalar _NotEqualScalar _GreaterScalar "
    "_GreaterEqualScalar _LesserScalar _LesserEqualScalar _LogicalAndScalar _LogicalOrScalar _LogicalXorScalar"
).split()


def _make(name):
    def dtypes(mx):
        function, found = getattr(mx.nd._internal, name), []
        for dtype in NUMBERS:
            x = array(mx, [1, 2, 7] if dtype == "uint8" else [-3, 2, 7], dtype)
            found += [function(x, scalar=2), function(x, scalar=3.7), function(x, scalar=1.5, is_int=False)]
        return found

    def negative(mx):
        function = getattr(mx.nd._internal, name)
        return [function(array(mx, [-3, 2, 7], dtype), scalar=-2.5) for dtype in NUMBERS if dtype != "uint8"]

    def special(mx):
        function = getattr(mx.nd._internal, name)
        return [function(array(mx, SPECIAL), scalar=s) for s in (1.0, -1.5, 2.0, 0.5, float("inf"))]

    def gradients(mx):
        function = getattr(mx.nd._internal, name)
        return [grads(mx, lambda x, s=s: function(x, scalar=s), [1.0, 2.0, -2.0, 3.0, 0.5]) for s in (1.0, 2.0, 3.0)]

    for made in (dtypes, negative, special, gradients):
        key = f"{name.strip('_')}_{made.__name__}"
        globals()[key] = case(key, made)


for _name in ARITHMETIC + LOGIC:
    _make(_name)


def booleans(mx):
    x = array(mx, [0, 1, 1], "bool")
    skipped = ("_rdiv_scalar", "_rmod_scalar")  # these divide by zero, where MXNet crashes
    names = [n for n in ARITHMETIC + LOGIC if n not in skipped]
    return [getattr(mx.nd._internal, n)(x, scalar=s, is_int=i) for n in names for s, i in ((2, True), (1.5, False))]


def aliases(mx):
    x = mx.nd.array([1.0, -2.0, 3.0])
    return [getattr(mx.nd._internal, name)(x, scalar=2.0) for name in ALIASES]


def scatter_forms(mx):
    x, f = mx.nd.array([1.0, 0.0, 3.0]), mx.nd._internal
    return (
        f._scatter_plus_scalar(x, scalar=2.0),
        f._scatter_minus_scalar(x, scalar=2.0),
        f._scatter_elemwise_div(x, x + 1),
    )


def default_is_one(mx):
    x = mx.nd.array([1.0, -2.0, 3.0])
    return [getattr(mx.nd._internal, name)(x) for name in ARITHMETIC + LOGIC]


def zero(mx):
    x = array(mx, SPECIAL)
    return [getattr(mx.nd._internal, name)(x, scalar=0.0) for name in ARITHMETIC + LOGIC]


def unsigned_wraps(mx):
    x = array(mx, [1, 200], "uint8")
    return x + 100, x - 2, x * 3, 1 - x, x + 300, x + (-1)


def integers_cut(mx):
    x = array(mx, [1, 2, 3], "int32")
    return x + 1.5, x / 2, x * 0.9, x - 0.5, 3.9 - x, x**1.5, x > 1.5, x == 2.5, x % 2.5


def number_as_text(mx):
    return mx.nd._internal._plus_scalar(mx.nd.ones(2), scalar="2.5")


def no_number(mx):
    return outcomes(
        lambda: mx.nd._internal._plus_scalar(mx.nd.ones(2), scalar="x"), lambda: mx.nd.ones(2) + "x",
        lambda: mx.nd.ones(2) + None, lambda: mx.nd.ones(2) * [1, 2],
    )  # fmt: skip


def with_numbers(mx):
    nd, x = mx.nd, mx.nd.array([1.0, -2.0, 3.0])
    names = (
        "add subtract multiply divide modulo power maximum minimum equal not_equal greater greater_equal lesser "
        "lesser_equal logical_and logical_or logical_xor"
    ).split()
    return [[getattr(nd, n)(x, 2.0), getattr(nd, n)(2.0, x), getattr(nd, n)(x, x + 1)] for n in names]
