"""Layers of long short-term memory, step by step in one call forwards and one backwards.

What the inputs add to the gates of all steps is one product of torch's, and so are the gradients of inputs and weights.
What goes from step to step is ``lstm.c``'s: each part of the batch goes through all steps by itself, and gates are
computed where their sums end, in registers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from .gains import host, lstm_gain, lstm_parts
from .library import Library, library

__all__ = ["compute_lstm", "lstm", "lstm_fits", "lstm_pays", "lstm_reference"]

#: rows of gates that are computed at a time where nothing is kept for a backward
_ROWS = 2048


def lstm_fits(data: torch.Tensor, tensors: Sequence[torch.Tensor]) -> bool:
    """Whether there are kernels for sequences (time, n, inputs) with these states and weights."""
    lib = library()
    return (
        lib is not None
        and lib.lstm is not None
        and data.numel() > 0
        and all(each.dtype is torch.float32 and each.is_cpu for each in (data, *tensors))
    )


def lstm_pays(steps: int, batch: int) -> bool:
    """Whether the kernels are quicker than torch for so many steps and sequences, in the present gradient mode."""
    now = host()
    return now.pays(lstm_gain(steps, batch, now.threads, torch.is_grad_enabled()))


def lstm(
    data: torch.Tensor,
    states: Sequence[torch.Tensor],
    weights: Sequence[torch.Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[torch.Tensor, ...]:
    """``torch.lstm`` with its arguments: on the kernels where they are there and pay, else by torch.

    Parameters
    ----------
    data : tensor (time, n, inputs)
        the sequences; the kernels take float32 on the processor
    states : pair of tensors (layers × directions, n, units)
        hidden states and cells at the start
    weights : list of tensors
        of each layer and direction the weights of the inputs (4 × units, inputs) and of the state (4 × units, units),
        and their biases (4 × units,); the gates in the order input, forget, candidate, output
    has_biases, dropout, train, batch_first
        the kernels have biases, no dropout, and time before the batch
    num_layers : int
        on top of each other
    bidirectional : bool
        a second direction, from the end to the start, its units after those of the first

    Returns
    -------
    tensor (time, n, units × directions), tensor, tensor
        the outputs, differentiable, also twice; the states at the end

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory
    """
    plain = has_biases and not batch_first and not (dropout and train)
    if plain and data.dim() == 3 and lstm_pays(data.shape[0], data.shape[1]):
        return compute_lstm(data, states, weights, num_layers, bidirectional)
    return torch.lstm(
        data, tuple(states), tuple(weights), has_biases, num_layers, dropout, train, bidirectional, batch_first
    )


def lstm_reference(
    data: torch.Tensor, states: Sequence[torch.Tensor], weights: Sequence[torch.Tensor], layers: int, both: bool
) -> tuple[torch.Tensor, ...]:
    """:func:`compute_lstm` by torch."""
    return torch.lstm(data, tuple(states), tuple(weights), True, layers, 0.0, False, both, False)


def compute_lstm(
    data: torch.Tensor, states: Sequence[torch.Tensor], weights: Sequence[torch.Tensor], layers: int, both: bool
) -> tuple[torch.Tensor, ...]:
    """:func:`lstm` without asking whether the kernels pay: on them wherever they take the arrays."""
    hidden, cell = states
    if not lstm_fits(data, (hidden, cell, *weights)):
        return lstm_reference(data, states, weights, layers, both)
    directions = 2 if both else 1
    ends = []
    for layer in range(layers):
        places = slice(layer * directions, (layer + 1) * directions)
        own = weights[4 * places.start : 4 * places.stop]
        data, *end = _Layer.apply(data, hidden[places], cell[places], *own)
        ends.append(end)
    return (data, *ends[0]) if layers == 1 else (data, *(torch.cat(each) for each in zip(*ends)))


class _CLstm(ctypes.Structure):
    """``lstm`` in ``lstm.c``."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in (
            "weight", "bias", "packed", "gates", "hidden", "cell", "out", "cells", "dout", "dhidden_last", "dcell_last",
            "dgates", "dhidden", "dcell", "dbias",
        )),
        *((name, ctypes.c_int64) for name in ("steps", "batch", "units", "stride", "dstride")),
        *((name, ctypes.c_int32) for name in ("back", "parts", "wants_hidden", "next")),
    ]  # fmt: skip


def _call(lib: Library, name: str, numbers: dict[str, int], **tensors: torch.Tensor | None) -> None:
    """Call a function of ``lstm.c`` with arrays, which live at least as long, and room for the packed weight."""
    assert lib.lstm is not None  # compute_lstm() asked lstm_fits()
    tensors["packed"] = torch.empty(lib.lstm.room(numbers["units"]))
    addresses = {name: None if tensor is None else tensor.data_ptr() for name, tensor in tensors.items()}
    getattr(lib.lstm, name)(ctypes.byref(_CLstm(**addresses, **numbers)), lib.team)


def _steps(
    lib: Library,
    rows: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    weights: Sequence[torch.Tensor],
    out: torch.Tensor,
    back: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One direction over some steps, whose hidden states go into `out` (time, n, units): the gates, and the cells."""
    of_input, of_state, *biases = weights
    steps, batch, units = out.shape
    gates = torch.mm(rows, of_input.t())
    cells = torch.empty(steps, batch, units)
    numbers = {
        "steps": steps, "batch": batch, "units": units, "stride": out.stride(1), "back": back,
        "parts": lstm_parts(batch, lib.parts),
    }  # fmt: skip
    _call(
        lib, "forward", numbers, weight=of_state.contiguous(), bias=biases[0] + biases[1],
        gates=gates, hidden=hidden.contiguous(), cell=cell.contiguous(),
        out=out, cells=cells,
    )  # fmt: skip
    return gates, cells


def _in_pieces(
    lib: Library,
    rows: torch.Tensor,
    hidden: torch.Tensor,
    cell: torch.Tensor,
    weights: Sequence[torch.Tensor],
    out: torch.Tensor,
    back: bool,
) -> torch.Tensor:
    """:func:`_steps` with room for the gates of some steps only: the cells at the end."""
    steps, batch = out.shape[:2]
    piece = max(1, _ROWS // batch)
    for begin in range(0, steps, piece):
        end = min(begin + piece, steps)
        first, last = (steps - end, steps - begin) if back else (begin, end)
        now = out[first:last]
        _, cells = _steps(lib, rows[first * batch : last * batch], hidden, cell, weights, now, back)
        hidden, cell = (now[0], cells[0]) if back else (now[-1], cells[-1])
    return cell


class _Layer(torch.autograd.Function):
    """A layer in one direction or both, as one node of torch's graph."""

    @staticmethod
    def forward(
        ctx: Any, data: torch.Tensor, hidden: torch.Tensor, cell: torch.Tensor, *weights: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        lib = library()
        assert lib is not None  # compute_lstm() asked lstm_fits()
        steps, batch, inputs = data.shape
        directions, _, units = hidden.shape
        rows = data.reshape(steps * batch, inputs)
        keep = any(ctx.needs_input_grad)
        out = torch.empty(steps, batch, directions * units)
        ends, kept = (torch.empty(hidden.shape), torch.empty(hidden.shape)), []
        for place in range(directions):
            own, half = weights[4 * place : 4 * place + 4], out[:, :, place * units : (place + 1) * units]
            last = 0 if place else -1
            if keep:
                gates, cells = _steps(lib, rows, hidden[place], cell[place], own, half, place > 0)
                kept += [gates, cells]
                ends[1][place] = cells[last]
            else:
                ends[1][place] = _in_pieces(lib, rows, hidden[place], cell[place], own, half, place > 0)
            ends[0][place] = half[last]
        if keep:
            ctx.lib = lib
            ctx.save_for_backward(data, hidden, cell, *weights, out, *kept)
            ctx.set_materialize_grads(False)
        return out, *ends

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> Any:
        data, hidden, cell, *others = ctx.saved_tensors
        directions, _, units = hidden.shape
        weights, (out, *kept) = others[: 4 * directions], others[4 * directions :]
        wanted = ctx.needs_input_grad
        if torch.is_grad_enabled():  # a derivative of this gradient may be asked for
            return _differentiable([data, hidden, cell, *weights], wanted, gradients)
        lib: Library = ctx.lib
        steps, batch, inputs = data.shape
        rows, outputs = data.reshape(steps * batch, inputs), out.view(steps * batch, directions * units)
        dout, *dends = gradients
        if dout is not None and (dout.stride(2) != 1 or dout.stride(0) != batch * dout.stride(1)):
            dout = dout.contiguous()
        dstates = torch.empty(2, *hidden.shape).unbind()
        dweights: list[torch.Tensor | None] = []
        dx: torch.Tensor | None = None
        for place in range(directions):
            of_input, of_state = weights[4 * place : 4 * place + 2]
            gates, cells = kept[2 * place : 2 * place + 2]
            mine = slice(place * units, (place + 1) * units)
            parts = lstm_parts(batch, lib.parts)
            dgates, dbias = torch.empty(steps * batch, 4 * units), torch.empty(parts, 4 * units)
            numbers = {
                "steps": steps, "batch": batch, "units": units, "dstride": 0 if dout is None else dout.stride(1),
                "back": place > 0, "parts": parts, "wants_hidden": wanted[1],
            }  # fmt: skip
            _call(
                lib, "backward", numbers, weight=of_state.contiguous(),
                gates=gates, cell=cell[place].contiguous(), cells=cells,
                dout=None if dout is None else dout[:, :, mine],
                dhidden_last=_of(dends[0], place), dcell_last=_of(dends[1], place), dgates=dgates,
                dhidden=dstates[0][place], dcell=dstates[1][place], dbias=dbias,
            )  # fmt: skip
            if wanted[0]:
                dx = torch.mm(dgates, of_input) if dx is None else dx.addmm_(dgates, of_input)
            first, second, *biases = wanted[3 + 4 * place : 7 + 4 * place]
            dweights.append(torch.mm(dgates.t(), rows) if first else None)
            dweights.append(_of_states(dgates, outputs[:, mine], hidden[place], place > 0) if second else None)
            dweights += [dbias.sum(0) if want else None for want in biases]  # each its own: they become gradients
        of_states = [each if want else None for each, want in zip(dstates, wanted[1:3])]
        return None if dx is None else dx.view(data.shape), *of_states, *dweights


def _of(gradient: torch.Tensor | None, place: int) -> torch.Tensor | None:
    return None if gradient is None else gradient[place].contiguous()


def _of_states(dgates: torch.Tensor, outputs: torch.Tensor, hidden: torch.Tensor, back: bool) -> torch.Tensor:
    """The gradient of a state's weight: gates with the states before them, the first with those at the start."""
    batch = hidden.shape[0]
    begin, later, before = dgates[:batch], dgates[batch:], outputs[:-batch]
    if back:
        begin, later, before = dgates[-batch:], dgates[:-batch], outputs[batch:]
    result = torch.mm(begin.t(), hidden)
    return result.addmm_(later.t(), before) if len(later) else result


def _differentiable(
    inputs: Sequence[torch.Tensor], wanted: Sequence[bool], gradients: Sequence[torch.Tensor | None]
) -> tuple[torch.Tensor | None, ...]:
    """The gradients as functions of the inputs, computed again by formulas: torch's layer has no second gradient."""
    asked = [tensor for tensor, want in zip(inputs, wanted) if want]
    arrived = [(result, each) for result, each in zip(_plain(*inputs), gradients) if each is not None]
    results, heads = zip(*arrived)
    found = iter(torch.autograd.grad(results, asked, heads, create_graph=True))
    return tuple(next(found) if want else None for want in wanted)


def _plain(
    data: torch.Tensor, hidden: torch.Tensor, cell: torch.Tensor, *weights: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """A layer by its formulas, operator by operator."""
    outputs, ends = [], []
    for place in range(hidden.shape[0]):
        of_input, of_state, *biases = weights[4 * place : 4 * place + 4]
        h, c, steps = hidden[place], cell[place], []
        for step in data.flip(0) if place else data:
            gates = F.linear(step, of_input, biases[0]) + F.linear(h, of_state, biases[1])
            i, f, g, o = gates.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        outputs.append(torch.stack(steps[::-1] if place else steps))
        ends.append((h, c))
    return torch.cat(outputs, 2), *(torch.stack(each) for each in zip(*ends))
