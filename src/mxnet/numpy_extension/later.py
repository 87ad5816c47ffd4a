"""Functions that ``npx`` has in MXNet's later versions, for the programs written for those."""

from __future__ import annotations

import torch

from ..base import MXNetError
from ..numpy.array import ndarray, unlisted
from ..numpy.calling import invoke
from ..numpy.selection import where
from ..ops import OPERATORS
from ..serialization.files import replacing

__all__ = [
    "broadcast_like", "index_add", "index_update", "masked_log_softmax", "masked_softmax", "savez", "stop_gradient",
]  # fmt: skip


def stop_gradient(data: ndarray) -> ndarray:
    """The same elements, through which no gradient goes."""
    return invoke(OPERATORS["BlockGrad"], (data,), {})


def broadcast_like(
    lhs: ndarray, rhs: ndarray, lhs_axes: tuple[int, ...] | None = None, rhs_axes: tuple[int, ...] | None = None
) -> ndarray:
    """``lhs`` repeated along axes of length 1 to the shape of ``rhs``, or along some axes to the lengths of others."""
    return invoke(OPERATORS["broadcast_like"], (lhs, rhs), {"lhs_axes": lhs_axes, "rhs_axes": rhs_axes})


def masked_softmax(
    data: ndarray, mask: ndarray, axis: int = -1, temperature: float = 1.0, normalize: bool = True
) -> ndarray:
    """The softmax over the elements where the mask holds, and 0 elsewhere.

    ``normalize`` asks for the largest element to be subtracted first, which is always done.
    """
    kept = where(mask, data, float("-inf"))
    return where(mask, invoke(OPERATORS["softmax"], (kept,), {"axis": axis, "temperature": temperature}), 0.0)


def masked_log_softmax(
    data: ndarray, mask: ndarray, axis: int = -1, temperature: float = 1.0, normalize: bool = True
) -> ndarray:
    """The logarithm of :func:`masked_softmax`: minus infinity where the mask does not hold."""
    kept = where(mask, data, float("-inf"))
    found = invoke(OPERATORS["log_softmax"], (kept,), {"axis": axis, "temperature": temperature})
    return where(mask, found, float("-inf"))


def _places(ind: torch.Tensor, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    if ind.dim() != 2 or ind.shape[0] > a.dim():
        raise MXNetError(f"npx.index_add: ind of shape {tuple(ind.shape)}; expected a row of indices for each axis")
    return tuple(ind.long())


def _add(a: torch.Tensor, ind: torch.Tensor, val: torch.Tensor) -> torch.Tensor:
    return a.index_put(_places(ind, a), val.to(a.dtype), accumulate=True)


def _update(a: torch.Tensor, ind: torch.Tensor, val: torch.Tensor) -> torch.Tensor:
    return a.index_put(_places(ind, a), val.to(a.dtype))


_ADD, _UPDATE = unlisted("npx.index_add", _add), unlisted("npx.index_update", _update)


def index_add(a: ndarray, ind: ndarray, val: ndarray) -> ndarray:
    """A copy of ``a`` with ``val`` added where ``ind`` points, which has one row of indices for each axis."""
    return invoke(_ADD, (a, ind, val), {})


def index_update(a: ndarray, ind: ndarray, val: ndarray) -> ndarray:
    """A copy of ``a`` with ``val`` put where ``ind`` points, which has one row of indices for each axis."""
    return invoke(_UPDATE, (a, ind, val), {})


def savez(file: str, *args: ndarray, **kwargs: ndarray) -> None:
    """Write arrays to a NumPy ``.npz`` file under the names of the arguments, ``arr_0`` and so on without one."""
    import numpy

    arrays = {f"arr_{position}": array for position, array in enumerate(args)} | kwargs
    with replacing(file) as stream:
        numpy.savez(stream, **{name: array.asnumpy() for name, array in arrays.items()})  # type: ignore[arg-type]
