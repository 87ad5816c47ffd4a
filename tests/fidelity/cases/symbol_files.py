"""Symbols in files: graphs of older versions, damaged ones, and blocks exported."""

import json
import os
import tempfile

import numpy as np

from fidelity.support import data, tolerance

_X = {"op": "null", "name": "x", "inputs": []}


def _old(mx, *nodes, **attrs):
    """A graph of a version before, loaded and written again; the last node is its output."""
    nodes = [_X] + list(nodes)
    variables = [number for number, node in enumerate(nodes) if node["op"] == "null"]
    graph = {"nodes": nodes, "arg_nodes": variables, "heads": [[len(nodes) - 1, 0]]}
    if attrs:
        graph["attrs"] = {"mxnet_version": ["int", attrs["version"]]}
    return mx.sym.load_json(json.dumps(graph)).tojson()


def params_and_attributes_apart(mx):
    node = {
        "op": "Activation", "name": "a", "param": {"act_type": "relu"}, "inputs": [[0, 0]], "backward_source_id": -1,
        "attr": {"lr_mult": "2", "ctx_group": "a"},
    }  # fmt: skip
    return _old(mx, node)


def multiplier_of_a_weight(mx):
    weight = {"op": "null", "name": "w", "inputs": [], "param": {}, "attr": {"weight_lr_mult": "2"}}
    node = {
        "op": "FullyConnected", "name": "a", "param": {"num_hidden": "3", "no_bias": "True"},
        "attr": {"weight_lr_mult": "2", "wd_mult": "3"}, "inputs": [[0, 0], [1, 0]],
    }  # fmt: skip
    return _old(mx, weight, node)


def states_that_were_not_written(mx):
    node = {"op": "BatchNorm", "name": "a", "attr": {"fix_gamma": "True"}, "inputs": [[0, 0]]}
    return _old(mx, node), _old(mx, node, version=800)


def axis_of_argmax(mx):
    node = {"op": "argmax", "name": "a", "attr": {"axis": "-1"}, "inputs": [[0, 0]]}
    return [_old(mx, node, version=version) for version in (901, 904, 905, 10400)]


def no_json(mx):
    return mx.sym.load_json("[")


def nothing_in_it(mx):
    return mx.sym.load_json("{}")


def unknown_operator(mx):
    return _old(mx, {"op": "nothing", "name": "a", "inputs": []})


def no_text(mx):
    return mx.sym.load_json(3)


def no_file(mx):
    return mx.sym.load("/nowhere/net-symbol.json")


def saved_and_loaded(mx):
    path = os.path.join(tempfile.mkdtemp(), "net.json")
    net = mx.sym.Group([mx.sym.relu(mx.sym.Variable("x"), name='a"\\b\t'), mx.sym.Variable("größe")])
    net.save(path)
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    return text, mx.sym.load(path).list_outputs()


def _network(mx):
    class Network(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super(Network, self).__init__(**kwargs)
            nn = mx.gluon.nn
            with self.name_scope():
                self.layers = nn.HybridSequential()
                with self.layers.name_scope():
                    self.layers.add(nn.Conv2D(4, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(), nn.Dense(3))
                self.scale = self.params.get("scale", shape=(1,), init="ones")

        def hybrid_forward(self, F, x, scale):
            return F.broadcast_mul(self.layers(x), scale) + 1

    mx.random.seed(3)
    net = Network(prefix="net_")
    net.initialize()
    net.hybridize()
    return net


@tolerance(rtol=1e-4, reason="convolution by another kernel")
def exported(mx):
    net, x = _network(mx), mx.nd.array(data((2, 3, 6, 6)))
    out = net(x)
    path = os.path.join(tempfile.mkdtemp(), "net")
    net.export(path, 3)
    with open(path + "-symbol.json") as stream:
        text = stream.read()
    arrays = mx.nd.load(path + "-0003.params")
    again = mx.gluon.SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0003.params")
    same = bool(np.allclose(again(x).asnumpy(), out.asnumpy(), rtol=1e-4, atol=1e-5))
    return text, list(arrays), arrays, out, same, repr(again), sorted(again.collect_params().keys())


def two_inputs(mx):
    class Both(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return [x + y, F.split(x, num_outputs=2)]

    net = Both(prefix="both_")
    net.hybridize()
    net(mx.nd.ones((2, 2)), mx.nd.ones((2, 2)))
    path = os.path.join(tempfile.mkdtemp(), "net")
    net.export(path)
    with open(path + "-symbol.json") as stream:
        return stream.read()


def layers_as_symbols(mx):
    nn = mx.gluon.nn
    with mx.name.NameManager():
        layers = [
            nn.Activation("tanh"), nn.LeakyReLU(0.1), nn.PReLU(), nn.ELU(), nn.SELU(), nn.GELU(), nn.Swish(),
            nn.LayerNorm(), nn.GroupNorm(2), nn.InstanceNorm(), nn.Dropout(0.3), nn.Flatten(), nn.Embedding(3, 4),
            nn.Conv1D(2, 3), nn.Conv2D(2, 3, use_bias=False, strides=2, padding=1), nn.Conv2DTranspose(2, 3),
            nn.MaxPool2D(), nn.AvgPool2D(count_include_pad=False), nn.GlobalAvgPool2D(), nn.BatchNorm(),
            nn.Dense(3, activation="relu", use_bias=False), nn.HybridLambda("relu"), nn.ReflectionPad2D(1),
        ]  # fmt: skip
        return [layer(mx.sym.Variable("data")).tojson() for layer in layers]


def losses_as_symbols(mx):
    loss = mx.gluon.loss
    with mx.name.NameManager():
        losses = [
            loss.SoftmaxCrossEntropyLoss(), loss.L2Loss(), loss.L1Loss(), loss.SigmoidBCELoss(), loss.HuberLoss(),
            loss.HingeLoss(), loss.KLDivLoss(), loss.SoftmaxCELoss(sparse_label=False),
        ]  # fmt: skip
        return [each(mx.sym.Variable("p"), mx.sym.Variable("l")).tojson() for each in losses]


@tolerance(rtol=1e-4, reason="products are summed in another order")
def block_of_a_symbol(mx):
    x = mx.sym.Variable("x")
    hidden = mx.sym.FullyConnected(x, num_hidden=4, name="one")
    out = mx.sym.FullyConnected(mx.sym.relu(hidden), num_hidden=2, name="two")
    block = mx.gluon.SymbolBlock([out, hidden], [x])
    mx.random.seed(5)
    block.initialize(mx.init.One())
    array = mx.nd.array(data((3, 5)))
    with mx.autograd.record():
        first, second = block(array)
        first.backward()
    return first, second, block.collect_params()["one_weight"].grad(), block(x)[0].list_outputs()


def export_before_a_call(mx):
    net = _network(mx)
    net.export(os.path.join(tempfile.mkdtemp(), "net"))


def input_that_is_not_there(mx):
    net = _network(mx)
    net(mx.nd.ones((2, 3, 6, 6)))
    path = os.path.join(tempfile.mkdtemp(), "net")
    net.export(path)
    mx.gluon.SymbolBlock.imports(path + "-symbol.json", ["other"], path + "-0000.params")


def input_that_is_no_variable(mx):
    x = mx.sym.Variable("x")
    mx.gluon.SymbolBlock(x + 1, x * 2)
