"""A graph bound to shapes, dtypes and a mode: what :class:`.cached.CachedGraph` keeps and runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .. import memory, streams
from ..base import MXNetError
from ..context import Context
from ..ops.registry import describe
from .steps import Program, Step

__all__ = ["Monitor", "Plan"]

#: is called with a step, the tensors it took and those it gave
Monitor = Callable[[Step, Sequence[Any], Sequence[Any]], Any]


class Plan:
    """A program ready to run.

    Parameters
    ----------
    program : Program
        the steps, fused or not
    names : sequence of str
        the variables in the order their tensors come in

    Attributes
    ----------
    program : Program
    backend : 'inductor' where torch.compile runs it, else None
    """

    backend: str | None = None

    def __init__(self, program: Program, names: Sequence[str]) -> None:
        program.set_lifetimes()
        self.program = program
        self._places = [program.variables[name] for name in names]
        self._names = {place: position for position, place in enumerate(self._places)}
        self._fills = [(self._names[place], number) for place, number in program.fills.items()]
        self._calls = [
            (
                step.function,
                step.inputs,
                step.outputs[0] if len(step.outputs) == 1 and not step.state_count else None,
                step,
                [place for place in step.finished if place not in self._names],
            )
            for step in program.steps
        ]
        makers = {place: step for step in program.steps for place in step.outputs}
        own = [place in makers and not makers[place].spec.view for place in program.heads]
        #: whether every output is on memory of its own for sure
        self._apart = all(own) and len(set(program.heads)) == len(own)

    def run(
        self, values: Sequence[torch.Tensor], ctx: Context, monitor: Monitor | None = None
    ) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        """Compute the outputs.

        Parameters
        ----------
        values : sequence of Tensor
            the variables, in the order of the names
        ctx : Context
            whose random streams serve
        monitor : callable(step, inputs, outputs), optional
            is shown the tensors of every step

        Returns
        -------
        list of Tensor, dict of int to Tensor
            the outputs, and the new values of auxiliary states that changed, by their position among the variables

        Raises
        ------
        MXNetError
            an operator refuses its inputs
        """
        outputs, changed = self._computed(values, ctx, monitor)
        return (outputs if self._apart else self._unshared(outputs, values)), changed

    def fill(self, values: Sequence[torch.Tensor]) -> None:
        """Write into variables what their operators fix them at, as MXNet writes batch norm's scale of 1."""
        for position, number in self._fills:
            memory.filled(values[position], number)

    def _computed(
        self, values: Sequence[torch.Tensor], ctx: Context, monitor: Monitor | None
    ) -> tuple[list[torch.Tensor], dict[int, torch.Tensor]]:
        """Make the calls one after the other."""
        slots: list[Any] = [None] * self.program.size
        for place, value in zip(self._places, values):
            slots[place] = value
        changed: dict[int, torch.Tensor] = {}
        for function, inputs, single, step, finished in self._calls:
            tensors = [None if place is None else slots[place] for place in inputs]
            try:
                result = function(*tensors, rng=streams.for_context(ctx)) if step.takes_rng else function(*tensors)
            except (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError) as error:
                raise _explained(step, tensors, error) from error
            if single is not None and type(result) is torch.Tensor:
                slots[single] = result
            else:
                self._place(step, result, values, slots, changed)
            if monitor is not None:
                monitor(step, tensors, [slots[place] for place in step.outputs])
            for place in finished:
                slots[place] = None
        return [slots[place] for place in self.program.heads], changed

    def _place(
        self,
        step: Step,
        result: Any,
        values: Sequence[torch.Tensor],
        slots: list[Any],
        changed: dict[int, torch.Tensor],
    ) -> None:
        """Put several outputs where they belong, and note the states that changed."""
        if type(result) is torch.Tensor:
            slots[step.outputs[0]] = result
            return
        for place, tensor in zip(step.outputs, result):
            slots[place] = tensor
        for place, variable in step.states:
            new = result[len(result) - step.state_count + place]
            position = self._names[variable]
            if new is not None and new is not values[position]:
                changed[position] = new

    def _unshared(self, outputs: list[torch.Tensor], values: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The outputs on memory of their own where they are inputs or views of them."""
        if outputs and outputs[0].is_meta:
            return outputs
        memory = {tensor.untyped_storage().data_ptr() for tensor in values}
        unshared = []
        for tensor in outputs:
            pointer = tensor.untyped_storage().data_ptr()
            if pointer in memory:
                tensor = tensor.clone(memory_format=torch.contiguous_format)
            else:
                memory.add(pointer)
            unshared.append(tensor)
        return unshared


def _explained(step: Step, tensors: Sequence[Any], error: Exception) -> MXNetError:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    given = ", ".join(describe(tensor) for tensor in tensors)
    return MXNetError(f"node {', '.join(step.nodes)} ({step.label}): {line} (got {given})")
