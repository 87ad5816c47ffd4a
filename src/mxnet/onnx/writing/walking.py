"""Walks a graph call by call and has each operator's rule write its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...base import MXNetError
from ...ops.kinds import answer
from ...symbol.graph import topological
from ...symbol.inference import infer
from ...symbol.typed import Call, TypedGraph, Value, typed
from .builder import Builder
from .lengths import Length, Refusal, length
from .terms import Term

__all__ = ["At", "Walk"]

#: axis by axis the name of a length that may vary, by input
Dynamic = Mapping[str, Mapping[int, str]]


class At:
    """What a rule is given beside its inputs: where it writes, and what is known of the call.

    Attributes
    ----------
    call : with its attributes, which ``at["axis"]`` gives
    shape, dtype : of the first output
    shapes, dtypes : of all
    """

    op: Callable[..., Term]
    ops: Callable[..., list[Term]]
    constant: Callable[..., Term]
    where: Callable[..., Term]
    concat: Callable[..., Term]
    expand: Callable[..., Term]
    lengths: Callable[..., Term]

    def __init__(self, walk: Walk, call: Call, shapes: Sequence[tuple[Length, ...] | None]) -> None:
        builder = walk.builder
        self._walk, self.call, self.opset = walk, call, builder.opset
        self.builder = builder
        self.op, self.ops, self.constant, self.where = builder.op, builder.ops, builder.constant, builder.where
        self.concat, self.expand, self.lengths = builder.concat, builder.expand, builder.shape
        self.shapes, self.dtypes = shapes, [each.dtype for each in call.outputs]
        self.dtype = self.dtypes[0]

    def __getitem__(self, attribute: str) -> Any:
        return self.call.attributes[attribute]

    def get(self, attribute: str, default: Any = None) -> Any:
        """An attribute that only some of the operators with this rule have."""
        return self.call.attributes.get(attribute, default)

    @property
    def shape(self) -> tuple[Length, ...]:
        """The lengths of the first output's axes."""
        shape = self.shapes[0]
        assert shape is not None
        return shape

    def wide(self, data: Term) -> Term:
        """Integers of few bits and booleans as int32, in which runtimes compute; the result is cast back."""
        return data.cast("int32") if data.dtype in ("int8", "uint8", "int16", "uint16", "bool") else data

    def floating(self, data: Term) -> Term:
        """Integers and booleans as float32; the result is cast back."""
        return data if data.is_float else data.cast("float32")

    def refuse(self, reason: str) -> Refusal:
        """What a rule raises where it cannot write the call."""
        return Refusal(reason)

    def held(self, place: int, inputs: Sequence[Term], done: int = 0, result: Term | None = None) -> list[Term]:
        """Write one of the graphs that the node holds, its variables in order being these; its outputs.

        The first `done` calls of it are not written: `result` is what the last of them gives.
        """
        return self._walk.held(self.call.node.graphs[place], inputs, done, result)


class Walk:
    """One pass over a graph.

    Attributes
    ----------
    builder : what has been written
    refusals : the calls that cannot be, each with the reason
    terms : by the id of a value what it has become
    lengths : by the id of a value of the graph its shape
    labels : names of inputs that change nothing
    symbols : the names of lengths that vary
    head_names : of the outputs
    bfloats : the names of parameters of bfloat16
    """

    def __init__(self, graph: TypedGraph, opset: int, dynamic: Dynamic) -> None:
        self.builder, self.refusals = Builder(opset), list[tuple[Call, str]]()
        self.terms: dict[int, Term] = {}
        self._held: list[TypedGraph] = []
        self.graph = graph
        self.bfloats = {each.name for each in graph.parameters if each.dtype == "bfloat16"}
        values = [*graph.inputs, *graph.parameters, *(value for call in graph.calls for value in call.outputs)]
        self.builder.taken.update(each.name for each in values)
        self.head_names = self._heads()
        self.symbols: dict[Length, str] = {}
        self._wished: dict[int, str] = {}
        for name, value in zip(self.head_names, graph.outputs):
            if value.makes is not None:
                self._wished.setdefault(id(value), name)
        self.labels = _labels(graph)
        shapes = self._sampled(dynamic)
        self.lengths = _lengths(graph, shapes)
        for value in graph.inputs:
            self.terms[id(value)] = Term(self.builder, value.name, value.dtype, self.lengths[id(value)])
        for value in graph.parameters:
            self._parameter(value)
        self._calls(graph, self.lengths, own_names=True)

    def _heads(self) -> list[str]:
        """A name of its own for each output: the value's where the graph calls it so."""
        names: list[str] = []
        for name, value in zip(self.graph.output_names, self.graph.outputs):
            own = value.makes is not None and name == value.name and name not in names
            names.append(name if own else self.builder.fresh(name))
        return names

    def _parameter(self, value: Value) -> None:
        array = value.array
        assert array is not None

        def elements() -> np.ndarray[Any, Any]:
            dense = array if array.stype == "default" else array.tostype("default")
            tensor = dense._t.detach()
            return (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).cpu().numpy()

        self.builder.initializers[value.name] = elements
        self.terms[id(value)] = Term(self.builder, value.name, value.dtype, value.shape, elements)

    def _sampled(self, dynamic: Dynamic) -> list[dict[str, tuple[int, ...]]]:
        """The shapes of the inputs, first as they are and then with other lengths of the axes that may vary."""
        # a label's lengths follow from those of what it is compared with
        given = [each for each in self.graph.inputs if each.name not in self.labels or each.name in dynamic]
        inputs = {value.name: value.shape or () for value in given}
        names: list[str] = []
        for name, axes in dynamic.items():
            if name not in inputs:
                raise MXNetError(f"the graph has no input {name!r}; it has {', '.join(inputs) or 'none'}")
            for axis, symbol in axes.items():
                if not 0 <= axis < len(inputs[name]):
                    raise MXNetError(f"input {name} has no axis {axis}: its shape is {inputs[name]}")
                if symbol not in names:
                    names.append(symbol)
        factors = [{symbol: 2} for symbol in names] + [{each: 3 + 2 * place for place, each in enumerate(names)}]
        samples = [inputs]
        for factor in factors if names else []:
            sample = {
                name: tuple(
                    each * factor.get(dynamic.get(name, {}).get(axis, ""), 1) for axis, each in enumerate(shape)
                )
                for name, shape in inputs.items()
            }
            samples.append(sample)
        for name, axes in dynamic.items():
            for axis, symbol in axes.items():
                self.symbols[length([sample[name][axis] for sample in samples])] = symbol
        return samples

    # --- calls --------------------------------------------------------------------------------------------------------

    def _calls(
        self, graph: TypedGraph, lengths: Mapping[int, tuple[Length, ...] | None], own_names: bool, done: int = 0
    ) -> None:
        varying = [self.terms[id(value)] for value in self.graph.inputs]
        for call in graph.calls[done:]:
            inputs = [None if value is None else self.terms[id(value)] for value in call.inputs]
            shapes = [lengths.get(id(value)) for value in call.outputs]
            builder = self.builder
            builder.scope = call.name
            builder.near = [*(each for each in inputs if each is not None), *varying]
            start = len(builder.nodes)
            try:
                results = self._written(call, At(self, call, shapes), inputs)
            except Refusal as refusal:
                del builder.nodes[start:]
                self.refusals.append((call, str(refusal)))
                results = [Term(builder, builder.fresh(f"{call.name}/none"), each.dtype) for each in call.outputs]
            made = _Made(builder, start)
            for value, result in zip(call.outputs, results):
                wish = self._wished.get(id(value))
                if wish is None:
                    name = value.name if own_names else builder.fresh(value.name)
                else:
                    name = wish
                name = made.renamed(result.name, name)
                self.terms[id(value)] = Term(builder, name, value.dtype, lengths.get(id(value)), result.array)

    def _written(self, call: Call, at: At, inputs: Sequence[Term | None]) -> list[Term]:
        rule = call.spec.rule("onnx")
        if rule is None:
            raise Refusal(answer(call.spec, "onnx").reason or "there is no rule for this operator")
        given = [each for each in inputs if each is not None] if call.spec.variadic else inputs
        written = rule(at, *given)
        results = [written] if isinstance(written, Term) else list(written)
        return [term.cast(value.dtype) for term, value in zip(results, call.outputs)]

    def held(
        self, heads: Sequence[Any], inputs: Sequence[Term], done: int = 0, result: Term | None = None
    ) -> list[Term]:
        """Write a graph that a node holds into what is being written, its variables being these terms.

        Of the first `done` calls the last gives `result`; they are not written.
        """
        variables = [node for node in topological(list(heads)) if node.spec is None]
        count = max(
            (len(each.samples) for term in inputs for each in term.lengths if not isinstance(each, int)), default=1
        )
        samples = [
            {
                node.name: tuple(each if isinstance(each, int) else each.samples[number] for each in term.lengths)
                for node, term in zip(variables, inputs)
            }
            for number in range(count)
        ]
        dtypes = {node.name: term.dtype for node, term in zip(variables, inputs)}
        graph = typed(list(heads), {}, samples[0], dtypes)
        for value, term in zip(graph.inputs, inputs):
            self.terms[id(value)] = term
        scope, near = self.builder.scope, self.builder.near
        self._held.append(graph)  # values are known by their ids: they have to live on
        lengths = _lengths(graph, samples)
        if result is not None:
            (value,) = graph.calls[done - 1].outputs[:1]
            known = lengths[id(value)]
            self.terms[id(value)] = result if known is None else result.shaped(known)
        self._calls(graph, lengths, own_names=False, done=done)
        self.builder.scope, self.builder.near = scope, near
        return [self.terms[id(value)] for value in graph.outputs]


class _Made:
    """The nodes of one call, whose results take the names of the call's outputs where they can."""

    def __init__(self, builder: Builder, start: int) -> None:
        self.nodes = builder.nodes[start:]
        plain = not any(attribute.HasField("g") for node in self.nodes for attribute in node.attribute)
        self.outputs = {name: node for node in self.nodes for name in node.output} if plain else {}

    def renamed(self, old: str, new: str) -> str:
        """The name under which a result can be found."""
        maker = self.outputs.pop(old, None)
        if maker is None:
            return old
        for node in self.nodes:
            for place, name in enumerate(node.input):
                if name == old:
                    node.input[place] = new
        maker.output[list(maker.output).index(old)] = new
        return new


def _labels(graph: TypedGraph) -> set[str]:
    """The names of the inputs that losses alone read, as what they are trained by: prediction does without."""
    others, labels = set[str](), set[str]()
    for call in graph.calls:
        # what comes first is what is given out
        own = {*call.spec.unlearned} - {call.spec.input_names[0]} if call.spec.is_loss(call.attributes) else ()
        for name, value in zip(call.spec.input_names, call.inputs) if own else ():
            if value is not None and value.makes is None:
                (labels if name in own else others).add(value.name)
        if not own:
            others.update(value.name for value in call.inputs if value is not None and value.makes is None)
    names = {value.name for value in graph.inputs} - {value.name for value in graph.outputs}
    return (labels - others) & names


def _lengths(
    graph: TypedGraph, samples: Sequence[Mapping[str, tuple[int, ...]]]
) -> dict[int, tuple[Length, ...] | None]:
    """The lengths of all values, from shapes of the graph's inputs."""
    values = [*graph.inputs, *graph.parameters, *(value for call in graph.calls for value in call.outputs)]
    if len(samples) == 1:
        return {id(value): value.shape for value in values}
    fixed = {value.name: value.shape for value in graph.parameters}
    heads = [value.entry for value in graph.outputs]
    found = []
    for sample in samples:
        try:
            found.append(infer(heads, {**fixed, **sample}).shapes)  # type: ignore[arg-type]
        except MXNetError as error:
            given = ", ".join(f"{name} {shape}" for name, shape in sample.items() if shape != samples[0][name])
            raise MXNetError(
                f"the graph does not hold for other lengths of the dynamic axes ({given}): {error}"
            ) from error
    lengths: dict[int, tuple[Length, ...] | None] = {}
    for value in values:
        assert value.entry is not None
        shapes = [each[value.entry.node][value.entry.output] for each in found]
        known = value.shape is not None and all(each is not None and len(each) == len(value.shape) for each in shapes)
        lengths[id(value)] = tuple(length(each) for each in zip(*shapes)) if known else None
    return lengths
