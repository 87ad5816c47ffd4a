"""Every operator of the table, called as in the list of calls by which inference is held: equal under onnxruntime, or
refused with its reason."""

import numpy as np
import onnx
import pytest
import torch

import mxnet as mx
from exported import alike, arrays_of, ours, run, written
from fidelity import inference
from mxnet.onnx.writing import refused
from mxnet.ops import OPERATORS
from mxnet.ops.kinds import answer
from mxnet.symbol.typed import typed

CALLS = {}
for call in inference.calls():
    CALLS.setdefault(OPERATORS[call[0]].name, []).append(call)
PARTS = 12
#: operators that ONNX has since a later version only
OPSETS = {"col2im": 18, "_npi_bitwise_and": 18, "_npi_bitwise_or": 18, "_npi_bitwise_xor": 18}
#: attributes of calls that are refused, with the reason
REFUSED = {("_sample_multinomial", "get_prob", "True"): "the runtime tells no probabilities"}
#: calls whose shapes or dtypes the graph itself does not tell
UNKNOWN = {"_npi_delete": "depends on what is computed", "_np_atleast_3d": "is int32; expected float32"}
#: of results that are drawn only shapes and dtypes are known
DRAWN = {name for name in CALLS if OPERATORS[name].takes_rng}


def graph(call):
    """The graph of a call and arrays for its inputs: numbers from 0 to 2, all different where they are floats."""
    name, inputs, attributes = call
    variables = [mx.sym.Variable(f"x{place}") for place, each in enumerate(inputs) if each is not None]
    symbol = mx.sym.load_json(inference._text(*nodes(name, len(variables), attributes)))
    given, random = {}, np.random.RandomState(1)
    for place, (shape, dtype) in enumerate(each for each in inputs if each is not None):
        count = int(np.prod(shape))
        spread = random.permutation(count) * 1.9 / max(count, 1) + 0.05
        own = OPERATORS[name].input_names[min(place, len(OPERATORS[name].input_names) - 1)]
        if own in OPERATORS[name].unlearned:  # positions and lengths
            spread = np.floor(spread)
        given[f"x{place}"] = (np.sort(spread) if own == "bins" else spread).reshape(shape).astype(dtype)
    return symbol, given


def nodes(name, count, attributes):
    variables = [{"op": "null", "name": f"x{place}", "inputs": []} for place in range(count)]
    node = {"op": name, "name": "call", "attrs": attributes, "inputs": [[place, 0, 0] for place in range(count)]}
    return [*variables, node], [[count, 0, 0]]


@pytest.mark.parametrize("part", range(PARTS))  # a test for each operator would take twice the time
def test_operators_are_written_or_refused(part):
    for name in sorted(CALLS)[part::PARTS]:
        call = CALLS[name][0]
        try:
            with mx.np_shape(any(given is not None and given[0] == [] for given in call[1])):
                written_or_refused(name, call)
        except Exception as error:
            raise AssertionError(f"{call}: {error}") from error


def written_or_refused(name, call):
    symbol, given = graph(call)
    given = arrays_of(given)
    if OPERATORS[name].rule("onnx") is None:
        assert len(answer(OPERATORS[name], "onnx").reason) > 15
        return
    if name in UNKNOWN:
        with pytest.raises(mx.MXNetError, match=UNKNOWN[name]):
            written(symbol, given)
        return
    reason = next((REFUSED[(name, *each)] for each in call[2].items() if (name, *each) in REFUSED), None)
    if reason is not None:
        with pytest.raises(mx.MXNetError, match=reason):
            written(symbol, given)
        return
    model = written(symbol, given, opset=OPSETS.get(name, 17))
    onnx.checker.check_model(model, full_check=True)
    found = run(model, given)
    if name in DRAWN:
        expected = ours(symbol, given)
        assert [(each.shape, each.dtype) for each in found] == [(each.shape, each.dtype) for each in expected]
    else:
        alike(found, computed(call, given)[: len(found)])


def computed(call, given):
    """What the operator's function gives, which is quicker than a graph of it."""
    name, inputs, attributes = call
    spec, arrays = OPERATORS[name], iter(given.values())
    device = {"device": torch.device("cpu")} if spec.takes_device else {}
    with torch.no_grad():
        tensors = [None if each is None else next(arrays)._t.clone() for each in inputs]
        found = spec.function(*tensors, **spec.parse(attributes), **device)
    return [each.numpy() for each in (found if isinstance(found, (tuple, list)) else (found,))]


def test_the_reason_is_told_for_each_call():
    a = mx.sym.Variable("a")
    symbol = mx.sym.linalg.potrf(mx.sym.linalg.inverse(a, name="one"), name="two")
    found = refused(typed(symbol, {}, {"a": (2, 2)}))
    assert [call.name for call, _ in found] == ["one", "two"]
    assert all("ONNX has no operator" in reason for _, reason in found)
