"""NumPy semantics on and off: the switches behind ``npx.set_np()`` and ``@use_np``; gpus and the environment."""

from __future__ import annotations

import functools
import inspect
import os
import threading
from typing import Any

__all__ = [
    "get_cuda_compute_capability", "get_gpu_count", "get_gpu_memory", "getenv", "is_np_array", "is_np_shape",
    "np_array", "np_shape", "np_ufunc_legal_option", "plain_ufunc", "reset_np", "set_module", "set_np", "set_np_shape",
    "setenv",
    "use_np", "use_np_array", "use_np_shape", "wrap_np_binary_func", "wrap_np_unary_func",
]  # fmt: skip


class _Semantics(threading.local):
    def __init__(self) -> None:
        self.shape, self.array = _process_wide


_process_wide = (False, False)
_semantics = _Semantics()


def is_np_shape() -> bool:
    """Whether shapes follow NumPy here: ``()`` is a scalar and 0 an empty dimension, not an unknown one."""
    return _semantics.shape


def is_np_array() -> bool:
    """Whether Gluon makes ``mx.np.ndarray`` here instead of ``mx.nd.NDArray``."""
    return _semantics.array


def set_np_shape(active: bool) -> bool:
    """Switch NumPy shapes on or off; returns what was set before.

    Raises
    ------
    ValueError
        they are switched off while Gluon makes ``mx.np.ndarray``, whose shapes they are
    """
    if not active and _semantics.array:
        raise ValueError("set_np_shape: NumPy's shapes stay on while NumPy's arrays are; reset_np() switches both off")
    previous, _semantics.shape = _semantics.shape, bool(active)
    return previous


def set_np(shape: bool = True, array: bool = True) -> None:
    """Switch NumPy semantics on for this thread and those started later.

    Raises
    ------
    ValueError
        arrays with NumPy semantics need NumPy shapes too
    """
    if array and not shape:
        raise ValueError("set_np: array=True needs shape=True")
    global _process_wide
    _process_wide = (bool(shape), bool(array))
    _semantics.shape, _semantics.array = _process_wide


def reset_np() -> None:
    """Switch NumPy semantics off."""
    set_np(shape=False, array=False)


class _Scope:
    """Sets one switch within a ``with`` block."""

    def __init__(self, switch: str, active: bool) -> None:
        self._switch, self._active, self._previous = switch, active, []  # type: ignore[var-annotated]

    def __enter__(self) -> _Scope:
        self._previous.append(getattr(_semantics, self._switch))
        setattr(_semantics, self._switch, self._active)
        return self

    def __exit__(self, *exc: object) -> None:
        setattr(_semantics, self._switch, self._previous.pop())


def np_shape(active: bool = True) -> _Scope:
    """A ``with`` block in which shapes follow NumPy (or do not)."""
    return _Scope("shape", active)


def np_array(active: bool = True) -> _Scope:
    """A ``with`` block in which Gluon makes ``mx.np.ndarray`` (or does not)."""
    return _Scope("array", active)


def _decorate(target: Any, scopes: tuple[Any, ...]) -> Any:
    """A function, or every method of a class (those it inherits too), run inside the scopes."""
    if inspect.isclass(target):
        for name in dir(target):
            member = inspect.getattr_static(target, name)
            if inspect.isfunction(member):
                setattr(target, name, _decorate(member, scopes))
            elif isinstance(member, (classmethod, staticmethod)) and inspect.isfunction(member.__func__):
                setattr(target, name, type(member)(_decorate(member.__func__, scopes)))
            elif isinstance(member, property):
                get, put, drop = (part and _decorate(part, scopes) for part in (member.fget, member.fset, member.fdel))
                setattr(target, name, property(get, put, drop, member.__doc__))
        return target
    if not callable(target):
        raise TypeError(f"expected a function or a class, got {target!r}")

    @functools.wraps(target)
    def inside(*args: Any, **kwargs: Any) -> Any:
        before = _semantics.shape, _semantics.array
        for scope in scopes:
            setattr(_semantics, scope, True)
        try:
            return target(*args, **kwargs)
        finally:
            _semantics.shape, _semantics.array = before

    return inside


def use_np_shape(func: Any) -> Any:
    """Decorate a function or class to run with NumPy shapes."""
    return _decorate(func, ("shape",))


def use_np_array(func: Any) -> Any:
    """Decorate a function or class to run with ``mx.np.ndarray`` in Gluon."""
    return _decorate(func, ("array",))


def use_np(func: Any) -> Any:
    """Decorate a function or class to run with NumPy shapes and arrays."""
    return _decorate(func, ("shape", "array"))


def set_module(module: str) -> Any:
    """Decorate a function or class to say it is from another module."""

    def decorate(target: Any) -> Any:
        target.__module__ = module
        return target

    return decorate


# --- the arguments that all ufuncs of NumPy take -------------------------------------------------------------------

#: each with the one value that functions of mx.np can do
_UFUNC_OPTIONS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}
_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_UFUNC_DTYPES = "int8 uint8 int32 int64 float16 float32 float64".split()


def np_ufunc_legal_option(key: str, value: Any) -> bool:
    """Whether NumPy's ufuncs take an argument of this name and value.

    Examples
    --------
    >>> mx.util.np_ufunc_legal_option("casting", "safe"), mx.util.np_ufunc_legal_option("casting", "x")
    (True, False)
    """
    if key == "casting":
        return value in _CASTINGS
    if key == "order":
        return isinstance(value, str)
    if key == "dtype":
        name = value if isinstance(value, str) else getattr(value, "__name__", None)
        return name in _UFUNC_DTYPES
    return key in ("where", "subok") and isinstance(value, bool)


def plain_ufunc(name: str, options: dict[str, Any]) -> None:
    """Refuse arguments of a ufunc that say anything but what is done anyway.

    Raises
    ------
    TypeError
        a ufunc takes no such argument, or not of such a value
    NotImplementedError
        it asks for something else
    """
    for key, value in options.items():
        if key not in _UFUNC_OPTIONS:
            raise TypeError(f"np.{name}: unexpected argument {key!r}; expected {', '.join(_UFUNC_OPTIONS)} or out")
        expected = _UFUNC_OPTIONS[key]
        if value is not expected and (isinstance(expected, bool) or value != expected):
            if not np_ufunc_legal_option(key, value):
                raise TypeError(f"np.{name}: {key}={value!r} is none of NumPy's values")
            raise NotImplementedError(f"np.{name}: {key}={value!r} is not supported; expected {expected!r}")


def wrap_np_unary_func(func: Any) -> Any:
    """Decorate a function of one array and ``out`` to take the other arguments of NumPy's ufuncs."""

    @functools.wraps(func)
    def with_options(x: Any, out: Any = None, **kwargs: Any) -> Any:
        plain_ufunc(func.__name__, kwargs)
        return func(x, out=out)

    return with_options


def wrap_np_binary_func(func: Any) -> Any:
    """Decorate a function of two arrays and ``out`` to take the other arguments of NumPy's ufuncs."""

    @functools.wraps(func)
    def with_options(x1: Any, x2: Any, out: Any = None, **kwargs: Any) -> Any:
        plain_ufunc(func.__name__, kwargs)
        return func(x1, x2, out=out)

    return with_options


# --- devices and the environment -----------------------------------------------------------------------------------


def get_cuda_compute_capability(ctx: Any) -> int:
    """The compute capability of a gpu as one number: 80 stands for 8.0.

    Raises
    ------
    ValueError
        the context is no gpu
    MXNetError
        torch sees no such gpu
    """
    import torch

    from .base import MXNetError

    if ctx.device_type != "gpu":
        raise ValueError(f"get_cuda_compute_capability: ctx={ctx}; expected a gpu")
    if ctx.device_id >= get_gpu_count():
        raise MXNetError(f"get_cuda_compute_capability: torch sees no {ctx}")
    major, minor = torch.cuda.get_device_capability(ctx.device_id)
    return 10 * major + minor


def get_gpu_count() -> int:
    """How many gpus torch can use."""
    from .context import num_gpus

    return num_gpus()


def get_gpu_memory(gpu_dev_id: int) -> tuple[int, int]:
    """Free and total memory of a gpu, in bytes."""
    from .context import gpu_memory_info

    return gpu_memory_info(gpu_dev_id)


def getenv(name: str) -> str | None:
    """The value of an environment variable, or None."""
    return os.environ.get(name)


def setenv(name: str, value: str | None) -> None:
    """Set an environment variable of this process; None removes it."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
