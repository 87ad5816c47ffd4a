"""Plans that torch.compile runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..base import MXNetError
from ..context import Context
from .plan import Monitor, Plan
from .steps import Program

__all__ = ["CompiledPlan"]


class CompiledPlan(Plan):
    """A program as one function over tensors, handed to torch.compile.

    What draws random numbers or is not traceable for it runs between compiled parts, as torch.compile does it.
    """

    backend = "inductor"

    def __init__(self, program: Program, names: Sequence[str]) -> None:
        super().__init__(program, names)
        self._compiled: Callable[..., Any] = torch.compile(self._in_order, dynamic=False)

    def _in_order(self, values: list[torch.Tensor], ctx: Context) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        return super()._computed(values, ctx, None)

    def _computed(
        self, values: Sequence[torch.Tensor], ctx: Context, monitor: Monitor | None
    ) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        if monitor is not None:
            return super()._computed(values, ctx, monitor)
        try:
            return self._compiled(list(values), ctx)
        except MXNetError:
            raise
        except Exception as error:
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise MXNetError(f"optimize_for: backend='inductor': torch.compile says: {line}") from error
