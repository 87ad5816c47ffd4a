"""Recurrent layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .....ops.registry import rule
from ...terms import Term
from ...walking import At
from ..array.indexing import count

Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_KINDS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
#: by mode where ONNX's gates are among MXNet's: i f c o to i o f c, r z n to z r n
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}


@rule("onnx", "RNN")
def rnn(
    at: At,
    data: Term,
    parameters: Term,
    state: Term,
    state_cell: Term | None = None,
    sequence_length: Term | None = None,
) -> list[Term]:
    mode, units, layers = at["mode"], at["state_size"], at["num_layers"]
    directions = 2 if at["bidirectional"] else 1
    if at["projection_size"]:
        raise at.refuse("an LSTM whose states are projected: ONNX's LSTM has no projection")
    if at["lstm_state_clip_min"] is not None or at["lstm_state_clip_max"] is not None:
        raise at.refuse("an LSTM whose cell is clipped: ONNX's clip bounds what goes into the gates")
    steps, batch, inputs = data.lengths
    lasting = None
    if at["use_sequence_length"]:
        assert sequence_length is not None
        lasting = at.op("Clip", sequence_length.cast("int64"), at.constant(0), count(at, steps)).cast("int32")
    ends: list[list[Term]] = []
    for layer, places in enumerate(_places(mode, int(inputs), units, layers, directions)):
        first, last = layer * directions, (layer + 1) * directions
        begin = [None if each is None else _rows(each, first, last) for each in (state, state_cell)]
        weights = [_gathered(at, parameters, each) for each in places]
        outputs = at.ops(
            _KINDS[mode], data, *weights, lasting, begin[0], begin[1] if mode == "lstm" else None,
            dtypes=[None] * (3 if mode == "lstm" else 2), hidden_size=units,
            direction="bidirectional" if directions == 2 else "forward",
            activations=["Relu"] * directions if mode == "rnn_relu" else None,
            linear_before_reset=1 if mode == "gru" else None,
        )  # fmt: skip
        ends.append(outputs[1:])
        if directions == 1:
            data = outputs[0].squeeze(1)
        else:
            data = outputs[0].transpose(0, 2, 1, 3).reshape(steps, batch, directions * units)
    states = [at.concat(list(each), 0) for each in zip(*ends)]
    return [data, *states] if at["state_outputs"] else [data]


def _rows(state: Term, first: int, last: int) -> Term:
    return state if (first, last) == (0, state.lengths[0]) else state.slice(0, first, last)


def _places(mode: str, inputs: int, units: int, layers: int, directions: int) -> list[list[Places]]:
    """For each layer where ONNX's weights of the input, of the state, and biases are among the parameters."""
    gates = len(_GATES[mode])
    shapes: list[tuple[int, ...]] = []
    for layer in range(layers):
        columns = inputs if layer == 0 else units * directions
        shapes += [(gates * units, columns), (gates * units, units)] * directions
    shapes += [(gates * units,)] * (2 * layers * directions)
    parts, begin = [], 0
    for shape in shapes:
        size = math.prod(shape)
        part = np.arange(begin, begin + size).reshape(gates, units, *shape[1:])
        parts.append(part[list(_GATES[mode])].reshape(shape))
        begin += size
    weights, biases = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    found = []
    for layer in range(layers):
        own = slice(2 * layer * directions, 2 * (layer + 1) * directions)
        of_input, of_state = weights[own][::2], weights[own][1::2]
        pairs = [np.concatenate(pair) for pair in zip(biases[own][::2], biases[own][1::2])]
        found.append([np.stack(of_input), np.stack(of_state), np.stack(pairs)])
    return found


def _gathered(at: At, parameters: Term, places: Places) -> Term:
    """Some of the parameters, as a parameter of the model where they are known."""
    elements = parameters.array
    if elements is None:
        return at.op("Gather", parameters, at.constant(places), axis=0)
    name = at.builder.fresh(f"{at.call.name}/weights")
    made: Any = lambda: elements()[places]  # noqa: E731
    return at.builder.parameter(name, made, parameters.dtype)
