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
from ...symbol.graph import Node
from ...symbol.inference import is_complete
from ...symbol.inference.forward import Call, outputs_of
from .files import array_of, graphs_of, package
from .folding import folded
from .table import READERS, At
from .values import DependsOnLength, Pair, Value

__all__ = ["Reader", "dtype_of", "in_order", "refuse_unknown"]

#: dtypes that arrays have, by those of ONNX that arrays have not
_KEPT_AS = {"uint16": "int32", "int16": "int32", "uint32": "int64", "uint64": "int64"}


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
        self.values[name] = Value(name, dtype, shapes, symbol=symbol)
        return self.values[name]

    def constant(self, name: str, array: np.ndarray[Any, Any]) -> None:
        """A name whose elements are known."""
        self.values[name] = Value.known(name, (array, array))

    def parameter(self, name: str, array: np.ndarray[Any, Any]) -> Symbol:
        """A parameter, as a symbol."""
        kept = np.atleast_1d(array)
        kept = kept.astype(_KEPT_AS.get(kept.dtype.name, kept.dtype), copy=False)
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
        self._dtypes[node] = [to_torch_dtype(_KEPT_AS.get(np.dtype(dtype).name, np.dtype(dtype).name))]
        return symbol

    def symbol_of(self, value: Value) -> Symbol:
        """A value as a symbol."""
        if value.symbol is None:
            if value.array is not None:
                value.symbol = self.parameter(value.name, value.array)
            else:
                value.symbol = self._filled(value)
        return value.symbol

    def _filled(self, value: Value) -> Symbol:
        """Elements that depend on an open length, all one number: their shape follows from who reads them."""
        assert value.arrays is not None
        one, other = value.arrays
        if not one.size or np.unique(one).size != 1 or np.unique(other).size != 1 or one.flat[0] != other.flat[0]:
            raise DependsOnLength(f"{value.name} depends on a length that is open")
        shape = tuple(left if left == right else 0 for left, right in zip(one.shape, other.shape))
        kind = one.dtype.name
        number = float(one.flat[0])
        symbol = (
            self.call("_full", (), {"shape": shape, "value": number, "dtype": kind})
            if number
            else self.call("_zeros", (), {"shape": shape, "dtype": kind})
        )
        node = symbol._entries[0].node
        self._shapes[node] = ([one.shape], [other.shape])
        self._dtypes[node] = [to_torch_dtype(kind)]
        return symbol

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
        outputs = list(node.output)
        try:
            found = folded(at)
            if found is None:
                with Prefix(f"{at.name}_"):
                    found = READERS[node.op_type](at)
        except DependsOnLength:
            raise
        except MXNetError as error:
            said = str(error)
            raise MXNetError(said if said.startswith(repr(at)) else f"{at!r}: {said}") from error
        except (TypeError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError) as error:
            raise MXNetError(f"{at!r} cannot be read: {brief(error)}") from error
        results = [found] if isinstance(found, (Symbol, Value)) else list(found)
        for name, result in zip(outputs, results):
            if name and result is not None:
                self.values[name] = self._named(name, result)
        for name, result in zip(outputs, [*results, *[None] * len(outputs)]):
            if name and result is None and name in self.wanted:
                raise at.refuse(f"its output {name} is not made here")

    def inlined(self, graph: Any, at: At) -> list[Value]:
        """The outputs of a graph that a node holds, read as if it stood in the node's place."""
        held = {name for node in graph.node for name in node.output} | {each.name for each in graph.initializer}
        before = {name: self.values.pop(name) for name in held if name in self.values}
        if before:
            raise at.refuse(f"{next(iter(before))} is given in its graph and around it")
        self.wanted |= {name for node in graph.node for name in node.input} | {each.name for each in graph.output}
        self.run(graph)
        found = [self.values[each.name] for each in graph.output]
        for value in found:
            if value.symbol is not None:  # called by the node's own outputs
                self._named_already.discard(value.symbol._entries[0].node)
        return found

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
        for held in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            for graph in graphs_of(held):
                inner = {each.name for each in (*graph.input, *graph.initializer)}
                inner |= {name for each in graph.node for name in each.output}
                names += [n for each in graph.node for n in each.input if n and n not in inner]
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
    for graph in graphs_of(model.graph):
        for node in graph.node:
            if node.domain not in ("", "ai.onnx") or node.op_type not in READERS:
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
        to_torch_dtype(_KEPT_AS.get(found.name, found.name))
    except (KeyError, TypeError, MXNetError) as error:
        raise MXNetError(f"{info.name} is of a dtype that no array has ({kind})") from error
    return found
