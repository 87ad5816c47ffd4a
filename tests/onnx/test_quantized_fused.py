"""Layers fused with what follows them, as graphs of 8 bits have them: under onnxruntime within one step of ours."""

import numpy as np
import onnx
import pytest

import mxnet as mx
from exported import arrays_of, ours, run, written
from fidelity.cases import quantized_fused as calls
from fidelity.quantized_support import fused
from mxnet import sym

FAMILIES = (
    calls.over_floats, calls.convolutions, calls.normalized, calls.other_activations, calls.added, calls.signed_data,
    calls.dense, calls.dense_and_relu, calls.dense_and_other_activations, calls.rows_with_steps_of_their_own,
)  # fmt: skip


def within_a_step(symbol, given, parameters):
    """Hold a graph's outputs under onnxruntime against ours, and that a weight that is known is kept in 8 bits."""
    given = arrays_of(given)
    model = written(symbol, given, parameters)
    onnx.checker.check_model(model, full_check=True)
    for found, expected in zip(run(model, given), ours(symbol, given), strict=True):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        # sums are rounded in floats of 64 bits, from steps of 32
        one = {"f": 1e-5, "u": 1, "i": 1 if found.dtype == np.int8 else 2}[found.dtype.kind]
        relative = 1e-5 if found.dtype.kind == "f" else 0
        np.testing.assert_allclose(found.astype("float64"), expected.astype("float64"), relative, one)
    return model


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_calls_that_are_held_against_mxnet(family, monkeypatch):
    asked = []
    monkeypatch.setattr(calls, "run", lambda mx, symbol, **given: asked.append((symbol, given)) or [])
    family(mx)
    assert asked
    for number, (symbol, given) in enumerate(asked):
        given = {name: np.array([each], "float32") if isinstance(each, float) else each for name, each in given.items()}
        own = [name for name in given if name != "data"] if number % 2 else symbol.list_auxiliary_states()
        within_a_step(symbol, given, own)


def test_weights_are_kept_in_8_bits_and_any_number_of_images_goes_in():
    v = sym.Variable
    inner = sym.Convolution(v("data"), v("weight"), kernel=(3, 3), num_filter=4, no_bias=True, name="c")
    inner = sym.Activation(sym.elemwise_add(inner, v("addend")), act_type="relu")
    symbol = fused(mx, calls.CONV, inner, {"quantized": "true", **calls.ABOVE}, ["low", "high", "al", "ah"])
    ends = {"low": 0.0, "high": 2.0, "al": -1.0, "ah": 1.0}
    random = np.random.RandomState(2)

    def images(count):
        data = random.randint(0, 129, (count, 3, 6, 5)).astype("uint8")
        return {"data": data, "addend": random.randint(-127, 128, (count, 4, 4, 3)).astype("int8")}

    weight = random.uniform(-0.05, 0.05, (4, 3, 3, 3)).astype("float32")
    parameters = arrays_of({"weight": weight, **{name: np.array([each], "float32") for name, each in ends.items()}})
    two = {**parameters, **arrays_of(images(2))}
    model = written(symbol, two, parameters, dynamic={name: {0: "batch"} for name in ("data", "addend")})
    kept = [each for each in model.graph.initializer if len(each.dims) == 4]
    assert [each.data_type for each in kept if np.prod(each.dims) == weight.size] == [onnx.TensorProto.UINT8]
    for given in (two, {**parameters, **arrays_of(images(5))}):
        for found, expected in zip(run(model, given), ours(symbol, given), strict=True):
            np.testing.assert_allclose(found.astype("float64"), expected.astype("float64"), 0, 1)
