"""Which operator of ONNX is read by which function, and what such a function is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...base import MXNetError
from ...symbol import Symbol
from .files import array_of, package
from .values import KEPT_AS, DependsOnLength, Pair, Value, kept

__all__ = ["READERS", "At", "Unreadable", "reads"]

#: the function of an operator of ONNX, by its name
READERS: dict[str, Callable[[At], Any]] = {}


class Unreadable(MXNetError):
    """A node of an ONNX graph with attributes, inputs or shapes that no graph here has."""


def reads(*names: str) -> Callable[[Callable[[At], Any]], Callable[[At], Any]]:
    """Declare a function as the one that reads operators of ONNX.

    It is given an :class:`At` and returns the node's outputs: a Symbol or Value, or several, None for those that are
    not made.
    """

    def add(function: Callable[[At], Any]) -> Callable[[At], Any]:
        for name in names:
            if name in READERS:
                raise ValueError(f"the operator {name} of ONNX is read already, by {READERS[name]}")
            READERS[name] = function
        return function

    return add


class At:
    """A node of an ONNX graph, and the means to write it as symbols.

    Attributes
    ----------
    node : NodeProto
    op : str
        its operator
    name : str
        what its first output is called
    opset : int
    inputs : list of Value or None
        None for one that is left out
    """

    def __init__(self, reader: Any, node: Any, inputs: Sequence[Value | None], opset: int) -> None:
        self._reader, self.node, self.op, self.opset = reader, node, node.op_type, opset
        self.name = next((each for each in node.output if each), node.name)
        self.inputs = list(inputs)
        self._attributes = {each.name: each for each in node.attribute}
        self._parameters = 0

    def __repr__(self) -> str:
        return f"{self.node.name or self.name} ({self.op})"

    def refuse(self, why: str) -> Unreadable:
        """The error that says what about the node is not read."""
        return Unreadable(f"{self!r}: {why}")

    # --- what the node says -------------------------------------------------------------------------------------------

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute: a number, a text, an array or a list of these."""
        found = self._attributes.get(name)
        if found is None:
            return default
        value = package().helper.get_attribute_value(found)
        if isinstance(value, bytes):
            return value.decode()
        if isinstance(value, package().TensorProto):
            return array_of(value)
        if hasattr(value, "__len__") and not isinstance(value, (str, list)):
            return list(value)
        return (
            [each.decode() if isinstance(each, bytes) else each for each in value] if isinstance(value, list) else value
        )

    def has(self, place: int) -> bool:
        """Whether an input is given."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def value(self, place: int) -> Value:
        """An input.

        Raises
        ------
        Unreadable
            it is left out
        """
        if not self.has(place):
            raise self.refuse(f"input {place} is left out")
        found = self.inputs[place]
        assert found is not None
        return found

    def symbol(self, place: int) -> Symbol:
        """An input as a symbol; known elements become a parameter."""
        return self._reader.symbol_of(self.value(place))

    def symbols(self) -> list[Symbol]:
        """All inputs as symbols."""
        return [self.symbol(place) for place in range(len(self.inputs))]

    def shape(self, place: int = 0) -> tuple[int, ...]:
        """The shape of an input; lengths that are open have one of the numbers tried."""
        return self.value(place).shape

    def constant(self, place: int, what: str) -> np.ndarray[Any, Any]:
        """The elements of an input that has to be known.

        Raises
        ------
        Unreadable
            they are computed
        DependsOnLength
            they depend on a length that is open
        """
        found = self.value(place)
        if found.arrays is None:
            raise self.refuse(f"{what} ({found.name}) is computed while the graph runs; it has to be known")
        if found.array is None:
            raise DependsOnLength(f"{self!r}: {what} depends on a length that is open")
        return found.array

    def pair(self, place: int, what: str) -> Pair:
        """The elements of an input that has to be known, for both lengths."""
        found = self.value(place)
        if found.arrays is None:
            raise self.refuse(f"{what} ({found.name}) is computed while the graph runs; it has to be known")
        return found.arrays

    def constant_or(self, place: int, default: Any) -> Any:
        """The one element of an input that has to be known, or what it is where it is left out."""
        return self.constant(place, f"input {place}").reshape(-1)[0] if self.has(place) else default

    def given(self, name: str, place: int, default: Any = None) -> Any:
        """What older operator sets have as an attribute and newer ones as an input, whose elements are known."""
        if self.has(place):
            return self.constant(place, name).tolist()
        return self.attribute(name, default)

    def axis(self, axis: int, rank: int | None = None) -> int:
        """An axis counted from the front.

        Raises
        ------
        Unreadable
            there is no such axis
        """
        rank = self.value(0).rank if rank is None else rank
        if not -rank <= axis < max(rank, 1):
            raise self.refuse(f"axis {axis} of {rank}")
        return axis % max(rank, 1)

    # --- graphs that it holds ---------------------------------------------------------------------------------------

    def body(self, graph: Any, inputs: Sequence[Value] = ()) -> list[Value]:
        """The outputs of a graph that the node holds, its inputs standing for these."""
        return self._reader.body(graph, inputs)

    def as_declared(self, value: Value) -> Symbol:
        """A value as a symbol that a node makes, in the dtype that arrays keep for ONNX's."""
        return self._reader.output(value)

    def found(self, symbol: Symbol, shapes: Sequence[Sequence[Any]], dtypes: Sequence[Any]) -> None:
        """Say what the outputs of a node are, where its operator does not tell."""
        self._reader.told(symbol, shapes, dtypes)

    def found_length(self) -> Pair:
        """Two numbers for a length that elements decide."""
        return self._reader.found_length()

    # --- writing it -------------------------------------------------------------------------------------------------

    def call(self, op: str, *inputs: Symbol, **attributes: Any) -> Symbol:
        """A node of an operator here."""
        return self._reader.call(op, inputs, attributes)

    def known(self, arrays: Pair) -> Value:
        """A result whose elements are known."""
        return Value.known(self.name, arrays)

    def result(self, symbol: Symbol, dtype: Any = None, scalar: bool = False) -> Value:
        """A result as a value, of ONNX's dtype, and without axes where there is one element and ONNX has none."""
        return self._reader.value_of(self.name, symbol, dtype, scalar)

    def pair_of(self, symbol: Symbol) -> Pair:
        """The shapes of what was written."""
        return self._reader.shapes_of(symbol)

    def parameter(self, array: np.ndarray[Any, Any], name: str) -> Symbol:
        """A parameter made of known elements."""
        return self._reader.parameter(f"{self.name}_{name}", array)

    def reshape(self, symbol: Symbol, lengths: Sequence[Any]) -> Symbol:
        """A symbol in another shape.

        Raises
        ------
        DependsOnLength
            the shape cannot be written for open lengths
        """
        before = self.pair_of(symbol)
        if before == tuple(map(tuple, lengths)):
            return symbol
        written = kept((lengths[0] or (1,), lengths[1] or (1,)), before)
        if written is None:
            raise DependsOnLength(f"{self!r}: the shape {list(lengths[0])} depends on lengths that are open")
        return self.call("Reshape", symbol, shape=tuple(written))

    def dtype_of(self, symbol: Symbol) -> Any:
        """The dtype of what was written, as NumPy has it."""
        return self._reader.dtype_of(symbol)

    def rename(self, value: Value) -> None:
        """Have the node that makes a value be called as this node's output."""
        self._reader.rename(value)

    def numbers(self, symbol: Symbol) -> Symbol:
        """A symbol of truth values as numbers 0 and 1."""
        return self.call("Cast", symbol, dtype="float32") if self._reader.dtype_of(symbol) == np.bool_ else symbol

    def cast(self, symbol: Symbol, dtype: Any) -> Symbol:
        """A symbol in another dtype, or as it is."""
        wanted = np.dtype(dtype)
        if wanted == np.bool_:
            return self.call("_not_equal_scalar", symbol, scalar=0.0)
        wanted = np.dtype(KEPT_AS.get(wanted.name, wanted))
        if self._reader.dtype_of(symbol) == wanted:
            return symbol
        return self.call("Cast", symbol, dtype=wanted.name)
