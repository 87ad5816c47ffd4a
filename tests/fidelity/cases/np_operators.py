"""Operators between `mx.np` arrays and numbers: dtypes, broadcasting, in place, comparisons, errors."""

import numpy as np

from fidelity.np_support import DTYPES, after, answers
from fidelity.support import data
from fidelity.tensor_support import case

ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "mod": "%", "power": "**"}
COMPARISONS = {"equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
BITS = {"and": "&", "or": "|", "xor": "^"}
LEFT, RIGHT = [1, 2, 3], [2, 1, 2]


def _only_ours(symbol, left, right):
    """Whether MXNet refuses two dtypes that we promote as NumPy does."""
    if left == right or symbol not in ("-", "/", "%"):
        return False
    floats = [dtype.startswith("float") for dtype in (left, right)]
    return symbol == "/" if all(floats) else not any(floats) and {left, right} != {"int8", "uint8"}


def _between_dtypes(symbol):
    def between(mx):
        found = {}
        for left in DTYPES:
            for right in DTYPES:
                arrays = {"x": np.array(LEFT).astype(left), "y": np.array(RIGHT).astype(right)}
                if _only_ours(symbol, left, right):
                    continue
                found[left, right] = list(answers(mx, f"x {symbol} y", **arrays).values())
        return {f"{left} {right}": value for (left, right), value in found.items()}

    return between


def _with_numbers(symbol):
    def with_numbers(mx):
        numbers = ["2"]
        if symbol not in COMPARISONS.values():
            numbers += ["2.5", "True"]
        lines = [f"x {symbol} {n}\n{n} {symbol} x" for n in numbers] + [f"x {symbol} onp.int64(2)"]
        if symbol in ARITHMETIC.values():
            lines.append(f"x {symbol} onp.float32(1.5)")
        if symbol in "+-*%":
            lines.append(f"onp.float32(1.5) {symbol} x")
        kinds = DTYPES if symbol not in COMPARISONS.values() else DTYPES[1:]
        return {dtype: answers(mx, "\n".join(lines), x=np.array(LEFT).astype(dtype)) for dtype in kinds}

    return with_numbers


def comparisons_with_fractions(mx):
    found = {}
    for dtype in DTYPES:
        lines = "\n".join(f"x {symbol} 2.5\n2.5 {symbol} x" for symbol in COMPARISONS.values())
        found[dtype] = answers(mx, lines, x=np.array(LEFT).astype(dtype))
    return found


def _in_place(symbol):
    def in_place(mx):
        found = {}
        for dtype in DTYPES:
            values = ["2", "2.5", "z", "np.ones(2)", "np.ones((2, 3))"]
            if not _only_ours(symbol, dtype, "float32"):
                values.append("y")
            lines = "\n".join(f"x {symbol}= {value}" for value in values)
            arrays = {"x": np.array(LEFT).astype(dtype), "y": np.array(RIGHT, "float32"), "z": np.array([2], "int32")}
            found[dtype] = after(mx, lines, **arrays)
        return found

    return in_place


for _name, _symbol in {**ARITHMETIC, **COMPARISONS, **BITS}.items():
    globals()[f"{_name}_between_dtypes"] = case(f"{_name}_between_dtypes", _between_dtypes(_symbol))
    globals()[f"{_name}_with_numbers"] = case(f"{_name}_with_numbers", _with_numbers(_symbol))
    if _name not in COMPARISONS:
        globals()[f"{_name}_in_place"] = case(f"{_name}_in_place", _in_place(_symbol))


def others(mx):
    return answers(
        mx,
        """-x
        +x
        abs(x)
        ~x
        -i
        ~i
        ~b
        -b
        abs(i)
        x @ x.T
        x @ np.ones(4)
        x @ 2
        x // 2
        x // x
        2 // x
        divmod(x, 2)
        x << 1
        i >> 1
        x + np.ones(4)
        x + np.ones((3, 1))
        x + np.ones(3)
        x + onp.ones(4)
        onp.ones(4) + x
        x * onp.float64(2)
        onp.float64(2) * x
        onp.float32(2) - i
        x + 'a'
        x + None
        x + [1, 2, 3, 4]
        [1, 2, 3, 4] + x
        x == None
        x != None
        x == 'a'
        x == [1, 2]
        None == x
        x + mx.nd.ones((3, 4))
        x < 'a'
        x + 1j
        i / 0
        i % 2
        x / 0
        x % 0
        i ** -1
        2 ** i
        x ** 2
        x ** 0.5
        (x > 0) & (x < 0.5)
        (x > 0) | True
        (x > 0) * x
        (x > 0) + (x > 0)
        True ^ (x > 0)
        x == x
        x > np.ones(4)
        x > np.ones((2, 4))
        i == x[:2, :3]
        not np.array(1)
        0.1 + np.array(1, dtype='float16')""",
        x=data((3, 4), 1),
        i=np.arange(6, dtype="int32").reshape(2, 3),
        b=np.array([True, False]),
    )


def special_numbers(mx):
    special = [0.0, 1.0, -1.0, float("inf"), -float("inf"), float("nan"), 2.5, -2.5]
    return answers(
        mx,
        """x / 0
        x % 1.5
        -1.5 % x
        x ** 2
        x ** -1
        2 ** x
        x == x
        x != x
        x > 0
        x * 0
        x - x
        x / x
        x % x""",
        x=np.array(special, "float32"),
    )
