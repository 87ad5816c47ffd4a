"""Making arrays: from Python and NumPy data, filled, counted, and from other libraries' memory."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import torch

from .. import memory
from ..base import MXNetError, bfloat16, held, restored, to_host_dtype, to_numpy_dtype, to_torch_dtype, upper
from ..context import Context, as_context
from ..util import is_np_shape
from .ndarray import NDArray, context_of

__all__ = [
    "arange", "array", "empty", "eye", "from_dlpack", "from_numpy", "full", "linspace", "ones", "tensor_from", "zeros",
]  # fmt: skip


def tensor_from(source: Any, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """A new tensor with the elements of nested sequences, NumPy arrays or arrays of ours.

    Raises
    ------
    TypeError
        the source is ragged or holds something that is no number
    """
    if isinstance(source, NDArray):
        return source._whole.detach().to(device, dtype, copy=True)
    if isinstance(source, torch.Tensor):
        return source.detach().to(device, dtype, copy=True)
    if isinstance(source, np.ndarray) and source.dtype == bfloat16:
        return restored(np.ascontiguousarray(source)).to(device, dtype, copy=True)
    wanted = to_host_dtype(dtype)
    try:
        if isinstance(source, (list, tuple)) and any(isinstance(item, NDArray) for item in source):
            source = [item.asnumpy() if isinstance(item, NDArray) else item for item in source]
        elements = _elements(source, wanted)
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"array: source_array of type {type(source).__name__}; expected an array of numbers ({error})"
        ) from None
    return torch.from_numpy(elements).to(device, dtype)


def _elements(source: Any, wanted: Any) -> np.ndarray:
    """The elements as NumPy's array of a dtype, in which integers out of its range wrap."""
    kind = np.dtype(wanted)
    try:
        if kind.kind not in "iu" or isinstance(source, np.ndarray):
            return np.array(source, dtype=kind, order="C")
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # how NumPy 1 says it
            return np.array(source, dtype=kind, order="C")
    except (OverflowError, DeprecationWarning):
        wide = np.array(source, order="C")
        if wide.dtype.kind == "f":
            wide = np.trunc(wide)
        with np.errstate(invalid="ignore"):
            return wide.astype(np.int64).astype(kind)


def is_scipy(source: Any) -> bool:
    """Whether something is one of SciPy's sparse matrices."""
    return type(source).__module__.startswith("scipy.sparse")


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array with the given elements.

    Parameters
    ----------
    source_array : NDArray, numpy.ndarray or nested sequence
        the elements; of a sparse array, or a csr matrix of SciPy's, the result is sparse
    ctx : Context, optional
        where to put it; the current context by default
    dtype : str or NumPy dtype, optional
        float32 by default, or that of a source that is an NDArray

    Raises
    ------
    TypeError
        the source is no regular array of numbers

    Examples
    --------
    >>> mx.nd.array([[1, 2], [3, 4]])
    <BLANKLINE>
    [[1. 2.]
     [3. 4.]]
    <NDArray 2x2 @cpu(0)>
    """
    if (isinstance(source_array, NDArray) and source_array._sparse) or is_scipy(source_array):
        return upper("sparse.array")(source_array, ctx, dtype)
    if dtype is not None:
        wanted = to_torch_dtype(dtype)
    else:
        wanted = source_array._t.dtype if isinstance(source_array, NDArray) else torch.float32
    ctx = as_context(ctx)
    return NDArray._wrap(tensor_from(source_array, wanted, ctx.torch_device), ctx)


def checked_shape(call: str, shape: Any) -> tuple[int, ...]:
    """A shape from an integer or a sequence of them, none below zero."""
    try:
        dims = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(length) for length in shape)
    except (TypeError, ValueError):
        raise MXNetError(f"{call}: shape={shape!r}; expected a tuple of int") from None
    if any(length < 0 for length in dims):
        raise MXNetError(f"{call}: shape={shape!r}; expected no negative length")
    return dims


class room_for:
    """A block that takes memory for an array of a shape.

    Raises
    ------
    MXNetError
        there is not so much
    """

    __slots__ = ("_call", "_shape")

    def __init__(self, call: str, shape: Any) -> None:
        self._call, self._shape = call, shape

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if (
            isinstance(error, (RuntimeError, MemoryError, OverflowError))
            or (isinstance(error, ValueError) and "Maximum allowed size" in str(error))
        ) and not isinstance(error, MXNetError):
            line = (str(error).strip().splitlines() or [repr(error)])[0]
            raise MXNetError(f"{self._call}: no memory for an array of shape {self._shape} ({line})") from error


def _filled(call: str, shape: Any, value: Any, ctx: Any, dtype: Any, out: NDArray | None = None) -> NDArray:
    if out is not None:
        out[:] = value
        return out
    ctx = as_context(ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    dims = checked_shape(call, shape)
    if not is_np_shape() and (not dims or (call != "full" and 0 in dims)):
        raise MXNetError(
            f"{call}: shape={dims}; a length of 0 is one that is not known, and () no shape, without NumPy's semantics "
            "(mx.np_shape())"
        )
    value = held(value, wanted)
    with room_for(call, dims):
        return NDArray._wrap(torch.full(dims, value, dtype=wanted, device=ctx.torch_device), ctx)


def unused(name: str, given: dict[str, Any]) -> None:
    """Refuse keywords but ``name`` and hidden ones such as ``__layout__``, which mean something to symbols only.

    The states of recurrent cells are made with them by either kind of function.
    """
    for key in given:
        if key != "name" and not (key.startswith("__") and key.endswith("__")):
            raise MXNetError(f"{name}: no argument {key!r}")


def zeros(
    shape: Any,
    ctx: Context | None = None,
    dtype: Any = None,
    stype: str | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """An array of zeros of a shape, in a storage type; dense float32 on the current context by default."""
    unused("zeros", kwargs)
    if stype not in (None, "default"):
        return upper("sparse.filled")(stype, shape, ctx, dtype)
    return _filled("zeros", shape, 0, ctx, dtype, out)


def ones(
    shape: Any, ctx: Context | None = None, dtype: Any = None, out: NDArray | None = None, **kwargs: Any
) -> NDArray:
    """An array of ones of a shape; float32 on the current context by default."""
    unused("ones", kwargs)
    return _filled("ones", shape, 1, ctx, dtype, out)


def full(shape: Any, val: Any, ctx: Context | None = None, dtype: Any = None, out: NDArray | None = None) -> NDArray:
    """An array of a shape filled with one number; float32 on the current context by default."""
    return _filled("full", shape, val, ctx, dtype, out)


def empty(shape: Any, ctx: Context | None = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An array of a shape whose elements are not set; in a sparse storage type, one that stores nothing."""
    if stype not in (None, "default"):
        return upper("sparse.filled")(stype, shape, ctx, dtype)
    ctx = as_context(ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    dims = checked_shape("empty", shape)
    with room_for("empty", dims):
        return NDArray._wrap(torch.empty(dims, dtype=wanted, device=ctx.torch_device), ctx)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool | None = None,
    ctx: Context | None = None,
    dtype: Any = None,
) -> NDArray:
    """Numbers from ``start`` up to but without ``stop``, ``step`` apart, each ``repeat`` times.

    Parameters
    ----------
    start, stop, step : number
        with ``stop`` left out the numbers run from 0 to ``start``
    repeat : int
        how often each number stands
    infer_range : bool, optional
        not supported: the length always follows from start, stop and step
    ctx : Context, optional
        where to put it
    dtype : str or NumPy dtype, optional
        float32 by default
    """
    if infer_range:
        raise MXNetError("arange: infer_range=True is not supported; give stop")
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise MXNetError("arange: step=0; expected a number other than 0")
    if not math.isfinite((stop - start) / step):
        raise MXNetError(f"arange: start={start}, stop={stop}, step={step}; expected a finite number of steps")
    ctx = as_context(ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    count = max(0, int(np.ceil((stop - start) / step)))
    if not wanted.is_floating_point:  # MXNet counts in the dtype
        start, step = int(start), int(step)
    with room_for("arange", (count * repeat,)):
        numbers = torch.from_numpy(start + step * np.arange(count, dtype=np.float64)).to(ctx.torch_device, wanted)
        return NDArray._wrap(numbers.repeat_interleave(repeat) if repeat != 1 else numbers, ctx)


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, ctx: Context | None = None, dtype: Any = None
) -> NDArray:
    """``num`` numbers evenly spaced from ``start`` to ``stop``, the end included unless ``endpoint`` is False."""
    if num < 0:
        raise MXNetError(f"linspace: num={num}; expected no negative number")
    ctx = as_context(ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    with room_for("linspace", (int(num),)):
        numbers = np.linspace(start, stop, int(num), endpoint=endpoint)
    return NDArray._wrap(torch.from_numpy(numbers).to(ctx.torch_device, wanted), ctx)


def eye(N: int, M: int = 0, k: int = 0, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An ``N`` by ``M`` matrix (square where M is 0) with ones on the k-th diagonal and zeros elsewhere."""
    unused("eye", kwargs)
    ctx = as_context(ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    rows, columns = checked_shape("eye", (N, M or N))
    with room_for("eye", (rows, columns)):
        diagonal = np.eye(rows, columns, k, dtype=np.float64)
    return NDArray._wrap(torch.from_numpy(diagonal).to(ctx.torch_device, wanted), ctx)


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True, array_cls: type[NDArray] = NDArray) -> NDArray:
    """An array on the host from a NumPy array, its dtype kept.

    Parameters
    ----------
    ndarray : numpy.ndarray
        the elements
    zero_copy : bool
        share the memory; the NumPy array is made read-only, as it must not change behind the other's back. One that is
        read-only already is copied: nothing may write into its memory
    array_cls : type
        the class of the result

    Raises
    ------
    ValueError
        sharing was asked for and the NumPy array is not contiguous
    """
    wanted = to_torch_dtype(ndarray.dtype)
    if not zero_copy:
        return array_cls._wrap(restored(np.array(ndarray, order="C")).to(wanted), as_context("cpu(0)"))
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ValueError(
            "from_numpy: zero_copy=True needs a C-contiguous array; use numpy.ascontiguousarray or zero_copy=False"
        )
    if not ndarray.flags["WRITEABLE"]:
        return from_numpy(ndarray, False, array_cls)
    shared = restored(ndarray)
    ndarray.flags["WRITEABLE"] = False
    return array_cls._wrap(memory.adopt(shared), as_context("cpu(0)"))


def from_dlpack(dlpack: Any) -> NDArray:
    """An array on the memory of a DLPack capsule, or of any object that offers ``__dlpack__``.

    Raises
    ------
    MXNetError
        the elements have a dtype that arrays do not have
    """
    tensor = memory.adopt(torch.from_dlpack(dlpack))
    to_numpy_dtype(tensor.dtype)  # raises where no array can have it
    return NDArray._wrap(tensor, context_of(tensor))
