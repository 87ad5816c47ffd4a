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
from ..serialization import params
from ..util import is_np_shape

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = ["reduced", "restored"]

GPU = Context.devstr2type["gpu"]


def reduced(array: NDArray) -> tuple[Any, ...]:
    """What pickle is to do to make an array again."""
    device = (array.context.device_typeid, array.context.device_id)
    handle = params.dumps_array(stored(array._t), np_shape=is_np_shape(), device=device)
    return type(array), (None,), {"handle": bytearray(handle)}


def restored(state: Any) -> tuple[torch.Tensor, Context] | None:
    """The tensor and the context that the state of a pickled array tells of; None of one without elements.

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
    return as_tensor(elements).to(context.torch_device), context
