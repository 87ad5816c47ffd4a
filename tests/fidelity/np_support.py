"""What the cases of `mx.np` share: expressions in NumPy's words, each with what comes of it."""

import numpy as onp

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int32", "int64")
DTYPES = ("bool", *INTEGERS, *FLOATS)


def answers(mx, expressions, **arrays):
    """What each expression gives (one a line), or the name of the class of error it raises.

    An expression may speak of `mx`, `np` (which is `mx.np`), `npx`, `onp` (NumPy itself) and the arrays, each of which
    is made anew for it from a NumPy array or a list of numbers.
    """
    mx.npx.set_np()
    found = {}
    for line in filter(None, (line.strip() for line in expressions.splitlines())):
        names = {name: _array(mx, values) for name, values in arrays.items()}
        found[line] = _answer(line, {"mx": mx, "np": mx.np, "npx": mx.npx, "onp": onp, **names})
    return found


def after(mx, statements, **arrays):
    """The arrays after each statement (one a line), or the name of the class of error it raises."""
    mx.npx.set_np()
    found = {}
    for line in filter(None, (line.strip() for line in statements.splitlines())):
        names = {name: _array(mx, values) for name, values in arrays.items()}
        try:
            exec(line, {"mx": mx, "np": mx.np, "npx": mx.npx, "onp": onp}, names)
            mx.npx.waitall()
            found[line] = {name: _computed(value) for name, value in sorted(names.items())}
        except Exception as error:  # noqa: BLE001 - the error is the outcome
            found[line] = _class(error)
    return found


def _array(mx, values):
    values = onp.asarray(values)
    return mx.np.array(values, dtype=values.dtype)


def _answer(line, names):
    try:
        found = _computed(eval(line, names))
        names["npx"].waitall()  # MXNet raises late, and would in the next expression
        return found
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        return _class(error)


def _computed(value):
    if isinstance(value, (list, tuple)):
        return type(value)([_computed(item) for item in value])
    if hasattr(value, "asnumpy"):
        value.asnumpy()
    elif isinstance(value, onp.ndarray):
        return "an array of objects" if value.dtype == object else value
    elif not (value is None or isinstance(value, (bool, int, float, str, type, onp.generic, onp.dtype))):
        return f"a {type(value).__name__}" if type(value).__name__ != "Context" else value
    return value


def _class(error):
    return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" or c.__name__ == "MXNetError")
