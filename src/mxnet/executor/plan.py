"""A graph bound to shapes, dtypes and a mode: what :class:`.cached.CachedGraph` keeps and runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from .. import memory, streams
from ..base import MXNetError
from ..context import Context
from ..ndarray import NDArray, running
from ..ops.registry import describe
from ..spans import names, recorded
from .steps import Program, Step

__all__ = ["Monitor", "Plan", "Said"]

#: is called with a step, the tensors it took and those it gave
Monitor = Callable[[Step, Sequence[Any], Sequence[Any]], Any]


class Said(NamedTuple):
    """What an operator says of one of its states.

    Attributes
    ----------
    step : which operator
    position : of the state among the variables
    value : what it says: see :class:`mxnet.ndarray.running.Seen`
    output : its result, through which a gradient comes
    """

    step: Step
    position: int
    value: torch.Tensor
    output: torch.Tensor | None

    @staticmethod
    def follow(said: Sequence[Said], arrays: Sequence[NDArray]) -> None:
        """Have states follow (:mod:`mxnet.ndarray.running`).

        Parameters
        ----------
        said : sequence of Said
            what a run of a plan gave
        arrays : sequence of NDArray
            those of the variables
        """
        running.follow(
            running.Seen(arrays[each.position], each.value, each.output, each.step.spec, each.step.attributes)
            for each in said
        )


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
    ) -> tuple[list[torch.Tensor], list[Said]]:
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
        list of Tensor, list of Said
            the outputs, and what operators say of their states, in the order they ran

        Raises
        ------
        MXNetError
            an operator refuses its inputs
        """
        outputs, said = self._computed(values, ctx, monitor)
        return (outputs if self._apart else self._unshared(outputs, values)), said

    def fill(self, values: Sequence[torch.Tensor]) -> None:
        """Write into variables what their operators fix them at, as MXNet writes batch norm's scale of 1."""
        for position, number in self._fills:
            memory.filled(values[position], number)

    def _computed(
        self, values: Sequence[torch.Tensor], ctx: Context, monitor: Monitor | None
    ) -> tuple[list[torch.Tensor], list[Said]]:
        """Make the calls one after the other."""
        slots: list[Any] = [None] * self.program.size
        for place, value in zip(self._places, values):
            slots[place] = value
        said: list[Said] = []
        calls = self._named_calls() if names.graphs else self._calls
        for function, inputs, single, step, finished in calls:
            tensors = [None if place is None else slots[place] for place in inputs]
            try:
                if step.graphs:
                    result = self._called(step, tensors, ctx, said)
                else:
                    result = function(*tensors, **_asked(step, ctx)) if step.asks else function(*tensors)
            except (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError, OverflowError) as error:
                raise _explained(step, tensors, error) from error
            if single is not None and type(result) is torch.Tensor:
                slots[single] = result
            else:
                self._place(step, result, values, slots, said)
            if monitor is not None:
                monitor(step, tensors, [slots[place] for place in step.outputs])
            for place in finished:
                slots[place] = None
        return [slots[place] for place in self.program.heads], said

    def _named_calls(self) -> list[Any]:
        """The calls, each of which says its operators to torch's profiler."""
        return [(recorded(function, step.label), *rest, step, last) for function, *rest, step, last in self._calls]

    def _called(self, step: Step, tensors: Sequence[Any], ctx: Context, said: list[Said]) -> Any:
        """Call a step whose node holds graphs, and note what is said in them of states that are variables here."""
        heard: list[list[Said]] = [[] for _ in step.graphs]
        graphs = tuple(graph.called(ctx, told) for graph, told in zip(step.graphs, heard))
        result = step.function(*tensors, graphs=graphs, **_asked(step, ctx))
        if any(heard):
            rule = step.spec.rule("wires")
            first = [range(len(graph.graph.names)) for graph in step.graphs]
            wires = first if rule is None else rule(step.all_attributes())
            for told, inputs in zip(heard, wires):
                for each in told:
                    place = step.inputs[inputs[each.position]]
                    if place in self._names:
                        said.append(Said(each.step, self._names[place], each.value, each.output))
        return result

    def _place(
        self,
        step: Step,
        result: Any,
        values: Sequence[torch.Tensor],
        slots: list[Any],
        said: list[Said],
    ) -> None:
        """Put several outputs where they belong, and note what is said of states."""
        if type(result) is torch.Tensor:
            slots[step.outputs[0]] = result
            return
        for place, tensor in zip(step.outputs, result):
            slots[place] = tensor
        for place, variable in step.states:
            new = result[len(result) - step.state_count + place]
            position = self._names[variable]
            if new is not None and new is not values[position]:
                said.append(Said(step, position, new, result[0]))

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


def _asked(step: Step, ctx: Context) -> dict[str, Any]:
    """What a call is given of the context."""
    return {name: streams.for_context(ctx) if name == "rng" else ctx for name in step.asks}


def _explained(step: Step, tensors: Sequence[Any], error: Exception) -> MXNetError:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, MXNetError):  # an operator's own words say what it was given
        return MXNetError(f"node {', '.join(step.nodes)} ({step.label}): {line}")
    given = ", ".join(describe(tensor) for tensor in tensors)
    return MXNetError(f"node {', '.join(step.nodes)} ({step.label}): {line} (got {given})")
