"""The dtypes that inference tells are those that operators return, for every operator and every dtype."""

import collections
import json

import pytest
import torch
from operator_modules import by_module

import mxnet as mx
from fidelity import inference
from mxnet import streams
from mxnet.base import DTYPE_CODES, MXNetError
from mxnet.ops import OPERATORS
from mxnet.symbol.inference import infer

CPU = torch.device("cpu")
CALLS = collections.defaultdict(list)
for call in inference.calls():
    CALLS[OPERATORS[call[0]].name].append(call)
#: operators that read a file or one that was read
FILES = {"_cvimdecode", "_cvimread"}


def returned(spec, call, kinds):
    """The dtypes of the outputs that a call shows, or None where the operator refuses these dtypes."""
    attributes = spec.parse({name: text for name, text in call[2].items() if name in spec.attributes})
    count = spec.num_outputs
    count = count if isinstance(count, int) else count({**spec.defaults, **attributes})
    given = {"training": False} if spec.takes_training else {}
    given |= {"device": CPU} if spec.takes_device else {}
    given |= {"rng": streams.for_device(CPU)} if spec.takes_rng else {}
    kinds = iter(kinds)
    tensors = [None if each is None else torch.ones(each[0], dtype=next(kinds)) for each in call[1]]
    try:
        with torch.no_grad():
            result = spec.function(*tensors, **attributes, **given)
    except (MXNetError, RuntimeError, TypeError, NotImplementedError, ValueError):
        return None
    results = [result] if isinstance(result, torch.Tensor) else list(result)
    return [each.dtype for each in results[:count]]


def inferred(call, kinds):
    """The dtypes of the outputs as the graph of the call tells them."""
    names = [f"x{place}" for place, each in enumerate(call[1]) if each is not None]
    nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
    sources = [[place, 0, 0] for place in range(len(names))]
    nodes.append({"op": call[0], "name": "call", "attrs": call[2], "inputs": sources})
    head = [[len(names), 0, 0]]
    leaves = list(range(len(names)))
    net = mx.sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": leaves, "heads": head, "attrs": {}}))
    node = net._entries[0].node
    return infer(net._entries, None, dict(zip(names, kinds))).dtypes[node][: node.visible]


def variants(call):
    """The dtypes of a call's inputs, and the same with each other dtype in the place of the floats."""
    own = [getattr(torch, each[1]) for each in call[1] if each is not None]
    yield own
    for other in DTYPE_CODES:
        changed = [other if kind is torch.float32 else kind for kind in own]
        if changed != own:
            yield changed


MODULES = by_module(set(CALLS) - FILES)


@pytest.mark.parametrize("module", MODULES)
def test_the_dtype_told_is_the_dtype_returned(module):
    wrong = []
    for call in [call for name in MODULES[module] for call in CALLS[name][:3]]:
        spec = OPERATORS[call[0]]
        for kinds in variants(call):
            expected = returned(spec, call, kinds)
            if expected is None:
                continue
            try:
                found = inferred(call, kinds)
            except MXNetError:  # a graph asks for float32 in places where the function alone takes more
                continue
            if found != expected:
                wrong.append(f"{spec.name} of {kinds} with {call[2]}: told {found}, returned {expected}")
    assert not wrong, "\n".join(wrong)


def test_every_operator_is_called():
    # what the program describes itself is asked in tests/fidelity/cases/operator_custom.py
    names = {spec.name for spec in OPERATORS.values() if "made" not in spec.rules}
    assert names - set(CALLS) == set()
