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

    def __init__(self, program: Program, names: Sequence[str]) -> None:
        super().__init__(program, names)
        # the states' new values are outputs too, since nothing may be written inside
        self._compiled: Callable[..., Any] = torch.compile(self._outputs, dynamic=False)
        self._ctx: Context | None = None

    def _outputs(self, values: list[torch.Tensor], ctx: Context) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        return super().run(values, ctx)

    def run(
        self,
        values: Sequence[torch.Tensor],
        ctx: Context,
        monitor: Monitor | None = None,
    ) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        """See :meth:`Plan.run`.

        Raises
        ------
        MXNetError
            torch.compile cannot compile it, as without a C++ compiler
        """
        if monitor is not None:
            return super().run(values, ctx, monitor)
        try:
            return self._compiled(list(values), ctx)
        except MXNetError:
            raise
        except Exception as error:
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise MXNetError(f"optimize_for: backend='inductor': torch.compile says: {line}") from error
