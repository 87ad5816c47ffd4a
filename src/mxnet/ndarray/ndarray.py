"""NDArray: one tensor, its context and its gradient buffer.

Operators as methods are attached from the table in :mod:`mxnet.ndarray.methods`; indexing is in
:mod:`mxnet.ndarray.indexing`, arithmetic in :mod:`mxnet.ndarray.arithmetic`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import _tracebacks, autograd, memory
from ..autograd import living, state
from ..base import MXNetError, Operand, to_host_dtype, to_numpy_dtype, to_torch_dtype, upper
from ..context import Context, as_context, cpu
from ..ops import integers
from ..ops.array.cast import cast
from . import indexing, pickling
from .order import in_order

if TYPE_CHECKING:
    from ._attached import Attached  # the operators, as a stub that `make stubs` writes
else:

    class Attached:
        __slots__ = ()


__all__ = ["NDArray", "assign", "viewed", "wrap"]

_new = object.__new__


class NDArray(Attached, Operand):
    """An array of numbers on a device.

    Made by :func:`mxnet.nd.array` and the other creation functions, and by every operator.
    """

    # _t is empty while the elements are pending: then _pending says what they come from
    # _compared is there, and True, of what a comparison made
    __slots__ = ("__weakref__", "_compared", "_ctx", "_fresh", "_grad", "_grad_req", "_pending", "_t")

    # NumPy hands arithmetic between its scalars and an NDArray over to the NDArray
    __array_priority__ = 1000.0
    #: whether a boolean array as an index is a mask (it counts as integers in ``nd``)
    _boolean_masks = False
    #: whether it is kept by what is not zero, as a subclass is, and has no tensor
    _sparse = False

    _t: torch.Tensor
    _ctx: Context
    _grad: NDArray | None
    _grad_req: str
    _fresh: list[bool]
    _pending: Any

    def __init__(self, handle: Any, writable: bool = True) -> None:
        """Share the tensor of another array; ``handle`` is an NDArray, a torch tensor, or None to be unpickled into."""
        if isinstance(handle, NDArray):
            self._t, self._ctx = memory.share(in_order(handle)), handle._ctx
        elif isinstance(handle, torch.Tensor):
            to_numpy_dtype(handle.dtype)  # raises where no array can have it
            self._t, self._ctx = memory.adopt(handle), context_of(handle)
        elif handle is None:
            self._t, self._ctx = torch.empty(0), cpu()
        else:
            raise MXNetError(
                f"NDArray: expected an NDArray or a torch.Tensor, got {handle!r}; make arrays with mx.nd.array"
            )

    @classmethod
    def _wrap(cls, tensor: torch.Tensor, ctx: Context) -> NDArray:
        """An array of this class around a tensor, without any check."""
        array = _new(cls)
        array._t = tensor
        array._ctx = ctx
        return array

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Python asks here for a slot that is empty
            if name == "_t":
                self._pending.look()
                return _tensor(self)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def _uncomputed(self) -> Any:
        """What the elements come from, while they are pending; else None."""
        try:
            _tensor(self)
        except AttributeError:
            return self._pending
        return None

    # --- what it is ---------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        try:
            return tuple(_tensor(self).shape)
        except AttributeError:
            return self._pending.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        """The NumPy type of the elements; ``base.bfloat16``, a dtype of MXNet's own, where they are bfloat16."""
        return to_numpy_dtype((self._uncomputed or self._t).dtype)

    @property
    def context(self) -> Context:
        """The device it is on."""
        return self._ctx

    ctx = context

    @property
    def stype(self) -> str:
        """The storage type: 'default', that is dense; 'csr' or 'row_sparse' of sparse arrays."""
        return "default"

    @property
    def writable(self) -> bool:
        """Whether it can be assigned to."""
        return True

    @property
    def handle(self) -> torch.Tensor:
        """The tensor, where MXNet has a pointer."""
        return self.as_torch()

    @property
    def T(self) -> NDArray:
        """A copy with the axes reversed."""
        return self.transpose()

    def __len__(self) -> int:
        if not self._t.dim():
            raise TypeError("len() of an array without axes")
        return self._t.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        for position in range(len(self)):
            yield self[position]

    def __repr__(self) -> str:
        extent = "x".join(map(str, self._t.shape))
        return f"\n{self.asnumpy()!s}\n<{type(self).__name__} {extent} @{self._ctx}>"

    def __hash__(self) -> int:
        return id(self) >> 4

    def __bool__(self) -> bool:
        count = self._t.numel()
        if count == 1:
            return bool(self._t.item())
        if count == 0:
            return False
        raise ValueError(f"the truth value of an array of shape {self.shape} is ambiguous; compare a single element")

    def __contains__(self, value: Any) -> bool:
        return bool((self._t == (value._t if isinstance(value, NDArray) else value)).any())

    # --- indexing -----------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> NDArray:
        try:
            return indexing.get(self, key)
        except Exception as error:
            _tracebacks.cut(error)
            raise

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.assign(self, key, value)

    # --- out of here --------------------------------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray:
        """A NumPy array with a copy of the elements (bfloat16 arrives as float32)."""
        tensor = self._t.detach()
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.float()
        return np.array(tensor.cpu().numpy(), order="C")

    def asscalar(self) -> Any:
        """The only element, as a NumPy scalar.

        Raises
        ------
        ValueError
            there are several elements
        """
        tensor = self._t
        if tensor.numel() != 1:
            raise ValueError(f"asscalar: expected one element, got an array of shape {self.shape}")
        return to_host_dtype(tensor.dtype)(tensor.item())

    def as_torch(self) -> torch.Tensor:
        """The tensor itself: the same memory, and the same place in a graph."""
        tensor = in_order(self)
        memory.lend(tensor)
        return tensor

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        tensor = self._t
        if copy is not True and tensor.device.type == "cpu" and tensor.dtype is not torch.bfloat16:
            array = self.as_torch().detach().numpy()
        else:
            array = self.asnumpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        return self.as_torch().detach().__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._t.__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule of the same memory, for reading."""
        return self.__dlpack__()

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule of the same memory, for writing."""
        return self.__dlpack__()

    def __reduce__(self) -> tuple[Any, ...]:
        return pickling.reduced(self)

    def __setstate__(self, state: Any) -> None:
        restored = pickling.restored(state)
        if restored is not None:
            if not isinstance(restored[0], torch.Tensor):
                raise MXNetError(f"{type(self).__name__}: the pickled array is sparse; expected a dense one")
            self._t, self._ctx = restored

    def __copy__(self) -> NDArray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> NDArray:
        return self.copy()

    # --- copies, devices, dtypes --------------------------------------------------------------------------------

    def copy(self) -> NDArray:
        """A copy on the same context."""
        return self._wrap(_settled(viewed(living(self), torch.Tensor.clone)), self._ctx)

    def copyto(self, other: NDArray | Context) -> NDArray:
        """Copy into another array, or to a new one on a context.

        Raises
        ------
        MXNetError
            the other array has another shape
        TypeError
            ``other`` is neither
        """
        if isinstance(other, NDArray):
            if other is self:
                return self
            if other.shape != self.shape:
                raise MXNetError(f"copyto: the target has shape {other.shape}; expected {self.shape}")
            other._store(living(self))
            return other
        if isinstance(other, str):
            other = as_context(other)
        if isinstance(other, Context):
            tensor = viewed(living(self), lambda each: each.to(other.torch_device, copy=True))
            return self._wrap(_settled(tensor), other)
        raise TypeError(f"copyto: expected an NDArray or a Context, got {other!r} of type {type(other).__name__}")

    def as_in_context(self, context: Context) -> NDArray:
        """Itself where it is on the context already, else a copy there."""
        return self if self._ctx == context else self.copyto(as_context(context))

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """The elements in another dtype.

        Parameters
        ----------
        dtype : str or NumPy dtype
            the dtype wanted
        copy : bool
            with False, itself where it has the dtype already
        """
        wanted = to_torch_dtype(dtype)
        if wanted is self._t.dtype:
            return self.copy() if copy else self
        return self._wrap(_settled(cast(living(self), dtype=wanted)), self._ctx)

    def as_nd_ndarray(self) -> NDArray:
        """The same memory as an ``mx.nd.NDArray``."""
        return self if type(self) is NDArray else _shared(NDArray, self)

    def as_np_ndarray(self) -> NDArray:
        """The same memory as an ``mx.np.ndarray``."""
        cls = upper("np.ndarray")
        return self if type(self) is cls else _shared(cls, self)

    def wait_to_read(self) -> None:
        """Wait until the elements are there (on an accelerator: until its work is done)."""
        if self._t.device.type == "cuda":
            torch.cuda.synchronize(self._t.device)

    wait_to_write = wait_to_read

    # --- gradients ----------------------------------------------------------------------------------------------

    @property
    def grad(self) -> NDArray | None:
        """The gradient buffer, or None without :meth:`attach_grad`."""
        try:
            return self._grad
        except AttributeError:
            return None

    @property
    def _fresh_grad(self) -> bool:
        """Whether backward wrote the gradient since this was last set to False."""
        try:
            return self._fresh[0]
        except AttributeError:
            return False

    @_fresh_grad.setter
    def _fresh_grad(self, value: bool) -> None:
        try:
            self._fresh[0] = bool(value)
        except AttributeError:
            self._fresh = [bool(value)]

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make it a variable: backward puts its gradient into ``grad``.

        Parameters
        ----------
        grad_req : str
            'write' replaces what is in the buffer, 'add' adds to it, 'null' wants no gradient
        stype : str, optional
            the storage type of the gradient: 'default', 'row_sparse' or 'csr'; the array's own by default
        """
        autograd.attach(self, self._zeros_for_gradient(stype), autograd.check_grad_req(grad_req))

    # what autograd asks of an array, besides its tensor

    @property
    def _graphed(self) -> torch.Tensor:
        """The tensor that stands for the array in torch's graph."""
        return self._t

    @_graphed.setter
    def _graphed(self, tensor: torch.Tensor) -> None:
        self._t = tensor

    @property
    def _whole(self) -> torch.Tensor:
        """All elements."""
        return self._t

    def _zeros_for_gradient(self, stype: str | None) -> NDArray:
        """A buffer for its gradient."""
        if stype in (None, "default"):
            return self._wrap(torch.zeros_like(self._t, requires_grad=False), self._ctx)
        return upper("sparse.zeros")(stype, self.shape, self._t.dtype, self._ctx)

    def _gradient_like(self, gradient: torch.Tensor) -> NDArray:
        """A gradient of this array, dense or in torch's format of coordinates, as an array."""
        if gradient.is_sparse:
            return upper("sparse.gradient")(gradient, self._ctx)
        return self._wrap(gradient, self._ctx)

    def _receive(self, gradient: torch.Tensor | None, add: bool) -> None:
        """Take a gradient, of zero where it is None, as the buffer of a variable; dense buffers are written to."""
        raise NotImplementedError(f"{type(self).__name__}: a dense buffer is written to")

    def _store(self, value: Any) -> None:
        """Write elements, differentiably while recording."""
        assign(self, value)

    def detach(self) -> NDArray:
        """The same memory outside the graph."""
        return self._wrap(in_order(self).detach(), self._ctx)

    def backward(self, out_grad: NDArray | None = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Compute the gradients of this array and put them into the variables' buffers.

        Parameters
        ----------
        out_grad : NDArray, optional
            the gradient of this array; ones where None
        retain_graph : bool
            keep the graph for another backward
        train_mode : bool
            accepted for MXNet's sake
        """
        autograd.backward([self], None if out_grad is None else [out_grad], retain_graph, train_mode)


def wrap(tensor: torch.Tensor, ctx: Context | None = None) -> NDArray:
    """An NDArray around a tensor, sharing its memory; the context is the tensor's device unless one is given."""
    return NDArray._wrap(tensor, ctx or context_of(tensor))


def context_of(tensor: torch.Tensor) -> Context:
    """The context of a tensor's device."""
    device = tensor.device
    return Context("gpu", device.index or 0) if device.type == "cuda" else cpu()


def viewed(tensor: torch.Tensor, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The elements elsewhere or in another order, recorded of integers as well."""
    if integers.seen.any and state.recording:
        return integers.called(function, [tensor], {})
    return function(tensor)


def _settled(tensor: torch.Tensor) -> torch.Tensor:
    """A result outside any graph unless it was recorded."""
    return tensor.detach() if tensor.requires_grad and not state.recording else tensor


def _shared(cls: type[NDArray], array: NDArray) -> NDArray:
    """The same array seen as another class: tensor, context and gradient buffer."""
    view = cls._wrap(memory.share(in_order(array)), array._ctx)
    for slot in ("_grad", "_grad_req", "_fresh"):
        try:
            setattr(view, slot, getattr(array, slot))
        except AttributeError:
            break
    return view


def assign(target: NDArray, value: torch.Tensor) -> None:
    """Write a tensor into an array, differentiably while recording.

    Raises
    ------
    MXNetError
        the array is a variable and recording is on
    """
    tensor = target._t
    recorded = state.recording and (tensor.requires_grad or value.requires_grad)
    if recorded:
        indexing.check_assignable(tensor)
    memory.copy(tensor, value, recorded)


#: the slot itself, which has a tensor or raises AttributeError
_tensor = NDArray._t.__get__  # type: ignore[attr-defined]
