"""What the cases of tensor operators share: dtypes, errors as values, cases made in a loop."""

import numpy as np

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int32", "int64")
NUMBERS = FLOATS + INTEGERS
SPECIAL = [0.0, 1.0, -1.0, float("inf"), -float("inf"), float("nan"), 2.5, -2.5, 0.5, -0.5]


def array(mx, values, dtype="float32"):
    """An array of these values; whole numbers stay what they are in every dtype."""
    return mx.nd.array(np.array(values), dtype=dtype)


def outcome(fn):
    """What a call gives, computed to the end, or the name of the class of error it raises."""
    try:
        found = fn()
        for item in found if isinstance(found, (list, tuple)) else [found]:
            item.asnumpy()
        return found
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" or c.__name__ == "MXNetError")


def outcomes(*fns):
    """The outcomes of several calls."""
    return [outcome(fn) for fn in fns]


def case(name, function):
    """Give a function made in a loop the name of its case."""
    function.__name__ = function.__qualname__ = name
    return function
