"""Every operator of the table, called as in the list of calls by which inference is held: equal under onnxruntime, or
refused with its reason."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import mxnet as mx
from exported import alike, arrays_of, opened, ours, written
from fidelity import inference
from mxnet.onnx.writing import refused
from mxnet.onnx.writing.not_a_number import DIFFERS
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
#: the runtime whose results with NaN are known
RUNTIME = "1.32.0"
NOT_FOLLOWED = {name for names in DIFFERS.values() for name in names}
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
    session = opened(model)
    found = session(given)
    if name in DRAWN:
        expected = ours(symbol, given)
        assert [(each.shape, each.dtype) for each in found] == [(each.shape, each.dtype) for each in expected]
    else:
        alike(found, computed(call, given)[: len(found)])
        if onnxruntime.__version__ == RUNTIME:
            differs = not all(follows(session, call, each) for each in not_numbers(call, given))
            assert differs == (name in NOT_FOLLOWED), f"{'not all' if differs else 'all'} of NaN and infinities follow"


def not_numbers(call, given):
    """The inputs with NaN planted in each, and with infinities."""
    name, inputs, _ = call
    spec = OPERATORS[name]
    told = [each for each in inputs if each is not None]
    names = [spec.input_names[min(place, len(spec.input_names) - 1)] for place in range(len(told))]
    floats = [dtype.startswith("float") and len(shape) > 0 and own not in spec.unlearned
              for (shape, dtype), own in zip(told, names)]  # fmt: skip
    for planted in ([np.nan], [np.inf, -np.inf]) if any(floats) else ():
        random = np.random.RandomState(5)
        changed = {key: each.asnumpy().copy() for key, each in given.items()}
        for each in (each.reshape(-1) for each, planting in zip(changed.values(), floats) if planting and each.size):
            for number in planted:
                each[random.randint(each.size)] = number
        yield arrays_of(changed)


def follows(session, call, given):
    """Whether results are equal with inputs that hold NaN or infinities; so they are where nothing is computed here."""
    try:
        with np.errstate(invalid="ignore"):
            expected = computed(call, given)
    except (mx.MXNetError, ValueError, OverflowError, IndexError):  # positions that are none
        return True
    try:
        found = session(given)
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument:
        return False
    return all(np.allclose(one, other, 1e-4, 1e-5, equal_nan=True) for one, other in zip(found, expected))


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
