"""Functions of ``mx.np`` that a graph holds as custom operators, computed by NumPy on the host.

MXNet writes ``resize``, ``unravel_index``, ``empty_like`` and ``random.multivariate_normal`` into graphs as nodes of
``Custom`` by the names under which they are registered here, so files with them are read. None has a gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as onp

from . import numpy as _np
from . import operator
from .ndarray import NDArray
from .numpy import _internal as _nd_functions
from .ops import OPERATORS

__all__ = [
    "EmptyLike", "EmptyLikeProp", "MultivariateNormal", "MultivariateNormalProp", "Resize", "ResizeProp",
    "Unravel_index", "Unravel_indexProp", "register",
]  # fmt: skip


def register(op_name: str, imperative: bool = True, symbolic: bool = True) -> Callable[[type], type]:
    """A decorator that registers a CustomOpProp as ``{op_name}_fallback``, with a function for arrays, and for symbols.

    Parameters
    ----------
    op_name : str
        what the function stands for
    imperative, symbolic : bool
        put the function into ``mx.np._internal``, and into ``mx.sym.np._internal``
    """
    full_name = f"{op_name}_fallback"

    def add(prop_cls: type) -> type:
        operator.register(full_name)(prop_cls)
        if imperative:
            setattr(_nd_functions, full_name, _function_over(_np.calling.invoke, full_name))
        if symbolic:
            from .symbol.numpy import _internal as symbols
            from .symbol.numpy._symbol import compose

            setattr(symbols, full_name, _function_over(compose, full_name))
        return prop_cls

    return add


def _function_over(call: Callable[..., Any], full_name: str) -> Callable[..., Any]:
    def function(*inputs: Any, **attributes: Any) -> Any:
        return call(OPERATORS["Custom"], inputs, {"op_type": full_name, **attributes})

    function.__name__ = function.__qualname__ = full_name
    function.__doc__ = f"The custom operator {full_name!r}."
    return function


class _OnTheHost(operator.CustomOp):
    """An operator that a function of NumPy's arrays computes."""

    #: what it stands for
    name = ""

    def compute(self, *arrays: onp.ndarray) -> Any:
        """The result for the elements of the inputs."""
        raise NotImplementedError

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        """Write what :meth:`compute` gives."""
        result = onp.asarray(self.compute(*(array.asnumpy() for array in in_data)))
        target = out_data[0].as_np_ndarray()
        if req[0] != "null":
            target[...] = _np.array(result, dtype=target.dtype, ctx=target.context)

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        """There is no gradient.

        Raises
        ------
        NotImplementedError
            always
        """
        raise NotImplementedError(f"np.{self.name} has no gradient")


def _shape(text: str) -> tuple[int, ...]:
    """A shape from the text in a graph: one length, or a tuple."""
    value = ast.literal_eval(text)
    lengths = (value,) if isinstance(value, int) else tuple(value)
    if not all(isinstance(length, int) and length >= 0 for length in lengths):
        raise ValueError(f"shape={text}; expected lengths from 0 on")
    return lengths


# --- the same elements in another shape ---------------------------------------------------------------------------


class Resize(_OnTheHost):
    """The elements repeated, or cut off, until they fill a shape."""

    name = "resize"

    def __init__(self, new_shape: tuple[int, ...]) -> None:
        self._new_shape = new_shape

    def compute(self, *arrays: onp.ndarray) -> Any:
        """See :func:`numpy.resize`."""
        return onp.resize(arrays[0], self._new_shape)


@register("resize")
class ResizeProp(operator.CustomOpProp):
    """What is to be known of :class:`Resize`."""

    def __init__(self, new_shape: str) -> None:
        super().__init__(need_top_grad=True)
        self._new_shape = _shape(new_shape)

    def list_arguments(self) -> list[str]:
        """The array."""
        return ["a"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """The new shape, whatever the old one is."""
        return (in_shape[0],), (self._new_shape,), ()

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> operator.CustomOp:
        """The operator."""
        return Resize(self._new_shape)


class Unravel_index(_OnTheHost):
    """The index along each axis of positions in an array read row by row, as rows."""

    name = "unravel_index"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape

    def compute(self, *arrays: onp.ndarray) -> Any:
        """See :func:`numpy.unravel_index`."""
        return onp.stack(onp.unravel_index(arrays[0], self._shape))


@register("unravel_index")
class Unravel_indexProp(operator.CustomOpProp):
    """What is to be known of :class:`Unravel_index`."""

    def __init__(self, shape: str) -> None:
        super().__init__(need_top_grad=True)
        self._lengths = _shape(shape)

    def list_arguments(self) -> list[str]:
        """The positions."""
        return ["indices"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """A row for each axis."""
        return (in_shape[0],), ((len(self._lengths), *in_shape[0]),), ()

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> operator.CustomOp:
        """The operator."""
        return Unravel_index(self._lengths)


class EmptyLike(_OnTheHost):
    """An array in the shape and dtype of another, or in others; its elements are 0."""

    name = "empty_like"

    def __init__(self, dtype: Any, order: str, subok: bool, shape: tuple[int, ...] | None) -> None:
        self._dtype, self._lengths = dtype, shape

    def compute(self, *arrays: onp.ndarray) -> Any:
        """Zeros."""
        return onp.zeros(arrays[0].shape if self._lengths is None else self._lengths, self._dtype or arrays[0].dtype)


@register("empty_like")
class EmptyLikeProp(operator.CustomOpProp):
    """What is to be known of :class:`EmptyLike`."""

    def __init__(self, dtype: str, order: str, subok: str, shape: str) -> None:
        super().__init__(need_top_grad=True)
        self._dtype = None if dtype == "None" else onp.dtype(dtype)
        self._order, self._subok = order, subok == "True"
        self._lengths = None if shape == "None" else _shape(shape)

    def list_arguments(self) -> list[str]:
        """The array whose shape and dtype are taken."""
        return ["prototype"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """The shape given, else that of the input."""
        return (in_shape[0],), (in_shape[0] if self._lengths is None else self._lengths,), ()

    def infer_type(self, in_type: list[Any]) -> Any:
        """The dtype given, else that of the input."""
        return (in_type[0],), (in_type[0] if self._dtype is None else self._dtype.type,), ()

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> operator.CustomOp:
        """The operator."""
        return EmptyLike(self._dtype, self._order, self._subok, self._lengths)


# --- drawn numbers -------------------------------------------------------------------------------------------------


class MultivariateNormal(operator.CustomOp):
    """Normal vectors, drawn anew by every run from the streams of ``mx.random.seed``."""

    def __init__(self, size: tuple[int, ...] | None) -> None:
        self._size = size

    def forward(self, is_train: Any, req: Any, in_data: Sequence[NDArray], out_data: Any, aux: Any) -> None:
        """Draw the vectors."""
        mean, cov = (array.as_np_ndarray() for array in in_data)
        if req[0] != "null":
            out_data[0].as_np_ndarray()[...] = _np.random.multivariate_normal(mean, cov, self._size)

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        """There is no gradient.

        Raises
        ------
        NotImplementedError
            always
        """
        raise NotImplementedError("np.random.multivariate_normal has no gradient")


@register("mvn")
class MultivariateNormalProp(operator.CustomOpProp):
    """What is to be known of :class:`MultivariateNormal`."""

    def __init__(self, size: str = "None") -> None:
        super().__init__(need_top_grad=True)
        self._size = None if size == "None" else _shape(size)

    def list_arguments(self) -> list[str]:
        """The means and the covariances."""
        return ["mean", "cov"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """The size given, then what means and covariances broadcast to, then the length of a vector."""
        mean, cov = in_shape
        batch = onp.broadcast_shapes(tuple(mean[:-1]), tuple(cov[:-2]))
        return in_shape, ((*(self._size or ()), *batch, mean[-1]),), ()

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> operator.CustomOp:
        """The operator."""
        return MultivariateNormal(self._size)
