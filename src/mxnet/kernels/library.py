"""Loads the compiled kernels that fit this processor, and finds torch's own threads for them.

The package's build compiles the C files once for each vector width (see ``setup.py``). Where nothing was compiled, or
``REMXNET_KERNELS=0`` is set, the functions in torch serve (:func:`mxnet.kernels.chain.reference`).
"""

from __future__ import annotations

import ctypes
import functools
import os
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

import torch

__all__ = ["Library", "Lstm", "builds", "library"]

#: what torch calls the processor's vector instructions -> the builds that run on it, best first
_BUILDS = {"AVX512": ("avx512", "avx2", "baseline"), "AVX2": ("avx2", "baseline")}

_ENABLED = os.environ.get("REMXNET_KERNELS", "1") != "0"


class Lstm(NamedTuple):
    """The functions of ``lstm.c``, and how many floats the packed weight of a state needs, by its units."""

    forward: Any
    backward: Any
    room: Any


class Library:
    """The functions of one build of the kernels.

    Attributes
    ----------
    name : the build: 'avx512', 'avx2' or 'baseline'
    lanes : how many images lie side by side in a block
    forward, backward : the functions of ``chain.c``
    columns_forward : that of ``columns.c``
    norm_forward, norm_backward : those of ``norm.c``
    order : those of ``order.c``, by the dtype of the elements; none in a build that is older than they are
    lstm : those of ``lstm.c``; None in a build that is older than they are
    team : torch's thread team, or None where it was not found and everything runs on the calling thread
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        functions = ctypes.CDLL(str(path))
        self.lanes: int = functions.remxnet_lanes()
        pointer, wide, narrow = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
        self.forward = functions.remxnet_chain_forward
        self.forward.argtypes = [pointer, narrow, narrow, pointer, pointer, pointer, wide, narrow, narrow, pointer]
        self.forward.restype = None
        self.backward = functions.remxnet_chain_backward
        self.backward.argtypes = [
            pointer, narrow, narrow, pointer, pointer, pointer, wide, pointer, wide, pointer, wide, narrow, pointer,
        ]  # fmt: skip
        self.backward.restype = None
        self.columns_forward = functions.remxnet_columns_forward
        self.columns_forward.argtypes = [pointer, narrow, narrow, pointer, pointer, pointer, wide, narrow, pointer]
        self.columns_forward.restype = None
        row: list[Any] = [pointer, wide, narrow]
        many: list[Any] = [pointer] * 8
        self.norm_forward = functions.remxnet_norm_forward
        self.norm_forward.argtypes = [*row, *many, narrow, ctypes.c_float, narrow, pointer]
        self.norm_forward.restype = None
        self.norm_backward = functions.remxnet_norm_backward
        self.norm_backward.argtypes = [*row, *many, *[pointer] * 4, narrow, ctypes.c_float, narrow, pointer]
        self.norm_backward.restype = None
        self.order: dict[torch.dtype, Any] = {}
        for kind, each in ((torch.float64, "remxnet_order_floats"), (torch.int64, "remxnet_order_integers")):
            function = getattr(functions, each, None)
            if function is not None:
                function.argtypes = [pointer, wide, wide, wide, narrow, pointer]
                function.restype = None
                self.order[kind] = function
        self.lstm = _lstm(functions)
        self.team = _team()

    @property
    def parts(self) -> int:
        """Into how many parts the work is split: as many as torch has threads, and one without a team."""
        return torch.get_num_threads() if self.team is not None else 1


def _lstm(functions: ctypes.CDLL) -> Lstm | None:
    try:
        found = Lstm(*(getattr(functions, f"remxnet_lstm_{name}") for name in Lstm._fields))
    except AttributeError:
        return None
    for each in (found.forward, found.backward):
        each.argtypes, each.restype = [ctypes.c_void_p, ctypes.c_void_p], None
    found.room.argtypes, found.room.restype = [ctypes.c_int64], ctypes.c_int64
    return found


def _team() -> int | None:
    """The address of the function that runs a function on torch's OpenMP threads.

    Sharing torch's threads matters: a second set would compete with them, as they wait for work by spinning.
    """
    try:
        return ctypes.cast(ctypes.CDLL(None).GOMP_parallel, ctypes.c_void_p).value
    except (AttributeError, OSError, TypeError):
        return None


@functools.cache
def builds() -> tuple[Library, ...]:
    """The builds that are there and run on this processor, best first."""
    folder = Path(__file__).parent
    suffix = sysconfig.get_config_var("EXT_SUFFIX") or ".so"
    names = _BUILDS.get(torch.backends.cpu.get_cpu_capability(), ("baseline",))
    paths = {name: folder / f"_kernels_{name}{suffix}" for name in names}
    return tuple(Library(path, name) for name, path in paths.items() if path.exists())


def library() -> Library | None:
    """The best build for this processor; None where there is none or ``REMXNET_KERNELS=0`` is set.

    None also while torch.compile looks at a function: it can do more with torch's operators than with a call into C.
    """
    if not _ENABLED or torch.compiler.is_compiling():
        return None
    found = builds()
    return found[0] if found else None
