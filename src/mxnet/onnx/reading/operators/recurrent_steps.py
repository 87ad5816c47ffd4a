"""Recurrent layers step by step, for what the layer here has not: peepholes, a reset gate before the product, clipped
gates, other activations, weights that are computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..loops import step_by_step
from ..table import At

__all__ = ["layer_in_steps"]

#: gates of each operator and its activations by default
_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULT = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
#: alpha and beta of activations that have them, where the node does not say
_NUMBERS = {
    "leakyrelu": (0.01, None), "thresholdedrelu": (1.0, None), "elu": (1.0, None), "affine": (1.0, 0.0),
    "scaledtanh": (1.0, 1.0), "hardsigmoid": (0.2, 0.5),
}  # fmt: skip
Activation = Callable[[Symbol], Symbol]


def layer_in_steps(at: At) -> list[Any]:
    """The outputs of a node RNN, LSTM or GRU."""
    direction, units = at.attribute("direction", "forward"), at.attribute("hidden_size")
    batch_first, count = bool(at.attribute("layout", 0)), 2 if direction == "bidirectional" else 1
    data = at.symbol(0)
    if batch_first:
        data = at.call("SwapAxis", data, dim1=0, dim2=1)
    lengths = at.cast(at.symbol(4), np.float32) if at.has(4) else None
    functions = _activations(at, count)
    results = []
    for place in range(count):
        backwards = direction == "reverse" or place == 1
        results.append(_Direction(at, place, functions[place], units, batch_first).run(data, lengths, backwards))
    joined: list[Symbol] = []
    for parts in zip(*results):
        axis = 1 if not joined else 0  # Y has its directions behind the time
        expanded = [at.call("expand_dims", part, axis=axis) for part in parts]
        joined.append(expanded[0] if count == 1 else at.call("Concat", *expanded, dim=axis))
    if batch_first:
        joined[0] = at.call("transpose", joined[0], axes=(2, 0, 1, 3))
        joined[1:] = [at.call("SwapAxis", each, dim1=0, dim2=1) for each in joined[1:]]
    return [at.result(each) if name else None for each, name in zip(joined, at.node.output)]


def _activations(at: At, directions: int) -> list[list[Activation]]:
    """For each direction its functions."""
    per = len(_DEFAULT[at.op])
    names = at.attribute("activations", _DEFAULT[at.op] * directions)
    if len(names) != per * directions:
        raise at.refuse(f"activations {names}; expected {per * directions}")
    alphas, betas = list(at.attribute("activation_alpha", [])), list(at.attribute("activation_beta", []))
    found: list[Activation] = []
    for name in names:  # each takes of the numbers what it has
        alpha, beta = _NUMBERS.get(name.lower(), (None, None))
        if alpha is not None and alphas:
            alpha = alphas.pop(0)
        if beta is not None and betas:
            beta = betas.pop(0)
        found.append(_activation(at, name, alpha, beta))
    return [found[place * per : (place + 1) * per] for place in range(directions)]


def _activation(at: At, name: str, alpha: float | None, beta: float | None) -> Activation:
    def scaled(x: Symbol, by: float | None, plus: float | None = None) -> Symbol:
        x = at.call("_mul_scalar", x, scalar=by)
        return x if plus is None else at.call("_plus_scalar", x, scalar=plus)

    known: dict[str, Activation] = {
        "sigmoid": lambda x: at.call("sigmoid", x),
        "tanh": lambda x: at.call("tanh", x),
        "relu": lambda x: at.call("relu", x),
        "softsign": lambda x: at.call("softsign", x),
        "softplus": lambda x: at.call("Activation", x, act_type="softrelu"),
        "leakyrelu": lambda x: at.call("LeakyReLU", x, act_type="leaky", slope=alpha),
        "elu": lambda x: at.call("LeakyReLU", x, act_type="elu", slope=alpha),
        "thresholdedrelu": lambda x: at.call("elemwise_mul", x, at.call("_greater_equal_scalar", x, scalar=alpha)),
        "affine": lambda x: scaled(x, alpha, beta),
        "scaledtanh": lambda x: scaled(at.call("tanh", scaled(x, beta)), alpha),
        "hardsigmoid": lambda x: at.call("hard_sigmoid", x, alpha=alpha, beta=beta),
    }
    if name.lower() not in known:
        raise at.refuse(f"activation {name!r}; expected one of {', '.join(known)}")
    return known[name.lower()]


class _Direction:
    """One direction of a layer: its weights, and what a step computes."""

    def __init__(self, at: At, place: int, functions: list[Activation], units: int, batch_first: bool) -> None:
        self.at, self.place, self.functions, self.units = at, place, functions, units
        self.batch_first = batch_first
        self.gates = _GATES[at.op]
        self.weights, self.recurrent = self._own(1), self._own(2)
        rows = self.gates * units
        if at.has(3):
            bias = self._own(3)
            self.bias = [at.call("slice_axis", bias, axis=0, begin=n * rows, end=(n + 1) * rows) for n in (0, 1)]
        else:
            zeros = at.parameter(np.zeros(rows, at.value(0).dtype), f"bias{place}")
            self.bias = [zeros, zeros]
        self.peepholes: list[Symbol] = []
        if at.has(7):
            holes = at.call("expand_dims", self._own(7), axis=0)
            parts = at.call("SliceChannel", holes, num_outputs=3, axis=1)
            self.peepholes = [parts[n] for n in range(3)]

    def _own(self, place: int) -> Symbol:
        """The part of an input that is this direction's."""
        part = self.at.call("slice_axis", self.at.symbol(place), axis=0, begin=self.place, end=self.place + 1)
        return self.at.call("squeeze", part, axis=0)

    def run(self, data: Symbol, lengths: Symbol | None, backwards: bool) -> list[Symbol]:
        """Its outputs (time, batch, units), and its last states (batch, units)."""
        at = self.at
        if backwards:
            data = self._turned(data, lengths)
        rows = self.gates * self.units
        inner = at.call("FullyConnected", data, self.weights, self.bias[0], num_hidden=rows, flatten=False)
        states = [self._start(5, data)] + ([self._start(6, data)] if at.op == "LSTM" else [])
        given = [inner]
        if lengths is not None:
            given.append(at.call("expand_dims", at.call("_contrib_arange_like", data, axis=0), axis=1))

        def step(elements: list[Symbol], before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
            computed: dict[str, Callable[..., list[Symbol]]] = {
                "RNN": self._plain,
                "GRU": self._gru,
                "LSTM": self._lstm,
            }
            after = computed[at.op](elements[0], *before)
            if lengths is None:
                return [after[0]], after
            goes_on = at.call("expand_dims", at.call("broadcast_lesser", elements[1], lengths), axis=1)
            goes_on = at.call("broadcast_like", goes_on, after[0])
            kept = [at.call("where", goes_on, new, old) for new, old in zip(after, before)]
            return [at.call("where", goes_on, after[0], at.call("zeros_like", after[0]))], kept

        outputs, ends = step_by_step(at, given, states, step)
        output = self._turned(outputs[0], lengths) if backwards else outputs[0]
        return [output, *ends]

    def _turned(self, data: Symbol, lengths: Symbol | None) -> Symbol:
        if lengths is None:
            return self.at.call("reverse", data, axis=0)
        return self.at.call("SequenceReverse", data, lengths, use_sequence_length=True)

    def _start(self, place: int, data: Symbol) -> Symbol:
        """The state before the first step, zeros where nothing is given."""
        at = self.at
        if at.has(place):
            symbol = at.symbol(place)
            symbol = at.call("SwapAxis", symbol, dim1=0, dim2=1) if self.batch_first else symbol
            part = at.call("slice_axis", symbol, axis=0, begin=self.place, end=self.place + 1)
            return at.call("squeeze", part, axis=0)
        # of as many rows as the batch has, whatever that is
        first = at.call("slice_axis", data, axis=0, begin=0, end=1)
        column = at.call("sum", at.call("zeros_like", first), axis=(0, 2))
        return at.call("tile", at.call("expand_dims", column, axis=1), reps=(1, self.units))

    # --- what a step computes -----------------------------------------------------------------------------------------

    def _parts(self, symbol: Symbol, count: int) -> list[Symbol]:
        parts = self.at.call("SliceChannel", symbol, num_outputs=count, axis=1)
        return [parts[place] for place in range(count)]

    def _product(self, state: Symbol, first: int, last: int) -> Symbol:
        """A state times the recurrent weights of some gates, with their bias."""
        at, units = self.at, self.units
        weight, bias = (
            at.call("slice_axis", each, axis=0, begin=first * units, end=last * units)
            for each in (self.recurrent, self.bias[1])
        )
        return at.call("FullyConnected", state, weight, bias, num_hidden=(last - first) * units)

    def _add(self, *symbols: Symbol) -> Symbol:
        total, *rest = symbols
        for each in rest:
            total = self.at.call("broadcast_add", total, each)
        return total

    def _mul(self, one: Symbol, other: Symbol) -> Symbol:
        return self.at.call("broadcast_mul", one, other)

    def _applied(self, place: int, symbol: Symbol) -> Symbol:
        bound = self.at.attribute("clip")
        if bound is not None:
            symbol = self.at.call("clip", symbol, a_min=-bound, a_max=bound)
        return self.functions[place](symbol)

    def _plain(self, inner: Symbol, state: Symbol) -> list[Symbol]:
        return [self._applied(0, self._add(inner, self._product(state, 0, 1)))]

    def _gru(self, inner: Symbol, state: Symbol) -> list[Symbol]:
        at = self.at
        update_in, reset_in, new_in = self._parts(inner, 3)
        update_by, reset_by = self._parts(self._product(state, 0, 2), 2)
        update = self._applied(0, self._add(update_in, update_by))
        reset = self._applied(0, self._add(reset_in, reset_by))
        if at.attribute("linear_before_reset", 0):
            new_by = self._mul(reset, self._product(state, 2, 3))
        else:
            new_by = self._product(self._mul(reset, state), 2, 3)
        new = self._applied(1, self._add(new_in, new_by))
        rest = at.call("_rminus_scalar", update, scalar=1.0)
        return [self._add(self._mul(rest, new), self._mul(update, state))]

    def _lstm(self, inner: Symbol, state: Symbol, cell: Symbol) -> list[Symbol]:
        at = self.at
        enter, leave, forget, new = self._parts(self._add(inner, self._product(state, 0, 4)), 4)
        if self.peepholes:
            enter = self._add(enter, self._mul(cell, self.peepholes[0]))
            forget = self._add(forget, self._mul(cell, self.peepholes[2]))
        entered = self._applied(0, enter)
        if at.attribute("input_forget", 0):
            kept = at.call("_rminus_scalar", entered, scalar=1.0)
        else:
            kept = self._applied(0, forget)
        after = self._add(self._mul(kept, cell), self._mul(entered, self._applied(1, new)))
        if self.peepholes:
            leave = self._add(leave, self._mul(after, self.peepholes[1]))
        return [self._mul(self._applied(0, leave), self.functions[2](after)), after]
