"""Many samples at once: what lets a `DataLoader` over arrays work on whole batches instead of sample by sample.

A data set's `_gather(indices)` gives the `Columns` of those samples, or None if it cannot: a column is what one part of
each sample comes to, a `Stack` where the parts are NDArrays, a NumPy array where they are NumPy scalars or arrays, and
a list of the parts otherwise. What transformations do to a `Stack` is in `mxnet.gluon.data.batched`. Both promise the
very values that the samples would have one by one; whoever cannot promise gives None, and the caller goes sample by
sample, which is also where errors come from.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from ...base import DTYPES, MXNetError
from ...context import Context
from ...ndarray import NDArray
from . import batched

__all__ = ["Column", "Columns", "Stack", "column_of", "take"]

#: the names of the dtypes that NumPy has as well
NUMPY_DTYPES = frozenset(each.name for each in DTYPES if each.shown is each.host)


class Stack(NamedTuple):
    """NDArrays of one shape and dtype, one above the other, and what each of them was."""

    tensor: torch.Tensor
    array_class: type[NDArray]
    ctx: Context


Column = Stack | np.ndarray | list[Any]


class Columns(NamedTuple):
    """The parts of many samples, part by part.

    Attributes
    ----------
    parts
        one column for each part of a sample
    single
        whether a sample is its only part, and not a tuple
    """

    parts: list[Column]
    single: bool

    def transformed(self, transform: Any, first: bool) -> Columns | None:
        """Apply a transformation to the first part, or to samples of one part; None if it cannot be."""
        stack = self.parts[0]
        if not isinstance(stack, Stack) or not (first or self.single):
            return None
        steps = batched.plan(transform, tuple(stack.tensor.shape[1:]), stack.tensor.dtype)
        if steps is None:
            return None
        try:
            tensor = batched.run(steps, stack.tensor)
        except MXNetError:  # raised again by the sample it comes from
            return None
        return Columns([stack._replace(tensor=tensor), *self.parts[1:]], self.single)


def valid_indices(indices: np.ndarray, length: int) -> np.ndarray | None:
    """Count negative indices from the end; None where one is out of range."""
    if indices.size and (indices.min() < -length or indices.max() >= length):
        return None
    return np.where(indices < 0, indices + length, indices) if indices.size and indices.min() < 0 else indices


def column_of(data: Any, indices: np.ndarray) -> Column | None:
    """Give ``data[i]`` for many `i` as a column, or None if `data` is no array that can give it."""
    if type(data) is np.ndarray:
        if data.dtype.name not in NUMPY_DTYPES or not data.dtype.isnative or data.ndim == 0:
            return None
        valid = valid_indices(indices, len(data))
        return None if valid is None else data.take(valid, axis=0)
    if isinstance(data, NDArray):
        tensor = data._t
        # an element of an nd array of one axis is an array of shape (1,), of an np array a scalar: leave that to them
        if tensor.dim() < 2 or tensor.requires_grad or tensor.device.type != "cpu":
            return None
        valid = valid_indices(indices, tensor.shape[0])
        return None if valid is None else Stack(_rows(tensor, valid), type(data), data._ctx)
    return None


def _rows(tensor: torch.Tensor, indices: np.ndarray) -> torch.Tensor:
    """Copy rows of a tensor; seen as flat rows, since torch's index_select is slow over small trailing axes."""
    if not tensor.is_contiguous():
        return tensor.index_select(0, torch.from_numpy(indices))
    flat = tensor.view(tensor.shape[0], -1)
    return flat.index_select(0, torch.from_numpy(indices)).view(-1, *tensor.shape[1:])


def take(data: Any, indices: np.ndarray) -> list[Any] | None:
    """Give ``data[i]`` for many `i` as a list, or None if `data` may be something that notices."""
    return [data[i] for i in indices.tolist()] if type(data) in (list, tuple, range) else None
