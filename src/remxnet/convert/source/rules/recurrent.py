"""Recurrent layers: ``nn.LSTM``, ``nn.GRU`` and ``nn.RNN``, whose weights are the parts of MXNet's one vector."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch

from mxnet.ops.registry import rule
from mxnet.symbol.typed import Value

from ..steps import At, Cannot, Nested, Tuple
from .carried import carried

__all__: list[str] = []

_KINDS = {"lstm": "nn.LSTM", "gru": "nn.GRU", "rnn_tanh": "nn.RNN", "rnn_relu": "nn.RNN"}
_GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


@rule("source", "RNN")
def _rnn(at: At) -> str:
    attributes, mode = at.attributes, at.attributes["mode"]
    folded = at.folded(1)
    special = attributes["use_sequence_length"] or attributes["lstm_state_clip_min"] is not None
    if folded is None or special or folded[0].dtype is not torch.float32:
        return _as_function(at)
    inputs, units = at.shape()[2], attributes["state_size"]
    projected = attributes["projection_size"] or 0
    layers, both = attributes["num_layers"], attributes["bidirectional"]
    parts = _parts(mode, inputs, units, projected, layers, 2 if both else 1)
    pieces = dict(zip(parts, folded[0].split([prod(shape) for shape in parts.values()])))
    weights = {name: pieces[name].reshape(shape) for name, shape in parts.items()}
    arguments: dict[str, Any] = {"input_size": inputs, "hidden_size": units, "num_layers": layers}
    arguments |= {"dropout": attributes["p"] if layers > 1 else 0, "bidirectional": both, "proj_size": projected}
    defaults = {"num_layers": 1, "dropout": 0, "bidirectional": False, "proj_size": 0, "nonlinearity": "tanh"}
    if mode in ("rnn_tanh", "rnn_relu"):
        arguments["nonlinearity"] = mode.removeprefix("rnn_")
    if mode != "lstm":
        del arguments["proj_size"]
    called = _called(folded[1], weights, at.is_parameter(1))
    layer = at.alone(_KINDS[mode], arguments, ("input_size", "hidden_size"), defaults, weights, called)
    states = [2, 3] if mode == "lstm" else [2]
    hidden = ""
    if not all(_is_zeros(at, place) for place in states):
        given = ", ".join(str(at.inputs[place]) for place in states)
        hidden = f", ({given})" if len(states) > 1 else f", {given}"
    text = f"{layer}({at.data}{hidden})"
    if not attributes["state_outputs"]:
        return f"{text}[0]"
    return Nested(text) if mode == "lstm" else Tuple(text)


def _as_function(at: At) -> str:
    if at.attributes["p"] and at.attributes["num_layers"] > 1:
        raise Cannot("dropout between layers with lengths, bounds or computed weights; write it layer by layer")
    return carried(at)


def _is_zeros(at: At, place: int) -> bool:
    """Whether a state is zeros, which torch begins with by itself, for any batch."""
    value = at.call.inputs[place]
    made = None if value is None else value.makes
    return made is not None and not made.inputs and made.spec.name in ("_zeros", "_npi_zeros")


def _parts(
    mode: str, inputs: int, units: int, projected: int, layers: int, directions: int
) -> dict[str, Sequence[int]]:
    """The parts of MXNet's vector in its order, by torch's names: all weights, then all biases."""
    rows, weights, biases = _GATES[mode] * units, dict[str, Sequence[int]](), dict[str, Sequence[int]]()
    for layer in range(layers):
        width = inputs if layer == 0 else (projected or units) * directions
        for end in ("", "_reverse")[:directions]:
            weights[f"weight_ih_l{layer}{end}"] = (rows, width)
            weights[f"weight_hh_l{layer}{end}"] = (rows, projected or units)
            if projected:
                weights[f"weight_hr_l{layer}{end}"] = (projected, units)
            biases[f"bias_ih_l{layer}{end}"] = biases[f"bias_hh_l{layer}{end}"] = (rows,)
    return weights | biases


def _called(values: Sequence[Value], weights: dict[str, torch.Tensor], whole: bool) -> dict[str, str | tuple[str, ...]]:
    """MXNet's names of parameters: the one vector's, or those of the parts one by one, as Gluon's layers have them."""
    if whole:
        return {values[0].name: tuple(weights)}
    if len(values) != len(weights):
        return {}
    return {value.name: name for value, name in zip(values, weights)}
