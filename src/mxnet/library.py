"""Loading compiled libraries of operators, which MXNet could and this package cannot."""

from __future__ import annotations

import os
from typing import NoReturn

from .base import MXNetError

__all__ = ["load"]


def load(path: str, verbose: bool = True) -> NoReturn:
    """Refuse a compiled library of operators: it is made for MXNet's memory and its C interface.

    Parameters
    ----------
    path : str
        where the library is
    verbose : bool
        as in MXNet, which would list what it found

    Raises
    ------
    MXNetError
        always; it says what is wrong with the file first
    """
    if not isinstance(path, str) or not os.path.exists(path):
        raise MXNetError(f"library.load: path={path!r} does not exist")
    if not path.endswith((".so", ".dll", ".dylib")):
        raise MXNetError(f"library.load: path={path!r} is no library; its name ends neither with .so nor with .dll")
    raise MXNetError(
        f"library.load: {path!r} is compiled for MXNet's own memory and cannot be loaded here; mx.operator.CustomOp "
        "defines operators in Python, and torch.utils.cpp_extension compiles what it calls"
    )
