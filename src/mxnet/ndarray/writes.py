"""Notes of what was written to, for whoever keeps something that was computed from weights.

Memory is watched by its address once somebody keeps a result of it. Every write of this package goes through
:func:`mxnet.ndarray.ndarray.memory_of`, which notes it here. An array whose memory was handed out to be shared
(``as_torch``, ``__array__``, DLPack) may be written to unseen: what comes of it never counts as unchanged again.
"""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["note", "shared", "stamp", "watch", "watched"]

#: in the place of a count where memory is shared with somebody else
SHARED = -1
#: address of watched memory -> how often it was written to, or SHARED
watched: dict[int, int] = {}
_outside: set[int] = set()


def watch(tensor: torch.Tensor) -> None:
    """Note writes to a tensor's memory from now on."""
    address = tensor.untyped_storage().data_ptr()
    watched.setdefault(address, SHARED if address in _outside else 0)


def note(tensor: torch.Tensor) -> None:
    """A tensor's memory is about to be written to."""
    address = tensor.untyped_storage().data_ptr()
    count = watched.get(address, SHARED)
    if count is not SHARED:
        watched[address] = count + 1


def shared(tensor: torch.Tensor) -> None:
    """A tensor's memory was handed out."""
    address = tensor.untyped_storage().data_ptr()
    _outside.add(address)
    if address in watched:
        watched[address] = SHARED


def stamp(tensor: torch.Tensor) -> tuple[Any, ...]:
    """What changes whenever a watched tensor's memory was written to, and never stays the same where it is shared.

    The address is part of it: a tensor that was put in order (:mod:`.order`) has other memory, watched by nobody yet.
    """
    address = tensor.untyped_storage().data_ptr()
    count = watched.get(address, 0)
    return address, tensor._version, count if count is not SHARED else object()
