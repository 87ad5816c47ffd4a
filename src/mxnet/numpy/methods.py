"""Functions of ``mx.np`` as methods of its array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops import OPERATORS
from . import elementwise, manipulation, reductions, selection
from .array import ndarray

__all__ = ["attach", "functions"]

_OF_REDUCTIONS = ("all", "any", "argmax", "argmin", "cumsum", "max", "mean", "min", "prod", "std", "sum", "var")
_OF_SELECTION = ("argsort", "take")
_OF_MANIPULATION = ("broadcast_to", "diagonal", "expand_dims", "flip", "ravel", "repeat", "split", "tile", "trace")
#: operators of nd that mean the same for mx.np arrays and keep their methods; those of NDArray not named anywhere go
_OF_ELEMENTWISE = tuple(
    spec.method for spec in dict.fromkeys(OPERATORS.values()) if spec.method in elementwise.__all__ and spec.method
)


def clip(self: ndarray, min: float | None = None, max: float | None = None, out: Any = None) -> ndarray:
    """The elements with those below ``min`` and above ``max`` replaced by these."""
    return elementwise.clip(self, min, max, out)


def sort(self: ndarray, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    """Sort the array itself."""
    self[...] = selection.sort(self, axis, kind, order)


def functions() -> dict[str, Callable[..., Any]]:
    """The functions that are methods of the array, and of the symbols that stand for arrays."""
    found: dict[str, Callable[..., Any]] = {}
    for names, module in (
        (_OF_ELEMENTWISE, elementwise),
        (_OF_MANIPULATION, manipulation),
        (_OF_REDUCTIONS, reductions),
        (_OF_SELECTION, selection),
    ):
        found |= {name: getattr(module, name) for name in names}
    return found | {"clip": clip}


def attach(cls: type[ndarray]) -> None:
    """Give the array its methods."""
    for name, function in functions().items():
        setattr(cls, name, function)
    cls.sort = sort  # type: ignore[assignment, method-assign]
