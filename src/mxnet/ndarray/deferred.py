"""A parameter whose shape is not known yet, as an operator's input.

The operator's ``params`` rule finds the shape from the data's; the parameter is then initialised there and then, and
eager code needs no graph to start.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..base import MXNetError

__all__ = ["DeferredArray"]


class _Parameter(Protocol):
    name: str

    def resolve_shape(self, shape: tuple[int, ...], ctx: Any) -> Any:
        """Take the shape, initialise, and return the array on the context."""


class DeferredArray:
    """Stands for a parameter's array until an operator tells its shape.

    Parameters
    ----------
    parameter : Parameter
        offers ``name`` and ``resolve_shape(shape, ctx)``, which merges the shape into what is known of it, initialises
        the parameter and returns its array
    ctx : Context
        where the array is wanted
    """

    __slots__ = ("ctx", "parameter")

    def __init__(self, parameter: _Parameter, ctx: Any) -> None:
        self.parameter, self.ctx = parameter, ctx

    def resolve(self, shape: tuple[int, ...]) -> Any:
        """The parameter's array, now that its shape is known."""
        return self.parameter.resolve_shape(shape, self.ctx)

    def __getattr__(self, name: str) -> Any:
        raise MXNetError(
            f"parameter {self.parameter.name}: its shape is not known yet, so {name!r} cannot be asked of it; "
            "give in_units/in_channels or the full shape where it is made"
        )
