"""Parameters that are not learned."""

from __future__ import annotations

from typing import Any

from .. import initializer, ndarray
from .._tracebacks import warn
from ..ndarray import NDArray
from ..util import is_np_array
from .parameter import Parameter

__all__ = ["Constant"]


class _Fixed(initializer.Initializer):
    """Fills an array with a constant's value."""

    def __init__(self, value: NDArray) -> None:
        super().__init__()
        self._value = value

    def _init_weight(self, name: str, arr: NDArray) -> None:
        arr[:] = self._value


class Constant(Parameter):
    """A parameter that is not learned: its value is given and has no gradient.

    Parameters
    ----------
    name : str
        what it is called in files and messages
    value : NDArray or anything an array is made from
        the value

    Examples
    --------
    >>> scale = mx.gluon.Constant('scale', [[1, 2], [3, 4]])
    >>> scale.initialize()
    >>> scale.data().asnumpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """

    def __init__(self, name: str, value: Any) -> None:
        if not isinstance(value, NDArray):
            value = ndarray.array(value)
        self.value = value.as_np_ndarray() if is_np_array() else value
        fixed = _Fixed(self.value)
        super().__init__(name, "null", self.value.shape, self.value.dtype, init=fixed, differentiable=False)

    @property
    def grad_req(self) -> str:
        """Always 'null'; setting anything else warns."""
        return "null"

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req != "null":
            warn(f"Constant {self.name!r}: grad_req stays 'null'; {req!r} is ignored")
