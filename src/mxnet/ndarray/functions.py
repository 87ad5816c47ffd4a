"""Functions of ``nd`` that are no operators of the table: files, waiting, and calls over several operators."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .. import memory
from .._tracebacks import leaving
from ..context import cpu
from ..ops import OPERATORS
from ..serialization import params
from ..util import is_np_shape
from .arithmetic import OPERATIONS, binary_function
from .creation import array
from .invoke import invoke
from .ndarray import NDArray
from .pickling import filed, unfiled
from .sparse_array import held, made

__all__ = [
    "concatenate", "histogram", "load", "load_frombuffer", "moveaxis", "onehot_encode", "save", "split_v2",
    "to_dlpack_for_read", "to_dlpack_for_write", "true_divide", "waitall",
]  # fmt: skip
__all__.extend(list(OPERATIONS))

for _name in OPERATIONS:
    globals()[_name] = binary_function(_name)
true_divide = binary_function("divide")
_power = binary_function("power")


def power(base: Any, exp: Any) -> Any:
    """The base to the power of the exponent, element by element; shapes broadcast."""
    return _power(base, exp)


def waitall() -> None:
    """Wait until everything asked for is computed."""
    memory.settle()
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def concatenate(arrays: Sequence[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Join arrays along an axis.

    Parameters
    ----------
    arrays : list of NDArray
        alike in every other axis
    axis : int
        the axis to join along
    always_copy : bool
        with False, a single array is returned itself

    Raises
    ------
    IndexError
        the arrays have no such axis
    AssertionError
        no arrays, or arrays of other lengths or another dtype than the first
    """
    if not isinstance(arrays, (list, tuple)) or not arrays:
        raise AssertionError(f"concatenate: arrays={arrays!r}; expected a list of at least one NDArray")
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    first = arrays[0].shape
    if not -len(first) <= axis < len(first):
        raise IndexError(f"concatenate: axis={axis} for arrays of shape {first}; expected one of its {len(first)} axes")
    along = axis % len(first)
    for each in arrays:
        shape = each.shape
        if (*shape[:along], *shape[along + 1 :]) != (*first[:along], *first[along + 1 :]) or len(shape) != len(first):
            raise AssertionError(
                f"concatenate: arrays of shapes {first} and {shape}; expected the same lengths but along axis={axis}"
            )
        if each.dtype != arrays[0].dtype:
            names = f"{arrays[0].dtype.__name__} and {each.dtype.__name__}"
            raise AssertionError(f"concatenate: arrays of {names}; expected one dtype")
    return invoke(OPERATORS["Concat"], arrays, {"dim": axis})


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """A copy with some axes moved to other places, the rest in their order.

    Raises
    ------
    ValueError
        as many destinations as sources are expected, each once and within the array
    """
    sources = [source] if isinstance(source, int) else list(source)
    destinations = [destination] if isinstance(destination, int) else list(destination)
    if len(sources) != len(destinations):
        raise ValueError(f"moveaxis: {len(sources)} sources and {len(destinations)} destinations; expected as many")
    rank = tensor.ndim
    for axis in (*sources, *destinations):
        if not -rank <= axis < rank:
            raise ValueError(f"moveaxis: axis {axis} for an array of {rank} axes")
    sources, destinations = [axis % rank for axis in sources], [axis % rank for axis in destinations]
    for name, axes in (("source", sources), ("destination", destinations)):
        if len(set(axes)) < len(axes):
            raise ValueError(f"moveaxis: {name} names an axis twice: {axes}")
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources)):
        order.insert(place, axis)
    return invoke(OPERATORS["transpose"], (tensor,), {"axes": tuple(order)})


def split_v2(ary: NDArray, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False) -> Any:
    """Split an array along an axis into equal parts or before given positions.

    Parameters
    ----------
    ary : NDArray
        what to split
    indices_or_sections : int or tuple of int
        the number of equal parts, or the positions to split before
    axis : int
        the axis to split along
    squeeze_axis : bool
        drop that axis from the parts, each of length 1
    """
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1 or ary.shape[axis] % indices_or_sections:
            raise ValueError(f"split_v2: {indices_or_sections} parts of axis {axis} of {ary.shape} are not equal")
        attributes: dict[str, Any] = {"indices": (), "sections": indices_or_sections}
    elif isinstance(indices_or_sections, (list, tuple)):
        attributes = {"indices": (0, *indices_or_sections), "sections": 0}
    else:
        raise ValueError(f"split_v2: indices_or_sections={indices_or_sections!r}; expected an int or a tuple of int")
    return invoke(OPERATORS["_split_v2"], (ary,), {**attributes, "axis": axis, "squeeze_axis": squeeze_axis})


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Fill ``out`` (n, classes) with the one-hot rows of n class indices."""
    encoded = torch.nn.functional.one_hot(indices._t.long(), out.shape[1]).to(out._t.dtype)
    out[:] = NDArray._wrap(encoded, out._ctx)
    return out


def histogram(
    a: NDArray, bins: int | NDArray = 10, range: tuple[float, float] | None = None
) -> list[NDArray] | tuple[NDArray, NDArray]:
    """Count elements in bins.

    Parameters
    ----------
    a : NDArray
        the elements, whatever the shape
    bins : int or NDArray
        the number of equal bins, or their edges
    range : (float, float), optional
        the lowest and highest edge; the array's least and greatest element by default

    Returns
    -------
    list of NDArray
        the counts, as int64, and the edges; with neither edges nor a range given a tuple, and the counts as float32
    """
    if isinstance(bins, NDArray):
        return invoke(OPERATORS["_histogram"], (a, bins), {})
    if not isinstance(bins, int):
        raise ValueError(f"histogram: bins={bins!r}; expected an int or an NDArray of edges")
    if range is None:
        counts, edges = np.histogram(a.asnumpy(), bins)
        return array(counts, a.context), array(edges, a.context)
    return invoke(OPERATORS["_histogram"], (a, None), {"bin_cnt": bins, "range": range})


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule of an array's memory, for reading."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """A DLPack capsule of an array's memory, for writing."""
    return data.to_dlpack_for_write()


def save(fname: str | os.PathLike[str], data: NDArray | Sequence[NDArray] | Mapping[str, NDArray]) -> None:
    """Write arrays to a file in MXNet's ``.params`` format.

    Parameters
    ----------
    fname : path
        written beside and renamed, so that a failure leaves what was there
    data : NDArray, list of NDArray or dict of str to NDArray
        what to write

    Raises
    ------
    ValueError
        ``data`` is anything else
    TypeError
        ``data`` holds anything else
    """
    if isinstance(data, NDArray):
        data = [data]
    if not isinstance(data, (list, tuple, Mapping)):
        raise ValueError(f"save: data of type {type(data).__name__}; expected an NDArray, or a list or dict of them")
    named = isinstance(data, Mapping)
    names = list(data) if named else []
    arrays = list(data.values()) if isinstance(data, Mapping) else list(data)
    if not all(isinstance(name, str) for name in names) or not all(isinstance(item, NDArray) for item in arrays):
        raise TypeError(f"save: data of type {type(data).__name__}; expected NDArrays in a list or in a dict by name")
    elements = [filed(held(item)) for item in arrays]
    devices = [(item.context.device_typeid, item.context.device_id) for item in arrays]
    params.save(fname, dict(zip(names, elements)) if named else elements, np_shape=is_np_shape(), devices=devices)


def _arrays(contents: Any) -> Any:
    if isinstance(contents, dict):
        return {name: _array(item) for name, item in contents.items()}
    return [_array(item) for item in contents]


def _array(elements: Any) -> NDArray:
    return made(unfiled(elements), cpu())


@leaving
def load(fname: str | os.PathLike[str]) -> Any:
    """The arrays of a ``.params`` file: a dict where they have names, else a list.

    Raises
    ------
    MXNetError
        the file cannot be read, is not in that format, or was saved with NumPy's shape semantics and they are off now,
        or the other way round
    """
    return _arrays(params.load(fname, np_shape=is_np_shape()))


def load_frombuffer(buf: bytes) -> Any:
    """The arrays in the bytes of a ``.params`` file."""
    return _arrays(params.loads(buf, np_shape=is_np_shape()))
