"""The symbol of ``mx.sym.np``: outputs of a graph, with NumPy's arithmetic.

The nodes are those of every graph; what differs is which operators an expression stands for. ``x + y`` broadcasts and
promotes dtypes here, and ``x[1:]`` is a part of the array that the symbol stands for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as onp

from ...base import MXNetError, NotImplementedForSymbol, Operand, integer_types
from ...context import Context
from ...numpy import elementwise, manipulation, methods, selection
from ...numpy.array import ndarray
from ...numpy.calling import in_graphs
from ...ops.array.slicing import slice_
from ...ops.numpy.shape import copy, reshape_by_codes
from ...ops.registry import OpSpec, spec_of
from ..call import compose as _compose
from ..symbol import Symbol

__all__ = ["_Symbol", "compose", "fill", "on_symbols"]


class _Symbol(Symbol):
    """One or several outputs of a graph, with NumPy's arithmetic.

    Made by ``Symbol.as_np_ndarray()``, by the functions of ``mx.sym.np`` and ``mx.sym.npx``, and by arithmetic.

    Examples
    --------
    >>> x = mx.sym.var('x').as_np_ndarray()
    >>> (x - mx.sym.np.mean(x, axis=0)).infer_shape(x=(4, 3))[1]
    [(4, 3)]
    """

    __slots__ = ()
    __hash__ = None  # == makes a symbol

    def __repr__(self) -> str:
        return f"<_Symbol {self.name if self.name is not None else ', '.join(self.list_outputs())}>"

    def __len__(self) -> int:
        if len(self._entries) == 1:
            raise TypeError(f"{self!r} stands for an array whose length is not known, and is no list of outputs")
        return len(self._entries)

    def __iter__(self) -> Iterator[Symbol]:
        if len(self._entries) == 1:
            raise TypeError(f"{self!r} stands for an array and cannot be gone through")
        return super().__iter__()

    def __getitem__(self, index: Any) -> Symbol:
        """A part of the array that it stands for, or, of several outputs, one of them.

        Parameters
        ----------
        index : int, slice or tuple of them
            the part; an axis with an integer goes

        Raises
        ------
        IndexError
            another index: a graph has no number of axes to fit it to
        """
        if len(self._entries) > 1:
            return super().__getitem__(index)
        keys = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(key, (slice, *integer_types)) and not isinstance(key, bool) for key in keys):
            raise IndexError(f"{self!r}[{index!r}]: expected integers and slices")
        if not keys:
            return self
        whole = [isinstance(key, slice) for key in keys]
        begin = [key.start if isinstance(key, slice) else int(key) for key in keys]
        end = [key.stop if isinstance(key, slice) else int(key) + 1 or None for key in keys]
        step = [key.step if isinstance(key, slice) else 1 for key in keys]
        attributes = {"begin": tuple(begin), "end": tuple(end), "step": tuple(step)}
        part = compose(spec_of(slice_), (self,), attributes)
        if not isinstance(index, tuple) and whole[0]:
            return part
        # -2 keeps an axis, -3 takes one of length 1 away, -4 keeps all that are left
        codes = (*(-2 if kept else -3 for kept in whole), -4)
        return compose(spec_of(reshape_by_codes), (part,), {"newshape": codes})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotImplementedForSymbol(self.__setitem__, "x[...] = y")

    @property
    def T(self) -> Symbol:
        """The axes reversed."""
        return self.transpose()

    @property
    def num_outputs(self) -> int:
        """The number of outputs."""
        return len(self._entries)

    def as_nd_ndarray(self) -> Symbol:
        """The same outputs as a symbol of ``mx.sym``."""
        return Symbol(self._entries)

    def as_np_ndarray(self) -> _Symbol:
        """The symbol itself."""
        return self

    def transpose(self, *axes: Any) -> Symbol:
        """The axes in another order, reversed by default."""
        order = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes
        return on_symbols(manipulation.transpose)(self, tuple(order) if order else None)

    def copy(self, order: str = "C") -> Symbol:
        """A copy of what it stands for."""
        return compose(spec_of(copy), (self,), {})


@functools.cache
def _hint(spec: OpSpec) -> str:
    """What an automatic name begins with: the operator's name in ``mx.np``."""
    for name in (*(each for each in (spec.name, *spec.aliases) if each.startswith("_np")), spec.name):
        for prefix in ("_npi_", "_npx_", "_np_", "_"):
            if name.startswith(prefix):
                return name[len(prefix) :].lower()
    return spec.name.lower()


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, Context) else value


def compose(spec: OpSpec, inputs: Sequence[Any], attributes: Mapping[str, Any], out: Any = None) -> Any:
    """The node of an operator's call, as a symbol, or as a list of symbols where it has several outputs.

    Raises
    ------
    TypeError
        an input is a symbol of ``mx.sym``
    MXNetError
        ``out`` is given; an attribute or input that the operator does not have, or that does not fit
    """
    if out is not None:
        raise MXNetError(f"{spec.name}: out={out!r}; a symbol has no memory to write to")
    for symbol in inputs:
        if isinstance(symbol, Symbol) and not isinstance(symbol, _Symbol):
            raise TypeError(
                f"{spec.name}: {symbol!r} is a symbol of mx.sym, which as_np_ndarray() makes one of mx.sym.np"
            )
    given = {}
    for key, value in attributes.items():
        attribute = spec.attributes.get(key)
        # None says something where it is not the default anyway
        if value is not None or attribute is None or (attribute.optional and attribute.default is not None):
            given[key] = _written(value)
    if "is_int" in spec.attributes and "scalar" in given:
        number = given["scalar"]
        given["is_int"] = isinstance(number, (bool, onp.bool_, *integer_types))
        given["scalar"] = float(number)
    made = _compose(spec, spec.name, _hint(spec), inputs, given, symbol_class=_Symbol)
    entries = made._entries
    return made if len(entries) == 1 else [_Symbol([entry]) for entry in entries]


def on_symbols(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ``mx.np`` for symbols."""
    return in_graphs(function, compose)


def fill(module: dict[str, Any], functions: Any, names: str) -> list[str]:
    """Put functions of a module of ``mx.np`` for symbols into another module's dictionary; returns their names."""
    for name in names.split():
        module[name] = on_symbols(getattr(functions, name))
    return names.split()


# --- arithmetic and methods ---------------------------------------------------------------------------------------


def _binary(symbol: str, name: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    function = on_symbols(getattr(elementwise, name))

    def method(self: _Symbol, other: Any) -> Any:
        if not isinstance(other, (Operand, float, int, onp.generic)):
            raise TypeError(
                f"{symbol}: operand {other!r} of type {type(other).__name__}; expected a symbol or a number"
            )
        return function(other, self) if reflected else function(self, other)

    method.__name__ = symbol
    return method


def _inplace(symbol: str) -> Callable[[Any, Any], Any]:
    def method(self: _Symbol, other: Any) -> Any:
        raise NotImplementedForSymbol(method)

    method.__name__ = symbol
    return method


def _attach(cls: type[_Symbol]) -> None:
    arithmetic = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "mod": "mod", "pow": "power",
        "div": "true_divide",
    }  # fmt: skip
    for short, name in arithmetic.items():
        setattr(cls, f"__{short}__", _binary(f"__{short}__", name))
        setattr(cls, f"__r{short}__", _binary(f"__r{short}__", name, reflected=True))
        setattr(cls, f"__i{short}__", _inplace(f"__i{short}__"))
    comparisons = {
        "eq": "equal", "ne": "not_equal", "gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal"
    }  # fmt: skip
    for short, name in comparisons.items():
        setattr(cls, f"__{short}__", _binary(f"__{short}__", name))
    for short in ("and", "or", "xor"):
        setattr(cls, f"__{short}__", _binary(f"__{short}__", f"bitwise_{short}"))
    setattr(cls, "__matmul__", on_symbols(manipulation.matmul))  # noqa: B010 - a type checker would not allow it
    computed: Any = elementwise  # its functions are made in loops
    for name, function in (("neg", computed.negative), ("invert", computed.bitwise_not)):
        setattr(cls, f"__{name}__", on_symbols(function))
    setattr(cls, "__abs__", on_symbols(computed.absolute))  # noqa: B010
    for name, function in methods.functions().items():
        setattr(cls, name, on_symbols(function))
    of_arrays = (ndarray.reshape, ndarray.flatten, ndarray.squeeze, ndarray.swapaxes, ndarray.dot)
    for function in (*of_arrays, selection.sort):  # the method sort of arrays writes into the array
        setattr(cls, function.__name__, on_symbols(function))


_attach(_Symbol)
