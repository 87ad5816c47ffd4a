"""Loops over graphs."""

from collections.abc import Callable, Sequence

import torch

Tensors = Sequence[torch.Tensor]


def foreach(step: Callable, data: Tensors, states: Tensors, stacked: int) -> tuple:
    """The outputs of a step for each element along the first axis; the last states."""
    outputs = []
    for elements in zip(*(each.unbind(0) for each in data)):
        results = step(elements, states)
        outputs.append(results[:stacked])
        states = results[stacked:]
    return (*(torch.stack(each) for each in zip(*outputs)), *states)


def while_loop(
    condition: Callable,
    step: Callable,
    values: Tensors,
    places: Sequence[int],
    shapes: Sequence[tuple[int, ...]],
    most: int,
) -> tuple:
    """Outputs of a step while a condition holds, zeros after them; the last values."""
    values, outputs = list(values), list[Tensors]()
    while len(outputs) < most and bool(condition(values)):
        results = step(values)
        outputs.append(results[: len(shapes)])
        for place, value in zip(places, results[len(shapes) :]):
            values[place] = value
    stacked = [torch.stack(each) for each in zip(*outputs)]
    if not outputs:
        stacked = [values[0].new_zeros(0, *shape) for shape in shapes]
    missing = most - len(outputs)
    padded = [
        torch.cat([each, each.new_zeros(missing, *each.shape[1:])]) for each in stacked
    ]
    return (*padded, *(values[place] for place in places))
