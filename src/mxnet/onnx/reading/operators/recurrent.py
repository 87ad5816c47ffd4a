"""Recurrent layers: RNN, LSTM and GRU in one call each, where that has all of their attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import Pair, Value
from .recurrent_steps import layer_in_steps

__all__: list[str] = []

#: of each operator, the order of the gates here by those of ONNX (iofc, zrh), and the activations that it can have
_LSTM, _GRU = (0, 2, 3, 1), (1, 0, 2)


@reads("LSTM")
def lstm(at: At) -> Any:
    """Long short-term memory."""
    if at.has(7) or _activations(at, [["Sigmoid", "Tanh", "Tanh"]]) is None:
        return layer_in_steps(at)
    return _layers(at, "lstm", _LSTM)


@reads("GRU")
def gru(at: At) -> Any:
    """Gated recurrent units: in one call where the reset gate comes after the product."""
    if not at.attribute("linear_before_reset", 0) or _activations(at, [["Sigmoid", "Tanh"]]) is None:
        return layer_in_steps(at)
    return _layers(at, "gru", _GRU)


@reads("RNN")
def rnn(at: At) -> Any:
    """Plain units, with tanh or relu in one call."""
    kind = _activations(at, [["Tanh"], ["Relu"]])
    return layer_in_steps(at) if kind is None else _layers(at, f"rnn_{kind[0].lower()}", (0,))


def _activations(at: At, known: list[list[str]]) -> list[str] | None:
    """Those of some lists of activations that the node has; None where one call cannot compute it."""
    if at.attribute("clip") is not None or at.attribute("input_forget", 0):
        return None
    if any(at.has(place) and at.value(place).array is None for place in (1, 2, 3)):
        return None
    both = at.attribute("direction", "forward") == "bidirectional"
    found = at.attribute("activations", known[0] * (2 if both else 1))
    for each in known:
        if [one.lower() for one in found] == [one.lower() for one in each] * (2 if both else 1):
            return each
    return None


def _layers(at: At, mode: str, order: tuple[int, ...]) -> list[Any]:
    direction, units = at.attribute("direction", "forward"), at.attribute("hidden_size")
    both, batch_first = direction == "bidirectional", bool(at.attribute("layout", 0))
    directions = 2 if both else 1
    parameters = at.parameter(_packed(at, order, directions), "parameters")
    data = at.symbol(0)
    if batch_first:
        data = at.call("SwapAxis", data, dim1=0, dim2=1)
    lengths = at.cast(at.symbol(4), np.float32) if at.has(4) else None
    if lengths is not None and _all_the_same(at):
        lengths = None
    backwards = direction == "reverse"
    if backwards:
        data = _turned(at, data, lengths)
    state = _state(at, 5, data, directions, units, batch_first)
    more = {"use_sequence_length": True} if lengths is not None else {}
    inputs = [data, parameters, state] + (
        [_state(at, 6, data, directions, units, batch_first)] if mode == "lstm" else []
    )
    if lengths is not None:
        inputs.append(lengths)
    whole = at.call(
        "RNN", *inputs, state_size=units, num_layers=1, mode=mode, bidirectional=both, state_outputs=True, **more
    )
    output = whole[0]
    if backwards:
        output = _turned(at, output, lengths)
    time, batch = (each[0] for each in _steps(at, output)), (each[1] for each in _steps(at, output))
    if both:
        split = [(t, n, 2, units) for t, n in zip(time, batch)]
        output = at.call("transpose", at.reshape(output, (split[0], split[1])), axes=(0, 2, 1, 3))
    else:
        output = at.call("expand_dims", output, axis=1)
    results = [output, whole[1], *([whole[2]] if mode == "lstm" else [])]
    if batch_first:
        results[0] = at.call("transpose", results[0], axes=(2, 0, 1, 3))
        results[1:] = [at.call("SwapAxis", each, dim1=0, dim2=1) for each in results[1:]]
    return [at.result(each) if name else None for each, name in zip(results, at.node.output)]


def _steps(at: At, symbol: Symbol) -> Pair:
    return at.pair_of(symbol)


def _turned(at: At, data: Symbol, lengths: Symbol | None) -> Symbol:
    if lengths is None:
        return at.call("reverse", data, axis=0)
    return at.call("SequenceReverse", data, lengths, use_sequence_length=True)


def _all_the_same(at: At) -> bool:
    """Whether all sequences are known to be as long as the data."""
    pair = at.value(4).arrays
    axis = 1 if at.attribute("layout", 0) else 0
    return pair is not None and all((each == shape[axis]).all() for each, shape in zip(pair, at.value(0).shapes))


def _packed(at: At, order: tuple[int, ...], directions: int) -> np.ndarray[Any, Any]:
    """All parameters in the order in which the operator here has them: weights of all directions, then biases."""
    gates = len(order)

    def sorted_rows(matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        parts = np.split(matrix, gates)
        return np.concatenate([parts[place] for place in order])

    weights, recurrent = at.constant(1, "W"), at.constant(2, "R")
    units = at.attribute("hidden_size")
    bias = at.constant(3, "B") if at.has(3) else np.zeros((directions, 2 * gates * units), weights.dtype)
    rows: list[np.ndarray[Any, Any]] = []
    for place in range(directions):
        rows += [sorted_rows(weights[place]).reshape(-1), sorted_rows(recurrent[place]).reshape(-1)]
    for place in range(directions):
        rows += [sorted_rows(half) for half in np.split(bias[place], 2)]
    return np.concatenate(rows)


def _state(at: At, place: int, data: Symbol, directions: int, units: int, batch_first: bool) -> Symbol:
    """What a layer starts from, zeros where nothing is given."""
    if at.has(place):
        symbol = at.symbol(place)
        return at.call("SwapAxis", symbol, dim1=0, dim2=1) if batch_first else symbol
    one, other = (np.zeros((directions, shape[1], units), at.value(0).dtype) for shape in at.pair_of(data))
    return at._reader.symbol_of(Value.known(f"{at.name}_start{place}", (one, other)), inferred=True)
