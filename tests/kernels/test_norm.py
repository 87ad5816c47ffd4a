"""The batch norm kernels against torch's operators in double precision: values, gradients, special numbers."""

import pytest
import torch

from mxnet import kernels
from mxnet.executor import fused as executor_fused
from mxnet.kernels import norm
from mxnet.kernels.library import Library, builds, library
from mxnet.ops import OPERATORS

compiled = pytest.mark.skipif(library() is None, reason="the C kernels were not built (no compiler)")


def _inputs(shape, scaled, added, seed=0):
    torch.manual_seed(seed)
    channels = shape[1]
    data = (torch.randn(shape) * 3 + 50).contiguous(memory_format=torch.channels_last)
    gamma = torch.rand(channels) + 0.5 if scaled else None
    return [data, gamma, torch.randn(channels), torch.randn(shape) if added else None]


def _with_gradients(function, inputs, relu, wanted=(0, 1, 2, 3)):
    leaves = [
        each if each is None or place not in wanted else each.clone().requires_grad_()
        for place, each in enumerate(inputs)
    ]
    out, mean, var = function(*leaves, relu, 1e-5)
    head = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    given = [leaf for leaf in leaves if leaf is not None and leaf.requires_grad]
    return [out, mean, var, *torch.autograd.grad(out, given, head)]


@compiled
@pytest.mark.parametrize("shape", [(4, 64, 14, 14), (3, 48, 7, 5), (2, 24, 5, 5), (2, 20, 3, 4), (1, 16, 3, 3)])
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("added", [False, True])
def test_agrees_with_torch_in_double_precision(shape, relu, scaled, added):
    inputs = _inputs(shape, scaled, added)
    exact = _with_gradients(norm.norm_reference, [None if each is None else each.double() for each in inputs], relu)
    ours = _with_gradients(kernels.batch_norm, inputs, relu)
    assert len(ours) == len(exact)
    for one, wanted in zip(ours, exact):
        # data around 50 with a deviation of 3, and a mean in float32: 5 digits are left once the mean is taken away,
        # which in a batch of 9 numbers no sum evens out
        torch.testing.assert_close(one / wanted.abs().max(), (wanted / wanted.abs().max()).float(), rtol=0, atol=5e-5)


@compiled
@pytest.mark.parametrize("build", builds(), ids=lambda build: build.name)
def test_every_build_gives_the_same(build, monkeypatch):
    inputs = _inputs((4, 32, 6, 6), True, True)
    expected = _with_gradients(kernels.batch_norm, inputs, True)
    monkeypatch.setattr(norm, "builds", lambda: (build,))
    for one, other in zip(_with_gradients(kernels.batch_norm, inputs, True), expected):
        torch.testing.assert_close(one, other, rtol=2e-5, atol=2e-5)


def _outlier_first(shape):
    data = torch.zeros(shape)
    data[0, :, 0, 0] = 0.7
    return data


def _dark_border(shape):
    data = torch.rand(shape) * 0.1 + 0.5
    data[:, :, :3] = data[:, :, -3:] = 0
    return data


def _sparse_relu(shape):
    data = torch.relu(torch.randn(shape) - 2.5)
    data[0, :, 0, 0] = 12
    return data


def _drifting(shape):
    return torch.randn(shape) * 0.01 + torch.linspace(-5, 5, shape[0])[:, None, None, None]


def _constant(shape):
    return torch.full(shape, 3.3)


def _far_from_zero(shape):
    return torch.randn(shape) + 3e3


@compiled
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("shape", [(60, 32, 20, 20), (3, 64, 40, 40), (9, 512, 3, 3), (5, 8, 30, 30)])
@pytest.mark.parametrize(
    "make",
    [_outlier_first, _dark_border, _sparse_relu, _drifting, _constant, _far_from_zero],
    ids=lambda make: make.__name__,
)
def test_statistics_lose_no_digits(make, shape, parts, monkeypatch):
    monkeypatch.setattr(Library, "parts", parts)
    torch.manual_seed(0)
    data = make(shape).contiguous(memory_format=torch.channels_last)
    out, mean, var = norm.compute_norm(data, None, torch.zeros(shape[1]), None, False, 1e-8)
    exact_var, exact_mean = torch.var_mean(data.double(), (0, 2, 3), correction=0)
    # a mean in float32 is off by half a unit, and so is every distance from it
    unit = 6e-8 * exact_mean.abs()
    assert ((mean - exact_mean).abs() <= unit + 1e-6 * exact_var.sqrt()).all()
    # 512 terms at most are added in float32, at worst each rounded the same way by 6e-8
    assert ((var - exact_var).abs() <= 3.1e-5 * exact_var + unit**2).all()
    if make is not _constant:
        exact = (data.double() - exact_mean[:, None, None]) / (exact_var[:, None, None] + 1e-8).sqrt()
        torch.testing.assert_close(out.double(), exact, rtol=2e-5, atol=2e-4 if make is _far_from_zero else 2e-5)


@compiled
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("added", [False, True])
def test_gradients_where_eps_is_as_large_as_the_variance(added, parts, monkeypatch):
    monkeypatch.setattr(Library, "parts", parts)
    torch.manual_seed(0)
    shape = (6, 16, 9, 7)
    data = (torch.randn(shape) * 0.01).contiguous(memory_format=torch.channels_last)
    inputs = [data, torch.rand(16) + 0.5, torch.randn(16), torch.randn(shape) if added else None]
    found = []
    for function, dtype in ((norm.compute_norm, torch.float32), (norm.norm_reference, torch.float64)):
        leaves = [None if each is None else each.to(dtype).requires_grad_() for each in inputs]
        out = function(*leaves, True, 1e-4)[0]
        # a gradient that depends on the data, so that its part along it counts
        head = (data.to(dtype) * 100 + torch.linspace(-1, 1, out.numel(), dtype=dtype).reshape(shape)).detach()
        found.append([out, *torch.autograd.grad(out, [leaf for leaf in leaves if leaf is not None], head)])
    for ours, exact in zip(*found):
        scale = exact.abs().max()
        torch.testing.assert_close(ours.double() / scale, exact / scale, rtol=0, atol=1e-5)


@compiled
@pytest.mark.parametrize("wanted", [(0,), (1, 2), (3,), (0, 3)])
def test_gradients_that_nobody_wants_change_no_others(wanted):
    inputs = _inputs((3, 16, 5, 5), True, True)
    everything = dict(zip((0, 1, 2, 3), _with_gradients(kernels.batch_norm, inputs, True)[3:]))
    some = _with_gradients(kernels.batch_norm, inputs, True, wanted)[3:]
    for place, gradient in zip(wanted, some):
        assert torch.equal(gradient, everything[place])


@compiled
def test_derivatives_of_gradients():
    inputs = [None if each is None else each.requires_grad_() for each in _inputs((2, 16, 3, 3), True, False)]
    results = []
    for function in (kernels.batch_norm, norm.norm_reference):
        out = function(*inputs, True, 1e-5)[0]
        (first,) = torch.autograd.grad((out**2).sum(), inputs[0], create_graph=True)
        results.append(torch.autograd.grad((first**2).sum(), inputs[1])[0])
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-6)


@compiled
def test_nan_and_infinity_stay_in_their_channels():
    data, gamma, beta, _ = _inputs((2, 16, 4, 4), True, False)
    data[0, 3, 1, 1], data[1, 5, 0, 0] = float("nan"), float("inf")
    out, mean, var = kernels.batch_norm(data, gamma, beta, None, True, 1e-5)
    bad = [3, 5]
    good = [channel for channel in range(16) if channel not in bad]
    assert out[:, good].isfinite().all() and mean[good].isfinite().all() and var[good].isfinite().all()
    assert out[:, bad].isnan().any(dim=(0, 2, 3)).all()
    assert mean[3].isnan() and not mean[5].isfinite()


def test_what_the_kernels_do_not_take_goes_through_torch():
    data, gamma, beta, other = _inputs((2, 7, 4, 4), True, True)
    for given in (data, data.contiguous(), data.double()):
        dtype = given.dtype
        inputs = [given, gamma.to(dtype), beta.to(dtype), other.to(dtype)]
        for one, wanted in zip(kernels.batch_norm(*inputs, True, 1e-5), norm.norm_reference(*inputs, True, 1e-5)):
            assert torch.equal(one, wanted)


@pytest.mark.parametrize("fused", [False, True])
def test_a_batch_without_samples_leaves_the_running_statistics(fused):
    data, (gamma, beta, mean, var) = torch.zeros(0, 3, 2, 2), torch.rand(4, 3).unbind()
    attributes = {"eps": 1e-3, "fix_gamma": False}
    if fused:
        out, *states = executor_fused.batch_norm(data, gamma, beta, mean, var, None, relu=True, **attributes)
    else:
        out, *states = OPERATORS["BatchNorm"].function(data, gamma, beta, mean, var, training=True, **attributes)
    assert out.shape == data.shape
    assert torch.equal(states[0], mean)
    assert torch.equal(states[1], var)
