"""Parameters: the arrays a block learns (or just keeps), one copy for each context.

A parameter is declared with a name and what is known of its shape, gets its memory and first values from
:meth:`Parameter.initialize`, and is shared between blocks by being the same object. Dictionaries of parameters are in
:mod:`mxnet.gluon._parameter_dict`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import autograd, initializer, memory
from .._tracebacks import leaving, warn
from ..base import MXNetError, dtype_name, mx_real_t, same_dtype
from ..context import Context, as_context, as_contexts, cpu, current_context
from ..ndarray import NDArray
from ..ndarray import array as nd_array
from ..ndarray import zeros as nd_zeros
from ..ndarray.deferred import DeferredArray
from ..ndarray.sparse_array import with_all_rows
from ..ops.nn.memory_format import stored_weight
from ..util import is_np_array, is_np_shape
from ._by_rows import ByRows
from ._formats import places_by_type
from ._shapes import merge_shapes, shape_pass
from .utils import shape_is_known

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict", "tensor_types"]

_GRAD_REQS = ("write", "add", "null")
_STORAGE_TYPES = ("default", "row_sparse", "csr")

#: held by the thread that makes a first call, in which parameters get their memory and blocks are traced; a second
#: thread then takes what is there
first_call = threading.RLock()


class DeferredInitializationError(MXNetError):
    """A parameter's array is asked for before its shape is known."""


class Parameter(ByRows):
    """An array with a name, a gradient and a way to get its first values.

    Parameters
    ----------
    name : str
        what it is called in files and messages
    grad_req : {'write', 'add', 'null'}
        whether backward replaces its gradient, adds to it, or leaves it out
    shape : int or tuple of int, optional
        0 is a dimension that is not known yet (-1 under NumPy shapes)
    dtype : str or NumPy dtype
        of data and gradient
    lr_mult, wd_mult : float
        factors of the learning rate and the weight decay for this parameter
    init : str or Initializer, optional
        goes before the initializer that :meth:`initialize` is called with
    allow_deferred_init : bool
        wait for the first forward where the shape is not known
    differentiable : bool
        False fixes ``grad_req`` to 'null'
    stype, grad_stype : str
        the storage types of its array and of its gradient. Of a row_sparse parameter :meth:`row_sparse_data` gives rows

    Examples
    --------
    >>> weight = mx.gluon.Parameter('weight', shape=(2, 3))
    >>> weight.initialize(init='ones')
    >>> weight.data().asnumpy().tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def __init__(
        self,
        name: str,
        grad_req: str = "write",
        shape: int | Sequence[int] | None = None,
        dtype: Any = mx_real_t,
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Any = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        for argument, value in (("stype", stype), ("grad_stype", grad_stype)):
            if value not in _STORAGE_TYPES:
                raise AssertionError(f"Parameter {name!r}: {argument}={value!r}; expected one of {_STORAGE_TYPES}")
        self._data: list[NDArray] | None = None
        self._grad: list[NDArray] | None = None
        self._ctx_list: list[Context] = []
        self._deferred_init: tuple[Any, ...] = ()
        self._trainer: Trainer | None = None
        self._var: Any = None
        self._traced_shape: tuple[int, ...] | None = None
        self._differentiable = differentiable
        self._allow_deferred_init = allow_deferred_init
        self._grad_req: str | None = None
        self._shape = (shape,) if isinstance(shape, (int, np.integer)) else None if shape is None else tuple(shape)
        self._dtype = dtype
        self._stype = stype
        self._grad_stype = grad_stype
        self.name = name
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    # --- what it is ---------------------------------------------------------------------------------------------

    @property
    def grad_req(self) -> str:
        """What backward does with its gradient: 'write', 'add' or 'null' (nothing)."""
        return self._grad_req  # type: ignore[return-value]

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req not in _GRAD_REQS:
            raise AssertionError(f"Parameter {self.name!r}: grad_req={req!r}; expected one of {_GRAD_REQS}")
        before, self._grad_req = self._grad_req, req if self._differentiable else "null"
        if self._data is None or self._grad_req == before:
            return
        if self._grad_req != "null":
            self._take(self._data)
        elif self._grad is not None:
            self._data, self._grad = [array.detach() for array in self._data], None

    @property
    def dtype(self) -> Any:
        """The dtype of data and gradient, as it was given; setting it casts both."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self.cast(dtype)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape, with 0 (under NumPy shapes -1) for what is not known; can be completed, not changed."""
        if self._shape is None or not is_np_shape():
            return self._shape
        return tuple(length if length != 0 else -1 for length in self._shape)

    @shape.setter
    def shape(self, new_shape: Sequence[int]) -> None:
        if self._shape is None:
            self._shape = tuple(new_shape)
            return
        if len(self._shape) != len(new_shape) or any(
            known not in (-1, 0, new) for new, known in zip(new_shape, self._shape)
        ):
            raise AssertionError(
                f"Parameter {self.name!r}: shape {tuple(new_shape)} does not fit the shape {self.shape} it has"
            )
        self._shape = tuple(new_shape)

    @property
    def stype(self) -> str:
        """The storage type it was declared with."""
        return self._stype

    @property
    def grad_stype(self) -> str:
        """The storage type its gradient was declared with."""
        return self._grad_stype

    # --- first values -------------------------------------------------------------------------------------------

    @leaving
    def initialize(
        self,
        init: Any = None,
        ctx: Context | Sequence[Context] | None = None,
        default_init: Any = initializer.Uniform(),  # noqa: B008 - holds nothing but its range
        force_reinit: bool = False,
    ) -> None:
        """Give it memory and first values, now or (its shape not being known) on the first forward.

        Parameters
        ----------
        init : str or Initializer, optional
            goes before its own ``init`` and `default_init`
        ctx : Context or list of Context, optional
            where to keep copies; the current context by default
        default_init : str or Initializer
            for a parameter without an initializer of its own
        force_reinit : bool
            start again where it is initialized already, instead of warning

        Raises
        ------
        ValueError
            the shape is not known, and it was not declared with ``allow_deferred_init``
        """
        if self._data is not None and not force_reinit:
            warn(
                f"Parameter {self.name!r} is initialized already and stays as it is; force_reinit=True starts it again"
            )
            return
        self._data = self._grad = None
        contexts = as_contexts(ctx)
        first = next((given for given in (init, self.init) if given is not None), default_init)
        if not shape_is_known(self.shape) and not self._allow_deferred_init:
            raise ValueError(
                f"Parameter {self.name!r}: cannot be initialized with the shape {self.shape}; give all its dimensions, "
                "or allow_deferred_init=True to take them from the first batch"
            )
        self._deferred_init = (first, contexts, default_init, None)
        if shape_is_known(self.shape):
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> None:
        """Do what :meth:`initialize` put off, the shape being known now."""
        with first_call:
            if not self._deferred_init:
                return
            init, contexts, default_init, data = self._deferred_init
            if not shape_is_known(self.shape):
                raise AssertionError(f"Parameter {self.name!r}: the shape {self.shape} is not known in full")
            with autograd.pause():
                if data is None:
                    data = self._zeros(cpu())
                    description = initializer.InitDesc(self.name, {"__init__": init})
                    initializer.create(default_init)(description, data)
                self._init_impl(data, contexts)
            self._deferred_init = ()

    def resolve_shape(self, shape: tuple[int, ...], ctx: Context) -> NDArray:
        """Take a shape an operator found, and return the array for it.

        Within a pass for shapes that is an array without memory; else the parameter is initialized.

        Raises
        ------
        AssertionError
            what is known of the shape says otherwise
        """
        if shape_pass.active:
            return shape_pass.found(self, shape)
        self.shape = shape
        self._finish_deferred_init()
        return self.data(ctx)

    def _before_shape(self) -> tuple[Any, ...]:
        """What :meth:`_back_to` needs to undo an initialization that an operator's shape set off."""
        return self._shape, self._deferred_init, self._data, self._grad

    def _back_to(self, state: tuple[Any, ...]) -> None:
        self._shape, self._deferred_init, self._data, self._grad = state

    def _zeros(self, ctx: Context) -> NDArray:
        shape = self.shape
        array = nd_zeros(shape, ctx=ctx, dtype=self._dtype)
        return array.as_np_ndarray() if is_np_array() else array

    def _init_impl(self, data: NDArray, ctx_list: Sequence[Context]) -> None:
        """Keep a copy of `data` on each context."""
        if self._stype == "default":
            copies = list(map(data.tostype("default").copyto, ctx_list))
            for array in copies:
                array._t = stored_weight(array._t)
        else:
            copies = list(map(self._in_storage(data).copyto, ctx_list))
        self._ctx_list = list(ctx_list)
        self._take(copies)

    def _in_storage(self, data: NDArray) -> NDArray:
        """An array in the parameter's storage type; one of rows with all of them, as updates need."""
        return with_all_rows(data) if self._stype == "row_sparse" else data.tostype(self._stype)

    def _take(self, data: list[NDArray]) -> None:
        """Have arrays as its own, with a gradient for each unless none is wanted.

        What other threads look for is there last.
        """
        self._grad = None
        if self.grad_req != "null":
            gradients = [array._zeros_for_gradient(self._grad_stype) for array in data]
            autograd.mark_variables(data, gradients, self.grad_req)
            self._grad = gradients
        self._data = data

    def _check_load(
        self,
        data: NDArray,
        ctx: Context | Sequence[Context] | None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> tuple[list[Context], NDArray]:
        """Check that :meth:`_load_init` can take a saved array; the contexts, and the array in the dtype to keep."""
        if cast_dtype and dtype_source not in ("current", "saved"):
            raise AssertionError(
                f"Parameter {self.name!r}: dtype_source={dtype_source!r}; expected 'current' or 'saved'"
            )
        if self._shape is not None:
            merged = merge_shapes(self._shape, data.shape)
            if merged is None or merged != tuple(data.shape):
                raise AssertionError(
                    f"Parameter {self.name!r}: the saved array has shape {data.shape}; expected {self.shape}"
                )
        if not same_dtype(self._dtype, data.dtype):
            if not cast_dtype:
                raise AssertionError(
                    f"Parameter {self.name!r}: the saved array is {dtype_name(data.dtype)}; expected "
                    f"{dtype_name(self._dtype)}, or cast_dtype=True"
                )
            if dtype_source == "current":
                data = data.astype(self._dtype)
        contexts = None if ctx is None else as_contexts(ctx)
        present = self._ctx_list if self._data is not None else self._deferred_init[1] if self._deferred_init else None
        if contexts is not None and present is not None and set(contexts) != set(present):
            raise AssertionError(
                f"Parameter {self.name!r}: cannot be loaded on {contexts}, as it is initialized on {present}; "
                "call reset_ctx first"
            )
        return list(present or contexts or [cpu()]), data

    def _load_init(
        self,
        data: NDArray,
        ctx: Context | Sequence[Context] | None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Take the values of a saved array, initializing where that has not happened.

        Parameters
        ----------
        data : NDArray
            the saved array
        ctx : Context or list of Context or None
            where to keep it; None is where it is
        cast_dtype : bool
            convert where the dtypes differ, instead of refusing
        dtype_source : {'current', 'saved'}
            which of the two dtypes to keep then

        Raises
        ------
        AssertionError
            shape, dtype or contexts do not fit
        """
        contexts, data = self._check_load(data, ctx, cast_dtype, dtype_source)
        if cast_dtype and dtype_source == "saved":
            self.dtype = data.dtype
        self._shape = tuple(data.shape)
        if self._data is None:
            with autograd.pause():
                data = data.as_np_ndarray() if is_np_array() else data.as_nd_ndarray()
                self._init_impl(data, contexts)
        else:
            self.set_data(data)
        self._deferred_init = ()

    # --- its arrays ---------------------------------------------------------------------------------------------

    def data(self, ctx: Context | None = None) -> NDArray:
        """Its array on a context; without one, the only copy or that on the current context.

        Raises
        ------
        RuntimeError
            it is not initialized, not on that context, or sparse
        DeferredInitializationError
            its shape is not known yet
        """
        if shape_pass.active:
            return shape_pass.placeholder(self, ctx)  # type: ignore[return-value]
        if self._stype != "default":
            raise self._by_rows("data", "row_sparse_data")
        data = self._data
        if data is not None and len(data) == 1 and (ctx is None or ctx is self._ctx_list[0]):
            return data[0]
        return self._one(data if data is not None else self._made(), ctx)

    @property
    def _ctx_map(self) -> list[list[int | None]]:
        return places_by_type(self._ctx_list)

    @_ctx_map.setter
    def _ctx_map(self, places: Any) -> None:
        """Nothing to keep: it follows from the contexts, which whoever copies a parameter's parts copies as well."""

    def list_data(self) -> list[NDArray]:
        """Its arrays on all contexts, in the order it was initialized with."""
        if self._stype != "default":
            raise self._by_rows("list_data", "list_row_sparse_data")
        return self._copies()

    def _copies(self) -> list[NDArray]:
        """Its arrays on all contexts, whatever their storage type."""
        return list(self._made())

    def _by_rows(self, asked: str, instead: str) -> RuntimeError:
        return RuntimeError(f"Parameter {self.name!r}: it is {self._stype}, so there is no {asked}; use {instead}")

    def grad(self, ctx: Context | None = None) -> NDArray:
        """Its gradient on a context; without one, the only one or that on the current context.

        Raises
        ------
        RuntimeError
            ``grad_req`` is 'null', it is not initialized, or not on that context
        """
        self._check_has_grad()
        return self._one(self._grad, ctx)

    def list_grad(self) -> list[NDArray]:
        """Its gradients on all contexts, in the order it was initialized with."""
        self._check_has_grad()
        return list(self._all(self._grad))

    def _check_has_grad(self) -> None:
        if self._data is not None and self._grad is None:
            raise RuntimeError(f"Parameter {self.name!r}: has no gradient, as its grad_req is 'null'")

    def _made(self) -> list[NDArray]:
        """Its arrays; another thread may be initializing it, which has them before it forgets what was put off."""
        deferred = self._deferred_init
        data = self._data
        if data is None and deferred:
            raise self._without_shape()
        return self._all(data)

    def _one(self, arrays: list[NDArray] | None, ctx: Context | None) -> NDArray:
        arrays = self._all(arrays)
        if ctx is None:
            if len(arrays) == 1:
                return arrays[0]
            ctx = current_context()
        if isinstance(ctx, str):
            ctx = as_context(ctx)
        if ctx in self._ctx_list:
            return arrays[self._ctx_list.index(ctx)]
        if not isinstance(ctx, Context):
            raise AttributeError(f"Parameter {self.name!r}: ctx={ctx!r} is no Context such as mx.cpu(0)")
        if ctx.device_type in ("cpu_pinned", "cpu_shared"):  # the processor's memory too
            return self._one(arrays, Context("cpu", ctx.device_id))
        raise RuntimeError(f"Parameter {self.name!r}: is not on context {ctx}; it was initialized on {self._ctx_list}")

    def _all(self, arrays: list[NDArray] | None) -> list[NDArray]:
        if arrays is not None:
            return arrays
        if self._deferred_init:
            raise self._without_shape()
        raise RuntimeError(
            f"Parameter {self.name!r}: is not initialized; call initialize() on the block (or on its collect_params(), "
            "which holds the children's parameters too, as params does not)"
        )

    def _without_shape(self) -> DeferredInitializationError:
        return DeferredInitializationError(
            f"Parameter {self.name!r}: its shape {self.shape} is not known in full yet, so it has no array; run "
            "one batch through the network first, or give in_units, in_channels and the like"
        )

    def _check_and_get(self, arr_list: list[NDArray] | None, ctx: Any) -> Any:
        """One of `arr_list` by context, or all of them where `ctx` is the type ``list``."""
        return self._all(arr_list) if ctx is list else self._one(arr_list, ctx)

    def placeholder(self, ctx: Context) -> NDArray | DeferredArray:
        """Its array, or what stands for it until an operator tells its shape."""
        if self._data is None and self._deferred_init:
            return DeferredArray(self, ctx)
        return self.data(ctx)

    def set_data(self, data: Any) -> None:
        """Write new values into the copies on all contexts.

        Parameters
        ----------
        data : NDArray or numpy.ndarray
            of the parameter's shape; converted to its dtype

        Raises
        ------
        AssertionError
            the shape is another, or the parameter is not initialized
        """
        self.shape = data.shape
        if self._data is None:
            if not self._deferred_init:
                raise AssertionError(f"Parameter {self.name!r}: is not initialized; call initialize() first")
            self._deferred_init = (*self._deferred_init[:3], data)
            return
        for array in self._data:
            if self._stype == "default":
                array[:] = data.tostype("default") if isinstance(data, NDArray) else data
            else:
                array[:] = self._in_storage(data if isinstance(data, NDArray) else nd_array(data, dtype=self._dtype))
        if self._trainer is not None:
            self._trainer._weights_replaced(self)

    def zero_grad(self) -> None:
        """Fill its gradients with zeros, if it has any."""
        gradients = self._grad or ()
        memory.fill([array._t for array in gradients if not array._sparse], 0)
        for array in gradients:
            if array._sparse:
                array._receive(None, add=False)

    def list_ctx(self) -> list[Context]:
        """The contexts it is (or will be) on.

        Raises
        ------
        RuntimeError
            it is not initialized
        """
        if self._data is not None:
            return list(self._ctx_list)
        if self._deferred_init:
            return list(self._deferred_init[1])
        raise RuntimeError(f"Parameter {self.name!r}: is not initialized; call initialize() first")

    def reset_ctx(self, ctx: Context | Sequence[Context] | None) -> None:
        """Move to other contexts; None is the current one.

        Raises
        ------
        ValueError
            it is not initialized
        """
        contexts = as_contexts(ctx)
        if self._data is not None:
            with autograd.pause():
                self._init_impl(self._reduce(), contexts)
            if self._trainer is not None:
                self._trainer._contexts_replaced(self)
        elif self._deferred_init:
            init, _, *rest = self._deferred_init
            self._deferred_init = (init, contexts, *rest)
        else:
            raise ValueError(f"Parameter {self.name!r}: is not initialized, so it has no context to change")

    def cast(self, dtype: Any) -> None:
        """Convert data and gradient to another dtype."""
        self._dtype = dtype
        if self._data is not None:
            with autograd.pause():
                self._take([array.astype(dtype) for array in self._data])

    def _reduce(self) -> NDArray:
        """The mean of the copies on all contexts, on the host."""
        arrays = self._copies()
        with torch.no_grad():
            if len(arrays) == 1 or self._stype != "default":  # which are alike
                return arrays[0].detach().copyto(cpu())
            host = torch.stack([array._t.detach().cpu() for array in arrays])
            mean = host.sum(0) / len(arrays)
            return arrays[0]._wrap(mean.to(host.dtype), cpu())

    # --- in a graph -----------------------------------------------------------------------------------------------

    def var(self) -> Any:
        """The Symbol that stands for it in graphs, the same one every time."""
        if self._var is None:
            from ..symbol import var

            known = {"dtype": self.dtype, "lr_mult": self.lr_mult, "wd_mult": self.wd_mult, "init": self.init}
            self._var = var(self.name, shape=self._traced_shape or self.shape, stype=self._stype, **known)
        return self._var

    def _set_trainer(self, trainer: Trainer | None) -> None:
        if self._stype != "default" and None not in (trainer, self._trainer) and self._trainer is not trainer:
            raise RuntimeError(f"Parameter {self.name!r}: it is {self._stype} and has a Trainer already; expected one")
        self._trainer = trainer

    # --- copies -------------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_grad": None, "_trainer": None, "_var": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # a copy learns: its gradients are its own, as an array's copy has none
        self.__dict__.update(state)
        if self._data is not None:
            self._take(self._data)


from ._parameter_dict import ParameterDict  # noqa: E402 - they hold or extend what is defined above
from .constant import Constant  # noqa: E402

#: what a block takes for an array
tensor_types = (NDArray,)
