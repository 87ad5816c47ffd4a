"""What every initializer is: a name's ending decides the method that fills the array; and their registry."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from .. import registry
from .._tracebacks import warn

__all__ = ["InitDesc", "Initializer", "alias", "create", "register"]


class InitDesc(str):
    """The name of a parameter, with what else is known about how to initialize it.

    Parameters
    ----------
    name : str
        the parameter's name
    attrs : dict, optional
        attributes of the variable; ``'__init__'`` holds an initializer that goes before the one called
    global_init : Initializer, optional
        the initializer to fall back on
    """

    attrs: dict[str, Any]
    global_init: Any

    def __new__(cls, name: str, attrs: dict[str, Any] | None = None, global_init: Any = None) -> InitDesc:  # noqa: D102
        description = super().__new__(cls, name)
        description.attrs = attrs or {}
        description.global_init = global_init
        return description


def _root_mean_square(arr: Any) -> str:
    """What a verbose initializer shows of an array."""
    values = arr.asnumpy().astype(np.float32)
    return str(np.float32(np.linalg.norm(values) / sqrt(values.size)))


class Initializer:
    """The base of the initializers; keywords are what :meth:`dumps` writes.

    A subclass says in ``_init_weight(name, arr)`` what a weight gets; it may override the rules for the other endings.

    Examples
    --------
    >>> class Sevens(mx.init.Initializer):
    ...     def _init_weight(self, name, arr):
    ...         arr[:] = 7
    >>> weight = mx.nd.zeros((2,))
    >>> Sevens()(mx.init.InitDesc('dense0_weight'), weight)
    >>> weight.asnumpy().tolist()
    [7.0, 7.0]
    """

    #: ending of the name -> the method that fills the array, tried in this order
    _RULES = (
        ("weight", "_init_weight", "weight"),
        ("bias", "_init_bias", "bias"),
        ("gamma", "_init_gamma", "gamma"),
        ("beta", "_init_beta", "beta"),
        ("min", "_init_zero", "min"),
        ("max", "_init_one", "max"),
        ("weight_quantize", "_init_quantized_weight", "weight_quantize"),
        ("bias_quantize", "_init_quantized_bias", "bias_quantize"),
    )

    #: the same for a name that is no InitDesc: beginning, endings -> method
    _PLAIN_RULES = (
        ("upsampling", ("",), "_init_bilinear"),
        ("stn_loc", ("bias",), "_init_loc_bias"),
        ("stn_loc", ("weight",), "_init_zero"),
        ("", ("weight",), "_init_weight"),
        ("", ("bias",), "_init_bias"),
        ("", ("beta",), "_init_beta"),
        ("", ("gamma",), "_init_gamma"),
        ("", ("max", "moving_var"), "_init_one"),
        ("", ("min", "moving_avg", "moving_inv_var", "moving_mean"), "_init_zero"),
    )

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[Any], Any] | None = None

    def set_verbosity(self, verbose: bool = False, print_func: Callable[[Any], Any] | None = None) -> Initializer:
        """Log every array that is initialized; `print_func` says what to show of it (its root mean square)."""
        self._verbose = verbose
        self._print_func = print_func if print_func is not None else _root_mean_square
        return self

    def _verbose_print(self, desc: str, init: Any, arr: Any) -> None:
        show = self._print_func if self._verbose else None
        if show is not None:
            logging.info("Initialized %s as %s: %s", desc, init, show(arr))

    def dumps(self) -> str:
        """JSON from which :func:`create` makes an equal initializer.

        Examples
        --------
        >>> mx.init.Normal(0.3).dumps()
        '["normal", {"sigma": 0.3}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Initializer) and type(self) is type(other) and self._kwargs == other._kwargs

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, desc: str, arr: Any) -> None:
        """Fill `arr` according to the name `desc`.

        Raises
        ------
        ValueError
            no rule for a name that ends so
        """
        if not isinstance(desc, InitDesc):
            self._init_by_plain_name(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__", "")
        if own:
            create(own)._init_weight(desc, arr)
            self._verbose_print(desc, own, arr)
            return
        for ending, method, shown in self._RULES:
            if desc.endswith(ending):
                getattr(self, method)(desc, arr)
                self._verbose_print(desc, shown, arr)
                return
        self._init_default(desc, arr)

    def _init_by_plain_name(self, name: str, arr: Any) -> None:
        """The rules for a name that is no InitDesc, which are older and know more names."""
        warn(
            "an initializer called with a plain name is deprecated; call it with mx.init.InitDesc(name)",
            DeprecationWarning,
        )
        if not isinstance(name, str):
            raise TypeError(f"{type(self).__name__}: the name of a parameter is a string, got {name!r}")
        for beginning, endings, method in self._PLAIN_RULES:
            if name.startswith(beginning) and name.endswith(endings):
                getattr(self, method)(name, arr)
                return
        self._init_default(name, arr)

    def _init_weight(self, name: str, arr: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say what a weight such as {name!r} gets")

    def _init_bias(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_gamma(self, name: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_beta(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_zero(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_one(self, name: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_loc_bias(self, name: str, arr: Any) -> None:
        """The affine transform of a spatial transformer that leaves an image as it is."""
        if arr.shape[0] != 6:
            raise AssertionError(f"{name}: the bias of a spatial transformer has 6 values, not shape {arr.shape}")
        arr[:] = np.eye(2, 3, dtype=np.float32).ravel()

    def _init_quantized_weight(self, name: str, arr: Any) -> None:
        from .. import random

        arr[:] = random.randint(-127, 127, shape=(1,)).asnumpy()[0]

    def _init_quantized_bias(self, name: str, arr: Any) -> None:
        arr[:] = 0

    def _init_bilinear(self, name: str, arr: Any) -> None:
        """The kernel that makes a transposed convolution interpolate."""
        shape = arr.shape
        if len(shape) < 4:
            raise IndexError(f"{name}: bilinear upsampling needs a weight with 4 axes, got shape {shape}")
        height, width = shape[2], shape[3]
        factor = np.ceil(width / 2.0)
        centre = (2 * factor - 1 - factor % 2) / (2.0 * factor)
        column = 1 - np.abs(np.arange(width) / factor - centre)
        row = 1 - np.abs(np.arange(height) / factor - centre)
        arr[:] = np.broadcast_to(np.outer(row, column), shape).astype(np.float32)

    def _init_default(self, name: str, arr: Any) -> None:
        raise ValueError(
            f"{type(self).__name__}: nothing says how to initialize {name!r}: a name ends with weight, bias, gamma or "
            "beta; for another, give the parameter its own initializer (init=mx.init.Zero(), for instance)"
        )


_register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")


def register(klass: Any) -> Any:
    """Make an initializer class known by its name, for ``init='name'`` and :func:`create`.

    Examples
    --------
    >>> @mx.init.register
    ... class Halves(mx.init.Initializer):
    ...     def _init_weight(self, name, arr):
    ...         arr[:] = 0.5
    >>> weight = mx.nd.zeros((2,))
    >>> mx.init.create('halves')(mx.init.InitDesc('weight'), weight)
    >>> weight.asnumpy().tolist()
    [0.5, 0.5]
    """
    return _register(klass)
