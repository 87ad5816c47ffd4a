"""Networks over integers of 8 bits: files, modules, sums, what is kept of a network's answers."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import gluon
from mxnet.contrib import quantization
from mxnet.ops.nn.quantized import exact


def network():
    net = gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(
            gluon.nn.Conv2D(4, 3, activation="relu"), gluon.nn.MaxPool2D(2), gluon.nn.Conv2D(6, 3, use_bias=False),
            gluon.nn.BatchNorm(), gluon.nn.Activation("relu"), gluon.nn.Flatten(), gluon.nn.Dense(5),
        )  # fmt: skip
    net.initialize(mx.init.Xavier())
    return net


def examples(count=8):
    return mx.nd.array(np.random.RandomState(0).uniform(size=(count, 3, 12, 12)))


@pytest.fixture
def quantized():
    net, x = network(), examples()
    data = mx.io.NDArrayIter(x, batch_size=4)
    return net, quantization.quantize_net_v2(net, calib_mode="naive", calib_data=data), x


def test_the_answers_are_those_of_the_network_over_floats_in_a_few_steps(quantized):
    net, made, x = quantized
    wanted, found = net(x).asnumpy(), made(x).asnumpy()
    assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()


def test_entropy_leaves_the_answers_alike():
    net, x = gluon.nn.Dense(5), examples()
    net.initialize(mx.init.Xavier())
    data = gluon.data.DataLoader(gluon.data.ArrayDataset(x, mx.nd.zeros(8)), batch_size=4)
    made = quantization.quantize_net_v2(net, calib_mode="entropy", calib_data=data)
    wanted = net(x).asnumpy()
    assert np.abs(made(x).asnumpy() - wanted).max() < 0.1 * np.abs(wanted).max()


def test_a_file_of_such_a_network_predicts(quantized, tmp_path):
    _, made, x = quantized
    wanted = made(x).asnumpy()
    made.export(str(tmp_path / "net"))
    symbol, arguments, states = mx.model.load_checkpoint(str(tmp_path / "net"), 0)
    block = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    assert {np.dtype(each.dtype).name for each in arguments.values()} == {"float32", "int8"}
    np.testing.assert_array_equal(block(x).asnumpy(), wanted)
    block.hybridize()
    np.testing.assert_array_equal(block(x).asnumpy(), wanted)
    module = mx.mod.Module(symbol, label_names=None)
    module.bind([("data", x.shape)], for_training=False)
    module.set_params(arguments, states)
    np.testing.assert_array_equal(module.predict(mx.io.NDArrayIter(x, batch_size=8)).asnumpy(), wanted)
    assert symbol.tojson() == mx.sym.load_json(symbol.tojson()).tojson()


def test_a_graph_over_integers_binds_simply():
    x, net = examples(), network()
    net(x)
    symbol = net(mx.sym.var("data"))
    values = {name: each.data() for name, each in net.collect_params().items()}
    states = {name: values[name] for name in symbol.list_auxiliary_states()}
    arguments = {name: values[name] for name in symbol.list_arguments() if name != "data"}
    data = mx.io.NDArrayIter(x, batch_size=4)
    graph, made, states = quantization.quantize_model(
        symbol, arguments, states, label_names=None, calib_mode="naive", calib_data=data, quantize_mode="full"
    )
    executor = graph.simple_bind(mx.cpu(), data=x.shape, type_dict={name: each.dtype for name, each in made.items()})
    executor.copy_params_from(made, states)
    wanted = net(x).asnumpy()
    assert np.abs(executor.forward(data=x)[0].asnumpy() - wanted).max() < 0.1 * np.abs(wanted).max()


def test_a_collector_of_ones_own():
    class Halves:
        include_layer, min_max_dict = None, {}

        def collect(self, name, array):
            self.min_max_dict[name] = (float(array.min().asscalar()) / 2, float(array.max().asscalar()) / 2)

    collector, x = Halves(), examples()
    quantization.quantize_net_v2(
        network(), calib_mode="customize", calib_data=mx.io.NDArrayIter(x, batch_size=8), LayerOutputCollector=collector
    )
    assert collector.min_max_dict.keys() == set(collector.include_layer)
    assert collector.min_max_dict["data"][1] == pytest.approx(float(x.max().asscalar()) / 2)


def test_a_collector_is_a_monitor():
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    arguments = {"fc_weight": mx.nd.ones((2, 3))}
    graph, made, _, collector = quantization.quantize_graph(net, arguments, {}, calib_mode="naive")
    executor = net.bind(mx.cpu(), {**arguments, "data": mx.nd.array([[1, 2, -3]])})
    executor.set_monitor_callback(collector.collect, monitor_all=True)
    executor.forward()[0].wait_to_read()
    assert collector.min_max_dict["fc_output"] == (0.0, 0.0)
    graph, *_ = quantization.calib_graph(graph, arguments, {}, collector, calib_mode="naive")
    assert '"min_calib_range": "0.000000"' in graph.tojson()
    assert sorted(made) == ["fc_weight_quantize", "fc_weight_quantize_max", "fc_weight_quantize_min"]


@pytest.mark.parametrize("count", [10, 600, 5000])
def test_sums_are_exact(count):
    draw = np.random.RandomState(count)
    x, w = draw.randint(0, 256, (3, count)), draw.randint(-128, 128, (4, count))
    w[0] = 127
    found = exact(torch.tensor(x, dtype=torch.uint8), torch.tensor(w, dtype=torch.int8), torch.nn.functional.linear)
    np.testing.assert_array_equal(found.numpy(), x @ w.T)


def test_a_fused_node_without_its_ranges_says_so():
    inner = mx.sym.Convolution(mx.sym.var("data"), kernel=(1, 1), num_filter=1, no_bias=True, name="c")
    text = inner.get_backend_symbol("MKLDNN_QUANTIZE").tojson()
    quantized = text.replace('"op": "_sg_mkldnn_conv"', '"op": "_sg_mkldnn_conv", "attr": {"quantized": "True"}')
    symbol = mx.sym.load_json(quantized)
    values = {"data": mx.nd.ones((1, 1, 2, 2), dtype="int8"), "c_weight": mx.nd.ones((1, 1, 1, 1))}
    with pytest.raises(mx.MXNetError, match="min_data and max_data are not given"):
        symbol.bind(mx.cpu(), values, grad_req="null").forward()
