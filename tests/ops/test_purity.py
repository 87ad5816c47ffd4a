"""Every call of an operator in the fidelity cases leaves its inputs as they were, but for those it says it writes."""

import zlib

import pytest
import torch

import mxnet as mx
from fidelity import recording
from mxnet.ops import OPERATORS

FAMILIES = [
    family
    for family in recording.families()
    if family.startswith(("nn_", "tensor_", "random_n", "symbol_r")) or family in ("optim_ops", "image_ops")
]


def state(tensor):
    """The elements of a tensor in short, and how often torch knows them to have been written."""
    if not isinstance(tensor, torch.Tensor) or tensor.is_meta:
        return None
    elements = tensor.detach().contiguous().reshape(-1)
    return tensor._version, zlib.crc32(elements.view(torch.uint8).numpy()) if elements.numel() else 0


@pytest.fixture
def written(monkeypatch):
    """Pairs of an operator and an input that a call of it wrote to."""
    found = set()

    def watched(spec, function):
        def call(*tensors, **attributes):
            before = [state(tensor) for tensor in tensors]
            result = function(*tensors, **attributes)
            for place, (old, tensor) in enumerate(zip(before, tensors)):
                if old != state(tensor):
                    found.add((spec.name, spec.input_names[min(place, len(spec.inputs) - 1)]))
            return result

        return call

    for spec in {id(spec): spec for spec in OPERATORS.values()}.values():
        monkeypatch.setattr(spec, "function", watched(spec, spec.function))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_operators_write_what_they_say(family, written):
    for case in recording.cases(family).values():
        recording.run(mx, case)
    undeclared = {(name, which) for name, which in written if which not in OPERATORS[name].writes}
    assert undeclared == set()
    if family == "optim_ops":
        # MXNet has these for sparse gradients only, so no case calls them
        weight, ones = mx.nd.ones((2, 3)), mx.nd.ones((2, 3))
        mx.nd.sparse.adagrad_update(weight, ones, mx.nd.zeros((2, 3)), lr=0.5)
        mx.nd.contrib.group_adagrad_update(weight, ones, mx.nd.zeros((2, 1)), lr=0.5)
        declared = {(name, which) for name, spec in OPERATORS.items() for which in spec.writes if name == spec.name}
        assert declared - written == set(), "declared, and not so"
