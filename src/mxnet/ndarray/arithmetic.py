"""The arithmetic of NDArray: operators between arrays, and between an array and a number.

Each is a row of :data:`OPERATIONS`, which names operators of the table; methods of the classes and the module functions
(``nd.add``, ``nd.maximum``, …) are made from the same rows.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..autograd import living, state
from ..base import MXNetError, what_came
from ..ops import OPERATORS
from ..ops.integers import seen
from .invoke import invoke
from .ndarray import NDArray, assign

__all__ = ["OPERATIONS", "attach", "binary_function"]


class Operation(NamedTuple):
    """One binary operation: the operators of the table behind it and the Python function for two numbers."""

    arrays: str
    scalar: str
    reflected: str
    numbers: Callable[[Any, Any], Any]


OPERATIONS: dict[str, Operation] = {
    "add": Operation("broadcast_add", "_plus_scalar", "_plus_scalar", python.add),
    "subtract": Operation("broadcast_sub", "_minus_scalar", "_rminus_scalar", python.sub),
    "multiply": Operation("broadcast_mul", "_mul_scalar", "_mul_scalar", python.mul),
    "divide": Operation("broadcast_div", "_div_scalar", "_rdiv_scalar", python.truediv),
    "modulo": Operation("broadcast_mod", "_mod_scalar", "_rmod_scalar", python.mod),
    "power": Operation("broadcast_power", "_power_scalar", "_rpower_scalar", python.pow),
    "maximum": Operation("broadcast_maximum", "_maximum_scalar", "_maximum_scalar", max),
    "minimum": Operation("broadcast_minimum", "_minimum_scalar", "_minimum_scalar", min),
    "equal": Operation("broadcast_equal", "_equal_scalar", "_equal_scalar", lambda a, b: 1 if a == b else 0),
    "not_equal": Operation(
        "broadcast_not_equal", "_not_equal_scalar", "_not_equal_scalar", lambda a, b: 1 if a != b else 0
    ),
    "greater": Operation("broadcast_greater", "_greater_scalar", "_lesser_scalar", lambda a, b: 1 if a > b else 0),
    "greater_equal": Operation(
        "broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar", lambda a, b: 1 if a >= b else 0
    ),
    "lesser": Operation("broadcast_lesser", "_lesser_scalar", "_greater_scalar", lambda a, b: 1 if a < b else 0),
    "lesser_equal": Operation(
        "broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar", lambda a, b: 1 if a <= b else 0
    ),
    "logical_and": Operation(
        "broadcast_logical_and", "_logical_and_scalar", "_logical_and_scalar", lambda a, b: 1 if a and b else 0
    ),
    "logical_or": Operation(
        "broadcast_logical_or", "_logical_or_scalar", "_logical_or_scalar", lambda a, b: 1 if a or b else 0
    ),
    "logical_xor": Operation(
        "broadcast_logical_xor",
        "_logical_xor_scalar",
        "_logical_xor_scalar",
        lambda a, b: 1 if bool(a) != bool(b) else 0,
    ),
}

#: Python's name of the method, the operation, whether the operands change places
_METHODS = (
    ("__add__", "add", False), ("__radd__", "add", True),
    ("__sub__", "subtract", False), ("__rsub__", "subtract", True),
    ("__mul__", "multiply", False), ("__rmul__", "multiply", True),
    ("__truediv__", "divide", False), ("__rtruediv__", "divide", True),
    ("__div__", "divide", False), ("__rdiv__", "divide", True),
    ("__mod__", "modulo", False), ("__rmod__", "modulo", True),
    ("__pow__", "power", False), ("__rpow__", "power", True),
    ("__eq__", "equal", False), ("__ne__", "not_equal", False),
    ("__gt__", "greater", False), ("__ge__", "greater_equal", False),
    ("__lt__", "lesser", False), ("__le__", "lesser_equal", False),
)  # fmt: skip
_INPLACE = (
    ("__iadd__", "add"), ("__isub__", "subtract"), ("__imul__", "multiply"), ("__itruediv__", "divide"),
    ("__idiv__", "divide"), ("__imod__", "modulo"), ("__ipow__", "power"),
)  # fmt: skip

#: the names of the methods of two operands, which give a new array
METHODS = tuple(name for name, _, _ in _METHODS)
_NUMBERS = (float, int, np.generic)
_new = object.__new__


def _binary_method(name: str, operation: Operation, reflected: bool) -> Callable[[NDArray, Any], Any]:
    arrays, scalar = OPERATORS[operation.arrays], OPERATORS[operation.reflected if reflected else operation.scalar]
    general = _general_method(name, operation, reflected)

    def method(self: NDArray, other: Any) -> Any:
        kind, own = type(other), type(self)
        tensor = self._t
        if tensor.requires_grad:
            tensor = living(self)
        elif seen.any and state.recording:
            return general(self, other)
        if kind is own:
            second = other._t
            if second.requires_grad:
                second = living(other)
            if tensor.dtype is not second.dtype:
                return invoke(arrays, (other, self) if reflected else (self, other), {})
            try:
                result = arrays.function(second, tensor) if reflected else arrays.function(tensor, second)
            except RuntimeError:
                return invoke(arrays, (other, self) if reflected else (self, other), {})
        elif kind is float or kind is int:
            result = scalar.function(tensor, scalar=other)
        elif isinstance(other, NDArray):
            return invoke(arrays, (other, self) if reflected else (self, other), {})
        elif isinstance(other, _NUMBERS):
            return invoke(scalar, (self,), {"scalar": other})
        else:
            raise TypeError(f"{name}: expected an NDArray or a number; got {what_came(other)}")
        if result.requires_grad and not state.recording:
            result = result.detach()
        array = _new(own)
        array._t, array._ctx = result, self._ctx
        return array

    method.__name__ = name
    return method


def _general_method(name: str, operation: Operation, reflected: bool) -> Callable[[NDArray, Any], Any]:
    """The method of arrays that are no tensors: everything is for the call to find out."""
    arrays, scalar = OPERATORS[operation.arrays], OPERATORS[operation.reflected if reflected else operation.scalar]

    def method(self: NDArray, other: Any) -> Any:
        if isinstance(other, NDArray):
            return invoke(arrays, (other, self) if reflected else (self, other), {})
        if isinstance(other, _NUMBERS):
            return invoke(scalar, (self,), {"scalar": other})
        raise TypeError(f"{name}: operand {other!r} of type {type(other).__name__}; expected an NDArray or a number")

    method.__name__ = name
    return method


def _stored_method(name: str, operation: str) -> Callable[[NDArray, Any], NDArray]:
    """The method that changes an array which is no tensor."""

    def method(self: NDArray, other: Any) -> NDArray:
        result = getattr(self, name.replace("__i", "__"))(other)
        result.copyto(self)
        return self

    method.__name__ = name
    return method


_COMPARISONS = frozenset(("__eq__", "__ne__", "__gt__", "__ge__", "__lt__", "__le__"))


def _marked(compare: Callable[[NDArray, Any], NDArray]) -> Callable[[NDArray, Any], NDArray]:
    """A comparison whose result says that it is one: who assigns by it takes it for a mask."""

    def method(self: NDArray, other: Any) -> Any:
        result = compare(self, other)
        result._compared = True  # type: ignore[attr-defined]
        return result

    method.__name__ = compare.__name__
    return method


def _inplace_method(name: str, operation: str) -> Callable[[NDArray, Any], NDArray]:
    compute = _binary_method(name, OPERATIONS[operation], False)

    def method(self: NDArray, other: Any) -> NDArray:
        result = compute(self, other)._t
        if result.shape != self._t.shape:
            raise MXNetError(
                f"{name}: the result has shape {tuple(result.shape)}; an array of shape {self.shape} cannot hold it"
            )
        assign(self, result)
        return self

    method.__name__ = name
    return method


def _unary(name: str) -> Callable[[NDArray], Any]:
    spec = OPERATORS[name]

    def method(self: NDArray) -> Any:
        return invoke(spec, (self,), {})

    return method


def attach(cls: type[NDArray]) -> None:
    """Give an array class its arithmetic."""
    binary, inplace = (_general_method, _stored_method) if cls._sparse else (_binary_method, _inplace_method)
    for name, operation, reflected in _METHODS:
        method = binary(name, OPERATIONS[operation], reflected)
        setattr(cls, name, _marked(method) if name in _COMPARISONS and not cls._sparse else method)
    for name, operation in _INPLACE:
        setattr(cls, name, inplace(name, operation))
    setattr(cls, "__neg__", _unary("negative"))  # noqa: B010 - a type checker would not allow the assignment
    setattr(cls, "__abs__", _unary("abs"))  # noqa: B010


def binary_function(name: str) -> Callable[[Any, Any], Any]:
    """The module function of an operation: arrays and numbers in any place, two numbers giving a number."""
    operation = OPERATIONS[name]
    forward, backward = _binary_method(name, operation, False), _binary_method(name, operation, True)
    general, reflected = _general_method(name, operation, False), _general_method(name, operation, True)

    def function(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, NDArray):
            return (general if lhs._sparse else forward)(lhs, rhs)
        if isinstance(rhs, NDArray):
            return (reflected if rhs._sparse else backward)(rhs, lhs)
        if isinstance(lhs, _NUMBERS) and isinstance(rhs, _NUMBERS):
            return operation.numbers(lhs, rhs)
        raise TypeError(
            f"{name}: operands of types {type(lhs).__name__} and {type(rhs).__name__}; expected NDArrays or numbers"
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of two arrays, or of an array and a number, element by element; shapes broadcast."
    return function
