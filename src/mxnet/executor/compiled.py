"""Plans that torch.compile runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..base import MXNetError
from ..context import Context
from .plan import Monitor, Plan, Said
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
        #: the states that may be spoken of: which step, and the place among the variables
        self._states = [(step, self._names[variable]) for step in program.steps for _, variable in step.states]

    def _in_order(
        self, values: list[torch.Tensor], ctx: Context
    ) -> tuple[list[torch.Tensor], list[torch.Tensor | None]]:
        """The outputs, and what is said of each state, if anything."""
        outputs, said = super()._computed(values, ctx, None)
        found = {(each.step.outputs[0], each.position): each.value for each in said}
        return outputs, [found.get((step.outputs[0], position)) for step, position in self._states]

    def _computed(
        self, values: Sequence[torch.Tensor], ctx: Context, monitor: Monitor | None
    ) -> tuple[list[torch.Tensor], list[Said]]:
        if monitor is not None:
            return super()._computed(values, ctx, monitor)
        try:
            outputs, found = self._compiled(list(values), ctx)
        except MXNetError:
            raise
        except Exception as error:
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise MXNetError(f"optimize_for: backend='inductor': torch.compile says: {line}") from error
        # all outputs are of one node of torch's graph, so a gradient comes through it wherever it comes from
        through = next((output for output in outputs if output.grad_fn is not None), None)
        return outputs, [
            Said(step, position, value, through)
            for (step, position), value in zip(self._states, found)
            if value is not None
        ]
