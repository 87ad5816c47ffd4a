"""Arrays kept by what is not zero: the classes, what they are made of, and where they are written to.

A sparse array holds a record of tensors (:mod:`mxnet.ops.storage`) in the place of one tensor, so whatever asks for
its tensor is refused. Operators ask for more: :mod:`mxnet.ndarray.sparse_calls`. In a graph of torch's it is stood for
by a tensor of its shape without memory of its own, its *stand-in*: a gradient has the whole shape, whatever is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import torch

from ..autograd import state
from ..base import MXNetError, NotSupportedForSparseNDArray, stored, to_numpy_dtype, to_torch_dtype
from ..context import Context, as_context, cpu
from ..ops.freed import freed, released
from ..ops.sparse.elementwise import added
from ..ops.storage import Csr, RowSparse, Stored, cast, of_gradient
from . import pickling
from .ndarray import NDArray, context_of

__all__ = [
    "BaseSparseNDArray", "CSRNDArray", "RowSparseNDArray", "chosen", "gradient_of", "held", "made", "rows_of",
    "stand_in", "with_all_rows", "zeros_of",
]  # fmt: skip

_new = object.__new__


def stand_in(record: Stored) -> torch.Tensor:
    """A tensor of an array's shape and dtype, all of whose elements are one and the same zero."""
    return torch.zeros((), dtype=record.dtype, device=record.device).expand(record.shape)


class BaseSparseNDArray(NDArray):
    """What both kinds of sparse arrays have. Made by :mod:`mxnet.nd.sparse`, and by operators."""

    __slots__ = ("__dict__", "_node", "_record")
    __module__ = "mxnet.ndarray.sparse"

    _sparse = True
    #: how the storage type is called
    _stype: str
    _record: Any
    #: its stand-in where it is in a graph; else None
    _node: torch.Tensor | None

    def __init__(self, handle: Any, writable: bool = True) -> None:
        """Share what another array of this class stores; ``handle`` is that array, or None to be unpickled into."""
        self._node, self._ctx = None, cpu()
        if isinstance(handle, type(self)):
            self._record, self._ctx = handle._record, handle._ctx
        elif handle is not None:
            raise MXNetError(
                f"{type(self).__name__}: expected an array of that class, got {handle!r}; see mx.nd.sparse"
            )

    @classmethod
    def _made(cls, record: Any, ctx: Context, node: torch.Tensor | None = None) -> Any:
        """An array of this class around a record, without any check."""
        array = _new(cls)
        array._record, array._ctx, array._node = record, ctx, node
        return array

    def __getattr__(self, name: str) -> Any:
        if name == "_t":  # what knows of tensors alone
            raise NotSupportedForSparseNDArray(
                _Asked(f"what was asked of a {type(self).__name__} {_extent(self.shape)} (tostype('default') is dense)")
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # --- in graphs: see autograd ----------------------------------------------------------------------------------

    @property
    def _graphed(self) -> torch.Tensor:
        node = self._node
        if node is None:
            node = self._node = stand_in(self._record)
        elif node.grad_fn is not None and node.grad_fn._sequence_nr() <= freed.until and released(node.grad_fn):
            node = self._node = node.detach()
        return node

    @_graphed.setter
    def _graphed(self, node: torch.Tensor) -> None:
        self._node = node

    @property
    def _whole(self) -> torch.Tensor:
        return self._record.dense()

    def _gradient_like(self, gradient: torch.Tensor) -> NDArray:
        return made(of_gradient(gradient, self._stype), self._ctx)

    def _receive(self, gradient: torch.Tensor | None, add: bool) -> None:
        if gradient is None:
            if not add:
                self._store(self._empty())
            return
        new = of_gradient(gradient.detach(), self._stype)
        if add:
            assert isinstance(new, Stored)
            new = added(self._record, new)
        self._store(new)

    def _zeros_for_gradient(self, stype: str | None) -> NDArray:
        return zeros_of(self._stype if stype is None else stype, self.shape, self._record.dtype, self._ctx)

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._record.shape

    @property
    def dtype(self) -> Any:
        """The NumPy type of the elements."""
        return to_numpy_dtype(self._record.dtype)

    @property
    def size(self) -> int:
        """MXNet does not say how many elements there are.

        Raises
        ------
        NotImplementedError
            always
        """
        raise NotImplementedError(f"{type(self).__name__} has no size; its data says how many elements are stored")

    @property
    def stype(self) -> str:
        """The storage type: 'csr' or 'row_sparse'."""
        return self._stype

    @property
    def handle(self) -> torch.Tensor:
        """The record as one of torch's sparse tensors, where MXNet has a pointer."""
        return self.as_torch()

    @property
    def _uncomputed(self) -> None:
        return None

    @property
    def data(self) -> NDArray:
        """A copy of what is stored.

        Examples
        --------
        >>> mx.nd.array([[0, 1], [2, 0]]).tostype('csr').data
        <BLANKLINE>
        [1. 2.]
        <NDArray 2 @cpu(0)>
        """
        return NDArray._wrap(self._record.values.detach().clone(), self._ctx)

    @property
    def indices(self) -> NDArray:
        """A copy of the columns, or of the rows, of what is stored, as int64."""
        return NDArray._wrap(self._record.indices.clone(), self._ctx)

    @property
    def _num_aux(self) -> int:
        return len(self._record.aux)

    @property
    def _aux_types(self) -> list[Any]:
        return [to_numpy_dtype(each.dtype) for each in self._record.aux]

    def _aux_type(self, i: int) -> Any:
        return self._aux_types[i]

    def _aux_data(self, i: int) -> NDArray:
        return NDArray._wrap(self._record.aux[i].clone(), self._ctx)

    def _data(self) -> NDArray:
        return self.data

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        for position in range(len(self)):
            yield self[position]

    def __repr__(self) -> str:
        return f"\n<{type(self).__name__} {_extent(self.shape)} @{self._ctx}>"

    def __bool__(self) -> bool:
        raise ValueError(f"the truth value of an array of shape {self.shape} is ambiguous; compare a single element")

    def __contains__(self, value: Any) -> bool:
        return value in self.tostype("default")

    def check_format(self, full_check: bool = True) -> None:
        """Raise where positions and elements do not fit, lie outside, or are not in order.

        Parameters
        ----------
        full_check : bool
            look at each position, and not at lengths alone

        Raises
        ------
        MXNetError
            what is wrong
        """
        fault = self._record.fault(full_check)
        if fault:
            raise MXNetError(f"check_format: {type(self).__name__} {_extent(self.shape)}: {fault}")

    # --- out of here ----------------------------------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray:
        """A dense NumPy array of all elements."""
        return NDArray._wrap(self._whole.detach(), self._ctx).asnumpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.asnumpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def asscalar(self) -> Any:
        """Not for sparse arrays, as in MXNet: see :attr:`size`."""
        return self.size

    def _dlpack(self, *args: Any, **kwargs: Any) -> Any:
        raise NotSupportedForSparseNDArray(_Asked("DLPack"), None, *args, *kwargs.values())

    __dlpack__ = __dlpack_device__ = to_dlpack_for_read = to_dlpack_for_write = _dlpack

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None,), pickling.state_of(held(self), self._ctx)

    def __setstate__(self, state: Any) -> None:
        restored = pickling.restored(state)
        if restored is not None:
            record, self._ctx = restored
            if not isinstance(record, Stored) or record.stype != self._stype:
                raise MXNetError(f"{type(self).__name__}: the pickled array is no {self._stype} array")
            self._record = record

    # --- copies, devices, dtypes ----------------------------------------------------------------------------------

    def copy(self) -> Any:
        """A copy on the same context."""
        return self.copyto(self._ctx)

    def copyto(self, other: NDArray | Context) -> Any:
        """Copy into another array of this kind or a dense one, or to a new one on a context.

        Raises
        ------
        MXNetError
            the other array has another shape
        TypeError
            ``other`` is neither, or a sparse array of the other kind
        """
        if isinstance(other, NDArray):
            if other is self:
                return self
            if other.stype not in ("default", self._stype):
                raise TypeError(f"copyto: from {self._stype} to {other.stype}; expected {self._stype} or 'default'")
            if other.shape != self.shape:
                raise MXNetError(f"copyto: the target has shape {other.shape}; expected {self.shape}")
            other._store(self._record if other._sparse else self._whole)
            return other
        if isinstance(other, Context):
            node = self._graphed if state.recording and self._node is not None else None
            record = self._record.moved(as_context(other).torch_device)
            return self._made(record, other, None if node is None else node.view_as(node))
        raise TypeError(f"copyto: expected an NDArray or a Context, got {other!r} of type {type(other).__name__}")

    def as_in_context(self, context: Context) -> Any:
        """Itself where it is on the context already, else a copy there."""
        return self if self._ctx == context else self.copyto(as_context(context))

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The elements in another dtype; with ``copy=False`` itself where it has the dtype already."""
        wanted = to_torch_dtype(dtype)
        if wanted is self._record.dtype and not copy:
            return self
        return self._made(self._record.moved(dtype=wanted), self._ctx)

    def as_nd_ndarray(self) -> NDArray:
        """Itself."""
        return self

    def as_np_ndarray(self) -> NoReturn:
        """Not for sparse arrays: those of ``mx.np`` are dense.

        Raises
        ------
        ValueError
            always
        """
        raise ValueError(f"as_np_ndarray: {type(self).__name__} is {self._stype}; arrays of mx.np are dense")

    def detach(self) -> Any:
        """The same memory outside the graph."""
        return self._made(self._record, self._ctx)

    def wait_to_read(self) -> None:
        """Wait until the elements are there."""
        if self._record.device.type == "cuda":
            torch.cuda.synchronize(self._record.device)

    wait_to_write = wait_to_read

    # --- writing --------------------------------------------------------------------------------------------------

    def _store(self, value: torch.Tensor | Stored) -> None:
        """Have other elements, in this dtype and on this device.

        Records are not written to in place, as operators share them.
        """
        if tuple(value.shape) != self.shape:
            raise MXNetError(
                f"{type(self).__name__}: got elements of shape {tuple(value.shape)}; expected {self.shape}"
            )
        if isinstance(value, torch.Tensor) or value.stype != self._stype:
            value = cast(value.detach() if isinstance(value, torch.Tensor) else value, self._stype)
        assert isinstance(value, Stored)
        self._record = value.moved(self._record.device, self._record.dtype)

    def _empty(self) -> Stored:
        return type(self._record).empty(self.shape, self._record.dtype, self._record.device)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            raise ValueError(f"{type(self).__name__}: cannot be indexed along several axes, got {key!r}")
        if not isinstance(key, (int, np.integer, slice)):
            raise ValueError(f"{type(self).__name__}: cannot be indexed by {key!r}")
        return self._part(key)

    def _part(self, key: Any) -> Any:
        raise NotImplementedError

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, slice):
            raise self._unassignable(f"{type(self).__name__}: only array[:] can be assigned to, got {key!r}")
        if key != slice(None):
            raise ValueError(f"{type(self).__name__}: only array[:] can be assigned to, got {key!r}")
        if isinstance(value, NDArray):
            if value is not self:
                value.copyto(self)
        elif isinstance(value, (int, float, np.generic)) and not isinstance(value, bool):
            self._fill(value)
        elif isinstance(value, np.ndarray):
            self._store(torch.from_numpy(np.ascontiguousarray(value)))
        else:
            raise TypeError(f"{type(self).__name__}: cannot be assigned a {type(value).__name__}")

    #: what an index other than [:] raises in an assignment
    _unassignable: type[Exception] = TypeError

    def _fill(self, number: Any) -> None:
        raise NotImplementedError

    def reshape(self, *shape: Any, **kwargs: Any) -> NoReturn:
        """Not for sparse arrays.

        Raises
        ------
        NotSupportedForSparseNDArray
            always
        """
        raise NotSupportedForSparseNDArray(self.reshape, None, *shape, *kwargs.values())

    def _at(self, idx: Any) -> NoReturn:
        raise NotSupportedForSparseNDArray(self._at, "[idx]")

    def _slice(self, start: Any, stop: Any) -> NoReturn:
        raise NotSupportedForSparseNDArray(self._slice)


class CSRNDArray(BaseSparseNDArray):
    """A matrix of which the elements that are not zero are kept, row by row.

    Made by :func:`mxnet.nd.sparse.csr_matrix`, or by ``tostype('csr')`` of a dense array.

    Attributes
    ----------
    data : NDArray
        the elements
    indices : NDArray
        their columns
    indptr : NDArray
        where in them each row begins, and the last ends

    Examples
    --------
    >>> mx.nd.sparse.csr_matrix(([1, 2, 3], [0, 2, 1], [0, 1, 3]), shape=(2, 3)).asnumpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 3.0, 2.0]]
    """

    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"
    _stype = "csr"
    _record: Csr
    _unassignable = Exception

    @property
    def indptr(self) -> NDArray:
        """A copy of where each row begins in what is stored, and the last ends, as int64."""
        return NDArray._wrap(self._record.indptr.clone(), self._ctx)

    def _part(self, key: Any) -> CSRNDArray:
        rows = self.shape[0]
        if not isinstance(key, slice):
            if not -rows <= key < rows:
                raise IndexError(f"CSRNDArray: row {key} of a matrix of {rows} rows")
            key = slice(key % rows, key % rows + 1)
        if key.step not in (None, 1):
            raise ValueError(f"CSRNDArray: rows can be taken one after the other alone, got a step of {key.step}")
        start, stop, _ = key.indices(rows)
        if start == 0 and stop == rows:
            return self
        return self._made(self._record.sliced(start, max(start, stop)), self._ctx)

    def _fill(self, number: Any) -> None:
        raise ValueError(f"CSRNDArray: cannot be filled with a number, got {number!r}")

    def asscipy(self) -> Any:
        """A ``scipy.sparse.csr_matrix`` with a copy of what is stored."""
        import scipy.sparse  # type: ignore[import-untyped]

        record = self._record
        parts = (stored(record.values), record.indices.cpu().numpy(), record.indptr.cpu().numpy())
        return scipy.sparse.csr_matrix(parts, shape=self.shape, dtype=self.dtype, copy=True)

    def as_torch(self) -> torch.Tensor:
        """A sparse tensor of torch's, in its format of coordinates."""
        record = self._record.proper()
        places = torch.stack((record.row_of_each, record.indices))
        return torch.sparse_coo_tensor(places, record.values, record.shape, is_coalesced=True, check_invariants=False)


class RowSparseNDArray(BaseSparseNDArray):
    """An array of which the rows that are not zero are kept: gradients of embeddings, mostly.

    Made by :func:`mxnet.nd.sparse.row_sparse_array`, or by ``tostype('row_sparse')`` of a dense array.

    Attributes
    ----------
    data : NDArray
        the rows
    indices : NDArray
        which rows they are

    Examples
    --------
    >>> mx.nd.sparse.row_sparse_array(([[1, 2]], [1]), shape=(3, 2)).asnumpy().tolist()
    [[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]
    """

    __slots__ = ()
    __module__ = "mxnet.ndarray.sparse"
    _stype = "row_sparse"
    _record: RowSparse

    def _part(self, key: Any) -> RowSparseNDArray:
        if key != slice(None):
            raise Exception(f"RowSparseNDArray: only array[:] can be taken, got {key!r}; use retain")
        return self

    def _fill(self, number: Any) -> None:
        rows = torch.full(self.shape, number, dtype=self._record.dtype, device=self._record.device)
        self._record = RowSparse(rows, torch.arange(self.shape[0], device=rows.device), self.shape, True)

    def as_torch(self) -> torch.Tensor:
        """A sparse tensor of torch's, with one sparse axis."""
        record = self._record.proper()
        places = record.indices.reshape(1, -1)
        return torch.sparse_coo_tensor(places, record.values, record.shape, is_coalesced=True, check_invariants=False)


class _Asked:
    """Words in the place of a function's name in an error."""

    def __init__(self, words: str) -> None:
        self.__name__ = words


def _extent(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


_CLASSES: dict[str, type[BaseSparseNDArray]] = {"csr": CSRNDArray, "row_sparse": RowSparseNDArray}


def made(value: torch.Tensor | Stored, ctx: Context | None = None, node: torch.Tensor | None = None) -> Any:
    """An array of the class that goes with a tensor or a record."""
    if isinstance(value, Stored):
        return _CLASSES[value.stype]._made(value, ctx or context_of(value.values), node)
    return NDArray._wrap(value, ctx or context_of(value))


def held(array: NDArray) -> Any:
    """What an array holds: a record, or a tensor."""
    return array._record if isinstance(array, BaseSparseNDArray) else array._t


def with_all_rows(array: NDArray) -> RowSparseNDArray:
    """An array as one of rows, with every row stored, those of zeros too: a weight, which updates change in place."""
    whole = array._whole.detach()
    rows = torch.arange(whole.shape[0], device=whole.device)
    return RowSparseNDArray._made(RowSparse(whole, rows, tuple(whole.shape), True), array._ctx)


def rows_of(array: Any, wanted: NDArray) -> RowSparseNDArray:
    """Some rows of an array, each once; in a graph they stand for the array itself, whose gradient is theirs.

    Raises
    ------
    MXNetError
        a row is outside of the array
    """
    return array._made(chosen(array._record, wanted._whole), array._ctx, array._node)


def chosen(record: RowSparse, wanted: torch.Tensor) -> RowSparse:
    """Some rows of a record, each once and in order."""
    rows = torch.unique(wanted.detach().long().reshape(-1)).to(record.device)
    count = record.shape[0]
    if rows.numel() and (int(rows[0]) < 0 or int(rows[-1]) >= count):
        raise MXNetError(f"rows from {int(rows[0])} to {int(rows[-1])} of an array of {count}")
    return RowSparse(record.rows(rows), rows, record.shape, True)


def gradient_of(gradient: torch.Tensor, ctx: Context) -> NDArray:
    """A sparse gradient of torch's as an array of rows."""
    return made(of_gradient(gradient, "row_sparse"), ctx)


def zeros_of(stype: str, shape: tuple[int, ...], dtype: torch.dtype, ctx: Context) -> NDArray:
    """An array of zeros in a storage type.

    Raises
    ------
    ValueError
        there is no such storage type
    """
    device = ctx.torch_device
    if stype == "default":
        return NDArray._wrap(torch.zeros(shape, dtype=dtype, device=device), ctx)
    if stype not in _CLASSES:
        raise ValueError(f"zeros: stype={stype!r}; expected 'default', 'csr' or 'row_sparse'")
    record = Csr.empty(shape, dtype, device) if stype == "csr" else RowSparse.empty(shape, dtype, device)
    return _CLASSES[stype]._made(record, ctx)
