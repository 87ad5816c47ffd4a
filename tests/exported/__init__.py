"""A graph is written as ONNX and run, and its outputs held against ours."""

import numpy as np

import mxnet as mx
from mxnet.onnx.writing import write
from mxnet.symbol.typed import typed


def arrays_of(given):
    return {
        name: mx.nd.array(value, dtype=value.dtype) if isinstance(value, np.ndarray) else value
        for name, value in given.items()
    }


def written(symbol, given, parameters=(), dynamic=None, opset=17, shapes=None):
    """A model of a graph whose inputs are `given`, some of them being parameters."""
    own = {name: each for name, each in given.items() if name in parameters}
    inputs = {name: each for name, each in given.items() if name not in parameters}
    known = typed(
        symbol, own, shapes or {name: each.shape for name, each in inputs.items()},
        {name: each.dtype for name, each in inputs.items()},
    )  # fmt: skip
    return write(known, opset, dynamic or {})


def run(model, given):
    """The outputs of a model under onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    taken = {each.name for each in session.get_inputs()}
    return session.run(None, {name: each.asnumpy() for name, each in given.items() if name in taken})


def ours(symbol, given):
    """The outputs of a graph here."""
    names = symbol.list_auxiliary_states()
    executor = symbol.bind(
        mx.cpu(), {name: each for name, each in given.items() if name not in names}, grad_req="null",
        aux_states={name: given[name] for name in names},
    )  # fmt: skip
    return [each.asnumpy() for each in executor.forward()]


def same(symbol, given, parameters=(), dynamic=None, opset=17, shapes=None, tolerance=1e-5):
    """Hold the outputs of a graph under onnxruntime against ours, and their dtypes and shapes."""
    import onnx

    given = arrays_of(given)
    model = written(symbol, given, parameters, dynamic, opset, shapes)
    onnx.checker.check_model(model, full_check=True)
    found, expected = run(model, given), ours(symbol, given)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_allclose(one, other, tolerance, tolerance)
    return model
