"""Arrays in pickles, as MXNet has them: the class, called with None, and then the array's bytes as its `handle`.

The bytes are those that stand for the array in a ``.params`` file. They say on which device it was: it comes back there
where there is one, and else on the CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ..base import MXNetError, stored
from ..base import restored as as_tensor
from ..context import Context, cpu, num_gpus
from ..ops.storage import Csr, RowSparse, Stored
from ..serialization import params
from ..util import is_np_shape

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = ["filed", "reduced", "restored", "state_of", "unfiled"]

GPU = Context.devstr2type["gpu"]


def reduced(array: NDArray) -> tuple[Any, ...]:
    """What pickle is to do to make an array again."""
    return type(array), (None,), state_of(array._t, array.context)


def state_of(value: torch.Tensor | Stored, context: Context) -> dict[str, Any]:
    """The state of a pickled array of these elements."""
    device = (context.device_typeid, context.device_id)
    return {"handle": bytearray(params.dumps_array(filed(value), np_shape=is_np_shape(), device=device))}


_STORAGES: dict[str, int] = {name: storage for storage, (name, _) in params.STORAGES.items()}


def filed(value: torch.Tensor | Stored) -> Any:
    """Elements on the host, as a file has them."""
    if isinstance(value, Stored):
        positions = tuple(each.cpu().numpy() for each in value.aux)
        return params.Sparse(_STORAGES[value.stype], value.shape, stored(value.values), positions)
    return stored(value)


def unfiled(elements: Any) -> torch.Tensor | Stored:
    """What :func:`filed` was given, in the memory of what it gave."""
    if not isinstance(elements, params.Sparse):
        return as_tensor(elements)
    values, positions = as_tensor(elements.values), [torch.from_numpy(each) for each in elements.positions]
    if elements.storage == _STORAGES["csr"]:
        return Csr(values, positions[1], positions[0], elements.shape)
    return RowSparse(values, positions[0], elements.shape)


def restored(state: Any) -> tuple[Any, Context] | None:
    """The tensor, or a sparse array's record, and the context of a pickled array's state; None without elements.

    Raises
    ------
    MXNetError
        it is no such state, or damaged
    """
    handle = state.get("handle") if isinstance(state, dict) else state
    if handle is None:
        return None
    if not isinstance(handle, (bytes, bytearray, memoryview)):
        raise MXNetError(f"NDArray: a pickled array has the bytes of its elements, got a {type(handle).__name__}")
    elements, (kind, number) = params.loads_array(handle)
    context = Context("gpu", number) if kind == GPU and 0 <= number < num_gpus() else cpu()
    value = unfiled(elements)
    if isinstance(value, Stored):
        return value.moved(context.torch_device, copy=False), context
    return value.to(context.torch_device), context
