import numpy as np
import pytest

import mxnet as mx

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def made(nodes, inputs, outputs, constants=(), opset=17, shapes=None):
    """A model of nodes, with inputs by name as they come, and constants by name as initializers."""
    value = onnx.helper.make_tensor_value_info
    kind = onnx.helper.np_dtype_to_tensor_dtype
    shapes = shapes or {}
    given = [value(name, kind(array.dtype), shapes.get(name, array.shape)) for name, array in inputs.items()]
    kept = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in dict(constants).items()]
    told = [onnx.helper.make_empty_tensor_value_info(name) for name in outputs]
    graph = onnx.helper.make_graph(nodes, "g", given, told, kept)
    version = 8 if opset < 19 else 10
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=version)


def computed(symbol, arguments, states, inputs):
    """What a graph gives for inputs by name."""
    given = {name: mx.nd.array(np.atleast_1d(array), dtype=array.dtype) for name, array in inputs.items()}
    names = symbol.list_arguments()
    given = {name: array for name, array in {**arguments, **given}.items() if name in names}
    return [each.asnumpy() for each in symbol.bind(mx.cpu(), given, aux_states=states, grad_req="null").forward()]


def expected(model, inputs):
    """What onnxruntime gives."""
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return session.run(None, {each.name: inputs[each.name] for each in session.get_inputs()})


@pytest.fixture(scope="session")
def make():
    return made


@pytest.fixture(scope="session")
def compute():
    return computed


@pytest.fixture(scope="session")
def agree():
    """Whether a model that is read gives what onnxruntime gives, and the graph."""
    from mxnet.onnx import reading

    def check(model, *cases, shapes=None, tolerance=1e-5):
        symbol, arguments, states = reading.read(model, shapes)
        for inputs in cases:
            wanted = expected(model, inputs)
            found = computed(symbol, arguments, states, inputs)
            assert len(found) == len(wanted)
            for one, other in zip(found, wanted):
                other = np.asarray(other)
                assert one.shape == (other.shape or (1,))
                assert one.dtype == other.dtype
                one, other = (each.reshape(-1).astype(np.float64) for each in (one, other))
                np.testing.assert_allclose(
                    one, other, rtol=tolerance, atol=tolerance * max(1, np.abs(other).max(initial=0))
                )
        return symbol

    return check
