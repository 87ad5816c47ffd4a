"""The draws of an accelerator, on torch's cpu generator: moments, shapes, repeatability."""

import pytest
import torch

from mxnet.base import MXNetError
from mxnet.streams import DeviceStreams


def device():
    return DeviceStreams(torch.device("cpu"), 3)


@pytest.mark.parametrize(
    ("draw", "mean", "variance"),
    [
        (lambda s: s.uniform(40000, 1.0, 3.0), 2, 1 / 3),
        (lambda s: s.normal(40000, 1.0, 3.0), 1, 9),
        (lambda s: s.exponential(40000, 0.5), 2, 4),
        (lambda s: s.gamma(40000, 0.4, 2.0), 0.8, 1.6),
        (lambda s: s.poisson(40000, 4.0), 4, 4),
        (lambda s: s.negative_binomial(40000, 3, 0.4), 4.5, 11.25),
        (lambda s: s.generalized_negative_binomial(40000, 2.0, 0.5), 2, 4),
        (lambda s: s.generalized_negative_binomial(40000, 2.0, 0.0), 2, 2),
        (lambda s: s.randint(40000, 0, 13), 6, 14),
        (lambda s: s.integers(40000, 13), 6, 14),
        (lambda s: s.bernoulli(40000, 0.25), 0.25, 0.1875),
        (lambda s: s.categories(torch.tensor([[0.5, 0.5, 1.0]]), 40000), 1, 1),
        (lambda s: s.categories_double(torch.tensor([0.5, 0.5, 1.0], dtype=torch.float64), 40000), 1, 1),
    ],
)
def test_moments(draw, mean, variance):
    numbers = draw(device()).double()
    assert numbers.shape[-1] == 40000
    assert abs(numbers.mean().item() - mean) < 5 * (variance / 40000) ** 0.5
    assert abs(numbers.var().item() / variance - 1) < 0.1


def test_the_same_seed_gives_the_same_numbers_and_a_state_goes_on():
    one, other = device(), device()
    assert one.uniform(5).equal(other.uniform(5))
    state = one.get_state()
    after = one.normal(5)
    other.set_state(state)
    assert other.normal(5).equal(after)
    with pytest.raises(MXNetError, match="random state"):
        other.set_state({})


def test_permutations_and_choices_repeat_nothing():
    assert sorted(device().permutation(50).tolist()) == list(range(50))
    assert len(set(device().choice_without_replacement(20, 50).tolist())) == 20
