"""The compiled chains against torch's operators in double precision: values, gradients, special numbers, threads."""

import threading

import pytest
import torch

from mxnet import kernels
from mxnet.kernels import Convolve, Pool, chain
from mxnet.kernels.library import Library, builds, library

compiled = pytest.mark.skipif(library() is None, reason="the C kernels were not built (no compiler)")

LENET = (
    Convolve(6, (5, 5), (2, 2), True, "sigmoid"),
    Pool("avg", (2, 2), (2, 2)),
    Convolve(16, (5, 5), (0, 0), True, "sigmoid"),
    Pool("avg", (2, 2), (2, 2)),
)
CHAINS = {
    "lenet": (LENET, (1, 28, 28)),
    "relu and max": (
        (
            Convolve(20, (5, 5), (0, 0), True, "relu"),
            Pool("max", (2, 2), (2, 2)),
            Convolve(50, (3, 3), (0, 0), True, "relu"),
            Pool("max", (2, 2), (2, 2)),
        ),
        (1, 28, 28),
    ),
    "one convolution": ((Convolve(7, (3, 3), (1, 1), False),), (3, 9, 11)),
    "convolutions in a row": (
        (
            Convolve(5, (3, 1), (1, 0), True, "tanh"),
            Convolve(9, (1, 4), (0, 2), True),
            Convolve(4, (2, 2), (1, 1), False, "relu"),
        ),
        (2, 8, 7),
    ),
    "overlapping windows": ((Convolve(6, (3, 3), (1, 1), True, "relu"), Pool("max", (3, 3), (2, 2))), (1, 13, 13)),
    "overlapping averages": ((Convolve(3, (3, 3), (1, 1), True, "sigmoid"), Pool("avg", (3, 2), (1, 2))), (2, 9, 10)),
    "windows with gaps": ((Convolve(4, (3, 3), (1, 1), True, "tanh"), Pool("avg", (2, 2), (3, 3))), (2, 10, 10)),
    "pooling first": ((Pool("max", (2, 2), (2, 2)), Convolve(8, (3, 3), (1, 1), True, "relu")), (3, 8, 8)),
    "pooling twice": (
        (Convolve(11, (3, 3), (1, 1), True), Pool("avg", (2, 2), (2, 2)), Pool("max", (2, 2), (2, 2))),
        (1, 12, 12),
    ),
    "many tiles": ((Convolve(13, (3, 3), (1, 1), True, "relu"), Convolve(31, (3, 3), (0, 0), True, "relu")), (5, 7, 7)),
}  # fmt: skip


def _inputs(stages, shape, batch, seed=0):
    torch.manual_seed(seed)
    x = torch.randn(batch, *shape)
    parameters, channels = [], shape[0]
    for stage in stages:
        if isinstance(stage, Convolve):
            parameters.append(torch.randn(stage.out_channels, channels, *stage.kernel) * 0.2)
            parameters.append(torch.randn(stage.out_channels) if stage.bias else None)
            channels = stage.out_channels
    if any(isinstance(stage, Pool) and stage.kind == "max" for stage in stages):
        # eighths: sums are exact, so that rounding cannot decide which element is the largest
        x, parameters = _eighths(x), [_eighths(tensor) for tensor in parameters]
    return x, parameters


def _eighths(tensor):
    return None if tensor is None else (tensor * 8).round() / 8


def _with_gradients(function, stages, x, parameters):
    leaves = [None if tensor is None else tensor.clone().requires_grad_() for tensor in (x, *parameters)]
    out = function(stages, leaves[0], leaves[1:])
    head = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    given = [leaf for leaf in leaves if leaf is not None]
    return [out, *torch.autograd.grad(out, given, head)]


@compiled
@pytest.mark.parametrize(("batch", "parts"), [(8, 1), (19, 2), (40, 3), (40, 1)])
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("build", builds(), ids=lambda build: build.name)
def test_agrees_with_torch_in_double_precision(build, name, batch, parts, monkeypatch):
    monkeypatch.setattr(Library, "parts", parts)
    monkeypatch.setattr(chain, "library", lambda: build)
    monkeypatch.setattr(chain, "_segments", lambda stages, shape, host: [(True, 0, len(stages))])
    stages, shape = CHAINS[name]
    x, parameters = _inputs(stages, shape, batch)
    exact = _with_gradients(
        kernels.reference, stages, x.double(), [None if tensor is None else tensor.double() for tensor in parameters]
    )
    for ours, wanted in zip(_with_gradients(kernels.run, stages, x, parameters), exact):
        # float32 sums of up to 30,000 terms against double precision, relative to the largest element
        torch.testing.assert_close(ours / wanted.abs().max(), (wanted / wanted.abs().max()).float(), rtol=0, atol=5e-6)


@compiled
@pytest.mark.parametrize(("batch", "parts"), [(1, 1), (2, 2), (3, 2), (3, 3)])
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("build", builds(), ids=lambda build: build.name)
def test_a_few_images_go_through_one_by_one(build, name, batch, parts, monkeypatch):
    monkeypatch.setattr(Library, "parts", parts)
    stages, shape = CHAINS[name]
    x, parameters = _inputs(stages, shape, batch)
    exact = kernels.reference(stages, x.double(), [None if each is None else each.double() for each in parameters])
    ours = chain._run_small(build, stages, x, parameters)
    # float32 sums of up to 180 terms, relative to the largest element
    torch.testing.assert_close(ours / exact.abs().max(), (exact / exact.abs().max()).float(), rtol=0, atol=2e-6)


@compiled
def test_a_few_images_have_gradients_through_torch():
    x, parameters = _inputs(LENET, (1, 28, 28), 1)
    with torch.no_grad():
        torch.testing.assert_close(
            kernels.run(LENET, x, parameters), kernels.reference(LENET, x, parameters), rtol=1e-5, atol=1e-6
        )
    ours = _with_gradients(kernels.run, LENET, x, parameters)
    for one, other in zip(ours, _with_gradients(kernels.reference, LENET, x, parameters)):
        assert torch.equal(one, other)


@compiled
def test_special_numbers_of_one_image():
    x, parameters = _inputs(CHAINS["relu and max"][0], (1, 28, 28), 2)
    x[0, 0, 3, 3], x[1, 0, 20, 20] = float("nan"), float("inf")
    stages = CHAINS["relu and max"][0]
    ours, expected = chain._run_small(chain.library(), stages, x, parameters), kernels.reference(stages, x, parameters)
    assert torch.equal(ours.isnan(), expected.isnan()) and torch.equal(ours.isinf(), expected.isinf())


@compiled
def test_without_gradients_gives_the_same():
    x, parameters = _inputs(LENET, (1, 28, 28), 33)
    plain = kernels.run(LENET, x, parameters)
    recorded = kernels.run(LENET, x, [tensor.requires_grad_() for tensor in parameters])
    assert torch.equal(plain, recorded)


@compiled
def test_gradient_of_some_inputs_only():
    x, parameters = _inputs(LENET, (1, 28, 28), 16)
    parameters[0].requires_grad_()
    (gradient,) = torch.autograd.grad(kernels.run(LENET, x, parameters).sum(), [parameters[0]])
    parameters[0].grad = None
    (wanted,) = torch.autograd.grad(kernels.reference(LENET, x, parameters).sum(), [parameters[0]])
    torch.testing.assert_close(gradient, wanted, rtol=2e-5, atol=1e-5)


@compiled
def test_second_derivatives():
    stages = (Convolve(3, (3, 3), (1, 1), True, "tanh"), Pool("avg", (2, 2), (2, 2)))
    x, parameters = _inputs(stages, (2, 6, 6), 16)

    def second(function):
        w = parameters[0].clone().requires_grad_()
        (first,) = torch.autograd.grad(function(stages, x, [w, parameters[1]]).sum(), [w], create_graph=True)
        return torch.autograd.grad((first**2).sum(), [w])[0]

    wanted = second(kernels.reference)
    torch.testing.assert_close(second(kernels.run), wanted, rtol=1e-4, atol=1e-4 * wanted.abs().max().item())


@compiled
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", None])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_special_numbers_pass_through_as_in_torch(activation, kind):
    stages = (Convolve(1, (1, 1), (0, 0), False, activation), Pool(kind, (2, 2), (2, 2)))
    x = torch.randn(16, 1, 4, 4)
    x[0, 0, 0, 0], x[1, 0, 1, 1], x[2, 0, 2, 2] = float("nan"), float("inf"), float("-inf")
    x[3, 0, 0, 0], x[4, 0, 0, 0] = 200.0, -200.0
    weight = torch.ones(1, 1, 1, 1)
    torch.testing.assert_close(
        kernels.run(stages, x, [weight, None]),
        kernels.reference(stages, x, [weight, None]),
        rtol=1e-6,
        atol=1e-7,
        equal_nan=True,
    )


@compiled
def test_ties_of_the_maximum_go_to_the_first():
    stages = (Convolve(1, (1, 1), (0, 0), False), Pool("max", (2, 2), (2, 2)))
    x = torch.zeros(16, 1, 4, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(kernels.run(stages, x, [torch.ones(1, 1, 1, 1), None]).sum(), [x])
    (wanted,) = torch.autograd.grad(kernels.reference(stages, x, [torch.ones(1, 1, 1, 1), None]).sum(), [x])
    assert torch.equal(gradient, wanted)


@compiled
def test_two_threads_and_repeated_runs_give_the_same_bits():
    x, parameters = _inputs(LENET, (1, 28, 28), 64)
    wanted = _with_gradients(kernels.run, LENET, x, parameters)
    results = {}

    def work(name):
        results[name] = [_with_gradients(kernels.run, LENET, x, parameters) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(name,)) for name in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for runs in results.values():
        for run in runs:
            assert all(torch.equal(ours, first) for ours, first in zip(run, wanted))


@compiled
def test_retained_graph_gives_the_gradient_again():
    x, parameters = _inputs(LENET, (1, 28, 28), 16)
    parameters[0].requires_grad_()
    out = kernels.run(LENET, x, parameters).sum()
    (first,) = torch.autograd.grad(out, [parameters[0]], retain_graph=True)
    kernels.run(LENET, x * 2, parameters)
    (again,) = torch.autograd.grad(out, [parameters[0]])
    assert torch.equal(first, again)


def _special(array):
    """1 at infinities, 2 at negative ones, 3 at what is no number, 0 elsewhere."""
    return 3 * array.isnan() + array.isposinf() + 2 * array.isneginf()


@compiled
@pytest.mark.parametrize("pooled", ["max", "avg", None])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", None])
def test_no_number_and_infinities_come_out_where_torch_has_them(activation, pooled):
    """Of images, weights and biases; for whole blocks and for a few images, which go one by one."""
    stages = (Convolve(3, (3, 3), (1, 1), True, activation), Convolve(2, (3, 3), (0, 0), True, activation))
    if pooled is not None:
        stages = (stages[0], Pool(pooled, (2, 2), (2, 2)), stages[1], Pool(pooled, (2, 2), (1, 1)))
    for value in (float("nan"), float("inf"), float("-inf")):
        for batch in (library().lanes, 1):
            for place in range(3):
                x, parameters = _inputs(stages, (2, 10, 10), batch)
                # the middle of a kernel: torch leaves out what meets the padding, where zeros times infinity are none
                (x, *parameters)[place].view(-1)[(-1, -5, -1)[place]] = value
                with torch.no_grad():
                    ours, wanted = (run(stages, x, parameters) for run in (chain.compute, kernels.reference))
                assert torch.equal(_special(ours), _special(wanted)), (value, batch, place)
                torch.testing.assert_close(ours, wanted, equal_nan=True, rtol=1e-4, atol=1e-5)


def test_reference_serves_without_the_library(monkeypatch):
    monkeypatch.setattr(chain, "library", lambda: None)
    x, parameters = _inputs(LENET, (1, 28, 28), 16)
    torch.testing.assert_close(
        kernels.run(LENET, x, parameters), kernels.reference(LENET, x, parameters), rtol=0, atol=0
    )


def test_doubles_go_through_torch():
    x, parameters = _inputs(LENET, (1, 28, 28), 16)
    out = kernels.run(LENET, x.double(), [tensor.double() for tensor in parameters])
    assert out.dtype is torch.float64
