"""Both sides of a conversion on the same inputs: what an output may differ by, and where two graphs part."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.symbol.graph import duplicate, topological
from mxnet.symbol.inference import infer, is_complete
from mxnet.symbol.typed import TypedGraph

__all__ = [
    "SEEDS", "TOLERANCE", "Axes", "Compared", "Learner", "Reference", "axes_of_examples", "compared",
    "differs_each_time", "drawn_at_random", "first_difference", "host_dtype", "random_inputs", "top", "without_chance",
]  # fmt: skip

#: by how much an output may differ, as a share of the largest of its elements
TOLERANCE = 1e-4
#: of the random inputs
SEEDS = (0, 1, 2)

Arrays = dict[str, np.ndarray[Any, Any]]
#: one side: outputs for inputs by name
Runs = Callable[[Arrays], Sequence[np.ndarray[Any, Any]]]

#: one side as in training: outputs, and gradients by MXNet's names of parameters of their sum, each times `top` of it
Learner = Callable[[Arrays], tuple[Sequence[np.ndarray[Any, Any]], Arrays]]


@dataclass
class Compared:
    """How far two sides are apart in one output.

    Attributes
    ----------
    output : str
        its name
    difference : float
        the largest, over all inputs
    scale : float
        the largest element of the output, in absolute value
    problem : str
        what else is wrong: another shape, numbers on one side alone
    by_shape : bool
        only the shape is compared: it is drawn at random
    """

    output: str
    difference: float = 0.0
    scale: float = 0.0
    problem: str = ""
    by_shape: bool = False

    @property
    def share(self) -> float:
        """The difference as a share of the largest element."""
        return self.difference / self.scale if self.scale else self.difference

    def past(self, tolerance: float) -> bool:
        """Whether the difference is more than is allowed."""
        return bool(self.problem) or not self.share <= tolerance

    def add(self, wanted: np.ndarray[Any, Any], got: np.ndarray[Any, Any]) -> None:
        """Take in what the two sides give for one more input."""
        if wanted.shape != got.shape:
            self.problem = f"shape {got.shape} where it was {wanted.shape}"
            return
        if not wanted.size or self.by_shape:
            return
        one, two = (each.astype(np.float64) for each in (wanted, got))
        numbers = np.isfinite(one)
        if not np.array_equal(np.where(numbers, 0, one), np.where(np.isfinite(two), 0, two), equal_nan=True):
            self.problem = "numbers that are not finite on one side alone"
            return
        apart = np.abs(np.subtract(one, two, where=numbers, out=np.zeros_like(one)))
        self.difference = max(self.difference, float(apart.max()))
        self.scale = max(self.scale, float(np.abs(one[numbers]).max(initial=0)))


class Reference:
    """MXNet's side: a graph with its parameters, as an executor runs it."""

    def __init__(self, symbol: Any, parameters: Mapping[str, Any], dtypes: Mapping[str, Any]) -> None:
        self.symbol, self.parameters, self.dtypes = symbol, parameters, dtypes
        self._bound: dict[tuple[tuple[tuple[str, tuple[int, ...]], ...], bool], Any] = {}

    def bind(self, shapes: Mapping[str, tuple[int, ...]], learns: bool = False) -> Any:
        """An executor for inputs of these shapes, with gradients of all floating-point parameters if it is to learn.

        Raises
        ------
        MXNetError
            the graph refuses them
        """
        key = tuple(shapes.items()), learns
        if key not in self._bound:
            states = set(self.symbol.list_auxiliary_states())
            known = {name: array.shape for name, array in self.parameters.items()}
            names = self.symbol.list_arguments()
            # outputs may be as long as elements say; what is allocated has to be known
            told = self.symbol.infer_shape_partial(**{**known, **shapes})[0]
            sizes = {name: shape for name, shape in zip(names, told) if name not in self.parameters}
            open_ones = [name for name, shape in sizes.items() if not shape or 0 in shape]
            if open_ones:
                raise MXNetError(f"the shapes of the inputs do not tell that of {open_ones[0]}")
            found = {name: mx.nd.zeros(shape, dtype=self.dtypes.get(name, "float32")) for name, shape in sizes.items()}
            arguments = {**found, **{n: a for n, a in self.parameters.items() if n not in states}}
            aux = {name: array for name, array in self.parameters.items() if name in states}
            slopes = {
                name: mx.nd.zeros(array.shape, dtype=array.dtype)
                for name, array in arguments.items()
                if learns and name in self.parameters and array._t.is_floating_point()
            }
            request = {name: "write" if name in slopes else "null" for name in names}
            self._bound = {key: self.symbol.bind(mx.cpu(), arguments, slopes, request, aux)}
        return self._bound[key]

    def __call__(self, inputs: Arrays, training: bool = False) -> list[np.ndarray[Any, Any]]:
        """The outputs for inputs by name."""
        return [each.asnumpy() for each in self._forward(inputs, training, learns=False)[1]]

    def learned(self, inputs: Arrays) -> tuple[list[np.ndarray[Any, Any]], Arrays]:
        """The outputs as in training, and the gradients by name of their sum, each times :func:`top` of it."""
        executor, outputs = self._forward(inputs, training=True, learns=True)
        tops = [mx.nd.array(top(place, each.shape), dtype=each.dtype) for place, each in enumerate(outputs)]
        executor.backward(tops)
        slopes = {name: array.asnumpy() for name, array in executor.grad_dict.items() if array is not None}
        return [each.asnumpy() for each in outputs], slopes

    def _forward(self, inputs: Arrays, training: bool, learns: bool) -> tuple[Any, Any]:
        executor = self.bind({name: array.shape for name, array in inputs.items()}, learns)
        for name, array in inputs.items():
            executor.arg_dict[name][:] = mx.nd.array(array, dtype=executor.arg_dict[name].dtype)
        return executor, executor.forward(is_train=training)


def top(place: int, shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """What the output at a place is multiplied by in the loss that both sides learn from: the same each time."""
    return np.asarray(np.random.default_rng(place).standard_normal(shape))


#: an axis of each input that has one
Axes = Mapping[str, int]
#: no length of anything else
_OTHER = 13
#: so many ways to choose an axis of each input are tried
_WAYS = 512


def axes_of_examples(symbol: Any, parameters: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Axes | None:
    """The axis of each input along which examples lie: the first of all of them where the graph lets it be.

    Elsewhere, as with the states of recurrent layers, axes are tried that can have another length together.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        of the inputs

    Returns
    -------
    dict of str to int, or None
        inputs that are the same for all batches are not in it; None where the graph takes its own shapes alone
    """
    known = {name: tuple(array.shape) for name, array in parameters.items()}
    own = [infer(symbol._entries, {**known, **shapes}).shapes[entry.node][entry.output] for entry in symbol._entries]
    choices = [[*range(len(shape)), None] for shape in shapes.values()]
    ways = sorted(itertools.islice(itertools.product(*choices), _WAYS), key=lambda chosen: chosen.count(None))
    for chosen in ways:
        axes = {name: axis for name, axis in zip(shapes, chosen) if axis is not None}
        others = {name: _lengthened(shape, axes.get(name), _OTHER) for name, shape in shapes.items()}
        try:
            found = infer(symbol._entries, {**known, **others}).shapes
        except MXNetError:
            continue
        outputs = [found[entry.node][entry.output] for entry in symbol._entries]
        if axes and all(is_complete(each) for each in outputs) and outputs != own:
            return axes
    return None


def _lengthened(shape: tuple[int, ...], axis: int | None, length: int | None) -> tuple[int, ...]:
    """A shape with another length along an axis."""
    if axis is None or length is None:
        return shape
    return (*shape[:axis], length, *shape[axis + 1 :])


def random_inputs(graph: TypedGraph, seed: int, batch: int | None = None, axes: Axes | None = None) -> Arrays:
    """Inputs of a graph drawn from a seed.

    Normal numbers; 0 and 1 for what is whole, or read as a place, a label or a length alone.

    Parameters
    ----------
    graph : TypedGraph
    seed : int
    batch : int, optional
        how many examples there are, in the place of the graph's own
    axes : dict of str to int, optional
        along which axis of each input; default: the first of all
    """
    draws = np.random.default_rng(seed)
    learned = {
        id(value)
        for call in graph.calls
        for name, value in zip(_names(call), call.inputs)
        if value is not None and name not in call.spec.unlearned
    }
    inputs = {}
    for value in graph.inputs:
        assert value.shape is not None
        first = 0 if value.shape else None
        shape = _lengthened(value.shape, first if axes is None else axes.get(value.name), batch)
        whole = id(value) not in learned or not np.issubdtype(host_dtype(value.dtype), np.floating)
        drawn = draws.integers(0, 2, shape) if whole else draws.standard_normal(shape)
        inputs[value.name] = np.asarray(drawn, dtype=host_dtype(value.dtype))
    return inputs


def _names(call: Any) -> Sequence[str]:
    return [call.spec.input_names[0]] * len(call.inputs) if call.spec.variadic else call.spec.input_names


def compared(
    names: Sequence[str], wanted: Runs, got: Runs, cases: Iterable[Arrays], drawn: Sequence[bool] = ()
) -> list[Compared]:
    """How far two sides are apart in every output, over all cases; `drawn` says which are random."""
    found = [Compared(name, by_shape=place < len(drawn) and drawn[place]) for place, name in enumerate(names)]
    for inputs in cases:
        one, two = wanted(inputs), got(inputs)
        if len(two) != len(found):
            return [
                Compared(each.output, problem=f"{len(two)} outputs where there were {len(found)}") for each in found
            ]
        for each, left, right in zip(found, one, two):
            each.add(np.asarray(left), np.asarray(right))
    return found


def first_difference(
    symbol: Any,
    tolerance: float,
    inputs: Arrays,
    reference: Callable[[Any], Runs],
    converted: Callable[[Any], Runs],
    most: int = 64,
) -> str:
    """The first node whose output differs, those it reads being equal; "" where none does by itself.

    Parameters
    ----------
    symbol : Symbol
        the graph
    tolerance : float
    inputs : dict of str to array
        what it is run with
    reference, converted : callable
        of a symbol: the two sides of it, each to be called with `inputs`
    most : int
        how many nodes' outputs are looked at at once
    """
    nodes = [node for node in topological(symbol._entries) if node.spec is not None]
    internals = symbol.get_internals()
    outputs = {id(node): [] for node in nodes}  # type: dict[int, list[Any]]
    for single, entry in zip(internals, internals._entries):
        if id(entry.node) in outputs:
            outputs[id(entry.node)].append(single)
    for start in range(0, len(nodes), most):
        some = [(node, each) for node in nodes[start : start + most] for each in outputs[id(node)]]
        group = mx.sym.Group([each for _, each in some])
        found = compared([node.name for node, _ in some], reference(group), converted(group), [inputs])
        for (node, _), each in zip(some, found):
            if each.past(tolerance):
                return f"{node.name} ({node.op})" + (f": {each.problem}" if each.problem else f": {each.share:.1e}")
    return ""


def host_dtype(dtype: str) -> Any:
    """What NumPy holds a dtype as."""
    return np.float32 if dtype == "bfloat16" else np.dtype(dtype)


def drawn_at_random(symbol: Any) -> list[bool]:
    """Which outputs of a graph depend on random numbers in prediction too."""
    random: set[int] = set()
    for node in topological(symbol._entries):
        draws = node.spec is not None and node.spec.takes_rng and not node.spec.takes_training
        if draws or any(id(entry.node) in random for entry in node.inputs):
            random.add(id(node))
    return [id(entry.node) in random for entry in symbol._entries]


def without_chance(symbol: Any) -> Any:
    """A graph whose operators drop nothing in training."""
    entries = duplicate(symbol._entries, {})
    for node in topological(entries):
        if node.spec is not None and node.spec.takes_rng and "p" in node.spec.attributes:
            node.attributes = {**node.attributes, "p": "0"}
            node.parsed = {**node.parsed, "p": 0.0}
    return type(symbol)(entries)


def differs_each_time(run: Callable[[], Sequence[np.ndarray[Any, Any]]]) -> bool:
    """Whether outputs are others when they are computed again."""
    return not all(np.array_equal(one, other, equal_nan=True) for one, other in zip(run(), run()))


def shown(number: float) -> str:
    """A difference in a table."""
    return "0" if number == 0 else f"{number:.1e}" if math.isfinite(number) else str(number)
