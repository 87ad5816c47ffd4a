"""The array of ``mx.np``: an NDArray with NumPy's semantics."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as onp
import torch

from ..base import MXNetError, dtype_name, what_came
from ..context import Context
from ..ndarray import NDArray
from ..ndarray.ndarray import assign
from ..ops import OPERATORS
from ..ops.registry import OpSpec
from .calling import invoke

if TYPE_CHECKING:
    from ._attached import Attached  # the functions that are methods, as a stub that `make stubs` writes
else:
    Attached = NDArray

__all__ = ["ndarray"]

_NUMBERS = (float, int, onp.generic)


class ndarray(Attached):
    """An array with NumPy's semantics: elements without axes, boolean comparisons and masks, promotion of dtypes."""

    __slots__ = ()
    _boolean_masks = True

    @property
    def dtype(self) -> Any:
        """The NumPy dtype of the elements."""
        return onp.dtype(NDArray.dtype.fget(self))  # type: ignore[attr-defined]

    @property
    def T(self) -> ndarray:
        """A copy with the axes reversed."""
        return self.transpose()

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._t.element_size()

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._t.numel() * self._t.element_size()

    def __repr__(self) -> str:
        text = repr(self.asnumpy())
        for default in (", dtype=float32", ",\n      dtype=float32"):
            text = text.replace(default, "")
        if self._ctx.device_type != "cpu":
            text = f"{text[:-1]}, ctx={self._ctx})"
        return text if self._t.dtype is torch.float32 or "dtype=" in text else self._with_dtype(text)

    def _with_dtype(self, text: str) -> str:
        """NumPy leaves out its defaults, int64 and float64; MXNet only its own, float32."""
        name = dtype_name(self._t.dtype)
        return text if name == "bool" else f"{text[:-1]}, dtype={name})"

    def __str__(self) -> str:
        return str(self.asnumpy())

    def __format__(self, format_spec: str) -> str:
        if not self._t.dim():
            return format(self.item(), format_spec)
        if format_spec:
            raise TypeError(f"format: {format_spec!r} for an array of shape {self.shape}; expected a single element")
        return str(self)

    def __float__(self) -> float:
        return float(self._single("float"))

    def __int__(self) -> int:
        return int(self._single("int"))

    def __round__(self, ndigits: int = 0) -> ndarray:
        return invoke(OPERATORS["_npi_around"], (self,), {"decimals": ndigits})

    def __index__(self) -> int:
        if not self._t.dim() and not self._t.is_floating_point():
            return int(self._t.item())
        raise TypeError(f"index: an array of shape {self.shape} and dtype {self.dtype}; expected a single integer")

    def _single(self, wanted: str) -> Any:
        if self._t.numel() != 1:
            raise TypeError(f"{wanted}: expected an array of one element, got one of shape {self.shape}")
        return self._t.item()

    def item(self, *args: int) -> Any:
        """An element as a Python number: the only one, or that at an index."""
        return self.asnumpy().item(*args)

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def as_in_ctx(self, ctx: Context) -> ndarray:
        """Itself where it is on the context already, else a copy there."""
        return self.as_in_context(ctx)  # type: ignore[return-value]

    def copy(self, order: str = "C") -> ndarray:
        """A copy on the same context."""
        if order not in ("C", "K", "A"):
            raise NotImplementedError(f"copy: order={order!r}; expected 'C'")
        return super().copy()  # type: ignore[return-value]

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> ndarray:
        """The elements in another dtype."""
        if order not in ("K", "C", "A") or casting != "unsafe" or not subok:
            raise ValueError(
                f"astype: order={order!r}, casting={casting!r}, subok={subok}; expected 'K', 'unsafe', True"
            )
        return super().astype(dtype, copy)  # type: ignore[return-value]

    def reshape(self, *args: Any, **kwargs: Any) -> ndarray:
        """A copy in another shape; one length may be -1."""
        order = kwargs.pop("order", "C")
        if kwargs:
            raise TypeError(f"reshape: unexpected arguments {sorted(kwargs)}; expected the lengths, and order")
        if order != "C":
            raise NotImplementedError(f"reshape: order={order!r} is not supported; expected 'C'")
        shape = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
        return invoke(OPERATORS["_np_reshape"], (self,), {"newshape": shape, "order": order})

    def transpose(self, *axes: Any) -> ndarray:
        """A copy with the axes in another order, reversed by default."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        if axes and sorted(axis % max(self.ndim, 1) for axis in axes) != list(range(self.ndim)):
            raise ValueError(f"transpose: axes={axes}; expected each of the {self.ndim} axes once")
        return invoke(OPERATORS["_np_transpose"], (self,), {"axes": axes or None})

    def flatten(self, order: str = "C") -> ndarray:
        """A copy with one axis."""
        return self.reshape(-1, order=order)

    def reshape_view(self, *shape: Any) -> ndarray:
        """The same memory in another shape; one length may be -1."""
        lengths = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        return NDArray.reshape(self, lengths)  # type: ignore[return-value]

    def squeeze(self, axis: Any = None) -> ndarray:
        """A copy without the axes of length 1, or without the given ones of them."""
        return invoke(OPERATORS["_np_squeeze"], (self,), {"axis": axis})

    def swapaxes(self, axis1: int, axis2: int) -> ndarray:
        """A copy with two axes changed over."""
        return invoke(OPERATORS["SwapAxis"], (self,), {"dim1": axis1, "dim2": axis2})

    def dot(self, b: ndarray, out: ndarray | None = None) -> ndarray:
        """The product over the last axis of this and the second last of ``b``."""
        return invoke(OPERATORS["_np_dot"], (self, b), {}, out)

    def __matmul__(self, other: Any) -> ndarray:
        return invoke(OPERATORS["_npi_matmul"], (self, other), {})

    def __neg__(self) -> ndarray:
        return invoke(OPERATORS["_npi_negative"], (self,), {})

    def __invert__(self) -> ndarray:
        return invoke(OPERATORS["_npi_bitwise_not"], (self,), {})

    def nonzero(self) -> tuple[ndarray, ...]:
        """The indices of the elements other than zero, one array for each axis."""
        return tuple(ndarray._wrap(index, self._ctx) for index in self._t.detach().nonzero(as_tuple=True))  # type: ignore[misc]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on arrays of ours: ``numpy.exp(x)`` is ``mx.np.exp(x)``.

        Those that ``mx.np`` has not are computed by NumPy, see :mod:`mxnet.numpy.fallback`.
        """
        if method != "__call__":
            return NotImplemented
        out = kwargs.pop("out", None)
        if out is not None:
            kwargs["out"] = out[0] if len(out) == 1 else out
        if any(isinstance(item, onp.ndarray) for item in (*inputs, *(out or ()))):
            raise TypeError(f"numpy.{ufunc.__name__}: mx.np and numpy arrays are mixed; convert one of them")
        return _ours(ufunc, "")(*inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions on arrays of ours: ``numpy.concatenate([x, y])`` is ``mx.np.concatenate([x, y])``.

        Those that ``mx.np`` has not are computed by NumPy, see :mod:`mxnet.numpy.fallback`.
        """
        if not all(issubclass(each, NDArray) for each in types):
            return NotImplemented
        return _ours(function, function.__module__.partition(".")[2])(*args, **kwargs)


#: functions of NumPy that mean something else in mx.np: its svd gives as many right vectors as there are values
_OTHERWISE = {"linalg.svd"}


@functools.cache
def _ours(function: Any, module: str) -> Callable[..., Any]:
    """The function of ``mx.np`` for one of a module of NumPy's, or NumPy's own on copies of the arrays."""
    from .. import numpy as package
    from .fallback import in_numpy

    owner: Any = getattr(package, module, package) if module else package
    name = f"{module}.{function.__name__}" if module else function.__name__
    mine = None if name in _OTHERWISE else getattr(owner, function.__name__, None)
    return in_numpy(function, name) if mine is None else mine


def unlisted(name: str, function: Callable[..., Any], outputs: int = 1) -> OpSpec:
    """An operator of ours that MXNet does not have, so that it is not in the table."""
    return OpSpec(name, (), function, None, (), False, outputs, False, None)


# --- arithmetic ---------------------------------------------------------------------------------------------------


def _method(symbol: str, name: str, reflected: str | None) -> Any:
    """A binary method: between arrays, or with a number after it (before it where ``reflected`` is its operator)."""
    arrays = OPERATORS[f"_npi_{name}"]
    scalar = OPERATORS[reflected or f"_npi_{name}_scalar"]

    def method(self: ndarray, other: Any) -> Any:
        if isinstance(other, ndarray):
            return invoke(arrays, (other, self) if reflected else (self, other), {})
        if isinstance(other, _NUMBERS):
            return invoke(scalar, (self,), {"scalar": other})
        came = what_came(other).replace("mx.nd.array", "mx.np.array")
        raise TypeError(f"{symbol}: expected an mx.np array or a number; got {came}")

    method.__name__ = symbol
    return method


def _inplace(symbol: str, name: str) -> Any:
    compute = _method(symbol, name, None)

    def method(self: ndarray, other: Any) -> ndarray:
        result = compute(self, other)._t
        if result.dtype is not self._t.dtype:
            raise MXNetError(
                f"{symbol}: the result is {dtype_name(result.dtype)}; the array is {dtype_name(self._t.dtype)}"
            )
        if result.shape != self._t.shape:
            raise MXNetError(f"{symbol}: the result has shape {tuple(result.shape)}; the array has {self.shape}")
        assign(self, result)
        return self

    method.__name__ = symbol
    return method


def _attach() -> None:
    arithmetic = {
        "add": "add",
        "sub": "subtract",
        "mul": "multiply",
        "truediv": "true_divide",
        "mod": "mod",
        "pow": "power",
    }
    for short, name in arithmetic.items():
        reflected = f"_npi_{name}_scalar" if name in ("add", "multiply") else f"_npi_r{name}_scalar"
        setattr(ndarray, f"__{short}__", _method(f"__{short}__", name, None))
        setattr(ndarray, f"__r{short}__", _method(f"__r{short}__", name, reflected))
        # x **= y is x = x ** y in MXNet
        inplace = _method("__ipow__", name, None) if name == "power" else _inplace(f"__i{short}__", name)
        setattr(ndarray, f"__i{short}__", inplace)
    comparisons = {
        "eq": "equal", "ne": "not_equal", "gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal"
    }  # fmt: skip
    for short, name in comparisons.items():
        setattr(ndarray, f"__{short}__", _method(f"__{short}__", name, None))
    for short in ("and", "or", "xor"):
        setattr(ndarray, f"__{short}__", _method(f"__{short}__", f"bitwise_{short}", None))
        setattr(ndarray, f"__i{short}__", _inplace(f"__i{short}__", f"bitwise_{short}"))
    ndarray.__hash__ = NDArray.__hash__  # type: ignore[method-assign]


_attach()
