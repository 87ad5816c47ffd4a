"""Saved arrays given to parameters: to all of them, or to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..context import Context
from ..ndarray import NDArray

if TYPE_CHECKING:
    from .parameter import Parameter

__all__ = ["load_all"]


def load_all(
    arrays: Mapping[Parameter, NDArray],
    ctx: Context | Sequence[Context] | None,
    cast_dtype: bool,
    dtype_source: str,
) -> None:
    """Give parameters saved arrays: all of them, or none where one does not fit."""
    for parameter, array in arrays.items():
        parameter._check_load(array, ctx, cast_dtype, dtype_source)
    for parameter, array in arrays.items():
        parameter._load_init(array, ctx, cast_dtype, dtype_source)
