"""The fused recurrent networks: all layers and steps of an RNN, LSTM or GRU in one call, weights in one vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..registry import Rng, Shape, Training, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or

__all__ = ["rnn"]

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_LAYERS = {"rnn_relu": torch.rnn_relu, "rnn_tanh": torch.rnn_tanh, "lstm": torch.lstm, "gru": torch.gru}


def _shapes(mode: str, inputs: int, units: int, layers: int, directions: int) -> list[Shape]:
    """The parts of the parameter vector in MXNet's order: all weights, then all biases.

    Of every layer and direction first that of the input, then that of the state; rows are gates times units, the gates
    of an LSTM in the order input, forget, candidate, output, those of a GRU reset, update, candidate.
    """
    rows = _GATES[mode] * units
    weights: list[Shape] = []
    for layer in range(layers):
        columns = inputs if layer == 0 else units * directions
        weights += [(rows, columns), (rows, units)] * directions
    return weights + [(rows,)] * (2 * layers * directions)


def _parameters(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    _, batch, inputs = shapes["data"]
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    parts = _shapes(attributes["mode"], inputs, attributes["state_size"], layers, directions)
    state = (layers * directions, batch, attributes["state_size"])
    found = {"parameters": (sum(math.prod(part) for part in parts),), "state": state}
    return found | ({"state_cell": state} if attributes["mode"] == "lstm" else {})


def _outputs(attributes: Mapping[str, Any]) -> int:
    return len(_named_outputs(attributes))


def _named_outputs(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    if not attributes["state_outputs"]:
        return ("output",)
    cell = ("statecell_output",) if attributes["mode"] == "lstm" else ()
    return ("output", "state_output", *cell)


@operator(
    "RNN",
    "_npx_rnn",
    params=_parameters,
    num_outputs=_outputs,
    outputs=_named_outputs,
    asks={
        "state_cell": lambda attributes: attributes["mode"] == "lstm",
        "sequence_length": lambda attributes: attributes["use_sequence_length"],
    },
)
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
    mode: Literal["gru", "lstm", "rnn_relu", "rnn_tanh"],
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: float | None = None,
    lstm_state_clip_max: float | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
    training: Training = False,
    rng: Rng = None,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Recurrent layers over a batch of sequences.

    Parameters
    ----------
    data : NDArray (time, n, inputs)
        the sequences
    parameters : NDArray (size,)
        all weights, then all biases, each by layer, direction and input before state
    state : NDArray (num_layers × directions, n, state_size)
        the states at the start
    state_cell : NDArray, the same shape
        the cells at the start, for 'lstm' only
    sequence_length, use_sequence_length, projection_size, lstm_state_clip_min, lstm_state_clip_max
        not supported
    state_size, num_layers : int
        units of each layer, and how many layers
    bidirectional : bool
        a second direction, from the end to the start, its units after those of the first
    mode : str
        'rnn_relu', 'rnn_tanh', 'lstm' or 'gru'
    p : float
        the probability of a zero among the inputs of every layer but the first, in training
    state_outputs : bool
        return the states (and cells) at the end as well

    Returns
    -------
    NDArray (time, n, state_size × directions), or a list of it and the states

    Raises
    ------
    MXNetError
        shapes that do not fit, attributes that are not supported

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory; Cho and others 2014, arXiv:1406.1078 (gru)

    Examples
    --------
    >>> x, w, h = mx.nd.ones((3, 2, 4)), mx.nd.ones((55,)), mx.nd.zeros((1, 2, 5))
    >>> mx.nd.RNN(x, w, h, mode='rnn_tanh', state_size=5, num_layers=1).shape
    (3, 2, 5)
    """
    unsupported = {
        "projection_size": projection_size, "lstm_state_clip_min": lstm_state_clip_min,
        "lstm_state_clip_max": lstm_state_clip_max, "lstm_state_clip_nan": lstm_state_clip_nan or None,
        "use_sequence_length": use_sequence_length or None,
    }  # fmt: skip
    for name, value in unsupported.items():
        if value is not None:
            raise MXNetError(f"RNN: {name}={value} is not supported; leave it out")
    if data.dim() != 3 or not data.is_floating_point():
        raise MXNetError(f"RNN: data is {describe(data)}; expected floats of shape (time, n, inputs)")
    directions = 2 if bidirectional else 1
    wanted = (num_layers * directions, data.shape[1], state_size)
    states = {"state": state, "state_cell": state_cell} if mode == "lstm" else {"state": state}
    for name, given in states.items():
        if given is None or tuple(given.shape) != wanted:
            raise MXNetError(f"RNN: {name} is {describe(given)} for data {describe(data)}; expected {wanted}")
    shapes = _shapes(mode, data.shape[2], state_size, num_layers, directions)
    sizes = [math.prod(shape) for shape in shapes]
    if parameters.dim() != 1 or parameters.shape[0] != sum(sizes):
        raise MXNetError(
            f"RNN: parameters is {describe(parameters)}; expected ({sum(sizes)},) for data {describe(data)}"
        )
    parts = [part.view(shape) for part, shape in zip(parameters.split(sizes), shapes)]
    starts = tuple(states.values())
    if p == 0 or not training or num_layers == 1:
        results = _layers(mode, data, starts, _in_order(parts, 0, num_layers * directions), num_layers, bidirectional)
    else:
        results = _with_dropout(mode, data, starts, parts, num_layers, directions, p, rng)
    return results if state_outputs else results[0]


def _in_order(parts: list[torch.Tensor], first: int, last: int) -> list[torch.Tensor]:
    """Of layers times directions ``first`` to ``last`` both weights and both biases together, as torch has them."""
    half = len(parts) // 2
    ordered = []
    for each in range(first, last):
        ordered += [*parts[2 * each : 2 * each + 2], *parts[half + 2 * each : half + 2 * each + 2]]
    return ordered


def _layers(
    mode: str, data: torch.Tensor, starts: tuple[Any, ...], weights: list[torch.Tensor], layers: int, both: bool
) -> tuple[torch.Tensor, ...]:
    """The outputs and last states of layers without dropout."""
    hidden = starts if mode == "lstm" else starts[0]
    return _LAYERS[mode](data, hidden, weights, True, layers, 0.0, False, both, False)  # type: ignore[operator]


def _with_dropout(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    parts: list[torch.Tensor],
    layers: int,
    directions: int,
    p: float,
    rng: Any,
) -> tuple[torch.Tensor, ...]:
    """Layer by layer, with dropout from this context's stream in between."""
    ends = []
    for layer in range(layers):
        if layer and not data.is_meta:
            kept = torch.empty_like(data).bernoulli_(1 - p, generator=rng.torch_generator)
            data = data * kept / (1 - p) if p < 1 else data * 0
        first, last = layer * directions, (layer + 1) * directions
        weights = _in_order(parts, first, last)
        data, *end = _layers(mode, data, tuple(each[first:last] for each in starts), weights, 1, directions == 2)
        ends.append(end)
    return data, *(torch.cat(each) for each in zip(*ends))


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "RNN")
def _batch_and_states(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Time and batch are the output's, the batch the states' too, and the length of the parameters tells the inputs."""
    data, parameters = inputs[0], inputs[1]
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    units = attributes["state_size"]
    batches = [length_or(each, 1) for each in (data, outputs[0], *inputs[2:4], *outputs[1:])]
    batch = next((length for length in batches if length != UNKNOWN), UNKNOWN)
    columns, size = UNKNOWN, length_or(parameters, 0)
    if size != UNKNOWN:  # what is left over without inputs, by the rows that read them
        rest = sum(math.prod(part) for part in _shapes(attributes["mode"], 0, units, layers, directions))
        rows = _GATES[attributes["mode"]] * units * directions
        columns = (size - rest) // rows if size > rest and (size - rest) % rows == 0 else UNKNOWN
    states = (layers * directions, batch, units)
    return (length_or(outputs[0], 0), batch, columns), (UNKNOWN,), states, states


@rule("outputs", "RNN")
def _steps_and_states(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = inputs[0]
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    batch, units = length_or(data, 1), attributes["state_size"]
    state = (layers * directions, batch, units)
    return (length_or(data, 0), batch, units * directions), *(state,) * (_outputs(attributes) - 1)
