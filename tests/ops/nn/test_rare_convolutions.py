"""Convolutions of shapes that few networks have, in every memory order and mode, against float64.

oneDNN, which torch's convolutions run on, is made for ordinary shapes: for others it has returned wrong numbers and
written outside of its memory. So every program runs in a child, which dies alone; what it printed last is the seed to
look at.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon import nn
from mxnet.ops.nn.memory_format import computes_channels_last, convolution_operands, in_first_order, in_last_order

pytestmark = pytest.mark.usefixtures("warm")

PROGRAMS = 200
LAYERS = {
    False: {1: nn.Conv1D, 2: nn.Conv2D, 3: nn.Conv3D},
    True: {1: nn.Conv1DTranspose, 2: nn.Conv2DTranspose, 3: nn.Conv3DTranspose},
}
FUNCTIONS = {
    False: {1: torch.conv1d, 2: torch.conv2d, 3: torch.conv3d},
    True: {1: torch.conv_transpose1d, 2: torch.conv_transpose2d, 3: torch.conv_transpose3d},
}


def draw(seed):
    """A layer's arguments and the shape of its data, or None where no window fits into it."""
    draw = np.random.RandomState(seed)
    axes = int(draw.choice([1, 2, 2, 2, 2, 3]))

    def one(*values):
        return int(draw.choice(values))

    def each(*values):
        return tuple(one(*values) for _ in range(axes))

    transposed = draw.rand() < 0.15
    groups = one(1, 1, 1, 2, 3)
    channels, filters = one(1, 1, 2, 3, 4, 8, 9, 16) * groups, one(1, 1, 2, 3, 4, 8, 9, 16) * groups
    kernel, strides, dilation = each(1, 1, 2, 3, 5), each(1, 2, 2, 3), each(1, 1, 2, 3)
    padding, lengths = each(0, 0, 1, 2, 5), each(1, 1, 1, 2, 4, 8)
    if draw.rand() < 0.2:
        kernel, padding = (1,) * axes, (0,) * axes
    elif draw.rand() < 0.5:
        # windows at the edge of what there is: a width of 1, and taps that lie beside it, or nearly
        edge = dilation[-1] * (kernel[-1] - 1) + 1
        padding, lengths = (*padding[:-1], max(edge - one(0, 0, 1), 0)), (*lengths[:-1], one(1, 1, 2))
    reach = [step * (taps - 1) + 1 for taps, step in zip(kernel, dilation)]
    if transposed:
        out = [(n - 1) * s - 2 * p + r for n, s, p, r in zip(lengths, strides, padding, reach)]
    else:
        out = [(n + 2 * p - r) // s + 1 for n, s, p, r in zip(lengths, strides, padding, reach)]
    if min(out) < 1:
        return None
    arguments = {
        "channels": filters, "kernel_size": kernel, "strides": strides, "padding": padding, "dilation": dilation,
        "groups": groups, "use_bias": draw.rand() < 0.5, "activation": [None, "relu"][one(0, 1)],
    }  # fmt: skip
    return transposed, arguments, (one(1, 2, 4), channels, *lengths)


def exact(transposed, arguments, x, before, weight, bias):
    """The layer after a 1x1 convolution, by torch in float64 with everything in its ordinary order."""
    x = torch.einsum("oi,ni...->no...", before, x)
    place = arguments["strides"], arguments["padding"]
    dilation, groups = arguments["dilation"], arguments["groups"]
    more = (0, groups, dilation) if transposed else (dilation, groups)
    out = FUNCTIONS[transposed][weight.dim() - 2](x, weight, bias, *place, *more)
    return torch.relu(out) if arguments["activation"] else out


def check(seed):
    """One program: eager, recorded with gradients, and hybridized in prediction and training."""
    drawn = draw(seed)
    if drawn is None:
        return
    transposed, arguments, shape = drawn
    mx.random.seed(seed)
    net = nn.HybridSequential()
    axes = len(shape) - 2
    net.add(LAYERS[False][axes](shape[1], 1, use_bias=False, in_channels=16))
    net.add(LAYERS[transposed][axes](in_channels=shape[1], **arguments))
    net.initialize(mx.init.Uniform(1))
    x = mx.nd.random.uniform(-1, 1, (shape[0], 16, *shape[2:]))
    x.attach_grad()
    parameters = [net[0].weight, net[1].weight] + ([net[1].bias] if arguments["use_bias"] else [])
    given = [x, *[each.data() for each in parameters]]
    tensors = [torch.tensor(each.asnumpy(), dtype=torch.float64, requires_grad=True) for each in given]
    bias = tensors[3] if arguments["use_bias"] else None
    wanted = exact(transposed, arguments, tensors[0], tensors[1].flatten(1), tensors[2], bias)
    head = mx.nd.random.uniform(-1, 1, tuple(wanted.shape))
    wanted.backward(torch.tensor(head.asnumpy(), dtype=torch.float64))
    for hybridized in (False, True):
        net.hybridize(hybridized)
        hold(net(x), wanted, "predicted", hybridized)
        with mx.autograd.record():
            out = net(x)
        hold(out, wanted, "recorded", hybridized)
        out.backward(head)
        for name, array, tensor in zip(("x", "first", "weight", "bias"), given, tensors):
            hold(array.grad, tensor.grad, f"gradient of {name}", hybridized)


def hold(ours, wanted, what, hybridized):
    scale = float(wanted.detach().abs().max()) + 1e-3
    np.testing.assert_allclose(
        ours.asnumpy() / scale, wanted.detach().numpy() / scale, rtol=0, atol=2e-5,
        err_msg=f"{what}, {'hybridized' if hybridized else 'eager'}",
    )  # fmt: skip


NAMED = {
    # one input channel, a stride along the width alone, a result of width 1: wrong numbers with AVX-512
    "one channel": ((16, 1, 13, 4), nn.Conv2D, (1, (2, 5), (1, 2), (1, 1)), {}),
    # every window lies beside the data: the process died
    "beside": ((16, 4, 4, 1), nn.Conv2D, (1, (5, 3), 2, 5, 2), {}),
    "beside, with relu": ((3, 4, 1, 1), nn.Conv2D, (16, 1, 2, (0, 1), 2), {"activation": "relu"}),
    "jumped over": ((3, 4, 13, 1), nn.Conv2D, (4, (5, 2), (3, 2), (0, 1), (3, 2)), {"activation": "relu"}),
    "beside, three axes": ((1, 51, 4, 2, 1), nn.Conv3D, (51, (1, 4, 1), 2, (3, 1, 1)), {"layout": "NCDHW"}),
    # one tap, a stride, channels that fill no vector: AVX2's gradient of the weight wrote past the end of its memory
    "picked": ((4, 4, 8, 8), nn.Conv2D, (8, 1, 2), {"use_bias": False}),
}


def repeat(name):
    """One of the layers above, channels last where that is possible, often enough for a damaged heap to be noticed."""
    shape, layer, positional, named = NAMED[name]
    mx.random.seed(0)
    net = nn.HybridSequential()
    net.add(
        LAYERS[False][len(shape) - 2](shape[1], 1, in_channels=64), layer(*positional, in_channels=shape[1], **named)
    )
    net.initialize(mx.init.Uniform(1))
    x = mx.nd.random.uniform(-1, 1, (shape[0], 64, *shape[2:]))
    net.hybridize()
    for _ in range(30):
        net(x).wait_to_read()
        with mx.autograd.record():
            out = net(x)
        out.backward()


# the narrower instructions take other code in oneDNN
INSTRUCTIONS = ["DEFAULT", *["AVX2"] * torch.backends.cpu.get_cpu_capability().startswith("AVX512")]


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
def test_rare_shapes(instructions):
    path = os.pathsep.join(filter(None, sys.path))
    child = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "ONEDNN_MAX_CPU_ISA": instructions},
    )  # fmt: skip
    assert child.returncode == 0, f"{child.stdout.splitlines()[-1:]}: {child.stderr[-3000:]}"


def test_one_channel_and_a_width_of_one_counts_its_taps():
    first = nn.Conv2D(1, 1, in_channels=64)
    second = nn.Conv2D(1, (2, 5), (1, 2), (1, 1), in_channels=1, use_bias=False)
    for layer in (first, second):
        layer.initialize(mx.init.One())
    assert second(first(mx.nd.ones((16, 64, 13, 4))))[0, 0, :4, 0].asnumpy().tolist() == [256, 512, 512, 512]


def test_axes_of_length_1_get_the_strides_of_their_order():
    for shape in ((3, 4, 1, 1), (3, 1, 5, 1), (1, 4, 1, 5), (1, 1, 1, 1), (2, 3, 1, 4, 1), (2, 3, 1), (0, 3, 1)):
        plain = torch.zeros(shape).stride()
        for tensor in (torch.rand(shape), torch.rand(shape).movedim(1, -1).contiguous().movedim(-1, 1)):
            ordered = in_first_order(tensor)
            assert ordered.stride() == plain
            assert torch.equal(ordered, tensor)
            if len(shape) == 4:
                n, channels, height, width = shape
                last = in_last_order(tensor)
                assert last.permute(0, 2, 3, 1).stride() == torch.zeros(n, height, width, channels).stride()
                assert torch.equal(last, tensor)


@pytest.mark.parametrize("hybridized", [False, True])
def test_a_picture_of_one_channel_is_convolved_channels_last(hybridized):
    layer = nn.Conv2D(8, 3, padding=1, in_channels=1)
    layer.initialize()
    layer.hybridize(hybridized)
    x = mx.nd.random.uniform(shape=(4, 1, 28, 28))
    with mx.autograd.record():  # what the kernels would not take
        out = mx.nd.sigmoid(layer(x)) * layer(x)
    assert out._t.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("data", "weight", "stride", "dilate", "pad", "allowed"),
    [
        ((8, 64, 56, 56), (64, 64, 3, 3), (1, 1), (1, 1), (1, 1), True),
        ((8, 64, 56, 56), (128, 64, 1, 1), (2, 2), (1, 1), (0, 0), True),
        ((8, 3, 224, 224), (64, 3, 7, 7), (2, 2), (1, 1), (3, 3), True),
        ((8, 32, 112, 112), (32, 1, 3, 3), (2, 2), (1, 1), (1, 1), True),
        ((8, 64, 1, 1), (4, 64, 1, 1), (1, 1), (1, 1), (0, 0), True),
        ((8, 512, 1, 1), (512, 512, 3, 3), (1, 1), (1, 1), (1, 1), True),
        ((8, 4, 8, 8), (8, 4, 1, 1), (2, 2), (1, 1), (0, 0), False),
        ((8, 4, 8, 8), (8, 4, 1, 1), (1, 2), (1, 1), (0, 0), False),
        ((8, 4, 8, 1), (8, 4, 1, 1), (1, 2), (1, 1), (0, 1), False),
        ((8, 4, 8, 1), (8, 4, 1, 2), (1, 1), (1, 2), (0, 1), False),
        ((8, 1, 13, 4), (1, 1, 2, 5), (1, 2), (1, 1), (1, 1), False),
    ],
)
def test_which_shapes_may_be_computed_channels_last(data, weight, stride, dilate, pad, allowed):
    assert computes_channels_last(data, weight, stride, dilate, pad) is allowed
    order = torch.channels_last
    x, w = (torch.rand(shape).contiguous(memory_format=order) for shape in (data, weight))
    ordered = convolution_operands(x, w, stride, dilate, pad)
    if not allowed:
        assert [each.stride() for each in ordered] == [torch.zeros(shape).stride() for shape in (data, weight)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in NAMED:
        print(name, flush=True)
        repeat(name)
    for seed in range(PROGRAMS):
        print("seed", seed, flush=True)
        check(seed)
