"""Functions of `mx.np`: element by element, over axes, sorting, selecting, counting."""

import numpy as np

from fidelity.np_support import DTYPES, FLOATS, INTEGERS, answers
from fidelity.support import data, tolerance
from fidelity.tensor_support import SPECIAL, case

UNARY = (
    "abs absolute negative sign rint ceil floor trunc fix square sqrt cbrt exp expm1 log log2 log10 log1p reciprocal "
    "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees radians "
    "logical_not isnan isinf isposinf isneginf isfinite fabs around round"
).split()
BINARY = (
    "add subtract multiply divide true_divide mod remainder power arctan2 hypot copysign ldexp maximum minimum "
    "equal not_equal less less_equal greater greater_equal"
).split()


def _unary(name):
    @tolerance(rtol=1e-5, atol=1e-6, reason="float64 goes through the library's own functions")
    def unary(mx):
        kinds = {
            d: np.array([0, 1, 2, 3] if d == "uint8" else [0, 1, 2, -1]).astype(d) for d in ("float32", *INTEGERS[:3])
        }
        found = {
            d: answers(mx, f"np.{name}(x)", x=x) for d, x in kinds.items() if name != "reciprocal" or d == "float32"
        }
        found["float64"] = answers(mx, f"np.{name}(x)", x=data((3,), 1, 1, 2, dtype="float64"))
        found["special"] = answers(mx, f"np.{name}(x)", x=np.array(SPECIAL, "float32"))
        found["numbers"] = answers(
            mx,
            f"float(np.{name}({1.5 if name == 'arccosh' else 0.5}))\nnp.{name}(x)\nnp.{name}(x, out=np.zeros(()))",
            x=np.float32(0.25),
        )
        return found

    return unary


def _binary(name):
    def binary(mx):
        return {
            "floats": answers(
                mx,
                f"""np.{name}(x, y)
                np.{name}(x, 2)
                np.{name}(2, x)
                np.{name}(x, np.ones((2, 1, 4)))
                float(np.{name}(3, 2))
                np.{name}(x, 'a')
                np.{name}(x, onp.ones(4))""",
                x=data((3, 4), 1),
                y=data((3, 4), 2),
            ),
            "integers": answers(
                mx,
                f"np.{name}(x, 2)\nnp.{name}(2, x)" + f"\nnp.{name}(x, y)" * (name not in ("arctan2", "hypot")),
                x=[1, 2, 3],
                y=[2, 2, 2],
            ),
        }

    return binary


for _name in UNARY:
    globals()[_name] = case(_name, _unary(_name))
for _name in BINARY:
    globals()[_name] = case(_name, _binary(_name))


def bits(mx):
    return answers(
        mx,
        """np.bitwise_and(x, y)
        np.bitwise_or(x, 6)
        np.bitwise_xor(x, y)
        np.bitwise_not(x)
        np.invert(x)
        np.lcm(x, y)
        np.lcm(x, 4)
        np.bitwise_and(x > 2, y > 2)
        np.bitwise_and(x.astype('float32'), y)""",
        x=np.array([1, 2, 12], "int32"),
        y=np.array([3, 4, 18], "int32"),
    )


def _reduction(name):
    def reduction(mx):
        lines = f"""np.{name}(x)
        np.{name}(x, axis=0)
        np.{name}(x, axis=-1)
        np.{name}(x, axis=(0, 2))
        np.{name}(x, axis=())
        np.{name}(x, axis=1, keepdims=True)
        np.{name}(x, keepdims=True)
        np.{name}(x, 1)
        np.{name}(x, axis=3)
        np.{name}(np.array(2.5))"""
        if name in ("sum", "prod", "mean", "std", "var"):
            lines += f"\nnp.{name}(x, dtype='float64')\nnp.{name}(x, axis=1, dtype='float64')"
        if name in ("std", "var"):
            lines += f"\nnp.{name}(x, ddof=1)\nnp.{name}(x, axis=1, ddof=1)"
        of_dtypes = {
            d: answers(mx, f"np.{name}(x)\nnp.{name}(x, axis=0)", x=np.array([[1, 0], [3, 1]]).astype(d))
            for d in DTYPES
        }
        return answers(mx, lines, x=data((2, 3, 4), 1)), of_dtypes

    return reduction


for _name in ("sum", "prod", "mean", "std", "var", "max", "min", "amax", "amin", "any", "all"):
    globals()[_name] = case(_name, _reduction(_name))


def positions(mx):
    return answers(
        mx,
        """np.argmax(x)
        np.argmax(x, axis=0)
        np.argmax(x, axis=-1)
        np.argmax(x, 2)
        np.argmin(x)
        np.argmin(x, axis=1)
        np.argmax(np.array([1, 3, 3]))
        np.argmin(np.array([2, 1, 1]))
        np.argmax(np.array([3, 1], dtype='int32'))
        np.argmax(x, axis=5)
        np.argmax(np.zeros(0))""",
        x=data((3, 4), 1),
    )


def running(mx):
    return answers(
        mx,
        """np.cumsum(x)
        np.cumsum(x, axis=0)
        np.cumsum(x, dtype='float64')
        np.cumsum(i)
        np.cumsum(i, axis=1)
        np.diff(x)
        np.diff(x, n=2)
        np.diff(x, axis=0)
        np.ediff1d(x)
        np.average(x)
        np.average(x, axis=0)
        np.average(x, axis=1, weights=np.array([1, 2, 3, 4]))
        np.average(x, weights=x * x)
        np.average(x, weights=np.ones(3))""",
        x=data((3, 4), 1),
        i=np.arange(6, dtype="int32").reshape(2, 3),
    )


def rounding(mx):
    return answers(
        mx,
        """np.around(x)
        np.around(x, 1)
        np.around(x * 100, -1)
        np.round(x, decimals=2)
        np.around(np.arange(3, dtype='int32'))
        np.rint(x)
        np.fix(x)
        np.clip(x, -1, 1)
        np.clip(x, None, 1)
        np.clip(x, 0, None)
        np.clip(x, None, None)
        np.clip(x, 1, -1)
        np.clip(i, 1, 4)
        np.clip(x, -1, 1, out=np.zeros(8))
        np.nan_to_num(np.array([np.nan, np.inf, -np.inf, 1]))
        np.nan_to_num(np.array([np.nan, np.inf, -np.inf, 1]), nan=5, posinf=6, neginf=7)""",
        x=np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.125, 1.005], "float32"),
        i=np.arange(6, dtype="int32"),
    )


def selection(mx):
    return answers(
        mx,
        """np.where(x > 0, x, -x)
        np.where(x > 0, x, 0)
        np.where(x > 0, 1, x)
        np.where(x > 0, 1, 0)
        np.where(x > 0, 1.5, 2)
        np.where(x, x, 0)
        np.where(x > 0)
        np.where(i % 2, i, 0)
        np.where(x > 0, np.zeros(4), np.ones((3, 1)))
        np.where(True, x, -x)
        np.where(x > 0, x, None)
        np.nonzero(x > 0)
        np.nonzero(i)
        np.nonzero(np.zeros(2))
        np.flatnonzero(i)
        np.argwhere(i)
        np.take(x, np.array([0, 5]))
        np.take(x, np.array([0, 2]), axis=0)
        np.take(x, np.array([[0, 2], [1, 3]]), axis=1)
        np.take(x, np.array([0, -1]), axis=0, mode='wrap')
        np.take(x, np.array([0, 7]), axis=0, mode='clip')
        np.take(x, np.array([0, 7]), axis=0)
        np.take(x, np.array([-1]), axis=0)
        np.take(x, np.array([1], dtype='int32'))
        np.take(x, 1)
        np.take(i, np.array([1, 1]))
        np.take(x, np.array([0]), mode='x')
        np.delete(x, 1, axis=0)
        np.delete(i, np.array([0, 2]))
        np.delete(x, slice(0, 2), 1)
        np.insert(i, 1, 9)""",
        x=data((3, 4), 1),
        i=np.arange(6, dtype="int32"),
    )


def sorting(mx):
    return answers(
        mx,
        """np.sort(x)
        np.sort(x, axis=0)
        np.sort(x, axis=None)
        np.sort(i)
        np.argsort(x)
        np.argsort(x, axis=0)
        np.argsort(x, axis=None)
        np.argsort(i)
        np.unique(i)
        np.unique(np.array([2.5, 1, 2.5]))
        np.unique(i, return_index=True)
        np.unique(i, return_inverse=True)
        np.unique(i, return_counts=True)
        np.unique(i, True, True, True)
        np.unique(np.array([[1, 2], [1, 2], [0, 1]]), axis=0)
        np.unique(np.array([[1, 2], [1, 2], [0, 1]]), axis=0, return_counts=True)
        np.unique(np.array([[1, 2], [1, 2]]), return_inverse=True)""",
        x=data((3, 4), 1),
        i=np.array([3, 1, 2, 3, 1, 1], "int32"),
    )


def counting(mx):
    return answers(
        mx,
        """np.bincount(i)
        np.bincount(i, minlength=6)
        np.bincount(i, np.array([1, 2, 3, 4, 5, 6]))
        np.bincount(i.astype('float32'))
        np.bincount(i, minlength=-1)
        np.histogram(x, bins=4, range=(-1, 1))
        np.histogram(x, np.array([-1, 0, 0.5, 1]))
        np.histogram(x, 4)
        np.percentile(x, 50)
        np.percentile(x, np.array([10, 90]))
        np.percentile(x, 25, axis=0)
        np.percentile(x, np.array([10, 90]), axis=1, keepdims=True)
        np.percentile(x, 30, interpolation='lower')
        np.percentile(x, 30, interpolation='higher')
        np.percentile(x, 30, interpolation='nearest')
        np.percentile(x, 30, interpolation='midpoint')
        np.percentile(i, 50)
        np.percentile(x, 150)
        np.quantile(x, 0.5)
        np.quantile(x, np.array([0.1, 0.9]), axis=0)
        np.median(x)
        np.polyval(np.array([1, 2, 3]), x)
        np.interp(np.array([0.5, 2.5]), np.array([0, 1, 2]), np.array([0, 10, 20]))""",
        x=data((3, 4), 1),
        i=np.array([3, 1, 2, 3, 1, 1], "int32"),
    )


def whole(mx):
    return answers(
        mx,
        """np.array_equal(x, x)
        np.allclose(x, x + 1e-9)
        np.allclose(x, x + 1)
        np.isclose(x, 0.5)
        np.shape(x)
        np.ndim(x)
        np.size(x)
        np.may_share_memory(x, x[0])
        np.may_share_memory(x, x.copy())
        np.shares_memory(x, x)
        np.sum([1, 2])
        np.sum(3)
        np.mean([1, 2])
        np.max([1, 2])
        np.exp([1, 2])
        np.exp('a')
        np.exp(x, where=False)
        np.add(x, x, where=x > 0)
        np.sum(x, out=np.zeros(()))
        np.sum(x, axis=0, out=np.zeros(4))
        np.sum(x, axis=0, out=np.zeros(3))
        np.exp(x, out=np.zeros((3, 4)))
        np.exp(x, np.zeros((3, 4)))
        np.maximum(x, 0, out=np.zeros((3, 4)))
        np.pi
        np.e
        np.inf
        np.nan
        np.newaxis
        np.float32
        np.bool
        np.int64""",
        x=data((3, 4), 1),
    )


def of_numpy_itself(mx):
    return answers(
        mx,
        """np.signbit(x)
        np.ptp(x)
        np.ptp(x, axis=0)
        np.positive(x)
        np.searchsorted(np.array([1, 2, 3]), np.array([2.5]))
        np.isin(i, np.array([1, 2], dtype='int32'))
        np.apply_along_axis(lambda r: r.sum(), 0, x)
        np.nanmax(x)
        np.nanmin(x, axis=1)
        np.digitize(x, np.array([0.0, 0.5]))
        np.corrcoef(x)
        np.cov(x)
        np.modf(x)
        np.heaviside(x, 1)
        np.partition(x, 1)[..., 0]
        np.argpartition(x, 0)[..., 0]
        np.lexsort((i, i))
        np.resize(i, (2, 2))
        np.intersect1d(i, i)
        np.union1d(i, i)
        np.setdiff1d(i, i)
        np.float_power(x, 2)
        np.take_along_axis(x, np.array([[0]], dtype='int64'), 0)
        np.vander(i)
        np.trim_zeros(i)
        np.polyfit(x[0], x[1], 1)
        np.triu_indices_from(x[:, :3])
        np.tril_indices_from(x[:, :3])
        np.diag_indices_from(x[:, :3])
        np.unwrap(x)
        np.compress(np.array([True, False, True]), x, axis=0)
        np.select([x > 0, x < 0], [x, -x])
        np.piecewise(x, [x > 0, x <= 0], [1, -1])
        np.correlate(i, i)
        np.poly(i)""",
        x=data((3, 4), 1),
        i=np.array([0, 1, 2, 3], "int32"),
    )


def halves(mx):
    return {d: answers(mx, "np.sum(x)\nnp.mean(x)\nnp.exp(x)\nx / 3", x=data((50,), 1).astype(d)) for d in FLOATS}


def average_returned_along_an_axis(mx):
    return answers(mx, "np.average(x, axis=0, returned=True)", x=data((3, 4), 1))


def arguments_of_ufuncs(mx):
    lines = [
        f"np.{call}, {option})"
        for call in ("sin(x", "add(x, x", "maximum(x, x")
        for option in (
            "where=True where=False casting='same_kind' casting='no' order='K' order='C' dtype='float32' dtype=None "
            "subok=True subok=False foo=1"
        ).split()
    ]
    return answers(mx, "\n".join(lines), x=data((3,)))


def options_that_ufuncs_take(mx):
    legal = mx.util.np_ufunc_legal_option
    found = {f"{key} {value}": legal(key, value) for key in ("where", "subok") for value in (True, False)}
    found |= {each: legal("casting", each) for each in ("no", "equiv", "safe", "same_kind", "unsafe", "x")}
    found |= {each: legal("order", each) for each in "CKFA"}
    found |= {each: legal("dtype", each) for each in ("float32", "bool", "int32", "x", np.float64, np.dtype("int8"))}
    return [(str(key), value) for key, value in found.items()]


def decorated_as_ufuncs(mx):
    @mx.util.wrap_np_unary_func
    def one(x, out=None, **kwargs):
        return x, out

    @mx.util.wrap_np_binary_func
    def two(x1, x2, out=None, **kwargs):
        return x1, x2, out

    found = [one(1, order="K"), one(1, 2), two(1, 2, subok=True), two(1, 2, 3)]
    for call in (lambda: one(1, order="C"), lambda: one(1, bar=2), lambda: two(1, 2, casting="safe")):
        try:
            found.append(call())
        except (NotImplementedError, TypeError) as error:
            found.append(type(error).__name__)
    return found
