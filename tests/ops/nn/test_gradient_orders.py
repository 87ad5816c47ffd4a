"""Gradients that come in any order in memory, to data in any order: strides of axes of length 1 say nothing of it."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon import nn
from mxnet.ops import OPERATORS


def scale(data):
    return torch.linspace(0.5, 2, data.shape[1], dtype=data.dtype)


def batch_norm(data, training):
    gamma = scale(data)
    states = gamma - 1, gamma + 1
    return OPERATORS["BatchNorm"].function(data, gamma, gamma, *states, fix_gamma=False, training=training)[0]


def weight(data, *shape):
    return torch.linspace(-1, 1, int(np.prod(shape)), dtype=data.dtype).reshape(shape)


def convolution(data):
    kernel = (3,) + (1,) * (data.dim() - 3)
    return OPERATORS["Convolution"].function(
        data, weight(data, 4, data.shape[1], *kernel), kernel=kernel, pad=(1,) + (0,) * (data.dim() - 3), num_filter=4,
        no_bias=True,
    )  # fmt: skip


def deconvolution(data):
    kernel = (2,) + (1,) * (data.dim() - 3)
    return OPERATORS["Deconvolution"].function(
        data, weight(data, data.shape[1], 3, *kernel), kernel=kernel, stride=(2,) * len(kernel), num_filter=3
    )


def pooling(kind, over_all):
    def function(data):
        axes = data.dim() - 2
        window = {"global_pool": True} if over_all else {"kernel": (2,) * axes, "pad": (1,) * axes}
        return OPERATORS["Pooling"].function(data, pool_type=kind, p_value=2, **window)

    return function


def operator(name, **attributes):
    return lambda data: OPERATORS[name].function(data, **attributes)


FUNCTIONS = {
    "batch norm in training": lambda data: batch_norm(data, True),
    "batch norm in prediction": lambda data: batch_norm(data, False),
    "instance norm": lambda data: OPERATORS["InstanceNorm"].function(data, scale(data), scale(data)),
    "group norm": lambda data: OPERATORS["GroupNorm"].function(data, scale(data)[:1], scale(data)[:1]),
    "convolution": convolution,
    "deconvolution": deconvolution,
    **{f"{kind} pooling": pooling(kind, False) for kind in ("max", "avg", "sum", "lp")},
    **{f"global {kind} pooling": pooling(kind, True) for kind in ("max", "avg", "sum", "lp")},
    "length": operator("L2Normalization", mode="channel"),
    "softmax": operator("softmax", axis=1),
    "gelu": operator("LeakyReLU", act_type="gelu"),
}


def in_some_order(tensor, draw):
    """The same elements, with the axes in any order in memory."""
    order = [int(axis) for axis in draw.permutation(tensor.dim())]
    return tensor.permute(order).contiguous().permute([order.index(axis) for axis in range(tensor.dim())])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_any_order_gives_the_same_gradient(name):
    function = FUNCTIONS[name]
    for seed in range(150):
        draw = np.random.RandomState(seed)
        axes = draw.choice([1, 2, 2, 3])
        shape = (draw.choice([1, 2, 3]), draw.choice([1, 2, 4, 8]), *draw.choice([1, 1, 2, 5, 12], axes))
        plain = torch.tensor(draw.uniform(-1, 1, shape))
        data = in_some_order(plain.float(), draw).requires_grad_()
        exact = plain.float().double().requires_grad_()
        out, wanted = function(data), function(exact)
        head = torch.tensor(draw.uniform(-1, 1, tuple(wanted.shape)))
        out.backward(in_some_order(head.float(), draw))
        wanted.backward(head)
        largest = exact.grad.abs().max()
        assert (out - wanted).abs().max() <= 1e-4 * (1 + wanted.abs().max()), seed
        assert (data.grad - exact.grad).abs().max() <= 1e-4 * (1 + largest), seed


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize("shape", [(8, 16, 12, 1), (8, 16, 1, 12), (1, 16, 3, 4), (8, 3, 12, 1)])
def test_batch_norms_around_a_global_pooling(shape, hybridized):
    net = nn.HybridSequential()
    net.add(nn.BatchNorm(), nn.GlobalAvgPool2D(), nn.BatchNorm())
    net.initialize()
    mx.random.seed(0)
    x, head = mx.nd.random.normal(shape=shape), mx.nd.random.normal(shape=(*shape[:2], 1, 1))
    gradients = []
    for dtype in ("float64", "float32"):
        net.cast(dtype)
        net.hybridize(hybridized and dtype == "float32")
        data = x.astype(dtype)
        data.attach_grad()
        with mx.autograd.record(train_mode=shape[0] > 1):
            out = net(data)
        out.backward(head.astype(dtype))
        gradients.append(data.grad.asnumpy())
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=0, atol=1e-3 * np.abs(gradients[0]).max())


def test_average_of_windows_wider_than_the_volume():
    x = mx.nd.ones((1, 1, 2, 1, 1))
    out = mx.nd.Pooling(x, kernel=(1, 1, 2), pad=(0, 0, 1), pool_type="avg")
    assert out.asnumpy().ravel().tolist() == [0.5, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("convention", ["valid", "full"])
def test_pooling_hears_its_gradient_in_the_order_of_its_result(kind, convention):
    data = torch.rand(2, 3, 7, 7).to(memory_format=torch.channels_last).requires_grad_()
    out = OPERATORS["Pooling"].function(
        data, kernel=(2, 2), stride=(2, 2), pool_type=kind, pooling_convention=convention
    )
    head = torch.rand(out.shape)
    gradient = torch.autograd.grad(out, data, head, create_graph=True)[0]
    assert gradient.is_contiguous(memory_format=torch.channels_last)
    plain = data.detach().contiguous().requires_grad_()
    wanted = torch.autograd.grad(
        OPERATORS["Pooling"].function(
            plain, kernel=(2, 2), stride=(2, 2), pool_type=kind, pooling_convention=convention
        ),
        plain,
        head,
    )[0]
    assert torch.equal(gradient, wanted)
