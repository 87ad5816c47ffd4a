"""The arithmetic of symbols: operators between symbols of one shape, and between a symbol and a number.

Unlike that of arrays it does not broadcast; ``mx.sym.broadcast_add`` and its like do.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..base import NotImplementedForSymbol
from ..ops import OPERATORS
from .call import compose
from .symbol import Symbol

__all__ = ["FUNCTIONS", "attach"]


class Operation(NamedTuple):
    """The operators behind an operation, by the names MXNet calls (and so counts) them by."""

    symbols: str
    scalar: str
    reflected: str


_OPERATIONS = {
    "add": Operation("_Plus", "_PlusScalar", "_PlusScalar"),
    "sub": Operation("_Minus", "_MinusScalar", "_RMinusScalar"),
    "mul": Operation("_Mul", "_MulScalar", "_MulScalar"),
    "truediv": Operation("_Div", "_DivScalar", "_RDivScalar"),
    "div": Operation("_Div", "_DivScalar", "_RDivScalar"),
    "mod": Operation("_Mod", "_ModScalar", "_RModScalar"),
    "pow": Operation("_Power", "_PowerScalar", "_rpower_scalar"),
    "eq": Operation("_equal", "_equal_scalar", "_equal_scalar"),
    "ne": Operation("_not_equal", "_not_equal_scalar", "_not_equal_scalar"),
    "gt": Operation("_greater", "_greater_scalar", "_lesser_scalar"),
    "ge": Operation("_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar"),
    "lt": Operation("_lesser", "_lesser_scalar", "_greater_scalar"),
    "le": Operation("_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar"),
}
_REFLECTED = ("add", "sub", "mul", "truediv", "div", "mod", "pow")
_NUMBERS = (float, int, np.generic)


def _call(op: str, inputs: tuple[Symbol, ...], **attributes: Any) -> Symbol:
    return compose(OPERATORS[op], op, op.lower(), inputs, attributes)


def _apply(what: str, operation: Operation, one: Any, other: Any, reflected: bool = False) -> Symbol:
    if isinstance(other, Symbol):
        return _call(operation.symbols, (other, one) if reflected else (one, other))
    if isinstance(other, _NUMBERS):
        return _call(operation.reflected if reflected else operation.scalar, (one,), scalar=other)
    raise TypeError(f"{what}: operand {other!r} of type {type(other).__name__}; expected a Symbol or a number")


def _method(name: str, operation: Operation, reflected: bool) -> Callable[[Symbol, Any], Symbol]:
    def method(self: Symbol, other: Any) -> Symbol:
        return _apply(name, operation, self, other, reflected)

    method.__name__ = name
    return method


def _inplace(name: str) -> Callable[[Symbol, Any], Any]:
    def method(self: Symbol, other: Any) -> Any:
        raise NotImplementedForSymbol(method)

    method.__name__ = name
    return method


def _function(name: str, operation: Operation, numbers: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def function(left: Any, right: Any) -> Any:
        if isinstance(left, Symbol):
            return _apply(name, operation, left, right)
        if isinstance(right, Symbol):
            return _apply(name, operation, right, left, reflected=True)
        if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
            return numbers(left, right)
        kinds = f"{type(left).__name__} and {type(right).__name__}"
        raise TypeError(f"{name}: operands of types {kinds}; expected symbols or numbers")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of two symbols of one shape, or of a symbol and a number, element by element."
    return function


_power = _function("power", Operation("_Power", "_PowerScalar", "_RPowerScalar"), python.pow)


def _pow(base: Any, exp: Any) -> Any:
    """The base to the power of the exponent, element by element: symbols of one shape, or a symbol and a number."""
    return _power(base, exp)


#: functions of ``mx.sym`` that take numbers in any place
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "maximum": _function("maximum", Operation("_Maximum", "_MaximumScalar", "_MaximumScalar"), max),
    "minimum": _function("minimum", Operation("_Minimum", "_MinimumScalar", "_MinimumScalar"), min),
    "hypot": _function("hypot", Operation("_Hypot", "_HypotScalar", "_HypotScalar"), np.hypot),
    "power": _pow,
    "pow": _pow,
}


def _negated(self: Symbol) -> Symbol:
    return _call("_MulScalar", (self,), scalar=-1.0)


def _absolute(self: Symbol) -> Symbol:
    return _call("abs", (self,))


def attach(cls: type[Symbol]) -> None:
    """Give a symbol class its arithmetic."""
    for name, operation in _OPERATIONS.items():
        setattr(cls, f"__{name}__", _method(f"__{name}__", operation, False))
    for name in _REFLECTED:
        setattr(cls, f"__r{name}__", _method(f"__r{name}__", _OPERATIONS[name], True))
        if name not in ("mod", "pow"):
            setattr(cls, f"__i{name}__", _inplace(f"__i{name}__"))
    setattr(cls, "__neg__", _negated)  # noqa: B010 - a type checker would not allow the assignment
    setattr(cls, "__abs__", _absolute)  # noqa: B010
