"""What rules compute with: values of the ONNX graph that is written, with Python's arithmetic over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .lengths import Length

if TYPE_CHECKING:
    from .builder import Builder

__all__ = ["Term"]


class Term:
    """A value of the graph that is written.

    Arithmetic makes nodes; a Python number in it becomes a constant of the term's own dtype.

    Attributes
    ----------
    builder : the graph it is in
    name : unique in it
    dtype : NumPy's name
    shape : of a value of the graph that is read its lengths, else None
    array : callable that gives its elements, where they are known
    """

    __slots__ = ("array", "builder", "dtype", "name", "shape")

    def __init__(
        self, builder: Builder, name: str, dtype: str, shape: tuple[Length, ...] | None = None, array: Any = None
    ) -> None:
        self.builder, self.name, self.dtype, self.shape, self.array = builder, name, dtype, shape, array

    def __repr__(self) -> str:
        return f"<term {self.name}: {self.dtype}>"

    @property
    def lengths(self) -> tuple[Length, ...]:
        """The lengths of its axes, where the rule has to know them."""
        assert self.shape is not None, f"{self.name} was made by the rule, which knows its shape itself"
        return self.shape

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.lengths)

    @property
    def is_float(self) -> bool:
        """Whether its elements are floating-point numbers."""
        return self.dtype in ("float16", "float32", "float64", "bfloat16")

    @property
    def constant(self) -> np.ndarray[Any, Any] | None:
        """Its elements, where they are known."""
        return None if self.array is None else self.array()

    def like(self, other: Term | float) -> Term:
        """Another operand: a number as a constant of this dtype."""
        return other if isinstance(other, Term) else self.builder.constant(other, self.dtype)

    def _op(self, kind: str, other: Term | float, swapped: bool = False) -> Term:
        operands = (self.like(other), self) if swapped else (self, self.like(other))
        return self.builder.op(kind, *operands)

    def __add__(self, other: Term | float) -> Term:
        return self._op("Add", other)

    def __sub__(self, other: Term | float) -> Term:
        return self._op("Sub", other)

    def __mul__(self, other: Term | float) -> Term:
        return self._op("Mul", other)

    def __truediv__(self, other: Term | float) -> Term:
        return self._op("Div", other)

    def __pow__(self, other: Term | float) -> Term:
        return self._op("Pow", other)

    def __radd__(self, other: float) -> Term:
        return self._op("Add", other, swapped=True)

    def __rsub__(self, other: float) -> Term:
        return self._op("Sub", other, swapped=True)

    def __rmul__(self, other: float) -> Term:
        return self._op("Mul", other, swapped=True)

    def __rtruediv__(self, other: float) -> Term:
        return self._op("Div", other, swapped=True)

    def __neg__(self) -> Term:
        return self.builder.op("Neg", self)

    def __lt__(self, other: Term | float) -> Term:
        return self._op("Less", other)

    def __gt__(self, other: Term | float) -> Term:
        return self._op("Greater", other)

    def __le__(self, other: Term | float) -> Term:
        return self._op("LessOrEqual", other)

    def __ge__(self, other: Term | float) -> Term:
        return self._op("GreaterOrEqual", other)

    def equal(self, other: Term | float) -> Term:
        """Where both are equal, as bool."""
        return self._op("Equal", other)

    def __and__(self, other: Term) -> Term:
        return self.builder.op("And", self, other)

    def __or__(self, other: Term) -> Term:
        return self.builder.op("Or", self, other)

    def __xor__(self, other: Term) -> Term:
        return self.builder.op("Xor", self, other)

    def __invert__(self) -> Term:
        return self.builder.op("Not", self)

    def cast(self, dtype: str) -> Term:
        """Its elements in another dtype; itself where it has that one."""
        if dtype == self.dtype:
            return self
        made = self.builder.op("Cast", self, to=self.builder.dtype(dtype), of=dtype)
        return made if self.shape is None else made.shaped(self.shape)

    def shaped(self, lengths: Sequence[Length]) -> Term:
        """Itself, its shape being known."""
        return Term(self.builder, self.name, self.dtype, tuple(lengths), self.array)

    # --- shapes ---------------------------------------------------------------------------------------------------

    def transpose(self, *axes: int) -> Term:
        """Its axes in another order; itself where that is no other."""
        return self if list(axes) == list(range(len(axes))) else self.builder.op("Transpose", self, perm=list(axes))

    def reshape(self, *lengths: Length) -> Term:
        """The same elements along other axes: one length may be -1."""
        return self.builder.reshape(self, lengths)

    def unsqueeze(self, *axes: int) -> Term:
        """With axes of length 1 at these places of the result."""
        return self.builder.op("Unsqueeze", self, self.builder.constant(list(axes))) if axes else self

    def squeeze(self, *axes: int) -> Term:
        """Without these axes, of length 1."""
        return self.builder.op("Squeeze", self, self.builder.constant(list(axes))) if axes else self

    def slice(self, axis: int, begin: int, end: int | None, step: int = 1) -> Term:
        """A part along one axis; `end` None for as far as it goes."""
        return self.builder.slice(self, [axis], [begin], [end], [step])

    def reduce(self, kind: str, axes: list[int] | tuple[int, ...] | None, keepdims: bool = True) -> Term:
        """'Sum', 'Mean', 'Max', 'Min', 'Prod', 'L1', 'L2' … over some axes, None for all."""
        return self.builder.reduce(kind, self, axes, keepdims)

    def split(self, axis: int, lengths: list[int]) -> list[Term]:
        """Pieces along one axis."""
        return self.builder.split(self, axis, lengths)
