"""Files for torch alone: exported programs, and parameters by either's names."""

import io

import numpy as np
import pytest
import torch
from safetensors.torch import load, load_file

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.symbol.typed import typed
from remxnet.convert import program, source, tensors


def small():
    """A network with a batch norm, dropout and a loss, its parameters, and its shapes."""
    x = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=4, name="c")
    x = mx.sym.Activation(mx.sym.BatchNorm(x, name="n"), act_type="relu")
    x = mx.sym.Reshape(mx.sym.Dropout(x, p=0.5), shape=(0, -1))
    symbol = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="d"), name="softmax")
    shapes = {"data": (1, 2, 5, 5)}
    arguments, _, states = symbol.infer_shape(**shapes)
    names = [*zip(symbol.list_arguments(), arguments), *zip(symbol.list_auxiliary_states(), states)]
    random = np.random.RandomState(3)
    parameters = {
        name: mx.nd.array(random.uniform(0.2, 0.8, size=shape)) for name, shape in names
        if name not in ("data", "softmax_label")
    }  # fmt: skip
    return symbol, parameters, typed(symbol, parameters, shapes)


def predicted(symbol, parameters, data):
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=data.shape)
    executor.copy_params_from(parameters, parameters, allow_extra_params=True)
    return executor.forward(is_train=False, data=mx.nd.array(data))[0].asnumpy()


@pytest.mark.filterwarnings("ignore:You are using `torch.load`:FutureWarning")  # torch 2.4, of its own reading
def test_a_program_is_loaded_with_torch_alone_and_takes_any_batch():
    symbol, parameters, graph = small()
    content = program.dumps(program.exported(graph, dynamic=True))
    again = torch.export.load(io.BytesIO(content)).module()
    for batch in (1, 3):
        data = np.random.RandomState(batch).normal(size=(batch, 2, 5, 5)).astype(np.float32)
        with torch.no_grad():
            found = again(data=torch.from_numpy(data)).numpy()
        np.testing.assert_allclose(found, predicted(symbol, parameters, data), rtol=1e-5, atol=1e-6)


def test_what_torch_cannot_export_is_named_before_any_work():
    x = mx.sym.contrib.cond(mx.sym.sum(mx.sym.var("x")) > 0, lambda: mx.sym.var("x"), lambda: mx.sym.var("x") * 2)
    symbol = mx.sym.Group([mx.sym.fill_element_0index(x, *map(mx.sym.var, "ab"), name="filled"), x])
    graph = typed(symbol, {}, {"x": (2, 3), "a": (2,), "b": (2,)})
    assert source.refused(graph) == []
    found = {call.spec.name: reason for call, reason in program.refused(graph)}
    assert found["fill_element_0index"] == "torch.export cannot follow it: it refuses places by their numbers"
    assert "by a choice of Python" in found["_cond"]
    with pytest.raises(MXNetError, match="torch.export cannot follow the network"):
        program.exported(graph)


def test_a_length_that_may_not_vary(monkeypatch):
    symbol = mx.sym.broadcast_add(mx.sym.var("x"), mx.sym.var("y"))
    graph = typed(symbol, {"y": mx.nd.ones((3, 2))}, {"x": (3, 2)})
    monkeypatch.setattr(program, "FOLLOWS_LENGTHS", False)  # as with torch 2.4
    with pytest.raises(MXNetError, match=r"cannot follow the network \(torch .*; 2.6 follows lengths further\)"):
        program.exported(graph, dynamic=True)


def test_parameters_have_mxnets_names_or_those_of_the_program(tmp_path):
    _, parameters, graph = small()
    tensors.save(tensors.named(graph), tmp_path / "a.safetensors")
    found = load_file(tmp_path / "a.safetensors")
    assert found.keys() == parameters.keys()
    assert np.array_equal(found["c_weight"].numpy(), parameters["c_weight"].asnumpy())
    found = load(tensors.dumps(tensors.named(graph, like="torch")))
    module = program.module(source.written(graph, "Network", "network.safetensors"))
    module.load_state_dict(found)
    assert {"c.weight", "n.running_var", "d.bias"} <= found.keys()
    with pytest.raises(ValueError, match="like='keras'; expected 'mxnet' or 'torch'"):
        tensors.named(graph, like="keras")


def test_tensors_that_share_memory_are_written_apart():
    whole = torch.arange(6.0)
    found = load(tensors.dumps({"a": whole, "b": whole[:2], "c": whole.reshape(2, 3).t()}))
    assert found["b"].tolist() == [0, 1]
    assert found["c"].tolist() == [[0, 3], [1, 4], [2, 5]]
