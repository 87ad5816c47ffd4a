"""What shapes of inputs and outputs say about each other, in the words that declarations use.

A rule of kind "inputs" tells what inputs must be::

    rule(inputs, outputs, attributes) -> the shapes of the inputs

and one of kind "outputs" tells what outputs are where the function on torch's meta device could not::

    rule(inputs, attributes) -> the shapes of the outputs

Shapes are known in part: None where not even the rank is, and a length of :data:`UNKNOWN` in a tuple. ``()`` is the
shape of a scalar and nothing else. Inputs come in the order of the function's parameters (None too for one that is not
given), for a variadic operator as many as there are. A rule returns as many shapes as it likes of what it takes, in
their order, and says no more than it is sure of; given a contradiction it may say anything, as the caller finds that it
does not fit. Instead of a rule a declaration may have a text: why nothing can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from ..util import is_np_shape
from .registry import Shape

__all__ = [
    "UNKNOWN", "Inputs", "Outputs", "Partial", "Partials", "alike", "as_first_input", "as_first_output", "as_inputs",
    "axes_of", "blocks", "broadcast", "broadcast_back", "by_shape_attribute", "complete", "each_its_output",
    "first_as_output", "left_over", "length_or", "merged", "moved", "moved_back", "permuted", "product", "rank_or",
    "sampled", "sampled_back", "with_axis", "with_new_axis", "without_axis",
]  # fmt: skip

#: a length that is not known
UNKNOWN = -1
#: a shape as far as it is known: None, or a tuple in which lengths may be UNKNOWN
Partial = Shape | None
Partials = Sequence[Partial]
Inputs = Callable[[Partials, Partials, Mapping[str, Any]], Partials]
Outputs = Callable[[Partials, Mapping[str, Any]], Partials]


def complete(shape: Partial) -> bool:
    """Whether a shape is known with all its lengths."""
    return shape is not None and UNKNOWN not in shape


def merged(shapes: Iterable[Partial]) -> Partial:
    """What several say together about one shape; where they contradict each other, what the first says."""
    together: Partial = None
    for shape in shapes:
        if shape is None or shape == together:
            continue
        if together is None:
            together = shape
        elif len(together) == len(shape):
            together = tuple(b if a == UNKNOWN else a for a, b in zip(together, shape))
    return together


def rank_or(shape: Partial, rank: int) -> Shape:
    """The shape, or one of unknown lengths where it is not known."""
    return (UNKNOWN,) * rank if shape is None else shape


def length_or(shape: Partial, axis: int) -> int:
    """One length of a shape, UNKNOWN where it or the axis is."""
    return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else UNKNOWN


def product(lengths: Iterable[int]) -> int:
    """The product of lengths, UNKNOWN where one is."""
    lengths = tuple(lengths)
    return UNKNOWN if UNKNOWN in lengths else prod(lengths)


def axes_of(axis: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Axes counted from the front; all of them for None."""
    if axis is None:
        return tuple(range(rank))
    return tuple(each + rank if each < 0 else each for each in ((axis,) if isinstance(axis, int) else axis))


def without_axis(shape: Shape, axis: int) -> Partial:
    """The shape without one axis, None where it has none such."""
    axis = axis + len(shape) if axis < 0 else axis
    return (*shape[:axis], *shape[axis + 1 :]) if 0 <= axis < len(shape) else None


def with_new_axis(shape: Shape, axis: int, length: int) -> Partial:
    """The shape with one axis more, counted in the result; None where it cannot stand there."""
    axis = axis + len(shape) + 1 if axis < 0 else axis
    return (*shape[:axis], length, *shape[axis:]) if 0 <= axis <= len(shape) else None


def left_over(lengths: Sequence[int], total: int) -> Shape:
    """The lengths, of which one is not known, if they are to have a product."""
    if total == UNKNOWN or list(lengths).count(UNKNOWN) != 1:
        return tuple(lengths)
    known = -prod(lengths)
    if known == 0 or total % known:
        return tuple(lengths)
    return tuple(total // known if length == UNKNOWN else length for length in lengths)


def blocks(shape: Partial, channels: int, per_channel: int, side: int, up: bool = False) -> Partial:
    """(N, C, H, W) with C times `channels` / `per_channel`, H and W divided by `side`, or times it where `up`."""
    if shape is None or len(shape) != 4:
        return None

    def scaled(length: int, times: int, parts: int) -> int:
        if length == UNKNOWN or parts == 0 or length * times % parts:
            return UNKNOWN
        return length * times // parts

    n, c, h, w = shape
    by = (side, 1) if up else (1, side)
    return n, scaled(c, channels, per_channel), scaled(h, *by), scaled(w, *by)


# --- families -----------------------------------------------------------------------------------------------------


def alike(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """All inputs and the first output have one shape."""
    if len(inputs) == 1:
        return outputs[:1]
    return (merged((*inputs, outputs[0])),) * len(inputs)


def first_as_output(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The first input has the shape of the first output; nothing is said of the others."""
    return outputs[:1]


def each_its_output(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Every input has the shape of the output in its place."""
    return outputs


def as_first_output(count: int) -> Inputs:
    """The first `count` inputs have the shape of the first output."""

    def rule(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        return (merged((*inputs[:count], outputs[0])),) * count

    return rule


def as_inputs(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Every output has the shape of the input in its place."""
    return inputs


def as_first_input(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The outputs have the shape of the first input."""
    return inputs[:1]


def by_shape_attribute(name: str) -> Outputs:
    """The outputs have the shape that an attribute says, in which MXNet's way to say "unknown" is one's own."""

    def rule(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        shape = attributes[name]
        if shape is None:
            return (None,)
        if is_np_shape():
            return (tuple(max(length, UNKNOWN) for length in shape),)
        return (tuple(length if length > 0 else UNKNOWN for length in shape) or None,)

    return rule


def sampled(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """So many samples, of the attribute ``shape``, for each element of the parameters."""
    one = merged(inputs)
    return (None if one is None else (*one, *attributes["shape"]),)


def sampled_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The parameters have one shape: the output's without the samples."""
    out, count = outputs[0], len(attributes["shape"])
    own = None if out is None or len(out) <= count else out[: len(out) - count]
    return (merged((*inputs, own)),) * len(inputs)


# --- broadcasting -------------------------------------------------------------------------------------------------


def broadcast(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The output of inputs that broadcast to each other: a length above 1 beside an unknown one is the output's."""
    if any(shape is None for shape in inputs):
        return (None,)
    rank = max((len(shape) for shape in inputs if shape is not None), default=0)
    found = []
    for axis in range(-rank, 0):
        lengths = [shape[axis] for shape in inputs if shape is not None and len(shape) >= -axis]
        long = [length for length in lengths if length not in (1, UNKNOWN)]
        found.append(long[0] if long else UNKNOWN if UNKNOWN in lengths else 1)
    return (tuple(found),)


def broadcast_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Inputs that broadcast to the output: a length that nobody else has must be this input's own, and 1 stays 1."""
    out = outputs[0]
    if out is None:
        return (None,) * len(inputs)
    answers: list[Partial] = []
    for place, shape in enumerate(inputs):
        if shape is None or len(shape) > len(out):
            answers.append(None)
            continue
        lengths = list(shape)
        for axis in range(-len(shape), 0):
            others = [length_or(other, axis) for at, other in enumerate(inputs) if at != place]
            missing = [other is None for at, other in enumerate(inputs) if at != place]
            ones = all(
                length == 1 or (other is not None and len(other) < -axis)
                for length, other in zip(others, (each for at, each in enumerate(inputs) if at != place))
            )
            if lengths[axis] == UNKNOWN and (out[axis] == 1 or (ones and not any(missing))):
                lengths[axis] = out[axis]
        answers.append(tuple(lengths))
    return answers


# --- axes in other places -----------------------------------------------------------------------------------------


def permuted(shape: Shape, axes: Sequence[int]) -> Shape:
    """The lengths in the order of `axes`."""
    return tuple(shape[axis] for axis in axes)


def moved(order: Callable[[int, Mapping[str, Any]], Sequence[int] | None]) -> Outputs:
    """The rule for an output whose axes are the input's in the order that ``order(rank, attributes)`` tells."""

    def rule(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        shape = inputs[0]
        axes = None if shape is None else _order(order, len(shape), attributes)
        return (None if shape is None or axes is None else permuted(shape, axes),)

    return rule


def moved_back(order: Callable[[int, Mapping[str, Any]], Sequence[int] | None]) -> Inputs:
    """The rule for the input of an operator with the rule :func:`moved` of the same order."""

    def rule(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        out = outputs[0]
        axes = None if out is None else _order(order, len(out), attributes)
        if out is None or axes is None:
            return (None,)
        return (tuple(out[axes.index(axis)] for axis in range(len(out))),)

    return rule


def _order(
    order: Callable[[int, Mapping[str, Any]], Sequence[int] | None], rank: int, attributes: Mapping[str, Any]
) -> list[int] | None:
    """The order, if it has every axis once."""
    axes = order(rank, attributes)
    if axes is None:
        return None
    axes = [axis + rank if axis < 0 else axis for axis in axes]
    return axes if sorted(axes) == list(range(rank)) else None


def with_axis(shape: Shape, axis: int, length: int) -> Shape:
    """The shape with another length on one axis."""
    axis = axis + len(shape) if axis < 0 else axis
    return (*shape[:axis], length, *shape[axis + 1 :]) if 0 <= axis < len(shape) else shape
