"""Update rules on lists of tensors: taken piece by piece or at once, they do the same."""

import pytest
import torch

from mxnet.ops.optim import steps

SHAPES = [(3,), (5, 7), (2, 3, 4, 4), (1,), (40,), (2,)]
RULES = {
    "adam": (2, {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-3, "lr": 0.1}),
    "adagrad": (1, {"epsilon": 1e-3, "lr": 0.1}),
    "adadelta": (2, {"rho": 0.9, "epsilon": 1e-3}),
    "rmsprop": (1, {"gamma1": 0.9, "epsilon": 1e-3, "lr": 0.1, "bound": 0.9}),
    "rmsprop_centered": (3, {"gamma1": 0.9, "gamma2": 0.8, "epsilon": 1e-3, "lr": 0.1, "bound": None}),
}


def tensors(seed, layout=torch.contiguous_format):
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(shape, generator=generator) for shape in SHAPES]
    made[2] = made[2].contiguous(memory_format=layout)
    return made


def stepped(name, layouts=(torch.contiguous_format,)):
    count, attributes = RULES[name]
    lists = [tensors(seed, layouts[seed % len(layouts)]) for seed in range(count + 2)]
    for states in lists[2:]:
        for state in states:
            state.zero_()
    gradients = [gradient.clone() for gradient in lists[1]]
    for _ in range(2):
        getattr(steps, name)(*lists, wd=0.1, rescale=0.5, clip=0.3, **attributes)
    assert all(torch.equal(new, old) for new, old in zip(lists[1], gradients))
    return lists[0] + [state for states in lists[2:] for state in states]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("block", [1, 7, 16, 41, 60])
def test_pieces_and_the_whole_are_the_same(monkeypatch, name, block):
    whole = stepped(name)
    monkeypatch.setattr(steps, "BLOCK", block)
    for expected, found in zip(whole, stepped(name), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("layouts", [(torch.channels_last,), (torch.channels_last, torch.contiguous_format)])
def test_tensors_in_other_memory_layouts_are_stepped_alike(monkeypatch, layouts):
    whole = stepped("adam")
    monkeypatch.setattr(steps, "BLOCK", 7)
    found = stepped("adam", layouts)
    assert found[2].is_contiguous(memory_format=torch.channels_last)
    for expected, each in zip(whole, found, strict=True):
        torch.testing.assert_close(each, expected)


def test_a_view_with_gaps_is_stepped_and_the_gaps_stay(monkeypatch):
    monkeypatch.setattr(steps, "BLOCK", 3)
    table = torch.ones(6, 4)
    view = table[:, ::2]
    steps.adagrad([view], [torch.ones(6, 2)], [torch.zeros(6, 2)], lr=0.5, wd=0.0, epsilon=0.0, rescale=1.0, clip=None)
    assert torch.equal(table[:, ::2], torch.full((6, 2), 0.5))
    assert torch.equal(table[:, 1::2], torch.ones(6, 2))
