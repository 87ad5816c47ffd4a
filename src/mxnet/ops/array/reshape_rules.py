"""What the codes of ``Reshape`` say of shapes that are known in part, both ways.

Every code takes axes of the input and gives lengths of the output (:func:`_parts_of`), so what is known on one side of
a code tells what is on the other. Where one length is then left, the number of elements tells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ..registry import Shape, rule
from ..shape_rules import UNKNOWN, Partials, left_over, product
from .shape import INFER, KEEP, MERGE, REST, SPLIT


@rule("outputs", "Reshape")
def _reshaped(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The result's shape, as far as the codes tell it from a shape known in part."""
    shape = inputs[0]
    parts = _parts_of(shape, attributes)
    if parts is None:
        return (None,)
    found = [length for _, lengths in parts for length in lengths]
    if shape is not None and UNKNOWN not in shape and found.count(UNKNOWN) == 1:
        known = -prod(found)
        if known and prod(shape) % known == 0:
            found[found.index(UNKNOWN)] = prod(shape) // known
    return (tuple(found[::-1] if attributes["reverse"] else found),)


@rule("inputs", "Reshape")
def _before_reshaping(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The lengths that the codes keep, and one that is left over by the number of elements."""
    shape, out = inputs[0], outputs[0]
    parts = _parts_of(shape, attributes)
    if shape is None or parts is None:
        return (None,)
    turned = attributes["reverse"]
    found = list(shape[::-1] if turned else shape)
    told = out if out is not None else _reshaped(inputs, attributes)[0]
    if told is not None and len(told) == sum(len(lengths) for _, lengths in parts):
        left = iter(told[::-1] if turned else told)
        for axes, lengths in parts:
            mine = [next(left) for _ in lengths]
            if len(axes) == len(mine):
                for axis, length in zip(axes, mine):
                    found[axis] = length if found[axis] == UNKNOWN else found[axis]
            elif axes:
                new = left_over([found[axis] for axis in axes], product(mine))
                for axis, length in zip(axes, new):
                    found[axis] = length
        found = list(left_over(found, product(told)))
    return (tuple(found[::-1] if turned else found),)


def _parts_of(shape: Shape | None, attributes: Mapping[str, Any]) -> list[tuple[list[int], list[int]]] | None:
    """For each code the axes that it takes and the lengths that it gives, UNKNOWN where they are not known.

    A length, or -1, takes the place of an axis without keeping its length: its axes are none. None where the rank is
    not known and a code asks for it, or the codes do not fit.
    """
    codes = attributes["shape"]
    if not codes:
        codes = [length or INFER for length in attributes["target_shape"]]
        if attributes["keep_highest"]:
            codes[:1] = [KEEP]
        return _taken([UNKNOWN] if shape is None else shape, codes)
    turned = attributes["reverse"]
    if shape is None:
        if any(code in (REST, MERGE, SPLIT) for code in codes):
            return None
        return [([], [code if code > 0 else UNKNOWN]) for code in (codes[::-1] if turned else codes)]
    return _taken(shape[::-1] if turned else shape, codes[::-1] if turned else codes)


def _taken(shape: Sequence[int], codes: Sequence[int]) -> list[tuple[list[int], list[int]]] | None:
    """:func:`_parts_of` from the first axis on."""
    parts: list[tuple[list[int], list[int]]] = []
    axis, place, rank = 0, 0, len(shape)
    while place < len(codes):
        code = codes[place]
        taken = {REST: max(rank - axis, 0), MERGE: 2}.get(code, 1)
        if code in (KEEP, MERGE, SPLIT) and axis + taken > rank:
            return None
        axes = list(range(axis, axis + taken))
        if code in (KEEP, REST):
            parts += [([each], [shape[each]]) for each in axes]
        elif code == MERGE:
            parts.append((axes, [product(shape[each] for each in axes)]))
        elif code == SPLIT:
            pair = list(codes[place + 1 : place + 3])
            if len(pair) != 2:
                return None
            parts.append((axes, list(left_over(pair, shape[axis]))))
            place += 2
        else:
            parts.append(([], [code if code > 0 else UNKNOWN]))
        axis, place = axis + taken, place + 1
    return parts
