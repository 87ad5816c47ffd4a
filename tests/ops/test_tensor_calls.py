"""Every call that the fidelity cases make of tensor operators, looked at for what values do not show.

Operators run on torch's meta device too, which is how shapes and dtypes are inferred, and a result shares no memory
with what it was made from, but where the operator's declaration says that it may be a view.
"""

import importlib

import pytest
import torch

import mxnet as mx
from fidelity import recording
from mxnet.ops import OPERATORS

FAMILIES = [family for family in recording.families() if family.startswith("tensor_")]
# the shape of the result depends on the elements, which a meta tensor has not
DATA_DEPENDENT = {"_contrib_boolean_mask"}


def on_meta(value):
    return value.to("meta") if isinstance(value, torch.Tensor) else value


def described(result):
    results = result if isinstance(result, (tuple, list)) else (result,)
    return [(tuple(item.shape), item.dtype) for item in results]


def addresses(values):
    return {
        item.untyped_storage().data_ptr()
        for item in values
        if isinstance(item, torch.Tensor) and item.numel() and not item.is_meta
    }


@pytest.fixture
def calls(monkeypatch):
    """The calls of operators that a test makes: name, function, tensors, attributes, result, memory that is shared."""
    made = []

    def watched(spec, function):
        def call(*tensors, **attributes):
            result = function(*tensors, **attributes)
            results = result if isinstance(result, (tuple, list)) else (result,)
            shared = not spec.view and addresses(tensors) & addresses(results)
            made.append((spec.name, function, tensors, attributes, described(result), shared))
            return result

        return call

    for spec in {id(spec): spec for spec in OPERATORS.values()}.values():
        if not (spec.takes_rng or spec.takes_training or spec.aux):
            monkeypatch.setattr(spec, "function", watched(spec, spec.function))
    return made


def run_cases(family):
    module = importlib.import_module(f"fidelity.cases.{family}")
    for name, case in recording.cases(family).items():
        if getattr(module, name) is case:
            recording.run(mx, case)


@pytest.mark.parametrize("family", FAMILIES)
def test_results_are_copies_and_meta_tensors_tell_shapes_and_dtypes(family, calls):
    run_cases(family)
    assert calls
    wrong = {}
    for name, function, tensors, attributes, expected, shared in calls:
        given = f"{name} of {[described(item) for item in tensors if item is not None]} with {attributes}"
        if shared:
            wrong[name] = f"{given}: the result shares memory with an input"
        if name in DATA_DEPENDENT:
            continue
        if "device" in attributes:
            attributes = {**attributes, "device": torch.device("meta")}
        with torch.no_grad():
            found = described(function(*map(on_meta, tensors), **attributes))
        if found != expected:
            wrong[name] = f"{given}: {found} on meta, expected {expected}"
    assert not wrong
