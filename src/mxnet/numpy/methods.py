"""Functions of ``mx.np`` as methods of its array."""

from __future__ import annotations

from typing import Any

from . import functions, manipulation
from .array import ndarray

__all__ = ["attach"]

_OF_FUNCTIONS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "cumsum", "max", "mean", "min", "prod", "round", "sort", "std",
    "sum", "take", "var",
)  # fmt: skip
_OF_MANIPULATION = ("broadcast_to", "diagonal", "expand_dims", "flip", "ravel", "repeat", "split", "tile", "trace")
#: operators of nd that mean the same for mx.np arrays and keep their methods; those of NDArray not named anywhere go
_UNARY = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh",
    "degrees", "exp", "expm1", "fix", "floor", "log", "log10", "log1p", "log2", "radians", "reciprocal",
    "rint", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
)  # fmt: skip


def attach(cls: type[ndarray]) -> None:
    """Give the array its methods."""
    for name in _OF_FUNCTIONS:
        setattr(cls, name, getattr(functions, name))
    for name in _OF_MANIPULATION:
        setattr(cls, name, getattr(manipulation, name))
    for name in _UNARY:
        setattr(cls, name, getattr(functions, name))
    sort_in_place(cls)


def sort_in_place(cls: type[ndarray]) -> None:
    """NumPy's ``x.sort()`` sorts the array itself."""

    def sort(self: ndarray, axis: int = -1, kind: Any = None, order: Any = None) -> None:
        """Sort the array in place."""
        self[...] = functions.sort(self, axis, kind, order)

    cls.sort = sort  # type: ignore[attr-defined]
