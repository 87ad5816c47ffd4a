"""Makes an ONNX graph: nodes, constants, names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...base import to_torch_dtype
from .lengths import Length, Refusal, Varying, product
from .terms import Term

__all__ = ["Builder", "onnx_dtype"]

#: what nodes give that is of another dtype than their first input
_DTYPES = {
    **dict.fromkeys(("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "IsNaN", "IsInf"), "bool"),
    **dict.fromkeys(("Shape", "Size", "ArgMax", "ArgMin", "NonZero", "NonMaxSuppression"), "int64"),
}

#: as a graph without an end in sight writes it
_END = 2**31 - 1


def onnx_dtype(name: str) -> int:
    """ONNX's number for a dtype."""
    import onnx

    return int(
        onnx.TensorProto.BFLOAT16 if name == "bfloat16" else onnx.helper.np_dtype_to_tensor_dtype(np.dtype(name))
    )


class Builder:
    """A graph being made.

    Attributes
    ----------
    opset : the version of ONNX's operators
    nodes : made so far, of the graph that is being made
    initializers : name to what has the elements
    scope : the name of the call that is written: what its nodes' names begin with
    near : terms whose shapes may be asked for lengths that vary
    """

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[Any] = []
        self.scope = ""
        self.near: list[Term] = []
        self.taken: set[str] = set()
        self.initializers: dict[str, Callable[[], np.ndarray[Any, Any]]] = {}
        self._constants: dict[Any, Term] = {}
        self._numbers: dict[str, int] = {}

    @contextlib.contextmanager
    def body(self) -> Iterator[list[Any]]:
        """While open, nodes go into a graph that a node will hold; what is outside can be read there."""
        outside, self.nodes = self.nodes, []
        try:
            yield self.nodes
        finally:
            self.nodes = outside

    # --- names and constants -----------------------------------------------------------------------------------------

    def fresh(self, wish: str) -> str:
        """A name that nothing has yet, in all graphs of the model."""
        name = wish
        while name in self.taken:
            self._numbers[wish] = self._numbers.get(wish, 0) + 1
            name = f"{wish}_{self._numbers[wish]}"
        self.taken.add(name)
        return name

    def dtype(self, name: str) -> int:
        """ONNX's number for a dtype."""
        return onnx_dtype(name)

    def constant(self, elements: Any, dtype: str = "int64") -> Term:
        """A constant; equal small ones are one."""
        if dtype == "bfloat16":
            return self.constant(elements, "float32").cast("bfloat16")
        array = np.asarray(elements)
        if array.dtype != dtype:
            array = _fitting(array, dtype)
        key = (dtype, array.shape, array.tobytes()) if array.size <= 64 else None
        found = self._constants.get(key)
        if found is None:
            name = self.fresh("constant")
            found = Term(self, name, dtype, array.shape, lambda: array)
            self.initializers[name] = lambda: array
            if key is not None:
                self._constants[key] = found
        return found

    def parameter(self, name: str, elements: Callable[[], np.ndarray[Any, Any]], dtype: str) -> Term:
        """A constant of this name whose elements are fetched when the model is written, if anything reads them."""
        self.initializers[name] = elements
        return Term(self, name, dtype, None, elements)

    # --- nodes -----------------------------------------------------------------------------------------------------

    def op(self, kind: str, *inputs: Term | None, of: str | None = None, **attributes: Any) -> Term:
        """A node with one output; `of` is its dtype where it is not that of the first input."""
        return self.ops(kind, *inputs, dtypes=[of], **attributes)[0]

    def ops(
        self,
        kind: str,
        *inputs: Term | None,
        dtypes: Sequence[str | None] = (None,),
        domain: str = "",
        **attributes: Any,
    ) -> list[Term]:
        """A node with an output for each of `dtypes`; None for that of the first input."""
        from onnx import helper

        scope = self.scope or "graph"
        first = next((each for each in inputs if each is not None), None)
        if kind == "Where":
            first = inputs[1]
        own = _DTYPES.get(kind) or (first.dtype if first is not None else None)
        names = [self.fresh(f"{scope}/{kind}") for _ in dtypes]
        given = ["" if each is None else each.name for each in inputs]
        while given and not given[-1]:
            given.pop()
        node = helper.make_node(
            kind, given, names, name=names[0], **{key: value for key, value in attributes.items() if value is not None}
        )
        self.nodes.append(node)
        return [Term(self, name, dtype or own or "float32") for name, dtype in zip(names, dtypes)]

    def where(self, condition: Term, yes: Term | float, no: Term | float, dtype: str | None = None) -> Term:
        """One or the other, where a condition (bool) holds or not; `dtype` where both are numbers."""
        if not isinstance(yes, Term):
            yes = self.constant(yes, dtype or no.dtype)  # type: ignore[union-attr]
        if not isinstance(no, Term):
            no = self.constant(no, yes.dtype)
        return self.op("Where", condition, yes, no)

    def reduce(self, kind: str, data: Term, axes: Sequence[int] | None, keepdims: bool = True) -> Term:
        """A reduction over some axes, None for all; over no axis at all the data itself."""
        if axes is not None and not axes:
            return data if kind in ("Sum", "Mean", "Max", "Min", "Prod") else self.op("Abs", data)
        kept = int(keepdims)
        given = None if axes is None else list(axes)
        if kind == "Sum" or self.opset >= 18:
            return self.op(f"Reduce{kind}", data, None if given is None else self.constant(given), keepdims=kept)
        return self.op(f"Reduce{kind}", data, axes=given, keepdims=kept)

    def slice(
        self, data: Term, axes: Sequence[int], begins: Sequence[int], ends: Sequence[int | None], steps: Sequence[int]
    ) -> Term:
        """Parts along some axes; an end of None is beyond the last element in the step's direction."""
        far = [(_END if step > 0 else -_END) if end is None else end for end, step in zip(ends, steps)]
        lists = (list(begins), far, list(axes), list(steps))
        return self.op("Slice", data, *(self.constant(each) for each in lists))

    def split(self, data: Term, axis: int, lengths: Sequence[int]) -> list[Term]:
        """Pieces of these lengths along an axis."""
        if len(lengths) == 1:
            return [data]
        return self.ops("Split", data, self.constant(list(lengths)), dtypes=[None] * len(lengths), axis=axis)

    def concat(self, terms: Sequence[Term], axis: int) -> Term:
        """Terms in a row along an axis."""
        return terms[0] if len(terms) == 1 else self.op("Concat", *terms, axis=axis)

    # --- lengths -----------------------------------------------------------------------------------------------------

    def reshape(self, data: Term, lengths: Sequence[Length]) -> Term:
        """The same elements along other axes; one length that varies, or is given as -1, follows from the rest."""
        varying = [place for place, each in enumerate(lengths) if isinstance(each, Varying)]
        fixed = [each for each in lengths if not isinstance(each, Varying)]
        if len(varying) == 1 and -1 not in fixed and 0 not in fixed:
            lengths = [-1 if place == varying[0] else each for place, each in enumerate(lengths)]
            varying = []
        if not varying:
            shape = np.array(lengths, "int64").reshape(-1)
            made = self.op("Reshape", data, self.constant(shape), allowzero=_allows(lengths))
            if data.array is not None:  # what is made of parameters alone is known as well
                elements = data.array
                made.array = lambda: elements().reshape(shape.tolist())
            return made
        return self.op("Reshape", data, self.shape(lengths))

    def expand(self, data: Term, lengths: Sequence[Length]) -> Term:
        """Repeated along axes of length 1 to a shape."""
        return self.op("Expand", data, self.shape(lengths))

    def shape(self, lengths: Sequence[Length]) -> Term:
        """A shape as a one-dimensional term."""
        if not any(isinstance(each, Varying) for each in lengths):
            return self.constant(np.array(lengths, "int64").reshape(-1))
        pieces: list[Term] = []
        fixed: list[int] = []
        for each in lengths:
            if isinstance(each, Varying):
                if fixed:
                    pieces.append(self.constant(fixed))
                    fixed = []
                pieces.append(self.length(each))
            else:
                fixed.append(each)
        if fixed:
            pieces.append(self.constant(fixed))
        return self.concat(pieces, 0)

    def length(self, wanted: Length) -> Term:
        """A length as a term of one element along one axis."""
        if not isinstance(wanted, Varying):
            return self.constant([wanted])
        near = [
            (term, axis, own)
            for term in self.near
            for axis, own in enumerate(term.shape or ())
            if isinstance(own, Varying)
        ]
        for term, axis, own in near:
            if own == wanted:
                return self.op("Shape", term, start=axis, end=axis + 1)
        for term, axis, own in near:
            factor = _ratio(wanted, own)
            if factor is not None:
                numerator, denominator = factor
                here = self.op("Shape", term, start=axis, end=axis + 1)
                here = here if numerator == 1 else here * numerator
                return here if denominator == 1 else here / denominator
        for term, axis, own in near:
            more = wanted - own
            if not isinstance(more, Varying):
                return self.op("Shape", term, start=axis, end=axis + 1) + more
        for first in near:
            for second in near:
                if first[2] * second[2] == wanted:
                    one, other = (self.op("Shape", term, start=axis, end=axis + 1) for term, axis, _ in (first, second))
                    return one * other
        for term in self.near:
            if term.shape and product(term.shape) == wanted:
                return self.op("Size", term).unsqueeze(0)
        raise Refusal(
            f"a length of its result ({', '.join(map(str, wanted.samples))} for some inputs) does not follow from one "
            "of its inputs; leave that axis out of the dynamic ones"
        )


def _ratio(wanted: Varying, own: Varying) -> tuple[int, int] | None:
    """The factor (as a fraction) by which one length is another, for all samples."""
    first, second = wanted.samples[0], own.samples[0]
    divisor = int(np.gcd(first, second))
    if not first or not second:
        return None
    numerator, denominator = first // divisor, second // divisor
    same = all(each * denominator == other * numerator for each, other in zip(wanted.samples, own.samples))
    return (numerator, denominator) if same else None


def _allows(lengths: Sequence[Any]) -> int | None:
    """Whether a 0 in a shape is a length, and not ONNX's sign for the data's own."""
    return 1 if 0 in lengths else None


def _fitting(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Numbers in another dtype, as a cast of arrays has them."""
    import torch

    kind = to_torch_dtype(dtype)
    if array.dtype.kind == "f" and dtype[0] in "iu":
        array = np.trunc(array)
    if kind in (torch.uint16, torch.uint32, torch.uint64):
        return array.astype(dtype)
    return torch.as_tensor(np.ascontiguousarray(array)).to(kind).numpy().reshape(array.shape)
