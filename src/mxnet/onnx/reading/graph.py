"""From a graph of ONNX to a Symbol: node by node, what is known folded, the rest written by the table's functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ... import ndarray as nd
from ...base import MXNetError, brief, to_host_dtype, to_torch_dtype
from ...name import Prefix
from ...ops.dtype_rules import same
from ...ops.registry import operator_of
from ...symbol import Symbol, Variable
from ...symbol.call import compose
from ...symbol.graph import Entry, Node
from ...symbol.inference import is_complete
from ...symbol.inference.forward import Call, outputs_of
from .definitions import definition, is_defined
from .files import array_of, dtype_name_of, graphs_of, opset_of, package
from .folding import folded
from .table import READERS, At
from .values import KEPT_AS, DependsOnLength, Pair, Value

__all__ = ["Reader", "dtype_of", "in_order", "refuse_unknown"]


#: where the numbers begin that stand for lengths found while a graph runs
_FOUND = 10_007


class Reader:
    """What is known of a graph of ONNX while it is read.

    Parameters
    ----------
    opset : int

    Attributes
    ----------
    values : dict of str to Value
    arguments, states : dict of str to NDArray
        parameters so far
    """

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.values: dict[str, Value] = {}
        self.arguments: dict[str, Any] = {}
        self.states: dict[str, Any] = {}
        #: names that nodes or outputs read
        self.wanted: set[str] = set()
        self._names: set[str] = set()
        self._found = 0
        #: by a length that is open, or found while the graph runs, what has it, and along which axis
        self._having: dict[tuple[int, int], tuple[Symbol, int]] = {}
        #: nodes that are called as ONNX calls what they give
        self._named_already: set[Node] = set()
        #: by node, the shapes of its outputs for both numbers, and their dtypes
        self._shapes: dict[Node, tuple[list[Any], list[Any]]] = {}
        self._dtypes: dict[Node, list[torch.dtype]] = {}

    # --- what comes from outside -----------------------------------------------------------------------------------

    def own_name(self, wish: str) -> str:
        """A name that nothing else in the graph has."""
        name, number = wish, 1
        while name in self._names:
            name, number = f"{wish}_{number}", number + 1
        self._names.add(name)
        return name

    def input(self, name: str, dtype: Any, shapes: tuple[Any, Any]) -> Value:
        """An input of the graph."""
        symbol = self._variable(self.own_name(name), dtype, shapes)
        for axis, pair in enumerate(zip(*shapes)):
            if pair[0] != pair[1]:
                self._having.setdefault(pair, (symbol, axis))
        self.values[name] = Value(name, dtype, shapes, symbol=symbol)
        return self.values[name]

    def constant(self, name: str, array: np.ndarray[Any, Any]) -> None:
        """A name whose elements are known."""
        self.values[name] = Value.known(name, (array, array))

    def parameter(self, name: str, array: np.ndarray[Any, Any]) -> Symbol:
        """A parameter, as a symbol."""
        kept = np.atleast_1d(array)
        kept = kept.astype(KEPT_AS.get(kept.dtype.name, kept.dtype), copy=False)
        own = self.own_name(name)
        try:
            self.arguments[own] = nd.array(kept, dtype=kept.dtype.name)
        except (MXNetError, TypeError, ValueError) as error:
            raise MXNetError(f"tensor {name!r} of dtype {array.dtype} cannot be kept: {brief(error)}") from error
        return self._variable(own, kept.dtype, (kept.shape, kept.shape))

    def state(self, symbol: Symbol) -> None:
        """Have a parameter be an auxiliary state."""
        name = symbol.name
        if name in self.arguments:
            self.states[name] = self.arguments.pop(name)

    def _variable(self, name: str, dtype: Any, shapes: tuple[Any, Any]) -> Symbol:
        symbol = Variable(name)
        node = symbol._entries[0].node
        self._shapes[node] = ([shapes[0] or (1,)], [shapes[1] or (1,)])
        self._dtypes[node] = [to_torch_dtype(KEPT_AS.get(np.dtype(dtype).name, np.dtype(dtype).name))]
        return symbol

    def symbol_of(self, value: Value, inferred: bool = False) -> Symbol:
        """A value as a symbol; with `inferred` what reads it tells its open lengths."""
        if value.symbol is None:
            if value.array is not None:
                value.symbol = self.parameter(value.name, value.array)
            else:
                value.symbol = self._filled(value, inferred)
        return value.symbol

    def _filled(self, value: Value, inferred: bool) -> Symbol:
        """Elements that depend on an open length, all one number."""
        assert value.arrays is not None
        one, other = value.arrays
        if not one.size or np.unique(one).size != 1 or np.unique(other).size != 1 or one.flat[0] != other.flat[0]:
            raise DependsOnLength(f"{value.name} depends on a length that is open")
        lengths = list(zip(one.shape, other.shape))
        shape = tuple(left if left == right else 0 for left, right in lengths)
        kind, number = one.dtype.name, float(one.flat[0])
        if not inferred:
            return self._filled_like(lengths, number, kind)
        symbol = (
            self.call("_full", (), {"shape": shape, "value": number, "dtype": kind})
            if number
            else self.call("_zeros", (), {"shape": shape, "dtype": kind})
        )
        node = symbol._entries[0].node
        self._shapes[node] = ([one.shape], [other.shape])
        self._dtypes[node] = [to_torch_dtype(kind)]
        return symbol

    def _filled_like(self, lengths: Sequence[Pair], number: float, kind: str) -> Symbol:
        """An array of one number, each of whose open lengths is that of something, or a multiple."""
        symbol = self.call("_full", (), {"shape": (1,) * len(lengths), "value": number, "dtype": kind})
        wanted = tuple(left if left == right else 0 for left, right in lengths)
        for place, pair in enumerate(lengths):
            if pair[0] == pair[1]:
                continue
            source, axis, times = self._source(pair)
            row = self.call("_contrib_arange_like", (source,), {"axis": axis})
            if times > 1:
                row = self.call("tile", (row,), {"reps": (times,)})
            row = self.call("Reshape", (row,), {"shape": tuple(-1 if n == place else 1 for n in range(len(lengths)))})
            row = self.call("zeros_like", (self.call("Cast", (row,), {"dtype": kind}),), {})
            symbol = self.call("broadcast_add", (symbol, row), {})
        if wanted != (1,) * len(lengths) and any(n > 1 for n in wanted):
            symbol = self.call("broadcast_to", (symbol,), {"shape": wanted})
        return symbol

    def _source(self, pair: Pair) -> tuple[Symbol, int, int]:
        """What has an open length, along which axis, and how many times that is the length asked for."""
        for known, (symbol, axis) in self._having.items():
            times = pair[0] // known[0] if known[0] else 0
            if times and (known[0] * times, known[1] * times) == tuple(pair):
                return symbol, axis, times
        raise DependsOnLength("an array has a length that is computed of open ones")

    # --- what is written -------------------------------------------------------------------------------------------

    def call(self, op: str, inputs: Sequence[Symbol], attributes: Mapping[str, Any]) -> Symbol:
        """A node of an operator here."""
        spec = operator_of(op)
        assert spec is not None, op
        symbol = compose(spec, op, spec.name.lstrip("_").lower(), inputs, attributes, symbol_class=Symbol)
        self._settle(symbol._entries[0].node)
        return symbol

    def _settle(self, node: Node) -> None:
        """Find the shapes and dtypes of a new node's outputs."""
        assert node.spec is not None
        for entry in node.inputs:
            if entry.node not in self._shapes:  # a variable that composing has made
                raise MXNetError(f"{node.name} ({node.op}): input {entry.node.name} is not given")
        kinds = [self._dtypes[entry.node][entry.output] for entry in node.inputs]
        call = Call(node)
        found: list[Any] = []
        for size in (0, 1):
            shapes = [self._shapes[entry.node][size][entry.output] for entry in node.inputs]
            if size and all(
                self._shapes[entry.node][0][entry.output] == shape for entry, shape in zip(node.inputs, shapes)
            ):
                found.append(found[0])
                continue
            told = list(outputs_of(call, shapes, kinds))
            if len(told) < node.visible or not all(map(is_complete, told)):
                told = [None] * node.visible
            found.append([None if each is None else tuple(each) for each in told])
        self._shapes[node] = (found[0], found[1])
        rule = node.spec.rule("dtype") or same
        attributes = {**node.spec.defaults, **node.parsed}
        told_kinds = list(rule(call.spread(kinds), (None,) * node.visible, attributes)[1])
        first = kinds[0] if kinds else torch.float32
        self._dtypes[node] = [each or first for each in told_kinds] or [first] * node.visible

    def shapes_of(self, symbol: Symbol) -> Pair:
        """The shapes of a symbol of one output, for both numbers."""
        node, place, _ = symbol._entries[0]
        one, other = (self._shapes[node][size][place] for size in (0, 1))
        if one is None or other is None:
            raise MXNetError(f"the shape of what {node.name} ({node.op}) gives depends on elements, or is not known")
        return one, other

    def dtype_of(self, symbol: Symbol) -> Any:
        """The dtype of a symbol of one output, as NumPy has it."""
        node, place, _ = symbol._entries[0]
        return np.dtype(to_host_dtype(self._dtypes[node][place]))

    def value_of(self, name: str, symbol: Symbol, dtype: Any = None, scalar: bool = False) -> Value:
        """A symbol of one output as a value."""
        shapes = ((), ()) if scalar else self.shapes_of(symbol)
        return Value(name, self.dtype_of(symbol) if dtype is None else dtype, shapes, symbol=symbol)

    # --- nodes -----------------------------------------------------------------------------------------------------

    def run(self, graph: Any) -> None:
        """Read all nodes of a graph."""
        for tensor in graph.initializer:
            self.constant(tensor.name, array_of(tensor))
        for node in in_order(graph, self.values):
            self._read(node)

    def _read(self, node: Any) -> None:
        inputs = [self.values[name] if name else None for name in node.input]
        at = At(self, node, inputs, self.opset)
        try:
            results = self._results(at)
        except MXNetError as error:
            if node.domain not in ("", "ai.onnx"):
                raise
            try:
                found = definition(node, inputs, self.opset)
                if found is None:
                    raise
                results = self._by_definition(at, *found)
            except DependsOnLength:
                raise
            except MXNetError:
                if node.op_type not in READERS:
                    raise
                raise error from error.__cause__
        without_axes = bool(inputs) and all(value is None or not value.shape for value in inputs)
        for name, result in zip(node.output, results):
            if name and result is not None:
                if without_axes and isinstance(result, Symbol) and self.shapes_of(result)[0] == (1,):
                    result = self.value_of(name, result, scalar=True)  # what is made of numbers is one
                self.values[name] = self._named(name, result)

    def _results(self, at: At) -> list[Any]:
        """What the outputs of a node are.

        Raises
        ------
        MXNetError
            it is not read; an output that is wanted is not made
        """
        reader = READERS.get(at.op)
        try:
            found: Any = folded(at)
            if found is None:
                if reader is None:
                    raise at.refuse("its operator is not read")
                with Prefix(f"{at.name}_"):
                    found = reader(at)
        except DependsOnLength as error:
            raise error.at(at) from None
        except MXNetError as error:
            said = str(error)
            raise MXNetError(said if said.startswith(repr(at)) else f"{at!r}: {said}") from error
        except (TypeError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError) as error:
            raise MXNetError(f"{at!r} cannot be read: {brief(error)}") from error
        results = [found] if isinstance(found, (Symbol, Value)) else list(found)
        for name, result in zip(at.node.output, [*results, *[None] * len(at.node.output)]):
            if name and result is None and name in self.wanted:
                raise at.refuse(f"its output {name} is not made here")
        return results

    def _by_definition(self, at: At, graph: Any, opset: int) -> list[Any]:
        """What the outputs of a node are by the graph that defines its operator."""
        around, self.opset = self.opset, opset
        try:
            values = self.body(graph, [value for value in at.inputs if value is not None])
        finally:
            self.opset = around
        for value in values:
            self.rename(value)
        made = iter(values)
        return [next(made, None) if name else None for name in at.node.output]

    def body(self, graph: Any, inputs: Sequence[Value] = ()) -> list[Value]:
        """The outputs of a graph that a node holds, its inputs standing for these; names in it are its own.

        Raises
        ------
        MXNetError
            it has more inputs, or gives what it does not make
        """
        formal = [each.name for each in graph.input]
        if len(formal) != len(inputs):
            raise MXNetError(f"the graph {graph.name or 'without a name'} has {len(formal)} inputs, not {len(inputs)}")
        own = {name for node in graph.node for name in node.output} | {each.name for each in graph.initializer}
        around = {name: self.values.pop(name) for name in {*own, *formal} if name in self.values}
        self.wanted |= {name for node in graph.node for name in node.input} | {each.name for each in graph.output}
        try:
            self.values.update(zip(formal, inputs))
            self.run(graph)
            missing = next((each.name for each in graph.output if each.name not in self.values), None)
            if missing is not None:
                raise MXNetError(f"the output {missing!r} of the graph {graph.name!r} is given by nothing")
            return [self.values[each.name] for each in graph.output]
        finally:
            for name in (*own, *formal):
                self.values.pop(name, None)
            self.values.update(around)

    def found_length(self) -> tuple[int, int]:
        """Two numbers for a length that is found while the graph runs, which no other length has."""
        self._found += 2
        return _FOUND + self._found, _FOUND + self._found + 1

    def told(self, symbol: Symbol, shapes: Sequence[Sequence[Any]], dtypes: Sequence[Any]) -> None:
        """Say what shapes and dtypes the outputs of the node behind a symbol have, where rules cannot."""
        node = symbol._entries[0].node
        for place, shape in enumerate(shapes):
            for axis, pair in enumerate(zip(*shape)):
                if pair[0] >= _FOUND:
                    self._having.setdefault(pair, (Symbol([Entry(node, place)]), axis))
        self._shapes[node] = ([tuple(one) for one, _ in shapes], [tuple(other) for _, other in shapes])
        self._dtypes[node] = [to_torch_dtype(KEPT_AS.get(np.dtype(each).name, np.dtype(each).name)) for each in dtypes]

    def rename(self, value: Value) -> None:
        """Have the node that makes a value be called anew, by what reads it from outside."""
        if value.symbol is not None:
            self._named_already.discard(value.symbol._entries[0].node)

    def _named(self, name: str, result: Symbol | Value) -> Value:
        """What a name stands for; the node that makes it is called so."""
        if isinstance(result, Value):
            value = Value(name, result.dtype, result.shapes, result.arrays, result.symbol)
        else:
            value = self.value_of(name, result)
        symbol = value.symbol
        if symbol is not None:
            node, place, _ = symbol._entries[0]
            if node.spec is not None and place == 0 and node not in self._named_already:
                node.name = self.own_name(name.removesuffix("_output"))
                self._named_already.add(node)
        return value

    def output(self, value: Value) -> Symbol:
        """What the graph gives, in the dtype that ONNX says."""
        symbol = self.symbol_of(value)
        if value.dtype == np.bool_ and self.dtype_of(symbol) != np.bool_:
            symbol = self.call("Cast", (symbol,), {"dtype": "bool"})
        elif symbol._entries[0].node.spec is None:
            symbol = self.call("_copy", (symbol,), {})
        return symbol


def in_order(graph: Any, known: Mapping[str, Any]) -> list[Any]:
    """The nodes of a graph, each after what it reads.

    Raises
    ------
    MXNetError
        a node reads what nothing gives, reads itself, or gives what is there already
    """
    makers: dict[str, int] = {}
    for place, node in enumerate(graph.node):
        for name in node.output:
            if name in makers or (name and name in known):
                raise MXNetError(f"{name} is given twice, the second time by {node.name or name} ({node.op_type})")
            if name:
                makers[name] = place
    readers: dict[int, list[int]] = {}
    waits = []
    for place, node in enumerate(graph.node):
        needed = set()
        for name in _reads(node):
            if name in makers:
                needed.add(makers[name])
            elif name not in known:
                raise MXNetError(f"{node.name or node.op_type} ({node.op_type}) reads {name!r}, which nothing gives")
        waits.append(len(needed))
        for each in needed:
            readers.setdefault(each, []).append(place)
    ready = deque(place for place, count in enumerate(waits) if not count)
    order = []
    while ready:
        place = ready.popleft()
        order.append(graph.node[place])
        for each in readers.get(place, ()):
            waits[each] -= 1
            if not waits[each]:
                ready.append(each)
    if len(order) < len(waits):
        stuck = next(node for node, count in zip(graph.node, waits) if count)
        raise MXNetError(f"the nodes go in a circle: {stuck.name or stuck.op_type} ({stuck.op_type}) is one of them")
    return order


def _reads(node: Any) -> list[str]:
    """The names that a node reads, and those that its graphs read from around them."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            inner = {each.name for each in (*graph.input, *graph.initializer)}
            inner |= {name for each in graph.node for name in each.output}
            names += [name for each in graph.node for name in _reads(each) if name not in inner]
            names += [each.name for each in graph.output if each.name not in inner]
    return names


def refuse_unknown(model: Any) -> None:
    """Refuse a model with operators that are not read, all of them at once.

    Raises
    ------
    MXNetError
        with each of them and its nodes
    """
    unknown: dict[str, list[str]] = {}
    opset = opset_of(model)
    for graph in graphs_of(model.graph):
        for node in graph.node:
            own = node.domain in ("", "ai.onnx")
            if not own or (node.op_type not in READERS and not is_defined(node.op_type, opset)):
                known = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
                unknown.setdefault(known, []).append(node.name or next(iter(node.output), "?"))
    if unknown:
        shown = "; ".join(
            f"{op} ({', '.join(names[:5])}{f' and {len(names) - 5} more' if len(names) > 5 else ''})"
            for op, names in unknown.items()
        )
        raise MXNetError(f"operators that are not read: {shown}")


def dtype_of(info: Any) -> Any:
    """NumPy's dtype of an input or output as ONNX declares it.

    Raises
    ------
    MXNetError
        it is no tensor, or of a dtype that arrays have not
    """
    onnx = package()
    if info.type.WhichOneof("value") != "tensor_type":
        raise MXNetError(f"{info.name} is no tensor; sequences, maps and optional values are not read")
    kind = info.type.tensor_type.elem_type
    try:
        found = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind))
        to_torch_dtype(KEPT_AS.get(found.name, found.name))
    except (KeyError, TypeError, MXNetError) as error:
        raise MXNetError(f"{info.name} is of the dtype {dtype_name_of(kind)}, which no array has") from error
    return found
