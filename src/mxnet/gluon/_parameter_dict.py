"""Dictionaries of parameters, under a common prefix, that can share with one another."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np

from .. import initializer, memory
from .. import ndarray as nd
from .._tracebacks import leaving
from ..base import same_dtype
from ..context import Context
from ..ndarray import NDArray
from ._loading import load_all
from ._shapes import merge_shapes
from .constant import Constant
from .parameter import Parameter
from .utils import _brief_print_list, _indent

__all__ = ["ParameterDict"]

_ATTRIBUTES = (
    "grad_req", "shape", "dtype", "lr_mult", "wd_mult", "init", "allow_deferred_init", "differentiable", "stype",
    "grad_stype",
)  # fmt: skip


class ParameterDict:
    """Parameters by their full names, in the order they were made.

    Parameters
    ----------
    prefix : str
        comes before the name of every parameter made here
    shared : ParameterDict, optional
        a parameter found there is taken from there instead of being made

    Examples
    --------
    >>> params = mx.gluon.ParameterDict('net_')
    >>> params.get('weight', shape=(2, 3))
    Parameter net_weight (shape=(2, 3), dtype=<class 'numpy.float32'>)
    >>> params.initialize()
    >>> list(params.keys())
    ['net_weight']
    """

    def __init__(self, prefix: str = "", shared: ParameterDict | None = None) -> None:
        self._prefix = prefix
        self._params: OrderedDict[str, Parameter] = OrderedDict()
        self._shared = shared

    def __repr__(self) -> str:
        lines = "\n".join(_indent(f"  {parameter}", 2) for parameter in self.values())
        return f"{self._prefix + ' ' if self._prefix else ''}(\n{lines}\n)"

    def __getitem__(self, key: str) -> Parameter:
        return self._params[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def items(self) -> ItemsView[str, Parameter]:
        """Names and parameters."""
        return self._params.items()

    def keys(self) -> KeysView[str]:
        """The full names."""
        return self._params.keys()

    def values(self) -> ValuesView[Parameter]:
        """The parameters."""
        return self._params.values()

    @property
    def prefix(self) -> str:
        """What comes before the name of every parameter made here."""
        return self._prefix

    # --- getting and making -------------------------------------------------------------------------------------

    def _get_impl(self, name: str) -> Parameter | None:
        found = self._params.get(name)
        shared = self._shared
        while found is None and shared is not None:  # what it is shared with may be shared with others in turn
            found, shared = shared._params.get(name), shared._shared
            if found is not None:
                self._params[name] = found
        return found

    def get(self, name: str, **kwargs: Any) -> Parameter:
        """The parameter of that name, made with the given attributes where there is none.

        Parameters
        ----------
        name : str
            without the prefix
        **kwargs
            attributes of :class:`Parameter`; an existing one must agree with them, and unknown dimensions and
            attributes that are None are filled in

        Raises
        ------
        AssertionError
            an existing parameter disagrees
        TypeError
            a parameter has no such attribute
        """
        unknown = sorted(kwargs.keys() - set(_ATTRIBUTES))
        if unknown:
            raise TypeError(
                f"ParameterDict.get: a Parameter has no attribute {unknown[0]!r}; it has {', '.join(_ATTRIBUTES)}"
            )
        name = self._prefix + name
        parameter = self._get_impl(name)
        if parameter is None:
            parameter = Parameter(name, **kwargs)
            self._params[name] = parameter
            return parameter
        for attribute, wanted in kwargs.items():
            self._agree(parameter, attribute, wanted)
        return parameter

    def _agree(self, parameter: Parameter, attribute: str, wanted: Any) -> None:
        """Fill an attribute in, or check that what is there is what is wanted."""
        if attribute in ("allow_deferred_init", "differentiable") or wanted is None:
            return
        stored = getattr(parameter, attribute)
        if stored is None:
            setattr(parameter, attribute, wanted)
            return
        if attribute == "shape":
            wanted = (wanted,) if isinstance(wanted, (int, np.integer)) else tuple(wanted)
            merged = merge_shapes(stored, wanted)
            if merged is not None:
                parameter._shape = merged
                return
        elif attribute == "dtype" and same_dtype(wanted, stored):
            return
        if wanted != stored:
            raise AssertionError(
                f"Parameter {parameter.name!r}: exists with {attribute}={stored}, so it cannot be had with "
                f"{attribute}={wanted}"
            )

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """The constant of that name, made with the given value where there is none.

        Parameters
        ----------
        name : str
            without the prefix
        value : array, optional
            the value; an existing constant must have the same

        Raises
        ------
        KeyError
            there is none and no value is given
        AssertionError
            there is one with another value, or a parameter that is no constant
        """
        name = self._prefix + name
        parameter = self._get_impl(name)
        if parameter is None:
            if value is None:
                raise KeyError(f"no constant named {name!r}; give a value to make one")
            parameter = Constant(name, value)
            self._params[name] = parameter
        elif value is not None:
            if not isinstance(parameter, Constant):
                raise AssertionError(f"Parameter {name!r}: exists and is not a constant")
            given = value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
            stored = parameter.value.asnumpy()
            if given.shape != stored.shape or not (given == stored).all():
                raise AssertionError(f"Constant {name!r}: exists with another value")
        return parameter  # type: ignore[return-value]

    def update(self, other: ParameterDict | Mapping[str, Parameter]) -> None:
        """Take in the parameters of another dictionary.

        Raises
        ------
        AssertionError
            both have a parameter of one name, and not the same object
        """
        for name, parameter in other.items():
            if self._params.setdefault(name, parameter) is not parameter:
                raise AssertionError(
                    f"ParameterDict.update: both dictionaries have a parameter {name!r}, but not the same"
                )

    # --- all of them at once --------------------------------------------------------------------------------------

    @leaving
    def initialize(
        self,
        init: Any = initializer.Uniform(),  # noqa: B008 - holds nothing but its range
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialize all parameters, in order.

        Parameters
        ----------
        init : str or Initializer
            for parameters without an initializer of their own
        ctx : Context or list of Context, optional
            where to keep copies; the current context by default
        verbose : bool
            log what is initialized
        force_reinit : bool
            start those again that are initialized already
        """
        if verbose:
            init.set_verbosity(verbose=verbose)
        for parameter in self.values():
            parameter.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self) -> None:
        """Fill all gradients with zeros."""
        memory.fill([array._t for parameter in self.values() for array in parameter._grad or ()], 0)

    def reset_ctx(self, ctx: Context | Sequence[Context] | None) -> None:
        """Move all parameters to other contexts; None is the current one."""
        for parameter in self.values():
            parameter.reset_ctx(ctx)

    def list_ctx(self) -> list[Context]:
        """All contexts that some parameter is on."""
        found: dict[Context, None] = {}
        for parameter in self.values():
            found.update(dict.fromkeys(parameter.list_ctx()))
        return sorted(found, key=lambda ctx: (ctx.device_typeid, ctx.device_id))

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of all parameters, such as ``grad_req`` or ``lr_mult``."""
        for parameter in self.values():
            setattr(parameter, name, value)

    # --- files ----------------------------------------------------------------------------------------------------

    def save(self, filename: str | os.PathLike[str], strip_prefix: str = "") -> None:
        """Write all parameters to a file, by name.

        Parameters
        ----------
        filename : str
            MXNet's ``.params`` format
        strip_prefix : str
            taken off the names

        Raises
        ------
        ValueError
            a name does not begin with `strip_prefix`
        """
        arrays = {}
        for parameter in self.values():
            value = parameter._reduce()
            if not parameter.name.startswith(strip_prefix):
                raise ValueError(
                    f"ParameterDict.save: strip_prefix={strip_prefix!r}, but {parameter.name!r} does not begin so; "
                    "was the parameter made outside name_scope(), or is it shared from another block?"
                )
            arrays[parameter.name[len(strip_prefix) :]] = value
        nd.save(filename, arrays)

    @leaving
    def load(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file, by name.

        Parameters
        ----------
        filename : str
            written by :meth:`save`, or by ``Module`` with its ``arg:`` and ``aux:``
        ctx : Context or list of Context, optional
            where to keep parameters that are not initialized yet
        allow_missing : bool
            leave parameters as they are that the file does not have
        ignore_extra : bool
            leave out what the file has and this dictionary does not
        restore_prefix : str
            put before the names in the file
        cast_dtype : bool
            convert where dtypes differ
        dtype_source : {'current', 'saved'}
            which of the two dtypes to keep then

        Raises
        ------
        AssertionError
            names, shapes or dtypes do not fit
        """
        arrays = nd.load(filename) or {}  # what has no arrays has no names either: a block without parameters
        if not isinstance(arrays, dict):
            raise TypeError(f"ParameterDict.load: {filename} holds {len(arrays)} arrays without names; expected names")
        self.load_dict(
            arrays, ctx, allow_missing, ignore_extra, restore_prefix, str(filename), cast_dtype, dtype_source
        )

    def load_dict(
        self,
        param_dict: Mapping[str, NDArray],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        filename: str | None = None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Take parameters from a mapping of names to arrays; the arguments are those of :meth:`load`."""
        where = "the mapping" if filename is None else filename
        for name in self.keys():
            if not name.startswith(restore_prefix):
                raise AssertionError(
                    f"ParameterDict.load: restore_prefix={restore_prefix!r}, but {name!r} does not begin with it"
                )
        arrays = {}
        for name, array in param_dict.items():
            kind, separator, rest = name.partition(":")
            arrays[restore_prefix + (rest if separator and kind in ("arg", "aux") else name)] = array
        if not allow_missing:
            for name in self.keys():
                if name not in arrays:
                    raise AssertionError(
                        f"ParameterDict.load: {name!r} is not in {where}, which has {_brief_print_list(list(arrays))}; "
                        "source and target need the same prefix"
                    )
        if not ignore_extra:
            for name in arrays:
                if name not in self._params:
                    raise AssertionError(
                        f"ParameterDict.load: {name!r} in {where} is no parameter here; the parameters are "
                        f"{_brief_print_list(list(self.keys()))}; source and target need the same prefix "
                        "(or ignore_extra=True)"
                    )
        load_all(
            {self[name]: array for name, array in arrays.items() if name in self._params}, ctx, cast_dtype, dtype_source
        )
