"""A graph made ready to run: the calls in order, their attributes parsed, every value's place in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from .. import streams
from ..base import MXNetError, dtype_name
from ..context import Context
from ..ops.registry import OpSpec, describe
from ..symbol import Symbol
from ..symbol.graph import Node, input_names, topological
from ..symbol.inference import is_complete

__all__ = ["Plan"]


class Step(NamedTuple):
    """One call: where its inputs are, where its outputs go, and which variables hold its states."""

    name: str
    spec: OpSpec
    attributes: dict[str, Any]
    inputs: tuple[int | None, ...]
    first: int
    shown: int
    states: tuple[tuple[int, str], ...]
    finished: tuple[int, ...]


class Plan:
    """The calls of a symbol's graph.

    Parameters
    ----------
    symbol : Symbol
        the graph
    known : mapping of Node to list of shapes, optional
        inferred shapes, for constants whose own shape is not complete

    Attributes
    ----------
    steps : the calls, each after those it depends on
    places : where the variables' values go, by name
    heads : where the outputs are
    """

    def __init__(self, symbol: Symbol, known: Mapping[Node, Any] | None = None) -> None:
        order = topological(symbol._entries)
        first: dict[int, int] = {}
        size = 0
        for node in order:
            first[id(node)] = size
            size += max(node.total, node.visible)
        self.size = size
        self.places: dict[str, int] = {}
        self.steps: list[Step] = []
        self.heads = [first[id(node)] + index for node, index, _ in symbol._entries]
        for (node, index, _), output in zip(symbol._entries, symbol.list_outputs()):
            if index >= node.visible:
                raise MXNetError(f"{output}: output {index} of {node.op} is not available; it shows {node.visible}")
        last_use = {place: len(order) for place in self.heads}
        for number, node in enumerate(order):
            for entry in node.inputs:
                place = first[id(entry.node)] + entry.output
                last_use[place] = max(last_use.get(place, 0), number)
        finished: dict[int, list[int]] = {}
        for place, number in last_use.items():
            finished.setdefault(number, []).append(place)
        for number, node in enumerate(order):
            if node.spec is None:
                if node.name in self.places:
                    raise MXNetError(f"{symbol!r}: two variables are called {node.name!r}; expected names of their own")
                self.places[node.name] = first[id(node)]
                continue
            spec = node.spec
            inputs: list[int | None] = [first[id(entry.node)] + entry.output for entry in node.inputs]
            states: list[tuple[int, str]] = []
            if not spec.variadic:
                names = input_names(spec, node.parsed, count=len(inputs))
                by_name = dict(zip(names, node.inputs))
                inputs = [
                    first[id(by_name[name].node)] + by_name[name].output if name in by_name else None
                    for name in spec.input_names
                ]
                states = [
                    (place, by_name[name].node.name)
                    for place, name in enumerate(spec.aux)
                    if name in by_name and by_name[name].node.op is None
                ]
            attributes = dict(node.parsed)
            found = known.get(node, [None])[0] if known else None
            if not inputs and "shape" in attributes and not is_complete(attributes["shape"]) and is_complete(found):
                attributes["shape"] = found  # zeros((0, 3)) of as many rows as what it is added to
            place, last = first[id(node)], tuple(finished.get(number, ()))
            self.steps.append(
                Step(node.name, spec, attributes, tuple(inputs), place, node.visible, tuple(states), last)
            )

    def run(
        self, values: Mapping[str, torch.Tensor], ctx: Context, training: bool
    ) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
        """Compute the outputs.

        Parameters
        ----------
        values : mapping of str to Tensor
            the variables
        ctx : Context
            whose random streams and device serve operators without inputs
        training : bool
            whether dropout drops and batch norm takes the batch's statistics

        Returns
        -------
        list of Tensor, dict of str to Tensor
            the outputs, and the new values of auxiliary states that changed

        Raises
        ------
        MXNetError
            an operator refuses its inputs
        """
        slots: list[Any] = [None] * self.size
        for name, place in self.places.items():
            slots[place] = values[name]
        changed: dict[str, torch.Tensor] = {}
        for name, spec, attributes, inputs, first, shown, states, finished in self.steps:
            tensors = [None if place is None else slots[place] for place in inputs]
            if spec.takes_training or spec.takes_device or spec.takes_rng:
                attributes = dict(attributes)
                if spec.takes_training:
                    attributes["training"] = training
                if spec.takes_device:
                    attributes["device"] = tensors[0].device if tensors and tensors[0] is not None else ctx.torch_device
                if spec.takes_rng:
                    attributes["rng"] = streams.for_context(ctx)
            if spec.same_dtype:
                _check_dtypes(name, spec, tensors)
            try:
                result = spec.function(*tensors, **attributes)
            except (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError) as error:
                line = (str(error).strip().splitlines() or [type(error).__name__])[0]
                given = ", ".join(describe(tensor) for tensor in tensors)
                raise MXNetError(f"node {name} ({spec.name}): {line} (got {given})") from error
            if type(result) is torch.Tensor:
                slots[first] = result
            else:
                slots[first : first + shown] = result[:shown]
                for place, state in states:
                    new = result[len(result) - len(spec.aux) + place]
                    if new is not None and new is not values[state]:
                        changed[state] = new
            for place in finished:
                slots[place] = None
        return self._unshared([slots[place] for place in self.heads], values), changed

    def _unshared(self, outputs: list[torch.Tensor], values: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
        """The outputs on memory of their own where they are inputs or views of them."""
        memory = {tensor.untyped_storage().data_ptr() for tensor in values.values() if not tensor.is_meta}
        unshared = []
        for tensor in outputs:
            if not tensor.is_meta:
                pointer = tensor.untyped_storage().data_ptr()
                if pointer in memory:
                    tensor = tensor.clone(memory_format=torch.contiguous_format)
                else:
                    memory.add(pointer)
            unshared.append(tensor)
        return unshared


def _check_dtypes(name: str, spec: OpSpec, tensors: list[Any]) -> None:
    expected = next((tensor.dtype for tensor in tensors if tensor is not None), None)
    for place, tensor in enumerate(tensors):
        if tensor is not None and tensor.dtype is not expected:
            raise MXNetError(
                f"node {name} ({spec.name}): input {place} is {dtype_name(tensor.dtype)}; expected "
                f"{dtype_name(expected)} as the first"  # type: ignore[arg-type]
            )
