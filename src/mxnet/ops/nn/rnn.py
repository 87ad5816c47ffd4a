"""The fused recurrent networks: all layers and steps of an RNN, LSTM or GRU in one call, weights in one vector."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from ...kernels import lstm
from ..registry import Rng, Shape, Training, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or

__all__ = ["part_shapes", "rnn"]

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_LAYERS = {"rnn_relu": torch.rnn_relu, "rnn_tanh": torch.rnn_tanh, "lstm": lstm, "gru": torch.gru}


def _shapes(mode: str, inputs: int, units: int, projected: int | None, layers: int, directions: int) -> list[Shape]:
    """The parts of the parameter vector in MXNet's order: all weights, then all biases.

    Of every layer and direction first that of the input, then that of the state, then that of the projection where
    there is one; rows are gates times units, the gates of an LSTM in the order input, forget, candidate, output, those
    of a GRU reset, update, candidate.
    """
    rows, seen = _GATES[mode] * units, projected or units
    weights: list[Shape] = []
    for layer in range(layers):
        columns = inputs if layer == 0 else seen * directions
        weights += [(rows, columns), (rows, seen), *([(seen, units)] if projected else [])] * directions
    return weights + [(rows,)] * (2 * layers * directions)


def part_shapes(attributes: Mapping[str, Any], inputs: int) -> list[Shape]:
    """The shapes of the parts of an operator's parameters, by its attributes and the features of its data."""
    mode, directions = attributes["mode"], 2 if attributes["bidirectional"] else 1
    units, projected, layers = attributes["state_size"], attributes["projection_size"], attributes["num_layers"]
    return _shapes(mode, inputs, units, projected, layers, directions)


#: what the parts of the rows of weights and biases are called, one for each gate
GATE_NAMES = {"rnn_relu": ("",), "rnn_tanh": ("",), "lstm": ("_i", "_f", "_c", "_o"), "gru": ("_r", "_z", "_o")}


def named_parts(
    mode: str, size: int, units: int, layers: int, directions: int
) -> dict[str, tuple[int, int, tuple[int, ...]]]:
    """The parts of a parameter vector by gate: where each begins and ends, and its shape.

    Parameters
    ----------
    mode : str
        the kind of network
    size : int
        the length of the vector, which tells how many inputs there are
    units, layers, directions : int
        of the network

    Returns
    -------
    dict
        by names such as ``l0_i2h_f_weight``: direction and layer, from the input or the state, gate, kind

    Raises
    ------
    ValueError
        no number of inputs has a vector of this length
    """
    rest = sum(math.prod(part) for part in _shapes(mode, 0, units, None, layers, directions))
    rows = len(GATE_NAMES[mode]) * units * directions
    inputs, left = divmod(size - rest, rows)
    if inputs < 1 or left:
        raise ValueError(
            f"{size} numbers are no parameters of {mode} with {units} units, {layers} layers, {directions} directions"
        )
    ends = [f"{direction}{layer}_{source}" for layer in range(layers) for direction in "lr"[:directions]
            for source in ("i2h", "h2h")]  # fmt: skip
    found, begin = {}, 0
    for number, shape in enumerate(_shapes(mode, inputs, units, None, layers, directions)):
        kind = "weight" if number < len(ends) else "bias"
        part = (units, *shape[1:])
        for gate in GATE_NAMES[mode]:
            end = begin + math.prod(part)
            found[f"{ends[number % len(ends)]}{gate}_{kind}"] = (begin, end, part)
            begin = end
    return found


def _parameters(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    data = shapes["data"]
    if len(data) != 3:
        raise MXNetError(f"RNN: data {tuple(data)} has {len(data)} axes; expected 3: time × batch × features")
    _, batch, inputs = data
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    units, projected = attributes["state_size"], attributes["projection_size"]
    parts = _shapes(attributes["mode"], inputs, units, projected, layers, directions)
    state = (layers * directions, batch, projected or units)
    found = {"parameters": (sum(math.prod(part) for part in parts),), "state": state}
    if attributes["use_sequence_length"]:
        found["sequence_length"] = (batch,)
    return found | ({"state_cell": (*state[:2], units)} if attributes["mode"] == "lstm" else {})


def _outputs(attributes: Mapping[str, Any]) -> int:
    return len(_named_outputs(attributes))


def _named_outputs(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    if not attributes["state_outputs"]:
        return ("output",)
    cell = ("statecell_output",) if attributes["mode"] == "lstm" else ()
    return ("output", "state_output", *cell)


def _known_shapes(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> list[Shape] | None:
    """The shapes of outputs and last states, of inputs that fit."""
    mode, layers, directions = attributes["mode"], attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    units, projected = attributes["state_size"], attributes["projection_size"]
    bounded = attributes["lstm_state_clip_min"] is not None or attributes["lstm_state_clip_max"] is not None
    if len(shapes[0]) != 3 or min(shapes[0][0], units, layers) < 1 or bounded or (projected and mode != "lstm"):
        return None
    steps, batch, columns = shapes[0]
    seen = projected or units
    states: list[Shape] = [(layers * directions, batch, seen)]
    if mode == "lstm":
        states.append((layers * directions, batch, units))
    size = sum(math.prod(part) for part in _shapes(mode, columns, units, projected, layers, directions))
    lengths = [(batch,)] if attributes["use_sequence_length"] else []
    if list(shapes[1:]) != [(size,), *states, *lengths]:
        return None
    return [(steps, batch, seen * directions), *states][: _outputs(attributes)]


@operator(
    "RNN",
    "_npx_rnn",
    params=_parameters,
    num_outputs=_outputs,
    outputs=_named_outputs,
    shape=_known_shapes,
    role="recurrence",
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
    sequence_length : NDArray (n,), optional
        how many steps of each sequence count, for `use_sequence_length`: outputs after them are zeros, the second
        direction begins with the last of them, and the states returned are those after it
    use_sequence_length : bool
        whether sequences have lengths of their own
    projection_size : int, optional
        of an LSTM: its hidden state, and so its output, is a projection to so many units
    lstm_state_clip_min, lstm_state_clip_max : float, optional
        bounds of an LSTM's cells after every step, both or none
    lstm_state_clip_nan : bool
        with bounds: a cell that is no number becomes the lower bound
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
    if projection_size is not None and mode != "lstm":
        raise MXNetError(f"RNN: projection_size={projection_size} with mode={mode!r}; only an 'lstm' has a projection")
    clip = _clip(mode, lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan)
    if data.dim() != 3 or not data.is_floating_point():
        raise MXNetError(f"RNN: data is {describe(data)}; expected floats of shape (time, n, inputs)")
    directions = 2 if bidirectional else 1
    wanted = (num_layers * directions, data.shape[1])
    states = {"state": state, "state_cell": state_cell} if mode == "lstm" else {"state": state}
    for name, given in states.items():
        whole = (*wanted, projection_size if name == "state" and projection_size else state_size)
        if given is None or tuple(given.shape) != whole:
            raise MXNetError(f"RNN: {name} is {describe(given)} for data {describe(data)}; expected {whole}")
    lengths = _lengths(data, sequence_length) if use_sequence_length else None
    shapes = _shapes(mode, data.shape[2], state_size, projection_size, num_layers, directions)
    parts = _parts(parameters, shapes, data)
    kinds = 3 if projection_size else 2
    layers = [_weights_of(parts, each, kinds) for each in range(num_layers * directions)]
    starts = tuple(states.values())
    drops = p > 0 and training and num_layers > 1
    if clip is None and lengths is None and not drops:
        weights = [tensor for each in layers for tensor in each]
        results = _together(mode, data, starts, weights, num_layers, bidirectional)
    else:
        results = _one_by_one(mode, data, starts, layers, directions, p if drops else 0.0, rng, lengths, clip)
    return results if state_outputs else results[0]


def _clip(mode: str, low: float | None, high: float | None, nan: bool) -> tuple[float, float, bool] | None:
    """The bounds of an LSTM's cells, and whether what is no number is bounded too."""
    if low is None and high is None:
        return None
    if mode != "lstm" or low is None or high is None or low > high:
        raise MXNetError(
            f"RNN: lstm_state_clip_min={low} and lstm_state_clip_max={high} with mode={mode!r}; expected an 'lstm', "
            "and both bounds in order"
        )
    return low, high, nan


def _lengths(data: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """How many steps of each sequence count, as integers."""
    if lengths is None or tuple(lengths.shape) != (data.shape[1],):
        raise MXNetError(
            f"RNN: sequence_length is {describe(lengths)} for data {describe(data)}; expected ({data.shape[1]},)"
        )
    return lengths.detach().long().clamp(0, data.shape[0])


def _parts(parameters: Any, shapes: list[Shape], data: torch.Tensor) -> list[torch.Tensor]:
    """The parts of the vector of parameters; a plan that has seen them put together hands them over as they are."""
    if isinstance(parameters, tuple):
        return list(parameters)
    sizes = [math.prod(shape) for shape in shapes]
    if parameters.dim() != 1 or parameters.shape[0] != sum(sizes):
        raise MXNetError(
            f"RNN: parameters is {describe(parameters)}; expected ({sum(sizes)},) for data {describe(data)}"
        )
    return [part.view(shape) for part, shape in zip(parameters.split(sizes), shapes)]


def _weights_of(parts: list[torch.Tensor], place: int, kinds: int) -> list[torch.Tensor]:
    """Of one layer and direction the weights, biases and projection, in torch's order."""
    count = len(parts) // (kinds + 2)  # layers times directions
    of_input, of_state, *projection = parts[kinds * place : kinds * (place + 1)]
    first = kinds * count + 2 * place
    return [of_input, of_state, parts[first], parts[first + 1], *projection]


def _together(
    mode: str, data: torch.Tensor, starts: tuple[Any, ...], weights: list[torch.Tensor], layers: int, both: bool
) -> tuple[torch.Tensor, ...]:
    """The outputs and last states of layers, in one call."""
    hidden = starts if mode == "lstm" else starts[0]
    if starts[0].shape[2] == starts[-1].shape[2]:
        return _LAYERS[mode](data, hidden, weights, True, layers, 0.0, False, both, False)  # type: ignore[operator]
    with warnings.catch_warnings():  # torch says once that oneDNN has no projections
        warnings.filterwarnings("ignore", "LSTM with projections", UserWarning)
        return torch.lstm(data, hidden, weights, True, layers, 0.0, False, both, False)


def _one_by_one(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    layers: list[list[torch.Tensor]],
    directions: int,
    p: float,
    rng: Any,
    lengths: torch.Tensor | None,
    clip: tuple[float, float, bool] | None,
) -> tuple[torch.Tensor, ...]:
    """Layer by layer and direction by direction: with dropout in between, lengths, or bounds."""
    ends = []
    for first in range(0, len(layers), directions):
        if first and p and not data.is_meta:
            kept = torch.empty_like(data).bernoulli_(1 - p, generator=rng.torch_generator)
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
    return data, *(torch.cat(each) for each in zip(*ends))


def _turned(data: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """Sequences (time, n, channels) from their last step to the first; steps past a length stay where they are."""
    if lengths is None:
        return data.flip(0)
    steps = torch.arange(data.shape[0], device=data.device).unsqueeze(1)
    places = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return data.gather(0, places.unsqueeze(2).expand(data.shape))


def _direction(
    mode: str,
    data: torch.Tensor,
    starts: tuple[Any, ...],
    weights: list[torch.Tensor],
    lengths: torch.Tensor | None,
    clip: tuple[float, float, bool] | None,
) -> tuple[torch.Tensor, ...]:
    """One layer in one direction: its outputs and last states, each sequence by its own length."""
    if clip is None and lengths is None:
        return _together(mode, data, starts, weights, 1, False)
    states, outputs = starts, []
    for number in range(data.shape[0]):
        output, *new = _together(mode, data[number : number + 1], states, weights, 1, False)
        if clip is not None:
            new, output = _clipped(data[number], states, tuple(new), weights, clip)
        if lengths is not None:
            lasts = (number < lengths).reshape(1, -1, 1)
            output = torch.where(lasts, output, torch.zeros_like(output))
            new = [torch.where(lasts, each, old) for each, old in zip(new, states)]
        states = tuple(new)
        outputs.append(output)
    return torch.cat(outputs), *states


def _clipped(
    step: torch.Tensor,
    states: tuple[torch.Tensor, ...],
    new: tuple[torch.Tensor, ...],
    weights: list[torch.Tensor],
    clip: tuple[float, float, bool],
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """An LSTM's states after a step with its cells bounded, which its hidden state is computed from."""
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
    return [hidden, cell], hidden


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "RNN")
def _batch_and_states(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Time and batch are the output's, the batch the states' too, and the length of the parameters tells the inputs."""
    data, parameters = inputs[0], inputs[1]
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    units, projected = attributes["state_size"], attributes["projection_size"]
    batches = [length_or(each, 1) for each in (data, outputs[0], *inputs[2:4], *outputs[1:])]
    batch = next((length for length in batches if length != UNKNOWN), UNKNOWN)
    columns, size = UNKNOWN, length_or(parameters, 0)
    if size != UNKNOWN:  # what is left over without inputs, by the rows that read them
        rest = sum(math.prod(part) for part in _shapes(attributes["mode"], 0, units, projected, layers, directions))
        rows = _GATES[attributes["mode"]] * units * directions
        columns = (size - rest) // rows if size > rest and (size - rest) % rows == 0 else UNKNOWN
    state, cell = (layers * directions, batch, projected or units), (layers * directions, batch, units)
    return (length_or(outputs[0], 0), batch, columns), (UNKNOWN,), state, cell, (batch,)


@rule("outputs", "RNN")
def _steps_and_states(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = inputs[0]
    layers, directions = attributes["num_layers"], 2 if attributes["bidirectional"] else 1
    batch, units = length_or(data, 1), attributes["state_size"]
    seen = attributes["projection_size"] or units
    states = ((layers * directions, batch, seen), (layers * directions, batch, units))
    return (length_or(data, 0), batch, seen * directions), *states[: _outputs(attributes) - 1]
