"""The kernels of recurrent layers against torch's layers in double precision: values, gradients, special numbers."""

import pytest
import torch

from mxnet import kernels
from mxnet.kernels import recurrent
from mxnet.kernels.library import Library, builds, library

compiled = pytest.mark.skipif(
    library() is None or library().lstm is None, reason="the C kernels were not built (no compiler)"
)


def _inputs(steps, batch, inputs, units, layers=1, both=False):
    """Sequences, states and weights, whose sums make gates of all sizes."""
    torch.manual_seed(0)
    directions = 2 if both else 1
    weights = []
    for layer in range(layers):
        columns = units * directions if layer else inputs
        for _ in range(directions):
            weights += [torch.randn(4 * units, each) / each**0.5 for each in (columns, units)]
            weights += [torch.randn(4 * units) for _ in range(2)]
    states = [torch.randn(layers * directions, batch, units) for _ in range(2)]
    return [2 * torch.randn(steps, batch, inputs), *states, *weights]


def _results(function, inputs, layers, both, asked=(True, True, True), wanted=None):
    """Outputs and the gradients of inputs; `asked` says which outputs a gradient arrives at."""
    wanted = range(len(inputs)) if wanted is None else wanted
    leaves = [each.clone().requires_grad_(place in wanted) for place, each in enumerate(inputs)]
    data, hidden, cell, *weights = leaves
    outputs = function(data, (hidden, cell), weights, layers, both)
    heads = [torch.linspace(-1, 2, each.numel(), dtype=each.dtype).reshape(each.shape) for each in outputs]
    given = [leaves[place] for place in wanted]
    some = [(output, head) for output, head, ask in zip(outputs, heads, asked) if ask]
    gradients = torch.autograd.grad([output for output, _ in some], given, [head for _, head in some])
    return [*outputs, *gradients]


def _agree(found, exact, tolerance=5e-6):
    assert len(found) == len(exact)
    for one, wanted in zip(found, exact):
        scale = wanted.abs().max().clamp(min=0.1)  # a small number alone may be what is left of larger ones
        torch.testing.assert_close(one.double() / scale, wanted / scale, rtol=0, atol=tolerance)


SHAPES = [(5, 7, 3, 13), (1, 1, 1, 1), (3, 33, 5, 8), (4, 2, 9, 37), (2, 9, 40, 24), (2, 4, 3, 300), (3, 5, 6, 16)]


@compiled
@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("build", builds(), ids=lambda build: build.name)
def test_agrees_with_torch_in_double_precision(build, parts, monkeypatch):
    monkeypatch.setattr(recurrent, "library", lambda: build)
    monkeypatch.setattr(Library, "parts", parts)
    for place, shape in enumerate(SHAPES):
        layers, both = 1 + place % 2, place % 3 > 0
        inputs = _inputs(*shape, layers, both)
        exact = _results(kernels.lstm_reference, [each.double() for each in inputs], layers, both)
        _agree(_results(kernels.compute_lstm, inputs, layers, both), exact)


@compiled
@pytest.mark.parametrize("asked", [(True, False, False), (False, True, False), (False, False, True)])
def test_gradients_of_one_output(asked):
    inputs = _inputs(4, 6, 5, 11, both=True)
    exact = _results(kernels.lstm_reference, [each.double() for each in inputs], 1, True, asked)
    _agree(_results(kernels.compute_lstm, inputs, 1, True, asked), exact)


@compiled
@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (3, 5), (4, 6), (0, 8), (10,)])
def test_gradients_that_nobody_wants_change_no_others(wanted):
    inputs = _inputs(3, 5, 4, 9, both=True)
    everything = _results(kernels.compute_lstm, inputs, 1, True)[3:]
    some = _results(kernels.compute_lstm, inputs, 1, True, wanted=wanted)[3:]
    for place, gradient in zip(wanted, some):
        assert torch.equal(gradient, everything[place])


@compiled
def test_the_gradient_of_an_array_that_lies_otherwise():
    inputs = _inputs(4, 6, 5, 16)
    found = []
    for head in (torch.ones(4, 6, 16), torch.ones(1).expand(4, 6, 16), torch.ones(6, 4, 16).transpose(0, 1)):
        leaves = [each.clone().requires_grad_() for each in inputs]
        turned = leaves[0].transpose(0, 1).contiguous().transpose(0, 1)  # batch × time in memory
        output = kernels.compute_lstm(turned, leaves[1:3], leaves[3:], 1, False)[0]
        found.append(torch.autograd.grad(output, leaves, head))
    for one, other in zip(zip(*found), found[0]):
        for each in one:
            torch.testing.assert_close(each, other, rtol=1e-5, atol=1e-5)


@compiled
def test_a_backward_can_be_asked_for_twice():
    inputs = [each.requires_grad_() for each in _inputs(3, 4, 5, 8)]
    output = kernels.compute_lstm(inputs[0], inputs[1:3], inputs[3:], 1, False)[0]
    first = torch.autograd.grad(output.sum(), inputs, retain_graph=True)
    for one, other in zip(torch.autograd.grad(output.sum(), inputs), first):
        assert torch.equal(one, other)


@compiled
def test_derivatives_of_gradients():
    results = []
    for function, dtype in ((kernels.compute_lstm, torch.float32), (kernels.lstm_reference, torch.float64)):
        inputs = [each.to(dtype).requires_grad_() for each in _inputs(3, 4, 5, 8, both=True)]
        output = function(inputs[0], inputs[1:3], inputs[3:], 1, True)[0]
        (first,) = torch.autograd.grad((output**2).sum(), inputs[0], create_graph=True)
        results.append(torch.autograd.grad((first**2).sum(), inputs[3:]))
    _agree(*results, tolerance=1e-4)


@compiled
def test_prediction_in_pieces_gives_the_same(monkeypatch):
    inputs = _inputs(11, 3, 4, 10, layers=2, both=True)
    recorded = _results(kernels.compute_lstm, inputs, 2, True)
    for rows in (1, 7, 15, 2048):
        monkeypatch.setattr(recurrent, "_ROWS", rows)
        with torch.no_grad():
            predicted = kernels.compute_lstm(inputs[0], inputs[1:3], inputs[3:], 2, True)
        for one, other in zip(predicted, recorded):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@compiled
@pytest.mark.parametrize("build", builds(), ids=lambda build: build.name)
def test_gates_of_all_sizes_are_within_three_units_of_the_last_place(build):
    """Cells of units without a state are sigmoid(i) tanh(g): each alone, where the other is 1."""
    values = torch.cat(
        [torch.linspace(-90, 90, 4001), torch.linspace(-1, 1, 4001), 10.0 ** torch.linspace(-30, 0, 999)]
    )
    units, open_ = len(values), torch.full_like(values, 60.0)  # a gate that is 1 to the last place
    exact = values.double()
    for gates, function in (
        ([open_, -open_, values, open_], torch.tanh),
        ([values, -open_, open_, open_], torch.sigmoid),
    ):
        out, cells = torch.empty(2, 1, units).unbind()
        gates, zeros = torch.cat(gates), torch.zeros(units, 1)
        for at in range(0, units, 500):  # a few units at a time: their weights are their number squared
            count = min(500, units - at)
            own = gates.view(4, units)[:, at : at + count].contiguous()
            recurrent._call(
                build, "forward",
                {"steps": 1, "batch": 1, "units": count, "stride": count, "back": 0, "parts": 1},
                weight=torch.zeros(4 * count, count), bias=torch.zeros(4 * count),
                gates=own, hidden=zeros, cell=zeros,
                out=out[0, at : at + count], cells=cells[0, at : at + count],
            )  # fmt: skip
        one, wanted = cells[0], function(exact)
        unit = torch.finfo(torch.float32).eps * torch.exp2(wanted.abs().clamp(min=1e-37).log2().floor())
        assert ((one - wanted).abs() <= 3 * unit + 1e-38).all()  # where numbers lose digits, any is near enough


@compiled
def test_nan_stays_in_its_sequence_and_infinity_closes_gates():
    inputs = _inputs(4, 6, 5, 9)
    inputs[0][1, 2, 0], inputs[0][2, 4, 1] = float("nan"), float("inf")
    output, hidden, cell = kernels.compute_lstm(inputs[0], inputs[1:3], inputs[3:], 1, False)
    good = [0, 1, 3, 4, 5]
    assert output[:, good].isfinite().all() and hidden[:, good].isfinite().all() and cell[:, good].isfinite().all()
    assert output[0].isfinite().all() and output[1:, 2].isnan().all()


def test_what_the_kernels_do_not_take_goes_to_torch():
    inputs = [each.double() for each in _inputs(3, 4, 5, 8)]
    for one, wanted in zip(
        kernels.compute_lstm(inputs[0], inputs[1:3], inputs[3:], 1, False),
        kernels.lstm_reference(inputs[0], inputs[1:3], inputs[3:], 1, False),
    ):
        assert torch.equal(one, wanted)
