"""Functions of ``mx.np`` element by element: arithmetic, comparison, rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as onp

from ..base import Operand, dtype_name
from ..ndarray import NDArray
from ..ops import OPERATORS
from ..ops.numpy.elementwise import BINARY, COMPARISONS, UNARY
from ..util import plain_ufunc
from .array import ndarray
from .calling import invoke

_NUMBERS = (float, int, onp.generic)


def _only_everywhere(name: str, where: Any, kwargs: dict[str, Any]) -> None:
    if isinstance(where, Operand):
        raise ValueError(f"np.{name}: where is an array; expected True")
    plain_ufunc(name, {"where": where, **kwargs})


#: what computes of a plain number, where NumPy has its name no longer (from 2.5 on)
_IN_NUMPY = {"fix": "trunc"}


def _unary(name: str, operator: str, numpy_name: str | None = None) -> Callable[..., Any]:
    spec = OPERATORS[operator]
    of_booleans = name.startswith(("is", "logical"))

    def function(x: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        if where is not True or kwargs:
            _only_everywhere(name, where, kwargs)
        if isinstance(x, _NUMBERS):
            return getattr(onp, numpy_name or name)(x)
        if not isinstance(x, Operand):
            raise TypeError(f"np.{name}: x of type {type(x).__name__}; expected an mx.np array or a number")
        if of_booleans and isinstance(out, NDArray) and out.dtype != onp.bool_:
            raise TypeError(f"np.{name}: out is {dtype_name(out.dtype)}; expected bool")
        return invoke(spec, (x,), {}, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = spec.doc
    return function


def _binary(name: str, operator: str, reflected: str, numpy_name: str | None = None) -> Callable[..., Any]:
    arrays, after, before = OPERATORS[f"_npi_{operator}"], OPERATORS[f"_npi_{operator}_scalar"], OPERATORS[reflected]

    def function(x1: Any, x2: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        if where is not True or kwargs:
            _only_everywhere(name, where, kwargs)
        if isinstance(x1, Operand):
            if isinstance(x2, Operand):
                return invoke(arrays, (x1, x2), {}, out)
            if isinstance(x2, _NUMBERS):
                return invoke(after, (x1,), {"scalar": x2}, out)
        elif isinstance(x1, _NUMBERS):
            if isinstance(x2, Operand):
                return invoke(before, (x2,), {"scalar": x1}, out)
            if isinstance(x2, _NUMBERS):
                return getattr(onp, numpy_name or name)(x1, x2)
        kinds = f"{type(x1).__name__} and {type(x2).__name__}"
        raise TypeError(f"np.{name}: operands of types {kinds}; expected mx.np arrays or numbers")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = arrays.doc or f"{name} of two arrays, or of an array and a number, element by element."
    return function


_ELEMENTWISE: dict[str, Callable[..., Any]] = {}
for _name in UNARY:
    _ELEMENTWISE[_name] = _unary(_name, f"_npi_{_name}", _IN_NUMPY.get(_name))
for _name in ("isnan", "isinf", "isposinf", "isneginf", "isfinite", "logical_not", "bitwise_not"):
    _ELEMENTWISE[_name] = _unary(_name, f"_npi_{_name}", _IN_NUMPY.get(_name))
for _name in BINARY:
    _same = _name in ("add", "multiply", "hypot")
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_name}_scalar" if _same else f"_npi_r{_name}_scalar")
for _name, (_, _reflected) in COMPARISONS.items():
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_reflected}_scalar")
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "lcm"):
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_name}_scalar")
_ELEMENTWISE |= {
    "abs": _ELEMENTWISE["absolute"],
    "fabs": _ELEMENTWISE["absolute"],
    "divide": _ELEMENTWISE["true_divide"],
    "remainder": _ELEMENTWISE["mod"],
    "fmod": _ELEMENTWISE["mod"],
    "invert": _ELEMENTWISE["bitwise_not"],
    "deg2rad": _unary("deg2rad", "_npi_radians"),
    "rad2deg": _unary("rad2deg", "_npi_degrees"),
}
globals().update(_ELEMENTWISE)


def _extreme(name: str, arrays: str, scalar: str) -> Callable[..., Any]:
    def function(x1: Any, x2: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        if where is not True or kwargs:
            _only_everywhere(name, where, kwargs)
        if isinstance(x1, Operand) and isinstance(x2, Operand):
            return invoke(OPERATORS[arrays], (x1, x2), {}, out)
        if isinstance(x1, Operand) and isinstance(x2, _NUMBERS):
            return invoke(OPERATORS[scalar], (x1,), {"scalar": x2}, out)
        if isinstance(x2, Operand) and isinstance(x1, _NUMBERS):
            return invoke(OPERATORS[scalar], (x2,), {"scalar": x1}, out)
        if isinstance(x1, _NUMBERS) and isinstance(x2, _NUMBERS):
            return getattr(onp, name)(x1, x2)
        kinds = f"{type(x1).__name__} and {type(x2).__name__}"
        raise TypeError(f"np.{name}: operands of types {kinds}; expected mx.np arrays or numbers")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The element-by-element {name} of two arrays, or of an array and a number."
    return function


maximum = _extreme("maximum", "broadcast_maximum", "_maximum_scalar")
minimum = _extreme("minimum", "broadcast_minimum", "_minimum_scalar")


def around(x: Any, decimals: int = 0, out: Any = None) -> Any:
    """Elements rounded to a number of decimals."""
    if isinstance(x, _NUMBERS):
        return onp.around(x, decimals)
    return invoke(OPERATORS["_npi_around"], (x,), {"decimals": decimals}, out)


round = round_ = around


def clip(a: ndarray, a_min: float | None, a_max: float | None, out: Any = None) -> ndarray:
    """Elements no less than ``a_min`` and no more than ``a_max``; one of them may be None."""
    if a_min is None and a_max is None:
        raise ValueError("np.clip: a_min and a_max are both None; expected a number")
    low = float("-inf") if a_min is None else a_min
    return invoke(OPERATORS["clip"], (a,), {"a_min": low, "a_max": float("inf") if a_max is None else a_max}, out)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None, **kwargs: Any
) -> Any:
    """NaN and the infinities replaced by numbers."""
    if isinstance(x, _NUMBERS):
        return onp.nan_to_num(x, copy, nan, posinf, neginf)
    result = invoke(
        OPERATORS["_npi_nan_to_num"], (x,), {"nan": nan, "posinf": posinf, "neginf": neginf}, kwargs.pop("out", None)
    )
    if not copy:
        x[...] = result
        return x
    return result


__all__ = ["around", "clip", "maximum", "minimum", "nan_to_num", "round", "round_"]
__all__.extend(_ELEMENTWISE)
