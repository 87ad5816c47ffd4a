"""Graphs written as ONNX and run under onnxruntime, held against what they compute here."""

import numpy as np

import mxnet as mx
from mxnet.onnx.writing import write
from mxnet.symbol.typed import typed


def arrays_of(given):
    """Arrays of ours from NumPy's, by name."""
    made = {name: mx.nd.array(each, dtype=each.dtype) for name, each in given.items() if isinstance(each, np.ndarray)}
    return {**given, **made}


def written(symbol, given, parameters=(), dynamic=None, opset=17, shapes=None):
    """A model of a graph whose inputs are `given`, some of them being parameters.

    With `shapes` it is written for inputs of those shapes.
    """
    own = {name: each for name, each in given.items() if name in parameters}
    inputs = {name: each for name, each in given.items() if name not in parameters}
    shapes = {**{name: each.shape for name, each in inputs.items()}, **(shapes or {})}
    known = typed(symbol, own, shapes, {name: each.dtype for name, each in inputs.items()})
    return write(known, opset, dynamic)


def run(model, given):
    """The outputs of a model under onnxruntime."""
    return opened(model)(given)


def opened(model):
    """A function that runs a model under onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    taken = {each.name for each in session.get_inputs()}
    return lambda given: session.run(None, {name: each.asnumpy() for name, each in given.items() if name in taken})


def ours(symbol, given):
    """The outputs of a graph here."""
    states = symbol.list_auxiliary_states()
    arguments = {name: each for name, each in given.items() if name not in states}
    executor = symbol.bind(mx.cpu(), arguments, grad_req="null", aux_states={name: given[name] for name in states})
    return [each.asnumpy() for each in executor.forward()]


def same(symbol, given, parameters=(), dynamic=None, opset=17, shapes=None, tolerance=1e-5):
    """Hold the outputs of a graph under onnxruntime against ours, and their dtypes and shapes; the model."""
    import onnx

    given = arrays_of(given)
    model = written(symbol, given, parameters, dynamic, opset, shapes)
    onnx.checker.check_model(model, full_check=True)
    alike(run(model, given), ours(symbol, given), tolerance)
    return model


def alike(found, expected, tolerance=1e-5):
    """Arrays are of one shape and dtype, and equal within a tolerance, relative and absolute."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        exact = "float64" if one.dtype.kind == "f" else one.dtype
        np.testing.assert_allclose(one.astype(exact), other.astype(exact), tolerance, tolerance)
