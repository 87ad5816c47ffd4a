"""Functions of ``mx.np`` as methods of its array."""

from __future__ import annotations

from typing import Any

from . import functions, manipulation
from .array import ndarray

__all__ = ["attach"]

_OF_FUNCTIONS = (
    "all", "any", "argmax", "argmin", "argsort", "cumsum", "max", "mean", "min", "prod", "round", "std",
    "sum", "take", "var",
)  # fmt: skip
_OF_MANIPULATION = ("broadcast_to", "diagonal", "expand_dims", "flip", "ravel", "repeat", "split", "tile", "trace")
#: operators of nd that mean the same for mx.np arrays and keep their methods; those of NDArray not named anywhere go
_UNARY = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh",
    "degrees", "exp", "expm1", "fix", "floor", "log", "log10", "log1p", "log2", "radians", "reciprocal",
    "rint", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
)  # fmt: skip


def clip(self: ndarray, min: float | None = None, max: float | None = None, out: Any = None) -> ndarray:
    """The elements with those below ``min`` and above ``max`` replaced by these."""
    return functions.clip(self, min, max, out)


def sort(self: ndarray, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    """Sort the array itself."""
    self[...] = functions.sort(self, axis, kind, order)


def attach(cls: type[ndarray]) -> None:
    """Give the array its methods."""
    for name in _OF_FUNCTIONS:
        setattr(cls, name, getattr(functions, name))
    for name in _OF_MANIPULATION:
        setattr(cls, name, getattr(manipulation, name))
    for name in _UNARY:
        setattr(cls, name, getattr(functions, name))
    for method in (clip, sort):
        setattr(cls, method.__name__, method)
