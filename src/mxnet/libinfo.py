"""Where MXNet's compiled parts would be; here torch's are."""

from __future__ import annotations

import os
from typing import NoReturn

__all__ = ["__version__", "find_conf_path", "find_include_path", "find_lib_path"]

__version__ = "1.9.1"


def _root() -> str:
    import torch

    return os.path.dirname(torch.__file__)


def find_lib_path(prefix: str = "libmxnet") -> list[str]:
    """The paths of the library that computes, torch's, whatever the prefix.

    Raises
    ------
    RuntimeError
        there is none where torch is
    """
    folder = os.path.join(_root(), "lib")
    wanted = ("libtorch_cpu.so", "libtorch_cpu.dylib", "torch_cpu.dll")
    found = [os.path.join(folder, name) for name in wanted if os.path.exists(os.path.join(folder, name))]
    if not found:
        raise RuntimeError(f"find_lib_path: there is no library of torch's in {folder}")
    return found


def find_include_path() -> str:
    """The folder of the headers that extensions in C++ include: torch's."""
    return os.path.join(_root(), "include", "")


def find_conf_path(prefix: str = "tvmop") -> NoReturn:
    """Refuse to name a configuration of TVM's operators.

    Raises
    ------
    RuntimeError
        always
    """
    raise RuntimeError(f"find_conf_path: there is no configuration {prefix}.conf; operators are torch's, not TVM's")
