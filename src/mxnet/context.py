"""Devices as MXNet names them, and the current one of each thread.

``cpu(0)`` and ``cpu(1)`` are different contexts on the same memory: data-parallel code is tried out with them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import torch

from .base import MXNetError

__all__ = ["Context", "cpu", "cpu_pinned", "current_context", "gpu", "gpu_memory_info", "num_gpus"]


class _CurrentContext(threading.local):
    value: Context | None = None


_current = _CurrentContext()


class _ContextType(type):
    """What the class itself has: ``Context.default_ctx``, an old name of the current context."""

    @property
    def default_ctx(cls) -> Context:
        """The context arrays are made on where none is named; it can be set, for the calling thread."""
        return current_context()

    @default_ctx.setter
    def default_ctx(cls, ctx: Context) -> None:
        if not isinstance(ctx, Context):
            raise TypeError(f"Context.default_ctx={ctx!r} of type {type(ctx).__name__}; expected a Context")
        _current.value = ctx


class Context(metaclass=_ContextType):
    """A device: its type and its number.

    Parameters
    ----------
    device_type : str or Context
        'cpu', 'gpu', 'cpu_pinned' or 'cpu_shared'; another Context is copied
    device_id : int
        which of the devices of that type

    Examples
    --------
    >>> mx.Context('cpu', 1)
    cpu(1)
    >>> with mx.cpu(1):
    ...     mx.nd.ones((2,)).context
    cpu(1)
    """

    __slots__ = ("_previous", "_torch_device", "device_id", "device_typeid")

    device_typeid: int
    device_id: int

    devtype2str = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}

    def __init__(self, device_type: str | Context, device_id: int = 0) -> None:
        if isinstance(device_type, Context):
            self.device_typeid, self.device_id = device_type.device_typeid, device_type.device_id
        elif device_type in Context.devstr2type:
            self.device_typeid, self.device_id = Context.devstr2type[device_type], int(device_id)
        else:
            raise KeyError(f"Context: device_type {device_type!r} is none of {sorted(Context.devstr2type)}")
        self._previous: list[Context | None] = []
        self._torch_device: torch.device | None = None

    @property
    def device_type(self) -> str:
        """'cpu', 'gpu', 'cpu_pinned' or 'cpu_shared'."""
        return Context.devtype2str[self.device_typeid]

    @property
    def torch_device(self) -> torch.device:
        """The device torch computes on for this context.

        Raises
        ------
        MXNetError
            a gpu that torch does not have
        """
        if self._torch_device is None:
            if self.device_typeid == 2:
                if self.device_id >= num_gpus():
                    raise MXNetError(f"{self}: {_why_no_gpu()}")
                self._torch_device = torch.device("cuda", self.device_id)
            else:
                self._torch_device = torch.device("cpu")
        return self._torch_device

    def __hash__(self) -> int:
        return hash((self.device_typeid, self.device_id))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Context)
            and self.device_typeid == other.device_typeid
            and self.device_id == other.device_id
        )

    def __str__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__

    def __enter__(self) -> Context:
        self._previous.append(_current.value)
        _current.value = self
        return self

    def __exit__(self, *exc: object) -> None:
        _current.value = self._previous.pop()

    def __reduce__(self) -> tuple[Any, ...]:
        return Context, (self.device_type, self.device_id)

    def empty_cache(self) -> None:
        """Give the device memory that is cached but unused back to the system."""
        if self.device_typeid == 2 and torch.cuda.is_available():
            torch.cuda.empty_cache()

    @classmethod
    def from_string(cls, text: str) -> Context:
        """The context written as 'cpu(0)', 'gpu(1)' or 'cpu'."""
        name, _, rest = text.partition("(")
        if name not in cls.devstr2type or (rest and not (rest.endswith(")") and rest[:-1].isdigit())):
            raise MXNetError(f"ctx: {text!r} is not a device such as 'cpu(0)' or 'gpu(1)'")
        return cls(name, int(rest[:-1]) if rest else 0)


_CPU0 = Context("cpu", 0)


def cpu(device_id: int = 0) -> Context:
    """The host's processors."""
    return Context("cpu", device_id) if device_id else _CPU0


def cpu_pinned(device_id: int = 0) -> Context:
    """The host's memory, meant for quick copies to a gpu."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """A CUDA (or ROCm) device; using it where torch has none raises :class:`MXNetError`."""
    return Context("gpu", device_id)


def num_gpus() -> int:
    """How many gpus torch can use."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _why_no_gpu() -> str:
    """What there is to do where a gpu is asked for that torch does not see."""
    built = torch.version.cuda or torch.version.hip
    if not built:
        return f"torch {torch.__version__} is a build for the CPU only; use mx.cpu(), or install a CUDA build of torch"
    seen = f"torch {torch.__version__} sees {num_gpus()} cards on this machine"
    check = "nvidia-smi" if torch.version.cuda else "rocminfo"
    return f"{seen}; use mx.cpu(){' or mx.gpu(0)' if num_gpus() else ''}, or see what {check} says of card and driver"


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Free and total memory of a gpu, in bytes."""
    if device_id >= num_gpus():
        raise MXNetError(f"gpu_memory_info: device_id {device_id}, but torch sees {num_gpus()} gpus")
    return torch.cuda.mem_get_info(device_id)


def current_context() -> Context:
    """The context arrays are made on where none is named: that of the innermost ``with``, or ``cpu(0)``."""
    return _current.value or _CPU0


def as_context(ctx: Any) -> Context:
    """A Context from what a ``ctx=`` argument may hold: None (the current one), a Context or its text."""
    if ctx is None:
        return _current.value or _CPU0
    if type(ctx) is Context:
        return ctx
    if isinstance(ctx, str):
        return Context.from_string(ctx) if ctx else current_context()
    shape = "; the lengths of a shape go into one tuple, as in (2, 3)" if isinstance(ctx, int) else ""
    raise MXNetError(f"ctx: expected a Context such as mx.cpu(0), got {ctx!r} of type {type(ctx).__name__}{shape}")


def as_contexts(ctx: Any) -> list[Context]:
    """The contexts of an argument that takes one or several: None (the current one), one, or a list, each as its text.

    Examples
    --------
    >>> as_contexts(None), as_contexts("cpu"), as_contexts([mx.cpu(0), "cpu(1)"])
    ([cpu(0)], [cpu(0)], [cpu(0), cpu(1)])
    """
    if ctx is None or isinstance(ctx, (str, Context)):
        return [as_context(ctx)]
    if not isinstance(ctx, Iterable):
        kind = type(ctx).__name__
        raise TypeError(f"ctx: expected a Context such as mx.cpu(0), or a list of them; got {ctx!r} of type {kind}")
    return list(map(as_context, ctx))
