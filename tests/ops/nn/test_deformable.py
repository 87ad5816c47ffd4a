"""Gradients where MXNet has some on graphics cards alone, or none: against differences of values."""

import torch

from mxnet.ops import OPERATORS


def random(*shape, low=-1.0, high=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=torch.float64).mul(high - low).add(low).requires_grad_()


def test_a_weighted_tap_has_the_gradients_of_differences():
    function = OPERATORS["_contrib_ModulatedDeformableConvolution"].function
    inputs = random(1, 4, 4, 3), random(1, 16, 3, 4), random(1, 8, 3, 4), random(2, 4, 2, 2), random(2)

    def call(*tensors):
        return function(*tensors, kernel=(2, 2), pad=(1, 1), stride=(2, 1), num_filter=2, num_deformable_group=2)

    assert torch.autograd.gradcheck(call, inputs)


def test_taps_that_are_not_moved_and_weigh_1_are_a_convolution():
    function = OPERATORS["_contrib_ModulatedDeformableConvolution"].function
    x, weight = random(2, 4, 5, 6), random(6, 2, 3, 2)
    steps = {"kernel": (3, 2), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 0)}
    expected = torch.nn.functional.conv2d(x, weight, None, (2, 1), (1, 0), (1, 2), 2)
    moves, ones = torch.zeros(2, 12, *expected.shape[2:]).double(), torch.ones(2, 6, *expected.shape[2:]).double()
    found = function(x, moves, ones, weight, num_filter=6, num_group=2, no_bias=True, **steps)
    torch.testing.assert_close(found, expected)


def test_a_turned_region_has_a_gradient():
    function = OPERATORS["_contrib_RROIAlign"].function
    region = torch.tensor([[0, 2.3, 2.1, 3.2, 2.2, 40]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x: function(x, region, pooled_size=(2, 1), spatial_scale=1.0), (random(1, 2, 4, 5),)
    )
