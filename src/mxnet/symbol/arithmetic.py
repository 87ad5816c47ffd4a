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
from ..ops.math.elementwise import absolute
from ..ops.registry import OpSpec
from .call import compose, composed
from .symbol import Symbol

__all__ = ["FUNCTIONS", "attach"]


class Call(NamedTuple):
    """An operator, and the name MXNet calls (and so counts) it by."""

    spec: OpSpec
    name: str

    def __call__(self, *inputs: Symbol, **attributes: Any) -> Symbol:
        return compose(self.spec, self.name, self.name.lower(), inputs, attributes)


#: what an expression in Python stands for, by the declarations of the operators
_EXPRESSIONS = {
    expression: Call(spec, name)
    for spec in dict.fromkeys(OPERATORS.values())
    for expression, name in spec.python.items()
}


class Operation(NamedTuple):
    """The operators of an operation: on two symbols, on a symbol and a number, on a number and a symbol."""

    symbols: Call
    scalar: Call
    reflected: Call

    @classmethod
    def written(cls, expression: str) -> Operation:
        """The operation written with ``{}`` for the operands; a comparison with a number before it is never asked."""
        forms = (expression.format(*operands) for operands in ("ab", "a1", "1a"))
        symbols, scalar, reflected = map(_EXPRESSIONS.get, forms)
        assert symbols is not None and scalar is not None, expression
        return cls(symbols, scalar, reflected or scalar)


_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "mod": "%", "pow": "**", "eq": "==", "ne": "!=",
    "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
}  # fmt: skip
_OPERATIONS = {name: Operation.written(f"{{}} {sign} {{}}") for name, sign in _SIGNS.items()}
_REFLECTED = ("add", "sub", "mul", "truediv", "div", "mod", "pow")
_NUMBERS = (float, int, np.generic)


def _apply(what: str, operation: Operation, one: Any, other: Any, reflected: bool = False) -> Symbol:
    if isinstance(other, Symbol):
        return operation.symbols(other, one) if reflected else operation.symbols(one, other)
    if isinstance(other, _NUMBERS):
        return (operation.reflected if reflected else operation.scalar)(one, scalar=other)
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


_power = _function("power", Operation.written("power({}, {})"), python.pow)


def _pow(base: Any, exp: Any) -> Any:
    """The base to the power of the exponent, element by element: symbols of one shape, or a symbol and a number."""
    return _power(base, exp)


#: functions of ``mx.sym`` that take numbers in any place
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "maximum": _function("maximum", Operation.written("maximum({}, {})"), max),
    "minimum": _function("minimum", Operation.written("minimum({}, {})"), min),
    "hypot": _function("hypot", Operation.written("hypot({}, {})"), np.hypot),
    "power": _pow,
    "pow": _pow,
}


def _negated(self: Symbol) -> Symbol:
    return _OPERATIONS["mul"].scalar(self, scalar=-1.0)


def _absolute(self: Symbol) -> Symbol:
    return composed(absolute, (self,), {})


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
