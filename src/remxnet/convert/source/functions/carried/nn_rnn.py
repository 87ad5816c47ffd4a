"""Made by tools/carried.py from mxnet.ops.nn.rnn; edits are lost."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch


def _clip(
    mode: str, low: float | None, high: float | None, nan: bool
) -> tuple[float, float, bool] | None:
    """The bounds of an LSTM's cells, and whether what is no number is bounded too."""
    if low is None and high is None:
        return None
    return (low, high, nan)


_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _shapes(
    mode: str,
    inputs: int,
    units: int,
    projected: int | None,
    layers: int,
    directions: int,
) -> list[tuple[int, ...]]:
    """The parts of the parameter vector in MXNet's order: all weights, then all biases."""
    rows, seen = (_GATES[mode] * units, projected or units)
    weights = []
    for layer in range(layers):
        columns = inputs if layer == 0 else seen * directions
        weights += [
            (rows, columns),
            (rows, seen),
            *([(seen, units)] if projected else []),
        ] * directions
    return weights + [(rows,)] * (2 * layers * directions)


def _parts_of_rnn(
    parameters: Any, shapes: list[tuple[int, ...]], data: torch.Tensor
) -> list[torch.Tensor]:
    """The parts of the vector of parameters; a plan that has seen them put together
    hands them over as they are.
    """
    if isinstance(parameters, tuple):
        return list(parameters)
    sizes = [math.prod(shape) for shape in shapes]
    return [part.view(shape) for part, shape in zip(parameters.split(sizes), shapes)]


def _lengths(data: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """How many steps of each sequence count, as integers."""
    return lengths.detach().long().clamp(0, data.shape[0])


def _weights_of(
    parts: list[torch.Tensor], place: int, kinds: int
) -> list[torch.Tensor]:
    """Of one layer and direction the weights, biases and projection, in torch's order."""
    count = len(parts) // (kinds + 2)
    of_input, of_state, *projection = parts[kinds * place : kinds * (place + 1)]
    first = kinds * count + 2 * place
    return [of_input, of_state, parts[first], parts[first + 1], *projection]


_LAYERS = {
    "rnn_relu": torch.rnn_relu,
    "rnn_tanh": torch.rnn_tanh,
    "lstm": torch.lstm,
    "gru": torch.gru,
}


def _together(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    weights: list[torch.Tensor],
    layers: int,
    both: bool,
) -> tuple[torch.Tensor, ...]:
    """The outputs and last states of layers, in one call."""
    hidden = starts if mode == "lstm" else starts[0]
    if starts[0].shape[2] == starts[-1].shape[2]:
        return _LAYERS[mode](
            data, hidden, weights, True, layers, 0.0, False, both, False
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "LSTM with projections", UserWarning)
        return torch.lstm(data, hidden, weights, True, layers, 0.0, False, both, False)


def _clipped(
    step: torch.Tensor,
    states: tuple[torch.Tensor, ...],
    new: tuple[torch.Tensor, ...],
    weights: list[torch.Tensor],
    clip: tuple[float, float, bool],
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """An LSTM's states after a step with its cells bounded, which its hidden state is
    computed from.
    """
    low, high, nan = clip
    of_input, of_state, input_bias, state_bias, *projection = weights
    gates = torch.nn.functional.linear(step, of_input, input_bias)
    gates = gates + torch.nn.functional.linear(states[0][0], of_state, state_bias)
    show = torch.sigmoid(gates.chunk(4, 1)[3])
    cell = new[1].clamp(low, high)
    if nan:
        cell = torch.where(cell.isnan(), torch.full_like(cell, low), cell)
    hidden = show * torch.tanh(cell)
    if projection:
        hidden = torch.nn.functional.linear(hidden, projection[0])
    return ([hidden, cell], hidden)


def _direction(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    weights: list[torch.Tensor],
    lengths: torch.Tensor | None,
    clip: tuple[float, float, bool] | None,
) -> tuple[torch.Tensor, ...]:
    """One layer in one direction: its outputs and last states, each sequence by its own
    length.
    """
    if clip is None and lengths is None:
        return _together(mode, data, starts, weights, 1, False)
    states, outputs = (starts, [])
    for number in range(data.shape[0]):
        output, *new = _together(
            mode, data[number : number + 1], states, weights, 1, False
        )
        if clip is not None:
            new, output = _clipped(data[number], states, tuple(new), weights, clip)
        if lengths is not None:
            lasts = (number < lengths).reshape(1, -1, 1)
            output = torch.where(lasts, output, torch.zeros_like(output))
            new = [torch.where(lasts, each, old) for each, old in zip(new, states)]
        states = tuple(new)
        outputs.append(output)
    return (torch.cat(outputs), *states)


def _turned(data: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """Sequences (time, n, channels) from their last step to the first; steps past a
    length stay where they are.
    """
    if lengths is None:
        return data.flip(0)
    steps = torch.arange(data.shape[0], device=data.device).unsqueeze(1)
    places = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return data.gather(0, places.unsqueeze(2).expand(data.shape))


def _one_by_one(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    layers: list[list[torch.Tensor]],
    directions: int,
    p: float,
    lengths: torch.Tensor | None,
    clip: tuple[float, float, bool] | None,
) -> tuple[torch.Tensor, ...]:
    """Layer by layer and direction by direction: with dropout in between, lengths, or
    bounds.
    """
    ends = []
    for first in range(0, len(layers), directions):
        if first and p:
            kept = torch.empty_like(data).bernoulli_(1 - p)
            data = data * kept / (1 - p) if p < 1 else data * 0
        outputs = []
        for place in range(first, first + directions):
            back = place > first
            begin = tuple(each[place : place + 1] for each in starts)
            steps = _turned(data, lengths) if back else data
            output, *end = _direction(mode, steps, begin, layers[place], lengths, clip)
            outputs.append(_turned(output, lengths) if back else output)
            ends.append(end)
        data = outputs[0] if directions == 1 else torch.cat(outputs, 2)
    return (data, *(torch.cat(each) for each in zip(*ends)))


def rnn(
    data: torch.Tensor,
    parameters: torch.Tensor,
    state: torch.Tensor,
    state_cell: torch.Tensor | None = None,
    sequence_length: torch.Tensor | None = None,
    *,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: str,
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: float | None = None,
    lstm_state_clip_max: float | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
    training: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Recurrent layers over a batch of sequences."""
    clip = _clip(mode, lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan)
    directions = 2 if bidirectional else 1
    states = (
        {"state": state, "state_cell": state_cell}
        if mode == "lstm"
        else {"state": state}
    )
    lengths = _lengths(data, sequence_length) if use_sequence_length else None
    shapes = _shapes(
        mode, data.shape[2], state_size, projection_size, num_layers, directions
    )
    parts = _parts_of_rnn(parameters, shapes, data)
    kinds = 3 if projection_size else 2
    layers = [
        _weights_of(parts, each, kinds) for each in range(num_layers * directions)
    ]
    starts = tuple(states.values())
    drops = p > 0 and training and (num_layers > 1)
    if clip is None and lengths is None and (not drops):
        weights = [tensor for each in layers for tensor in each]
        results = _together(mode, data, starts, weights, num_layers, bidirectional)
    else:
        results = _one_by_one(
            mode, data, starts, layers, directions, p if drops else 0.0, lengths, clip
        )
    return results if state_outputs else results[0]
