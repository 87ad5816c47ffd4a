"""MXNet's bridge to Lua's Torch, in which no function was left; arrays become PyTorch's by ``array.as_torch()``."""

from __future__ import annotations

from .base import FunctionHandle
from .ndarray import NDArray

__all__ = ["FunctionHandle", "NDArray"]
