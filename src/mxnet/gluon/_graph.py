"""A hybridized block as a graph: traced once, and run by the executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from .. import autograd, symbol
from ..autograd import state
from ..base import MXNetError, upper
from ..executor import CachedGraph, PlanTable, by_node
from ..executor.plan import Monitor, Said
from ..executor.steps import Step
from ..executor.table import table_of
from ..ndarray import NDArray
from ..ops import integers
from ..ops.gradients import tied
from ..symbol import Symbol
from ..symbol.graph import topological
from ..symbol.inference import infer_shapes, is_complete
from ..util import is_np_array
from ._shapes import flatten
from .parameter import Parameter, ParameterDict

if TYPE_CHECKING:
    from .hybrid import HybridBlock

__all__ = ["BlockGraph", "Untraceable", "pattern_of", "regrouped", "symbols_like"]


class Untraceable(Exception):
    """A block does something that a graph cannot hold."""


def pattern_of(argument: Any) -> Any:
    """Where the arrays are in an argument: the class of each, in the lists they were in."""
    if isinstance(argument, (list, tuple)):
        return tuple(pattern_of(item) for item in argument)
    return type(argument) if isinstance(argument, NDArray) else argument


def _is_place(item: Any) -> bool:
    """Whether an array stands here in a pattern."""
    return isinstance(item, type) and issubclass(item, NDArray)


def symbols_like(pattern: Any) -> list[Any]:
    """Variables in the place of arrays: ``data``, or ``data0``, ``data1``, … where there are several."""
    count = sum(map(_is_place, flatten(pattern)))
    names = iter(["data"] if count == 1 else [f"data{number}" for number in range(count)])

    def replaced(item: Any) -> Any:
        if isinstance(item, (list, tuple)):
            return [replaced(each) for each in item]
        if not _is_place(item):
            return item
        variable = symbol.var(next(names))
        return variable.as_np_ndarray() if issubclass(item, upper("np.ndarray")) else variable

    return [replaced(item) for item in pattern]


def regrouped(structure: Any, flat: Iterator[Any]) -> Any:
    """Outputs in the lists their symbols were given in, taken one by one from `flat`."""
    if isinstance(structure, (list, tuple)):
        return [regrouped(item, flat) for item in structure]
    outputs = [next(flat) for _ in structure._entries]
    return outputs[0] if len(outputs) == 1 else outputs


def shape_of_parameter(parameter: Parameter) -> tuple[int, ...] | None:
    """What is known of a parameter's shape, as inference takes it: -1 for a length that is not known."""
    shape = parameter.shape
    return None if shape is None else tuple(length if length > 0 else -1 for length in shape)


def variable_shapes(graph: Symbol, known: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes of a graph's variables by name, None or with -1 where they are not known."""
    found = infer_shapes(graph._entries, known)
    return {node.name: shapes[0] for node, shapes in found.items() if node.op is None}


class BlockGraph:
    """A graph whose variables are a block's inputs and parameters.

    Parameters
    ----------
    outputs : Symbol, or nested lists of them
        what is computed
    input_names : sequence of str
        the variables that the inputs stand for
    parameters : ParameterDict
        the other variables
    backend : str, optional
        'inductor' hands the graph to torch.compile
    static : bool
        whether its nodes may keep what they make from one call to the next
    classes : sequence of type, optional
        the classes of the outputs; where they are not given, mx.np arrays under NumPy semantics, else that of the first
        input

    Attributes
    ----------
    symbol : Symbol
        the graph, its outputs in one group
    cached : CachedGraph
        what runs it
    """

    def __init__(
        self,
        outputs: Any,
        input_names: Sequence[str],
        parameters: ParameterDict,
        backend: str | None = None,
        static: bool = False,
        classes: Sequence[type[NDArray]] | None = None,
    ) -> None:
        flat = list(flatten(outputs))
        self.structure = outputs
        self.symbol = flat[0] if len(flat) == 1 else symbol.Group(flat)
        self.input_names = list(input_names)
        self.cached = CachedGraph(self.symbol, backend=backend, inputs=frozenset(input_names), bound=static)
        #: whether all parameters get a gradient, of zero if need be, whichever outputs are used; MXNet records what has
        #: up to two operators as if it were no graph
        self._whole = sum(node.op is not None for node in topological(self.symbol._entries)) > 2
        #: whether a result can be sparse though no input is
        self._stores = any(node.spec is not None and node.spec.stores for node in topological(self.symbol._entries))
        places = {name: place for place, name in enumerate(input_names)}
        unknown = [name for name in self.cached.names if name not in places and name not in parameters]
        if unknown:
            raise Untraceable(f"the graph has a variable {unknown[0]!r} that is no input and no parameter")
        self.classes = classes
        self.parameters = [parameters[name] for name in self.cached.names if name not in places]
        #: for each variable of the graph the place of the input or the parameter it is
        self._sources: list[int | Parameter] = [
            places[name] if name in places else parameters[name] for name in self.cached.names
        ]

    @classmethod
    def traced(
        cls, block: HybridBlock, pattern: Sequence[Any], backend: str | None = None, static: bool = False
    ) -> BlockGraph:
        """The graph of what a block computes from arguments like these.

        Raises
        ------
        Untraceable
            it does something that symbols cannot do
        """
        inputs = symbols_like(pattern)
        names = [str(each.name) for each in flatten(inputs) if isinstance(each, Symbol)]
        try:
            with autograd.pause(train_mode=autograd.is_training()):
                outputs = block._trace(*inputs)
        except Exception as error:  # whatever it is, running the block on arrays works or says it better
            raise Untraceable(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}") from error
        if not all(isinstance(each, Symbol) for each in flatten(outputs)):
            kinds = ", ".join(sorted({type(each).__name__ for each in flatten(outputs)}))
            raise Untraceable(f"it returns {kinds} where symbols go in")
        classes = [
            NDArray if type(each) is Symbol else upper("np.ndarray") for each in flatten(outputs) for _ in each._entries
        ]
        return cls(outputs, names, block.collect_params(), backend, static, classes)

    def parameter_shapes(self, arrays: Sequence[NDArray]) -> dict[Parameter, tuple[int, ...]]:
        """The shapes of all parameters for inputs like these, in the order the graph lists them.

        Raises
        ------
        MXNetError
            they contradict each other
        """
        known: dict[str, Any] = {name: tuple(array.shape) for name, array in zip(self.input_names, arrays)}
        known |= {
            name: shape_of_parameter(source)
            for name, source in zip(self.cached.names, self._sources)
            if isinstance(source, Parameter)
        }
        found = variable_shapes(self.symbol, known)
        return {
            source: found[name]
            for name, source in zip(self.cached.names, self._sources)
            if isinstance(source, Parameter) and is_complete(found[name])
        }

    def values(self, arrays: Sequence[NDArray], placed: Callable[[Parameter], NDArray] | None = None) -> list[NDArray]:
        """The arrays of the graph's variables; parameters on the context of the first input.

        Parameters
        ----------
        arrays : sequence of NDArray
            the inputs
        placed : callable(Parameter) -> NDArray, optional
            the array of a parameter, if not its own
        """
        ctx = arrays[0]._ctx
        found = []
        for source in self._sources:
            if isinstance(source, Parameter):
                found.append(source.data(ctx) if placed is None else placed(source))
            else:
                found.append(arrays[source])
        return found

    def run(
        self,
        arrays: Sequence[NDArray],
        placed: Callable[[Parameter], NDArray] | None = None,
        graph: CachedGraph | None = None,
        monitor: Monitor | None = None,
    ) -> Any:
        """The outputs for inputs, in the lists they were traced in; running statistics move in the backward.

        Parameters
        ----------
        arrays : sequence of NDArray
            the inputs
        placed : callable(Parameter) -> NDArray, optional
            the array of a parameter, if not its own
        graph : CachedGraph, optional
            what runs, if not the block's own
        monitor : callable, optional
            see :meth:`mxnet.executor.plan.Plan.run`
        """
        first = arrays[0]
        variables = self.values(arrays, placed)
        recording = state.recording
        if self._stores or any(array._sparse for array in arrays) or (recording and _of_integers(variables)):
            return self._by_node(variables)
        values = [autograd.living(array) if recording else array._t for array in variables]
        with torch.set_grad_enabled(recording):
            # a fixed scale is written while recording only, as MXNet's blocks do it; its executors always do
            results, said = (graph or self.cached).run(values, first._ctx, state.training, monitor, fill=recording)
        if said:
            Said.follow(said, variables)
        if recording and len(results) > 1 and self._whole:
            own = [value for value in values if value.requires_grad and value.grad_fn is None]
            results = [tied(result, own) for result in results]
        ctx, classes = first._ctx, self.classes
        if classes is None:
            classes = [upper("np.ndarray") if is_np_array() else type(first)] * len(results)
        if len(results) == 1 and isinstance(self.structure, Symbol):
            return classes[0]._wrap(results[0], ctx)
        arrays = [kind._wrap(tensor, ctx) for kind, tensor in zip(classes, results)]
        return regrouped(self.structure, iter(arrays))

    def _by_node(self, variables: Sequence[NDArray]) -> Any:
        """:meth:`run` of sparse arrays, of which there is nothing to plan, and of integers that are recorded."""
        outputs = by_node.run(self.symbol, dict(zip(self.cached.names, variables)), state.recording, state.training)
        return (
            outputs[0]
            if isinstance(self.structure, Symbol) and len(outputs) == 1
            else regrouped(self.structure, iter(outputs))
        )

    def table(self, arrays: Sequence[NDArray]) -> PlanTable:
        """The plan of :meth:`run` for inputs in the present modes."""
        ctx, recording, training = arrays[0]._ctx, state.recording, state.training
        with torch.set_grad_enabled(recording):
            plan = self.cached.plan([array._t for array in self.values(arrays)], ctx, training)
        return table_of(plan, ctx, training, recording)

    def monitored(
        self, arrays: Sequence[NDArray], callback: Callable[[bytes, bytes, NDArray], Any], monitor_all: bool
    ) -> Any:
        """:meth:`run` node by node, each output (and input) shown to ``callback(name, operator, array)``."""
        wrap, ctx = type(arrays[0])._wrap, arrays[0]._ctx

        def show(step: Step, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
            names = [
                f"input{place}" if step.spec.variadic else step.spec.input_names[place] for place in range(len(inputs))
            ]
            given = list(zip(names, inputs)) if monitor_all else []
            plural = len(outputs) > 1
            given += [(f"output{number}" if plural else "output", tensor) for number, tensor in enumerate(outputs)]
            for name, tensor in given:
                if tensor is not None:
                    text = f"{step.nodes[-1]}_{name}".encode()
                    callback(text, step.spec.name.encode(), wrap(tensor.detach(), ctx))

        return self.run(arrays, graph=CachedGraph(self.symbol, fuse=False), monitor=show)


def _of_integers(arrays: Sequence[NDArray]) -> bool:
    """Whether integers among arrays are recorded: each operator cuts their gradients, so none are put together."""
    return integers.seen.any and any(integers.stand_in(array._t) is not None for array in arrays)


def checked_symbol(graph: BlockGraph | None, name: str, why: str | None) -> Symbol:
    """The symbol of a block that was traced.

    Raises
    ------
    MXNetError
        it could not be traced
    """
    if graph is None:
        raise MXNetError(f"{name}: cannot be written as a graph: {why}")
    return graph.symbol
