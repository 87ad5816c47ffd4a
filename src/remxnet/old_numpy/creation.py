"""How `np.array` read its arguments: `copy=False` for "only if need be", and rows of several lengths as objects."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["put_back_creation"]

RAGGED = "inhomogeneous"  # in the text with which NumPy refuses rows of several lengths


def put_back_creation() -> list[str]:
    """Have `np.array`, `np.asarray` and `np.asanyarray` read what they read; what was put back."""
    given = []
    for name in ("array", "asarray", "asanyarray"):
        function = getattr(np, name)
        if not hasattr(function, "__wrapped__"):
            setattr(np, name, _as_before(function, name == "array"))
            given.append(f"numpy.{name}")
    return given


def _as_before(function: Callable[..., Any], copies: bool) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        if copies and options.get("copy", True) is False and int(np.__version__.split(".")[0]) >= 2:
            options["copy"] = None
        try:
            return function(*arguments, **options)
        except ValueError as error:
            if RAGGED not in str(error) or len(arguments) > 1 or options.get("dtype") is not None:
                raise
        return function(*arguments, **{**options, "dtype": object})

    return called
